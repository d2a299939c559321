//! The shared half of one inbox: the messages, and whether the loop must be woken for them.
//!
//! One word, the phase, says both where the loop is and whether there is anything for it:
//!
//! ```text
//!                 fall_asleep
//!          ┌─────────────────────────┐
//!          │         wake_up         ▼
//!        AWAKE ◄───────────────── ASLEEP
//!         ▲  │                       │
//!         │  │ leave                 │ leave, and rings the alarm
//!   take, │  ▼                       │
//!   close FILLED ◄───────────────────┘
//! ```
//!
//! 1. The phase is FILLED if and only if there are messages. It becomes so, and ceases to be, under the lock.
//! 2. Only the loop falls asleep, and only from AWAKE, in one atomic step: it never sleeps over a message.
//! 3. Whoever takes the phase from ASLEEP to FILLED rings, once, after giving back the lock. So there is at most one
//!    system call for each sleep, and none while the loop is awake.
//! 4. What a thread did before it left a message is seen by the loop when it takes the message: the lock orders them.
//!    The phase orders nothing, so all its accesses are relaxed.
//! 5. No code of others runs under the lock: messages are dropped outside it.

use std::collections::HashSet;
use std::fmt;
use std::sync::PoisonError;

use super::alarm::Alarm;
use super::sync::{Arc, AtomicU8, Mutex, MutexGuard, Ordering::Relaxed};

const AWAKE: u8 = 0;
const ASLEEP: u8 = 1;
const FILLED: u8 = 2;

/// Below so many messages nobody looks for repeated wakes, but for the last.
const FEW: usize = 64;

/// What another thread calls on the loop.
pub(crate) type Call = Box<dyn FnOnce() + Send>;

/// What another thread can leave for a loop.
pub(crate) enum Message {
    /// The word of a waker.
    Wake(u64),
    Call(Call),
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wake(word) => write!(f, "Wake({word:#x})"),
            Self::Call(_) => f.write_str("Call"),
        }
    }
}

/// An entry of the registry: the mailbox of one loop after another, and of none between them.
pub(crate) struct Mailbox {
    phase: AtomicU8,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// Which loop has it, or had it last: counted up when one opens it.
    epoch: u64,
    messages: Vec<Message>,
    /// Absent until the loop has a poller, and a loop without one never sleeps.
    alarm: Option<Arc<Alarm>>,
}

impl Mailbox {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU8::new(AWAKE),
            state: Mutex::new(State::default()),
        }
    }

    /// Gives the mailbox to a loop. The epoch of its tenure.
    pub(super) fn open(&self) -> u64 {
        let mut state = self.lock();
        state.open = true;
        state.epoch += 1;
        state.epoch
    }

    /// Ends the tenure. What nobody took is the caller's to drop.
    #[must_use]
    pub(super) fn close(&self) -> Vec<Message> {
        let mut state = self.lock();
        state.open = false;
        let alarm = state.alarm.take();
        let left = std::mem::take(&mut state.messages);
        self.phase.store(AWAKE, Relaxed);
        drop(state);
        drop(alarm);
        left
    }

    /// From now on the loop may sleep, and this ends its sleep.
    pub(crate) fn set_alarm(&self, alarm: Alarm) {
        self.lock().alarm = Some(Arc::new(alarm));
    }

    /// Leaves a wake, from any thread. It may reach a later loop than the waker's, as a spurious wake; one that
    /// reaches none is nothing.
    pub(super) fn wake(&self, word: u64) {
        let _ = self.leave(Message::Wake(word), |state| state.open);
    }

    /// Leaves a call for the loop of that epoch, from any thread.
    ///
    /// # Errors
    ///
    /// If that loop is closed, with the call.
    pub(super) fn call(&self, epoch: u64, call: Call) -> Result<(), Message> {
        self.leave(Message::Call(call), |state| {
            state.open && state.epoch == epoch
        })
    }

    fn leave(&self, message: Message, accepts: impl FnOnce(&State) -> bool) -> Result<(), Message> {
        let mut state = self.lock();
        if !accepts(&state) {
            return Err(message);
        }
        let was_empty = state.messages.is_empty();
        state.push(message);
        // A message that is not the first adds nothing: whoever left the first has rung, or is about to.
        let alarm = if was_empty && self.phase.swap(FILLED, Relaxed) == ASLEEP {
            state.alarm.clone()
        } else {
            None
        };
        drop(state);
        if let Some(alarm) = alarm {
            alarm.ring();
        }
        Ok(())
    }

    /// Whether there is anything to take. The loop asks in every turn: it costs one relaxed load.
    pub(crate) fn is_filled(&self) -> bool {
        self.phase.load(Relaxed) == FILLED
    }

    /// Takes everything, in order of arrival, and leaves an empty buffer in its place.
    pub(crate) fn take(&self, buffer: &mut Vec<Message>) {
        debug_assert!(buffer.is_empty());
        let mut state = self.lock();
        std::mem::swap(&mut state.messages, buffer);
        self.phase.store(AWAKE, Relaxed);
    }

    /// The loop is about to sleep. `false` if there is something to take: then it must not.
    pub(crate) fn fall_asleep(&self) -> bool {
        self.phase
            .compare_exchange(AWAKE, ASLEEP, Relaxed, Relaxed)
            .is_ok()
    }

    /// The loop has slept.
    pub(crate) fn wake_up(&self) {
        // If it fails, somebody has left a message and rung.
        let _ = self.phase.compare_exchange(ASLEEP, AWAKE, Relaxed, Relaxed);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No code of others runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds a message, unless it is a wake that is there already.
    fn push(&mut self, message: Message) {
        if let Message::Wake(word) = message
            && let Some(&Message::Wake(last)) = self.messages.last()
            && word == last
        {
            return;
        }
        if self.messages.len() == self.messages.capacity() && self.messages.len() >= FEW {
            self.forget_repeated_wakes();
        }
        self.messages.push(message);
    }

    /// A full buffer keeps the first wake of each waker and doubles only if that leaves it half full. So it never
    /// holds many more messages than there are wakers and calls, however long the loop is busy, and a message still
    /// costs the same on average.
    fn forget_repeated_wakes(&mut self) {
        let mut seen = HashSet::new();
        self.messages.retain(|message| match message {
            Message::Wake(word) => seen.insert(*word),
            Message::Call(_) => true,
        });
        if self.messages.len() > self.messages.capacity() / 2 {
            self.messages.reserve(self.messages.capacity());
        }
    }
}
