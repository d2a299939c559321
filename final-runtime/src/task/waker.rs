//! The waker: one word that says which task of which loop, and owns nothing.
//!
//! | bits of the word | |
//! |---|---|
//! | 0–27 | the task's slot |
//! | 28–47 | its generation |
//! | 48–63 | the loop's number, from 1 |
//!
//! To clone it is a copy, to drop it does nothing. A wake on the thread that has entered the loop looks into the table of
//! tasks and queues the next step, without an atomic; every other wake, also of a second loop of the same thread, leaves
//! the word in that loop's inbox. A waker that is older than the task in its slot, or than the loop of its number, finds
//! another generation and does nothing, or with a probability of 2⁻²⁰ wakes somebody spuriously, which a future must stand.
//!
//! The word is the data pointer of a `RawWaker`, so it needs 64 bits; on targets with fewer the crate does not compile.
//! (Chapters 5 and 13.)

use std::mem::ManuallyDrop;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use crate::here;
use crate::inbox;
use crate::slots::{GENERATION_BITS, SLOT_BITS, TaskKey};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("final-runtime needs a 64-bit target: a waker is one word that holds a loop, a slot and a generation");

const SLOT_MASK: u64 = (1 << SLOT_BITS) - 1;
const GENERATION_MASK: u64 = (1 << GENERATION_BITS) - 1;
const LOOP_SHIFT: u32 = SLOT_BITS + GENERATION_BITS;

/// One place in memory, so that a waker of ours is known by it.
static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| RawWaker::new(data, &VTABLE),
    |data| wake(data.addr() as u64),
    |data| wake(data.addr() as u64),
    |_| {},
);

/// The word of the task at `key` of the loop with this number.
#[inline]
pub(crate) fn word(loop_number: u16, key: TaskKey) -> u64 {
    u64::from(loop_number) << LOOP_SHIFT
        | u64::from(key.generation) << SLOT_BITS
        | u64::from(key.slot)
}

/// The number of the loop that a word means.
#[inline]
pub(crate) fn loop_of(word: u64) -> u16 {
    (word >> LOOP_SHIFT) as u16
}

/// The task that a word means.
#[inline]
pub(crate) fn key_of(word: u64) -> TaskKey {
    TaskKey {
        slot: (word & SLOT_MASK) as u32,
        generation: (word >> SLOT_BITS & GENERATION_MASK) as u32,
    }
}

/// The generation of the task with this creation number.
#[inline]
pub(crate) fn generation(number: u64) -> u32 {
    (number & GENERATION_MASK) as u32
}

/// A waker of the task that `word` means. It need not be dropped.
#[inline]
#[expect(unsafe_code, reason = "a waker is made of its word")]
pub(crate) fn waker(word: u64) -> ManuallyDrop<Waker> {
    let data = ptr::without_provenance(word as usize);
    // SAFETY: the data is a number, never a pointer, and means something on any thread for ever; so the functions of the
    // vtable may be called as often, wherever and in whatever order.
    ManuallyDrop::new(unsafe { Waker::from_raw(RawWaker::new(data, &VTABLE)) })
}

/// The word of a waker, if it is one of this runtime's tasks.
#[inline]
pub(crate) fn word_of(waker: &Waker) -> Option<u64> {
    ptr::eq(waker.vtable(), &VTABLE).then(|| waker.data().addr() as u64)
}

/// Wakes the task that `word` means, from wherever this is.
#[inline]
pub(crate) fn wake(word: u64) {
    here::with_core(|core| match core {
        Some(core) if core.number() == loop_of(word) => core.wake(key_of(word)),
        _ => inbox::leave(word),
    });
}
