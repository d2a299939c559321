//! The waker: one word that says which task of which loop, and owns nothing.
//!
//! | bits of the word | |
//! |---|---|
//! | 0 | 1: a word is never 0, and no address |
//! | 1–27 | the task's slot |
//! | 28–47 | its generation |
//! | 48–63 | the loop's number, from 1 |
//!
//! To clone it is a copy, to drop it does nothing. A wake on the thread that has entered the loop looks into the table of
//! tasks and queues the next step, without an atomic; every other wake, also of a second loop of the same thread, leaves
//! the word in that loop's inbox. A waker that is older than the task in its slot, or than the loop of its number, finds
//! another generation and does nothing, or with a probability of 2⁻²⁰ wakes somebody spuriously, which a future must stand.
//!
//! The word is the data pointer of a `RawWaker`, so it needs 64 bits; on targets with fewer the crate does not compile.
//!
//! In the book: chapters 4 and 13.

use std::mem::ManuallyDrop;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use crate::here;
use crate::inbox;

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "final-runtime needs a 64-bit target: a waker is one word that holds a loop, a slot and a generation"
);

const SLOT_SHIFT: u32 = 1;
const GENERATION_SHIFT: u32 = 28;
const LOOP_SHIFT: u32 = 48;
const SLOT_MASK: u64 = (1 << (GENERATION_SHIFT - SLOT_SHIFT)) - 1;
const GENERATION_MASK: u64 = (1 << (LOOP_SHIFT - GENERATION_SHIFT)) - 1;

/// So many tasks of a loop can be alive at once; to spawn one more panics.
pub(crate) const MOST_TASKS: usize = SLOT_MASK as usize;

/// Which task of which loop: the word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TaskKey(u64);

impl TaskKey {
    /// No task's, as there is no such slot: in the ready queue, the report of the sockets.
    pub(crate) const SOCKETS: Self = Self((MOST_TASKS as u64) << SLOT_SHIFT | 1);

    /// The task with this creation number, in this slot of this loop.
    #[inline]
    pub(crate) fn new(loop_number: u16, slot: u32, number: u64) -> Self {
        Self(
            u64::from(loop_number) << LOOP_SHIFT
                | (number & GENERATION_MASK) << GENERATION_SHIFT
                | u64::from(slot) << SLOT_SHIFT
                | 1,
        )
    }

    /// What [`word`](Self::word) gave.
    #[inline]
    pub(crate) fn from_word(word: u64) -> Self {
        Self(word)
    }

    /// Never 0, and never even.
    #[inline]
    pub(crate) fn word(self) -> u64 {
        self.0
    }

    /// The word as 36 bits, of which none is 0 alone, and the slot.
    pub(crate) fn halves(self) -> (u64, u32) {
        (self.0 >> GENERATION_SHIFT, self.slot() as u32)
    }

    /// What [`halves`](Self::halves) gave.
    pub(crate) fn from_halves(upper: u64, slot: u32) -> Self {
        Self(upper << GENERATION_SHIFT | u64::from(slot) << SLOT_SHIFT | 1)
    }

    #[inline(always)]
    pub(crate) fn loop_number(self) -> u16 {
        (self.0 >> LOOP_SHIFT) as u16
    }

    #[inline(always)]
    pub(crate) fn slot(self) -> usize {
        (self.0 >> SLOT_SHIFT & SLOT_MASK) as usize
    }

    /// The key that a waker of this runtime's tasks holds.
    #[inline]
    pub(crate) fn of(waker: &Waker) -> Option<Self> {
        ptr::eq(waker.vtable(), &VTABLE).then(|| Self(waker.data().addr() as u64))
    }

    /// A waker of the task. It need not be dropped.
    #[inline]
    #[expect(unsafe_code, reason = "a waker is made of its word")]
    pub(crate) fn waker(self) -> ManuallyDrop<Waker> {
        let data = ptr::without_provenance(self.0 as usize);
        // SAFETY: the data is a number, never a pointer, and means something on any thread for ever; so the functions of
        // the vtable may be called as often, wherever and in whatever order.
        ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) })
    }

    /// Wakes the task, from wherever this is.
    pub(crate) fn wake(self) {
        match here::lent_core() {
            Some(core) => core.wake(self),
            None => inbox::wake(self.loop_number(), self.0),
        }
    }
}

/// Wakes through `waker`, without a call through its table if it is of one of this runtime's tasks.
#[inline]
pub(crate) fn wake(waker: &Waker) {
    match TaskKey::of(waker) {
        Some(task) => task.wake(),
        None => waker.wake_by_ref(),
    }
}

/// One place in memory, so that a waker of ours is known by it.
static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &VTABLE),
    |data| TaskKey(data.addr() as u64).wake(),
    |data| TaskKey(data.addr() as u64).wake(),
    |_| {},
);
