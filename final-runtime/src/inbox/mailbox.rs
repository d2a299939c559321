//! The shared half of one inbox: the messages, and whether the loop must be woken for them.
//!
//! One word, the phase, says both where the loop is and whether there is anything for it. A wake that is alone is in the
//! phase itself, as the word of its waker; with a second message it becomes a list, under the lock:
//!
//! | step | whose | phase before | after | |
//! |---|---|---|---|---|
//! | `fall_asleep` | the loop's | AWAKE | ASLEEP | |
//! | `wake_up` | the loop's | ASLEEP | AWAKE | |
//! | `note` | a waker's | AWAKE, or its own word | its word | |
//! | | | ASLEEP | its word | locked; rings the alarm |
//! | `list` | anybody's | any but CLOSED | FILLED | locked; rings the alarm if the phase was ASLEEP |
//! | `take` | the loop's | a word | AWAKE | |
//! | | | FILLED | AWAKE | locked |
//! | `open`, `close` | the loop's | CLOSED; any | AWAKE; CLOSED | locked |
//!
//! 1. The list has messages if and only if the phase is FILLED.
//! 2. Only the loop falls asleep, and only from AWAKE, in one atomic step: it never sleeps over a message.
//! 3. Who ends the phase ASLEEP for a message rings, once, after giving back the lock. So there is at most one system
//!    call for each sleep, and none while the loop is awake.
//! 4. A wake that finds its own word in the phase takes no lock and leaves nothing: it is there already.
//! 5. What a thread did before it left a message is seen by the loop when it takes the message. For the list the lock
//!    orders them. A word is noted, also where it was already, by a read-modify-write that releases, and who takes the
//!    word out of the phase acquires. Every change of the phase is a read-modify-write, so what the first of several
//!    wakes released is acquired with the last. All other accesses are relaxed.
//! 6. No code of others runs under the lock: messages are dropped outside it.

use std::collections::HashSet;
use std::fmt;
use std::sync::PoisonError;

use super::alarm::Alarm;
use super::sync::{Arc, AtomicU64, Mutex, MutexGuard};
use super::sync::{Ordering::Acquire, Ordering::Relaxed, Ordering::Release};

// Those from FILLED on have something for the loop. The word of a waker is above them all: its upper bits are the number
// of a loop.
const AWAKE: u64 = 0;
const ASLEEP: u64 = 1;
const CLOSED: u64 = 2;
const FILLED: u64 = 3;

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
///
/// It has a cache line of its own, so that to send something to a loop slows down no other.
#[repr(align(64))]
pub(crate) struct Mailbox {
    phase: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Which loop has it, or had it last: counted up when one opens it.
    epoch: u64,
    messages: Vec<Message>,
    /// Absent until the loop has a poller, and a loop without one never sleeps.
    alarm: Option<Arc<Alarm>>,
}

impl Mailbox {
    pub(super) fn new() -> Self {
        Self {
            phase: AtomicU64::new(CLOSED),
            state: Mutex::new(State::default()),
        }
    }

    /// Gives the mailbox to a loop. The epoch of its tenure.
    pub(super) fn open(&self) -> u64 {
        let mut state = self.lock();
        state.epoch += 1;
        self.phase.swap(AWAKE, Relaxed);
        state.epoch
    }

    /// Ends the tenure. What nobody took is the caller's to drop.
    #[must_use]
    pub(super) fn close(&self) -> Vec<Message> {
        let mut state = self.lock();
        self.phase.swap(CLOSED, Relaxed);
        let alarm = state.alarm.take();
        let left = std::mem::take(&mut state.messages);
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
        let noted =
            self.note(word, word) || self.phase.load(Relaxed) == AWAKE && self.note(AWAKE, word);
        if !noted {
            let _ = self.leave(Message::Wake(word), |_| true);
        }
    }

    /// Leaves a call for the loop of that epoch, from any thread.
    ///
    /// # Errors
    ///
    /// If that loop is closed, with the call.
    pub(super) fn call(&self, epoch: u64, call: Call) -> Result<(), Message> {
        self.leave(Message::Call(call), |state| state.epoch == epoch)
    }

    fn leave(&self, message: Message, accepts: impl FnOnce(&State) -> bool) -> Result<(), Message> {
        let mut state = self.lock();
        let phase = self.phase.load(Relaxed);
        if phase == CLOSED || !accepts(&state) {
            return Err(message);
        }
        let found = match message {
            Message::Wake(word) if phase == ASLEEP && self.note(ASLEEP, word) => ASLEEP,
            message => self.list(&mut state, message),
        };
        // Of a loop that was not asleep, it is awake or somebody has rung, or is about to.
        let alarm = match found {
            ASLEEP => state.alarm.clone(),
            _ => None,
        };
        drop(state);
        if let Some(alarm) = alarm {
            alarm.ring();
        }
        Ok(())
    }

    /// Puts a wake into the phase, if that is as `expected`. It is a write also where it changes nothing: that is how
    /// the loop will see what this thread did before.
    fn note(&self, expected: u64, word: u64) -> bool {
        self.phase
            .compare_exchange(expected, word, Release, Relaxed)
            .is_ok()
    }

    /// Puts a message into the list, after the wake that is in the phase. The phase that it found.
    fn list(&self, state: &mut State, message: Message) -> u64 {
        let found = self.phase.swap(FILLED, Acquire);
        if found > FILLED {
            state.push(Message::Wake(found));
        }
        state.push(message);
        found
    }

    /// Whether there is anything to take. The loop asks in every turn: it costs one relaxed load.
    pub(crate) fn is_filled(&self) -> bool {
        self.phase.load(Relaxed) >= FILLED
    }

    /// Takes everything, in order of arrival, and leaves an empty buffer in the place of a list. Only the loop may, and
    /// only if it is filled.
    pub(crate) fn take(&self, buffer: &mut Vec<Message>) {
        debug_assert!(buffer.is_empty() && self.is_filled());
        let found = self.phase.load(Relaxed);
        if found != FILLED
            && self
                .phase
                .compare_exchange(found, AWAKE, Acquire, Relaxed)
                .is_ok()
        {
            buffer.push(Message::Wake(found));
            return;
        }
        let mut state = self.lock();
        std::mem::swap(&mut state.messages, buffer);
        self.phase.swap(AWAKE, Relaxed);
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
