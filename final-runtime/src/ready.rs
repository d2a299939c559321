//! The ready queue: what runs next, first in, first out, callbacks and tasks mixed.
//!
//! It is two lists. What becomes ready goes to the end of one; a turn exchanges that list for the empty [`Batch`] of the
//! turn before, and runs it from the front, while what it makes ready gathers in the other, for the next turn. So the
//! snapshot that a turn is costs an exchange of two pointers, and neither end of the queue has to wrap around.
//!
//! In the book: chapters 1 and 13.

use std::mem;
use std::ptr;

use crate::handle::Handle;
use crate::lean_cell::LeanCell;
use crate::task::TaskKey;

/// One thing that is ready to run.
pub(crate) enum Entry {
    /// The next step of a task; or, by the key [`SOCKETS`](TaskKey::SOCKETS), what the sockets reported.
    Step(TaskKey),
    /// A callback, unless it is cancelled by the time its turn comes.
    Callback(Handle),
}

/// An entry in one word: a key, which is odd, or the address of a callback's shared part, which is even and owned.
#[derive(Clone, Copy)]
struct Packed(*const ());

/// The ready queue of one loop.
#[derive(Default)]
pub(crate) struct Ready {
    /// What runs in the next turn.
    next: LeanCell<Vec<Packed>>,
}

/// What a turn runs.
#[derive(Default)]
pub(crate) struct Batch {
    words: Vec<Packed>,
    /// How many were taken.
    taken: usize,
}

/// A list whose memory is at most this many words keeps it.
const SMALL: usize = 4096;

#[expect(unsafe_code, reason = "the word of a callback owns it")]
impl Packed {
    #[inline(always)]
    fn new(entry: Entry) -> Self {
        Self(match entry {
            Entry::Step(task) => ptr::without_provenance(task.word() as usize),
            Entry::Callback(handle) => handle.into_raw(),
        })
    }

    /// # Safety
    ///
    /// It is done once with the word of a callback.
    #[inline(always)]
    unsafe fn unpack(self) -> Entry {
        match self.0.addr() & 1 {
            1 => Entry::Step(TaskKey::from_word(self.0.addr() as u64)),
            // SAFETY: the word is even, so `new` had it from a handle; and by the caller's promise it is used once.
            _ => Entry::Callback(unsafe { Handle::from_raw(self.0) }),
        }
    }
}

#[expect(
    unsafe_code,
    reason = "each access moves words in or out, and drops no entry"
)]
impl Ready {
    #[inline(always)]
    pub(crate) fn push(&self, entry: Entry) {
        let word = Packed::new(entry);
        // SAFETY: the word is moved in.
        let no_room = unsafe {
            self.next
                .with(|words| match words.len() < words.capacity() {
                    true => {
                        words.push(word);
                        false
                    }
                    false => true,
                })
        };
        if no_room {
            self.push_with_room(word);
        }
    }

    /// The same, and makes room.
    #[cold]
    #[inline(never)]
    fn push_with_room(&self, word: Packed) {
        // SAFETY: the word is moved in.
        unsafe { self.next.with(|words| words.push(word)) }
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        // SAFETY: plain data.
        unsafe { self.next.with(|words| words.len()) }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Makes what is ready now the batch of this turn. That of the last one is empty.
    #[inline(always)]
    pub(crate) fn exchange(&self, batch: &mut Batch) {
        debug_assert!(
            batch.taken == batch.words.len(),
            "a turn has left something"
        );
        batch.clear();
        // SAFETY: lists are exchanged, and nothing is dropped.
        unsafe { self.next.with(|next| mem::swap(next, &mut batch.words)) };
    }
}

impl Drop for Ready {
    fn drop(&mut self) {
        let mut batch = Batch::default();
        self.exchange(&mut batch);
    }
}

impl Batch {
    #[inline(always)]
    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    #[inline(always)]
    #[expect(unsafe_code, reason = "a word is unpacked")]
    pub(crate) fn pop(&mut self) -> Option<Entry> {
        let word = *self.words.get(self.taken)?;
        self.taken += 1;
        // SAFETY: each word is taken once.
        Some(unsafe { word.unpack() })
    }

    /// Forgets what was taken.
    #[inline(always)]
    fn clear(&mut self) {
        self.words.clear();
        self.taken = 0;
    }

    /// Of a batch that was run: gives the memory of a crowd back when the crowd is gone.
    pub(crate) fn shrink(&mut self) {
        debug_assert!(self.taken == self.words.len(), "a turn has left something");
        if self.words.capacity() > SMALL && self.words.len() < self.words.capacity() / 8 {
            self.words = Vec::with_capacity(self.words.capacity() / 4);
            self.taken = 0;
        }
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        while let Some(entry) = self.pop() {
            drop(entry);
        }
    }
}
