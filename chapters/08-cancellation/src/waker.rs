//! The waker of this loop: it puts a ticket into the ready queue, and the loop steps the task
//! that the ticket stands for.
//!
//! It may be called late, twice, from another thread, or not at all. Late: the task has ended, and
//! the ticket means nothing. Twice: the flag says that the ticket is in the queue, and it is not
//! put there again. From another thread: the ticket is queued, but a loop that sleeps in its poller
//! sleeps on; chapter 10 wakes it. Not at all: nobody ever polls again.

use std::panic::Location;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::AcqRel, Ordering::Acquire};
use std::task::Wake;
use std::thread::{self, ThreadId};

use crate::ready::{ReadyQueue, Ticket};
use crate::trace::{Lane, Trace};

/// What all clones of a task's waker share.
pub(crate) struct TicketWaker {
    pub(crate) ticket: Ticket,
    pub(crate) ready: Arc<ReadyQueue>,
    pub(crate) name: String,
    pub(crate) at: &'static Location<'static>,
    pub(crate) home: ThreadId,
    pub(crate) trace: Arc<Trace>,
    pub(crate) queued: AtomicBool,
}

impl TicketWaker {
    /// Whether the ticket is in the ready queue.
    pub(crate) fn is_queued(&self) -> bool {
        self.queued.load(Acquire)
    }

    /// Notes that the ticket has left the queue. A wake from now on asks for another step,
    /// also one during the step.
    pub(crate) fn leave_queue(&self) {
        // A swap, not a store: it sees what a thread wrote before its wake found the flag up.
        self.queued.swap(false, AcqRel);
    }
}

impl Wake for TicketWaker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let by = if thread::current().id() == self.home {
            self.trace.running()
        } else {
            "another thread".to_owned()
        };
        let first = !self.queued.swap(true, AcqRel);
        let note = format!("by {by}{}", if first { "" } else { ", again" });
        self.trace
            .record(Lane::Ready, &self.name, "woken", note, self.at);
        if first {
            self.ready.push(self.ticket);
        }
    }
}
