//! A future in the care of the loop: polled once at first, and again whenever its waker was called.
//!
//! A toy: what the future gives is lost, and nobody can call it off. Chapter 5 makes tasks of it.

use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use crate::handle::Callback;
use crate::ready::Ticket;
use crate::{EventLoop, Handle};

/// A future, and the one waker that all its polls are given.
pub(crate) struct Driven {
    future: Pin<Box<dyn Future<Output = ()>>>,
    ticket: Ticket,
    waker: Waker,
}

impl Driven {
    /// Runs the future until it is ready or has to wait.
    pub(crate) fn poll(&mut self) -> Poll<()> {
        let mut context = Context::from_waker(&self.waker);
        self.future.as_mut().poll(&mut context)
    }

    /// What the waker queues.
    pub(crate) fn ticket(&self) -> Ticket {
        self.ticket
    }
}

impl EventLoop {
    /// Polls `future` in the next turn, and from then on in the turn after each
    /// wake, until it is ready.
    #[track_caller]
    pub fn drive(&self, name: &str, future: impl Future<Output = ()> + 'static) {
        let at = Location::caller();
        let ticket = self.new_ticket();
        let driven = Driven {
            future: Box::pin(future),
            ticket,
            waker: self.new_waker(ticket, name, at),
        };
        self.queue_as(ticket, Handle::new(name, Callback::Poll(driven), at));
    }
}
