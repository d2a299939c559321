//! Who holds a lock, without what it guards.

use std::cell::Cell;

use crate::here;
use crate::promise::What;
use crate::sync::line::Line;
use crate::task::TaskKey;

/// A lock that guards nothing by itself.
pub(super) struct RawLock {
    holder: Cell<Holder>,
    line: Line,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holder {
    Nobody,
    /// Outside a task.
    Somebody,
    /// Whoever has it now, this task has taken it.
    Task(TaskKey),
}

impl Holder {
    /// Who runs now.
    #[inline]
    fn here() -> Self {
        here::task().map_or(Self::Somebody, |task| Self::Task(task.key()))
    }

    fn task(self) -> Option<TaskKey> {
        match self {
            Self::Task(task) => Some(task),
            Self::Nobody | Self::Somebody => None,
        }
    }
}

impl RawLock {
    pub(super) const fn new() -> Self {
        Self {
            holder: Cell::new(Holder::Nobody),
            line: Line::new(What::Lock),
        }
    }

    pub(super) fn is_locked(&self) -> bool {
        self.holder.get() != Holder::Nobody
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.line.len()
    }

    /// Takes it if it is free and not meant for somebody in the line.
    pub(super) fn try_take(&self) -> bool {
        let free = !self.is_locked() && self.line.is_clear();
        if free {
            self.holder.set(Holder::here());
        }
        free
    }

    /// Takes it, in its turn.
    pub(super) async fn take(&self) {
        if self.try_take() {
            return;
        }
        let hand_on = || {
            if !self.is_locked() {
                self.line.call_first();
            }
        };
        let holder = || self.holder.get().task();
        self.line.wait_behind(holder, hand_on).await;
        self.holder.set(Holder::here());
        self.line.renew_ahead(0, holder());
    }

    /// Frees it, and calls the first in the line.
    pub(super) fn release(&self) {
        self.holder.set(Holder::Nobody);
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
