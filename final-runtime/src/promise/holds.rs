//! Who holds a promise and is no handle: can neither ask it, nor wait for it, nor take its value.
//!
//! - A wait that was left at a task holds the task, to find the word again that it left there. One may outlive the task's
//!   end: in the task's own value, if that is a future which the task has polled, or wherever the task has put it.
//! - The callbacks that settle a gather or a shield hold it, and it holds those who call them back, to hand requests on.
//!
//! Either may be a circle. So whoever lets go of a promise which has such holds looks whether any other is left. If not,
//! nobody can reach what it holds any more, and it lets go of that; what was a circle is none then.
//!
//! In the book: chapter 13.

use std::cell::Cell;
use std::rc::Rc;

use crate::promise::header::MERE_HOLDS;
use crate::promise::{AnyPromise, Kind};

/// Those whose callbacks settle a promise.
pub(crate) enum Upstream {
    /// Of a gather: a request goes on to them.
    Children(Rc<Children>),
    /// Of a shield, with the callback's key: when the wait is given up, the callback is taken back.
    Shielded(AnyPromise, u64),
}

/// The children of a gather.
pub(crate) struct Children {
    pub(crate) promises: Vec<AnyPromise>,
    /// A request was passed on to a child.
    pub(crate) asked: Rc<Cell<bool>>,
}

impl AnyPromise {
    /// A gather's children, as long as somebody can ask them through it.
    pub(crate) fn children(&self) -> Option<Rc<Children>> {
        match &*self.cold()?.upstream.borrow() {
            Some(Upstream::Children(children)) => Some(children.clone()),
            _ => None,
        }
    }

    pub(crate) fn hold_upstream(&self, upstream: Upstream) {
        self.set(MERE_HOLDS);
        self.make_cold().upstream.replace(Some(upstream));
    }

    /// What a shield keeps requests from.
    pub(crate) fn shielded(&self) -> Option<AnyPromise> {
        match &*self.cold()?.upstream.borrow() {
            Some(Upstream::Shielded(inner, _)) => Some(inner.clone()),
            _ => None,
        }
    }

    pub(crate) fn take_upstream(&self) -> Option<Upstream> {
        self.clear(MERE_HOLDS);
        self.cold()?.upstream.take()
    }

    /// The task is done. Waits that stand at it still hold it from now on, and do no more.
    pub(super) fn count_waits_as_mere_holds(&self) {
        if self.wait_count() > 0 {
            self.set(MERE_HOLDS);
        }
    }

    /// How many of those who hold it are no handles, if it has such at all.
    fn mere_holds(&self) -> u32 {
        match self.kind() {
            Kind::Task => self.wait_count(),
            // The callbacks share one hold, and give it up when they settle it.
            Kind::Gather | Kind::Hand => u32::from(!self.is_done()),
        }
    }

    /// One of several holds is gone, and perhaps it was the last handle.
    #[cold]
    pub(super) fn let_go_if_no_handle_is_left(&self, holds: u32) {
        if holds > self.mere_holds() {
            return;
        }
        // What is dropped here may be all that holds it, and may be code of others.
        let held = self.clone();
        let upstream = held.take_upstream();
        held.report_unseen();
        let error = held.cold().and_then(|cold| cold.error.take());
        held.drop_value();
        drop((upstream, error));
    }
}
