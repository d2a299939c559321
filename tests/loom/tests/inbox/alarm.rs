//! A poller that only an alarm can end, and an alarm that counts, in the place of the runtime's `alarm`.

use std::time::Duration;

use loom::sync::{Arc, Condvar, Mutex};

/// Where a loop sleeps. As with the system's, a ring that comes too early ends the next sleep.
#[derive(Default)]
pub(crate) struct Poller {
    state: Mutex<State>,
    rung: Condvar,
}

#[derive(Default)]
struct State {
    ringing: bool,
    rings: u32,
    sleeps: u32,
}

impl Poller {
    /// Sleeps; zero is not to sleep, and every other time is for ever.
    pub(super) fn wait(&self, longest: Option<Duration>) {
        let mut state = self.state.lock().unwrap();
        if longest != Some(Duration::ZERO) {
            state.sleeps += 1;
            while !state.ringing {
                state = self.rung.wait(state).unwrap();
            }
        }
        state.ringing = false;
    }

    /// A sleep that a socket ends.
    pub(super) fn wait_for_socket(&self, longest: Option<Duration>) {
        let mut state = self.state.lock().unwrap();
        state.sleeps += u32::from(longest != Some(Duration::ZERO));
        state.ringing = false;
    }

    pub(super) fn rings(&self) -> u32 {
        self.state.lock().unwrap().rings
    }

    pub(super) fn sleeps(&self) -> u32 {
        self.state.lock().unwrap().sleeps
    }
}

/// Ends a sleep in a poller.
pub(crate) struct Alarm(pub(super) Arc<Poller>);

impl Alarm {
    pub(super) fn ring(&self) {
        let mut state = self.0.state.lock().unwrap();
        state.rings += 1;
        state.ringing = true;
        drop(state);
        self.0.rung.notify_one();
    }
}
