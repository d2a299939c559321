//! What other threads want of a loop: wakes and calls.
//!
//! Every wake that is not one of the loop that is entered on this thread, and every `call_soon_threadsafe`, is a
//! message to that loop. Whoever leaves one knows the loop by its number and owns nothing of it. The loop asks in
//! every turn whether there is a message, takes all of them at once, and makes an entry of the ready queue of each, in
//! order of arrival. A message costs a system call only if the loop may be asleep, and then only the first.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | the loop's own side |
//! | `mailbox` | the side that is shared between threads: the protocol |
//! | `registry` | which mailbox a number means |
//! | `alarm` | what ends the sleep of a loop |
//! | `sync` | the locks and atomics it is built on |
//!
//! `tests/loom` compiles `mailbox` and `registry` over loom's locks and atomics, and checks them in every order.

use std::cell::Cell;
use std::time::Duration;

mod alarm;
mod mailbox;
mod registry;
mod sync;

pub(crate) use alarm::Alarm;
pub(crate) use mailbox::{Call, Message};
pub(crate) use registry::Address;

use mailbox::Mailbox;
use registry::Registry;

/// Closed numbers rest until so many others are closed: a waker that outlives its loop has nobody to wake by mistake
/// for as long. A mailbox is some 80 bytes.
const REST: usize = 1024;

static REGISTRY: Registry = Registry::new(REST);

/// A buffer that a burst has made larger than this, in messages, is given back.
const KEPT: usize = 1024;

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

/// A loop's own side of its inbox. It closes when it is dropped.
pub(crate) struct Inbox {
    address: Address,
    mailbox: &'static Mailbox,
    closed: Cell<bool>,
    /// The buffer that is not with the mailbox.
    buffer: Cell<Vec<Message>>,
}

impl Inbox {
    /// The inbox of a new loop.
    ///
    /// # Panics
    ///
    /// If 65535 loops are open.
    #[track_caller]
    pub(crate) fn open() -> Self {
        let address = REGISTRY.open();
        let mailbox = REGISTRY.mailbox(address.number);
        Self {
            address,
            mailbox: mailbox.expect("a number that is given out has a mailbox"),
            closed: Cell::new(false),
            buffer: Cell::default(),
        }
    }

    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// From now on nobody can leave anything. What is here is dropped, which may run code of others.
    pub(crate) fn close(&self) {
        if !self.closed.replace(true) {
            REGISTRY.close(self.address);
        }
    }

    /// Hands over everything that has arrived, in order.
    #[inline]
    pub(crate) fn take(&self, each: impl FnMut(Message)) {
        // A closed inbox may be another loop's already.
        if self.mailbox.is_filled() && !self.closed.get() {
            self.take_all(each);
        }
    }

    #[cold]
    fn take_all(&self, each: impl FnMut(Message)) {
        let mut messages = self.buffer.take();
        self.mailbox.take(&mut messages);
        messages.drain(..).for_each(each);
        if messages.capacity() <= KEPT {
            self.buffer.set(messages);
        }
    }

    /// From now on the loop may sleep, and this ends its sleep.
    pub(crate) fn set_alarm(&self, alarm: Alarm) {
        self.mailbox.set_alarm(alarm);
    }

    /// Calls `wait` with how long it may sleep: not at all if something has arrived, else `longest` with the loop
    /// noted as asleep.
    pub(crate) fn sleep<R>(
        &self,
        longest: Option<Duration>,
        wait: impl FnOnce(Option<Duration>) -> R,
    ) -> R {
        if longest == Some(Duration::ZERO) || !self.mailbox.fall_asleep() {
            return wait(Some(Duration::ZERO));
        }
        let waited = wait(longest);
        self.mailbox.wake_up();
        waited
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        self.close();
    }
}
