//! The outcome of a task, between its loop and the one who waits for it elsewhere. The rules:
//!
//! 1. It is settled once, and taken once. All of it is under one lock; no code of others runs under it.
//! 2. Who settles it is given what is to be called then: the wake of the one who waits, and behind it the callbacks. A
//!    callback that comes later is called by who brings it.
//! 3. When nobody wants it any more, it goes back to who settles it, or comes out at the end of who did not take it: an
//!    error is not lost.

use std::mem;
use std::sync::PoisonError;
use std::task::{Context, Poll, Waker};

use super::sync::{Mutex, MutexGuard};

/// What is called when it is settled.
pub(super) type Callback = Box<dyn FnOnce() + Send>;

pub(super) struct Outcome<T> {
    state: Mutex<State<T>>,
}

struct State<T> {
    stage: Stage<T>,
    waker: Option<Waker>,
    callbacks: Vec<Callback>,
}

enum Stage<T> {
    Pending,
    Settled(T),
    Taken,
    /// The handle is gone, and it was not settled.
    Unwanted,
}

impl<T> Outcome<T> {
    pub(super) fn new() -> Self {
        Self {
            state: Mutex::new(State {
                stage: Stage::Pending,
                waker: None,
                callbacks: Vec::new(),
            }),
        }
    }

    /// Settles it, and gives what is to be called. `Err` with the outcome, if nobody wants it.
    pub(super) fn settle(&self, outcome: T) -> (Result<(), T>, Vec<Callback>) {
        let mut state = self.lock();
        let settled = match mem::replace(&mut state.stage, Stage::Taken) {
            Stage::Pending => {
                state.stage = Stage::Settled(outcome);
                Ok(())
            }
            _ => Err(outcome),
        };
        let waker = state.waker.take();
        let callbacks = mem::take(&mut state.callbacks);
        drop(state);
        let wake = waker.map(|waker| Box::new(|| waker.wake()) as Callback);
        (settled, wake.into_iter().chain(callbacks).collect())
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<T> {
        let waker = cx.waker().clone();
        let mut state = self.lock();
        let before = match state.stage {
            Stage::Pending => state.waker.replace(waker),
            _ => match mem::replace(&mut state.stage, Stage::Taken) {
                Stage::Settled(outcome) => return Poll::Ready(outcome),
                _ => panic!(
                    "the outcome of a task was awaited twice; keep what the first await gave"
                ),
            },
        };
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// What `look` says of it; `None` if it is not settled, or was taken.
    pub(super) fn look<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        match &self.lock().stage {
            Stage::Settled(outcome) => Some(look(outcome)),
            _ => None,
        }
    }

    pub(super) fn is_pending(&self) -> bool {
        matches!(self.lock().stage, Stage::Pending | Stage::Unwanted)
    }

    /// Calls `callback` when it is settled. It comes back if it is.
    pub(super) fn add_callback(&self, callback: Callback) -> Result<(), Callback> {
        let mut state = self.lock();
        match state.stage {
            Stage::Pending => {
                state.callbacks.push(callback);
                Ok(())
            }
            _ => Err(callback),
        }
    }

    /// The handle goes. The outcome, if it was not taken. Callbacks stay.
    pub(super) fn let_go(&self) -> Option<T> {
        let mut state = self.lock();
        let waker = state.waker.take();
        let left = match mem::replace(&mut state.stage, Stage::Taken) {
            Stage::Settled(outcome) => Some(outcome),
            Stage::Taken => None,
            Stage::Pending | Stage::Unwanted => {
                state.stage = Stage::Unwanted;
                None
            }
        };
        drop(state);
        drop(waker);
        left
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        // No code of others runs under the lock, so a poisoned one is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
