//! The ready queue: what runs next, first in, first out, callbacks and tasks mixed. (Chapters 1 and 5.)

use std::collections::VecDeque;

use crate::handle::Handle;
use crate::lean_cell::LeanCell;
use crate::task::TaskKey;

/// One thing that is ready to run.
pub(crate) enum Entry {
    /// The next step of a task.
    Step(TaskKey),
    /// A callback, unless it is cancelled by the time its turn comes.
    Callback(Handle),
}

/// The ready queue of one loop.
#[derive(Default)]
pub(crate) struct Ready {
    entries: LeanCell<VecDeque<Entry>>,
}

/// A queue whose memory is at most this many entries keeps it.
const SMALL: usize = 1024;

#[expect(
    unsafe_code,
    reason = "each access moves entries in or out, and drops none"
)]
impl Ready {
    #[inline]
    pub(crate) fn push(&self, entry: Entry) {
        // SAFETY: the entry is moved in.
        unsafe { self.entries.with(|entries| entries.push_back(entry)) }
    }

    #[inline]
    pub(crate) fn pop(&self) -> Option<Entry> {
        // SAFETY: the entry is moved out.
        unsafe { self.entries.with(VecDeque::pop_front) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        // SAFETY: plain data.
        unsafe { self.entries.with(|entries| entries.len()) }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Gives back what a crowd has left: memory for more than eight times the entries that there are.
    pub(crate) fn shrink(&self) {
        // SAFETY: entries are moved, none is dropped.
        unsafe {
            self.entries.with(|entries| {
                if entries.capacity() > SMALL && entries.len() < entries.capacity() / 8 {
                    entries.shrink_to(SMALL.max(entries.len() * 2));
                }
            });
        }
    }

    /// Takes out everything, for a loop that closes.
    pub(crate) fn take_all(&self) -> VecDeque<Entry> {
        // SAFETY: the entries are moved out.
        unsafe { self.entries.with(std::mem::take) }
    }
}
