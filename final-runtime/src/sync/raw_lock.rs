//! Who holds a lock, without what it guards.

use std::cell::Cell;

use crate::sync::line::Line;

/// A lock that guards nothing by itself.
pub(super) struct RawLock {
    locked: Cell<bool>,
    line: Line,
}

impl RawLock {
    pub(super) const fn new() -> Self {
        Self {
            locked: Cell::new(false),
            line: Line::new("a lock"),
        }
    }

    pub(super) fn is_locked(&self) -> bool {
        self.locked.get()
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Takes it if it is free and not meant for somebody in the line.
    pub(super) fn try_take(&self) -> bool {
        let free = !self.locked.get() && self.line.is_clear();
        if free {
            self.locked.set(true);
        }
        free
    }

    /// Takes it, in its turn.
    pub(super) async fn take(&self) {
        if self.try_take() {
            return;
        }
        let hand_on = |_| {
            if !self.locked.get() {
                self.line.call_first();
            }
        };
        self.line.wait(hand_on).await;
        self.locked.set(true);
    }

    /// Frees it, and calls the first in the line.
    pub(super) fn release(&self) {
        self.locked.set(false);
        self.line.call_first();
    }

    /// Takes it until the hold is dropped.
    pub(super) async fn hold(&self) -> Hold<'_> {
        self.take().await;
        Hold::of(self)
    }
}

/// A lock that is held, or was, and is to be again: a [`Condition`](crate::sync::Condition) lends it out.
pub(super) struct Hold<'a> {
    lock: &'a RawLock,
    held: bool,
}

impl<'a> Hold<'a> {
    /// The hold of whoever has taken `lock`.
    pub(super) fn of(lock: &'a RawLock) -> Self {
        Self { lock, held: true }
    }

    pub(super) fn release(&mut self) {
        self.held = false;
        self.lock.release();
    }

    pub(super) async fn take_again(&mut self) {
        self.lock.take().await;
        self.held = true;
    }
}

impl Drop for Hold<'_> {
    fn drop(&mut self) {
        if self.held {
            self.release();
        }
    }
}
