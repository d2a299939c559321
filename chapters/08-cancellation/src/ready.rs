//! The ready queue: what can run, in the order in which it became ready.
//!
//! A waker may be called from any thread; std's contract says so, and its type demands
//! `Send + Sync`. What it writes to must be safe to share, so the queue holds tickets,
//! plain numbers, behind a lock. What a ticket stands for, a closure or a future, never
//! leaves the loop's thread. There is one queue for all: callbacks and woken futures run in
//! the order of their arrival.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::trace::lock;

/// A number that stands for work. Anybody may queue it; only the loop knows what it means.
pub(crate) type Ticket = u64;

/// The tickets of what is ready.
#[derive(Debug, Default)]
pub(crate) struct ReadyQueue {
    tickets: Mutex<VecDeque<Ticket>>,
}

impl ReadyQueue {
    pub(crate) fn push(&self, ticket: Ticket) {
        lock(&self.tickets).push_back(ticket);
    }

    pub(crate) fn pop(&self) -> Option<Ticket> {
        lock(&self.tickets).pop_front()
    }

    pub(crate) fn len(&self) -> usize {
        lock(&self.tickets).len()
    }
}
