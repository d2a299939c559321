//! Exercise 3, for you to change.

use chapter_01::{EventLoop, Handle};

/// An action that is repeated, and the right to call it off.
#[derive(Clone)]
pub struct Repeat {
    handle: Handle,
}

impl Repeat {
    /// Calls off all repetitions that are still to come.
    pub fn cancel(&self) {
        self.handle.cancel();
    }
}

/// Runs `action` once a turn, from the next turn on.
pub fn every_turn(
    event_loop: &EventLoop,
    name: &'static str,
    mut action: impl FnMut(&EventLoop) + 'static,
) -> Repeat {
    // Once is not every turn.
    let handle = event_loop.call_soon(name, move |event_loop| action(event_loop));
    Repeat { handle }
}
