//! The loop's own half of its inbox: what the loop does about messages, on its thread.

use std::cell::Cell;
use std::time::Duration;

use super::alarm::Alarm;
use super::mailbox::{Mailbox, Message};
use super::registry::{Address, Registry};

/// A buffer that a burst has made larger than this, in messages, is given back.
const KEPT: usize = 1024;

/// A loop's own side of its inbox. It closes when it is dropped.
pub(crate) struct Inbox {
    registry: &'static Registry,
    address: Address,
    mailbox: &'static Mailbox,
    closed: Cell<bool>,
    /// The buffer that is not with the mailbox.
    buffer: Cell<Vec<Message>>,
}

impl Inbox {
    /// The inbox of a new loop, under a number of its own.
    #[track_caller]
    pub(super) fn open(registry: &'static Registry) -> Self {
        let address = registry.open();
        let mailbox = registry.mailbox(address.number);
        Self {
            registry,
            address,
            mailbox: mailbox.expect("a number that is given out has a mailbox"),
            closed: Cell::new(false),
            buffer: Cell::default(),
        }
    }

    pub(crate) fn address(&self) -> Address {
        self.address
    }

    /// From now on nobody can leave anything. What is here is the caller's to drop, which may run code of others.
    #[must_use]
    pub(crate) fn shut(&self) -> Vec<Message> {
        match self.closed.get() {
            false => self.mailbox.close(),
            true => Vec::new(),
        }
    }

    /// Shuts it and gives its number back, after the last moment at which the loop is entered: from then on the number
    /// may mean another loop.
    pub(crate) fn close(&self) {
        if !self.closed.replace(true) {
            self.registry.close(self.address);
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
        // A closed loop never sleeps, and its mailbox may be another loop's already.
        if !self.closed.get() {
            self.mailbox.set_alarm(alarm);
        }
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
