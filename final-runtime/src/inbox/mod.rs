//! What other threads want of a loop: wakes and calls.
//!
//! Every wake that is not one of the loop that is entered on this thread, and every `call_soon_threadsafe`, is a
//! message to that loop. Whoever leaves one knows the loop by its number and owns nothing of it. The loop asks in
//! every turn whether there is a message, takes all of them at once, and makes an entry of the ready queue of each, in
//! order of arrival. A message costs a system call only if the loop may be asleep, and then only the first.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the one registry, and what is done to it |
//! | `owner` | the side that is the loop's own |
//! | `mailbox` | the side that is shared between threads: the protocol |
//! | `registry` | which mailbox a number means |
//! | `alarm` | what ends the sleep of a loop |
//! | `sync` | the locks and atomics it is built on |
//!
//! `tests/loom` compiles `owner`, `mailbox` and `registry` over loom's locks and atomics, and runs them in every order.
//!
//! In the book: chapter 10.

mod alarm;
mod mailbox;
mod owner;
mod registry;
mod sync;

pub(crate) use alarm::Alarm;
pub(crate) use mailbox::{Call, Message};
pub(crate) use owner::Inbox;
pub(crate) use registry::Address;

use registry::Registry;

/// A closed number rests until so many others are closed: a waker that outlives its loop wakes nobody by mistake for as
/// long. What rests is a mailbox each, 64 bytes.
const REST: usize = 1024;

static REGISTRY: Registry = Registry::new(REST);

/// The inbox of a new loop.
///
/// # Panics
///
/// If 65535 loops are open.
#[track_caller]
pub(crate) fn open() -> Inbox {
    Inbox::open(&REGISTRY)
}

/// Leaves a wake for the loop of that number, from any thread.
pub(crate) fn wake(number: u16, word: u64) {
    REGISTRY.wake(number, word);
}

/// Leaves a call for a loop, from any thread.
///
/// # Errors
///
/// If the loop is closed, with the call.
pub(crate) fn call(address: Address, call: Call) -> Result<(), Message> {
    REGISTRY.call(address, call)
}
