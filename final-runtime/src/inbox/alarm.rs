//! What ends the sleep of a loop. The models of `tests/loom` put one that counts in this file's place.

/// Ends a loop's sleep in its poller, from any thread, by a system call.
#[derive(Debug)]
pub(crate) struct Alarm(mio::Waker);

impl Alarm {
    pub(crate) fn new(waker: mio::Waker) -> Self {
        Self(waker)
    }

    pub(super) fn ring(&self) {
        // It fails only for a poller that is gone, and then nobody sleeps in it.
        let _ = self.0.wake();
    }
}
