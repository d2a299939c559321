//! What the pool is built on. The models of `tests/loom` put loom's types of the same names in this file's place, and a
//! clock that they set.

use std::io;
use std::sync::PoisonError;
use std::thread;
use std::time::Duration;

pub(super) use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Waits while `condition` holds, at most as long as `longest`. Whether that time is over, and it still does.
pub(super) fn wait_while<'a, T>(
    condvar: &Condvar,
    guard: MutexGuard<'a, T>,
    longest: Duration,
    condition: impl FnMut(&mut T) -> bool,
) -> (MutexGuard<'a, T>, bool) {
    let waited = condvar.wait_timeout_while(guard, longest, condition);
    let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
    (guard, timeout.timed_out())
}

/// Starts a thread.
pub(super) fn start(name: String, life: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name).spawn(life).map(drop)
}
