//! Wakes from other threads: the one part of a loop that is shared between threads.
//!
//! A wake that does not come from the loop's own thread leaves the task's number here and, if the inbox was empty,
//! ends the loop's sleep. The loop takes everything in at the start of a turn and again when it has slept. A wake
//! owns nothing of the loop: a number that means no task any more is passed over.

use std::sync::{Arc, Weak, Mutex, MutexGuard, PoisonError};

/// The inbox of one loop.
pub(crate) struct Inbox {
    number: u16,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    woken: Vec<u64>,
    /// Ends the loop's sleep. Absent until the loop sleeps for the first time.
    alarm: Option<mio::Waker>,
}

static ALL: Mutex<Vec<Weak<Inbox>>> = Mutex::new(Vec::new());

pub(crate) fn leave(word: u64) {
    let number = crate::task::TaskKey::from_word(word).loop_number() as usize;
    let inbox = ALL.lock().unwrap()[number - 1].upgrade();
    if let Some(inbox) = inbox {
        inbox.leave(word);
    }
}

impl Inbox {
    pub(crate) fn open() -> Arc<Self> {
        let mut all = ALL.lock().unwrap();
        let at = all.iter().position(|inbox| inbox.strong_count() == 0);
        let at = at.unwrap_or_else(|| {
            all.push(Weak::new());
            all.len() - 1
        });
        let inbox = Arc::new(Self {
            number: at as u16 + 1,
            state: Mutex::default(),
        });
        all[at] = Arc::downgrade(&inbox);
        inbox
    }

    pub(crate) fn number(&self) -> u16 {
        self.number
    }

    /// Leaves a task's number, from any thread.
    pub(crate) fn leave(&self, task: u64) {
        let mut state = self.lock();
        let was_empty = state.woken.is_empty();
        state.woken.push(task);
        if was_empty && let Some(alarm) = &state.alarm {
            // It fails only for a poller that is gone, and then nobody sleeps in it.
            let _ = alarm.wake();
        }
    }

    /// Takes everything out.
    pub(crate) fn take(&self) -> Vec<u64> {
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
