//! A place among a task's waits, in a future that may go to another thread between two polls.
//!
//! A place holds what belongs to one thread. On any other it is not touched: there it is forgotten, not dropped. The task
//! that it was in, which has let this future go, then says of itself for good that it waits for the channel, and its memory
//! is not freed.

use std::mem::ManuallyDrop;
use std::thread::{self, ThreadId};

use crate::cancel::{Place, Wait};
use crate::here;

/// The place, if there is one, and whose it is.
#[derive(Default)]
pub(super) struct Tied(Option<(ThreadId, ManuallyDrop<Place>)>);

#[expect(unsafe_code, reason = "see the module's head")]
// SAFETY: the place is made, used and dropped only on the thread whose id stands beside it, and ids are never used again.
unsafe impl Send for Tied {}

#[expect(unsafe_code, reason = "see the module's head")]
// SAFETY: nothing can be done with a shared reference.
unsafe impl Sync for Tied {}

impl Tied {
    /// The task that is polled now waits for this, if there is one.
    pub(super) fn wait_here(&mut self, wait: Wait) {
        if here::core().is_none() {
            return;
        }
        let own = thread::current().id();
        match &mut self.0 {
            Some((thread, place)) if *thread == own => place.wait_here(wait),
            other => {
                let (_, place) = other.insert((own, ManuallyDrop::default()));
                place.wait_here(wait);
            }
        }
    }

    /// The wait is over.
    pub(super) fn leave(&mut self) {
        if let Some((thread, place)) = self.0.take()
            && thread == thread::current().id()
        {
            drop(ManuallyDrop::into_inner(place));
        }
    }
}

impl Drop for Tied {
    fn drop(&mut self) {
        self.leave();
    }
}
