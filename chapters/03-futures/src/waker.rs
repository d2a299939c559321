//! The waker of this loop: it puts a ticket into the ready queue, and the loop polls the future
//! that the ticket stands for.
//!
//! It may be called late, twice, from another thread, or not at all. Late: the future has ended,
//! and the ticket means nothing. Twice: the future is polled twice; chapter 5's flag saves the
//! second. From another thread: the ticket is queued, but a loop that sleeps in its poller sleeps
//! on; chapter 10 wakes it. Not at all: nobody ever polls again.

use std::panic::Location;
use std::sync::Arc;
use std::task::Wake;
use std::thread::{self, ThreadId};

use crate::ready::{ReadyQueue, Ticket};
use crate::trace::{Lane, Trace};

/// What all clones of a future's waker share.
pub(crate) struct TicketWaker {
    pub(crate) ticket: Ticket,
    pub(crate) ready: Arc<ReadyQueue>,
    pub(crate) name: String,
    pub(crate) at: &'static Location<'static>,
    pub(crate) home: ThreadId,
    pub(crate) trace: Arc<Trace>,
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
        let note = format!("by {by}");
        self.trace
            .record(Lane::Ready, &self.name, "woken", note, self.at);
        self.ready.push(self.ticket);
    }
}
