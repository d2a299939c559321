//! What both write down, with the turn in which it happened.

use final_runtime::State;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Polled {
        task: usize,
    },
    FutureDropped {
        task: usize,
    },
    ValueDropped {
        task: usize,
    },
    Joined {
        task: usize,
        target: usize,
        ended: Ended,
    },
    /// Of a done callback, the state of what it was told of.
    Called {
        callback: usize,
        state: Option<State>,
    },
    /// The answer to a request.
    Asked {
        task: usize,
        asked: bool,
    },
    TakenOut {
        callback: usize,
    },
    /// A drop of a handle panicked, and whoever let go of it has caught it.
    Caught,
    /// The exception handler was told of an error at which nobody had looked.
    Unseen {
        task: usize,
    },
    /// It was told of a panic that ended nothing but a callback, or the drop of what nobody held.
    CallbackPanicked,
}

/// How a task ended, or a wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Ok,
    Cancelled,
    Panicked,
    AwaitsItself,
}
