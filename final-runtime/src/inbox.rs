//! Wakes from other threads: the one part of a loop that is shared between threads.
//!
//! A wake that does not come from the loop's own thread leaves the task's number here and, if the inbox was empty,
//! ends the loop's sleep. The loop takes everything in at the start of a turn and again when it has slept. A wake
//! owns nothing of the loop: a number that means no task any more is passed over.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::task::TaskId;

/// The inbox of one loop.
#[derive(Default)]
pub(crate) struct Inbox {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    woken: Vec<TaskId>,
    /// Ends the loop's sleep. Absent until the loop sleeps for the first time.
    alarm: Option<mio::Waker>,
}

impl Inbox {
    /// Leaves a task's number, from any thread.
    pub(crate) fn leave(&self, task: TaskId) {
        let mut state = self.lock();
        let was_empty = state.woken.is_empty();
        state.woken.push(task);
        if was_empty && let Some(alarm) = &state.alarm {
            // It fails only for a poller that is gone, and then nobody sleeps in it.
            let _ = alarm.wake();
        }
    }

    /// Takes everything out.
    pub(crate) fn take(&self) -> Vec<TaskId> {
        std::mem::take(&mut self.lock().woken)
    }

    /// From now on the loop may sleep, and this ends its sleep.
    pub(crate) fn set_alarm(&self, alarm: mio::Waker) {
        let mut state = self.lock();
        if !state.woken.is_empty() {
            let _ = alarm.wake();
        }
        state.alarm = Some(alarm);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
