//! Loom's locks and threads, in the place of the runtime's `sync`. Time passes by its own rule: no time is over at once,
//! though not before others had a chance; every other time is for ever.

use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;
use std::time::Duration;

use loom::thread;

pub(super) use loom::sync::{Arc, Condvar};

/// Loom's, whose guards know their lock.
#[derive(Default)]
pub(super) struct Mutex<T>(loom::sync::Mutex<T>);

pub(super) struct MutexGuard<'a, T> {
    mutex: &'a Mutex<T>,
    held: Option<loom::sync::MutexGuard<'a, T>>,
}

impl<T> Mutex<T> {
    pub(super) fn new(value: T) -> Self {
        Self(loom::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> Result<MutexGuard<'_, T>, PoisonError<MutexGuard<'_, T>>> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(MutexGuard {
            mutex: self,
            held: Some(held),
        })
    }
}

impl<T> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.held.as_ref().expect("it is held")
    }
}

impl<T> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.held.as_mut().expect("it is held")
    }
}

pub(super) fn wait_while<'a, T>(
    condvar: &Condvar,
    mut guard: MutexGuard<'a, T>,
    longest: Duration,
    mut condition: impl FnMut(&mut T) -> bool,
) -> (MutexGuard<'a, T>, bool) {
    while condition(&mut guard) {
        if longest.is_zero() {
            guard.held = None;
            thread::yield_now();
            let mut guard = guard.mutex.lock().unwrap_or_else(PoisonError::into_inner);
            let is_over = condition(&mut guard);
            return (guard, is_over);
        }
        let held = guard.held.take().expect("it is held");
        guard.held = Some(condvar.wait(held).unwrap_or_else(PoisonError::into_inner));
    }
    (guard, false)
}

pub(super) fn start(_name: String, life: impl FnOnce() + Send + 'static) -> io::Result<()> {
    drop(thread::spawn(life));
    Ok(())
}
