//! A result that is not there yet: settled once, by hand, awaited by many.
//!
//! In the book: chapter 3.

use std::error::Error;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::cancel::{Answer, request};
use crate::error::JoinError;
use crate::here;
use crate::promise::{Kind, Promise, What};
use crate::shared::Core;

/// A result that somebody will set. Clones mean the same result.
///
/// Awaiting it gives `Result<T, JoinError>`, a copy to each who waits. Awaiting a settled one does not suspend.
///
/// asyncio: `asyncio.Future`.
///
/// ```
/// final_runtime::run(async {
///     let future = final_runtime::Future::new();
///     let setter = future.clone();
///     final_runtime::spawn(async move { setter.set_result(7) });
///     assert_eq!(future.await.unwrap(), 7);
/// });
/// ```
///
/// # Panics
///
/// To await it, or to ask for its [`result`](Self::result), panics if it is a task's and the task was awaited by value:
/// the result is gone. Await `&task` where several need it.
///
/// # Cancel safety
///
/// To drop a wait half-way loses nothing: the result stays for the others, and for a later wait. But a *request* to a
/// task that waits for it cancels the future itself, for everybody; [`shield`](crate::shield) keeps it off.
pub struct Future<T: 'static> {
    pub(crate) promise: Promise<T>,
}

/// Where a [`Future`] or a [`Task`](crate::Task) stands.
///
/// asyncio: `done()`, `cancelled()` and `exception()` in one.
///
/// ```
/// use final_runtime::{Future, State, run};
///
/// run(async {
///     let future = Future::<()>::new();
///     assert_eq!(future.state(), State::Pending);
///     future.cancel();
///     assert_eq!(future.state(), State::Cancelled);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not settled yet.
    Pending,
    /// It has a result.
    Ok,
    /// It has an error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// What was asked of a future does not fit its state.
///
/// asyncio: `asyncio.InvalidStateError`.
///
/// ```
/// use final_runtime::{Future, run};
///
/// run(async {
///     let future = Future::new();
///     future.set_result(1).unwrap();
///     let refused = future.set_result(2).unwrap_err();
///     assert_eq!(
///         refused.to_string(),
///         "set_result found the future in state Ok; a future is settled once",
///     );
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState {
    attempted: &'static str,
    found: State,
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempted, found } = self;
        write!(f, "{attempted} found the future in state {found:?}; ")?;
        f.write_str(match (*attempted, found) {
            (_, State::Pending) if attempted.starts_with("set") => "only its task settles it",
            (_, State::Pending) => "await it first",
            _ => "a future is settled once",
        })
    }
}

impl Error for InvalidState {}

/// A done callback that was added, for [`Future::remove_done_callback`]. Like the futures it stays on its thread.
///
/// asyncio: the callback itself.
///
/// ```
/// use final_runtime::{CallbackId, Future, run};
///
/// run(async {
///     let future = Future::new();
///     let id: CallbackId = future.add_done_callback(|_| unreachable!("taken out"));
///     assert!(future.remove_done_callback(id));
///     future.set_result(7).unwrap();
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackId {
    key: u64,
    stays: PhantomData<*const ()>,
}

impl<T: 'static> Future<T> {
    /// A pending future of the running loop.
    ///
    /// asyncio: `asyncio.Future()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     assert!(!final_runtime::Future::<()>::new().is_done());
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If no loop is running on this thread.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "it belongs to the running loop")]
    pub fn new() -> Self {
        Self::of(&here::expect_core("Future::new"), What::Future)
    }

    /// One that says what it is to those who ask what a task waits for.
    pub(crate) fn of(core: &Rc<Core>, what: What) -> Self {
        Self {
            promise: Promise::by_hand(core, what),
        }
    }

    /// Settles it with `value`.
    ///
    /// asyncio: `Future.set_result()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::new();
    ///     future.set_result(7).unwrap();
    ///     assert!(future.set_result(8).is_err(), "a future is settled once");
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If it is settled already, or is the result of a task or a gather, which settle it themselves.
    pub fn set_result(&self, value: T) -> Result<(), InvalidState> {
        self.check_unsettled("set_result")?;
        self.promise.settle(Ok(value));
        Ok(())
    }

    /// Settles it with an error.
    ///
    /// asyncio: `Future.set_exception()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     future.set_error("spilt").unwrap();
    ///     assert_eq!(future.await.unwrap_err().to_string(), "failed: spilt");
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`set_result`](Self::set_result).
    pub fn set_error(&self, error: impl Into<Box<dyn Error>>) -> Result<(), InvalidState> {
        // The conversion is code of others: it comes first.
        let error = JoinError::failed(error);
        self.check_unsettled("set_error")?;
        self.promise.settle(Err(error));
        Ok(())
    }

    fn check_unsettled(&self, attempted: &'static str) -> Result<(), InvalidState> {
        let found = self.promise.state();
        if found == State::Pending && self.promise.kind() == Kind::Hand {
            return Ok(());
        }
        Err(InvalidState { attempted, found })
    }

    /// Where it stands. Does not count as looking at an error.
    ///
    /// asyncio: `Future.done()`, `Future.cancelled()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::new();
    ///     future.set_result(7).unwrap();
    ///     assert_eq!(future.state(), final_runtime::State::Ok);
    /// });
    /// ```
    pub fn state(&self) -> State {
        self.promise.state()
    }

    /// Whether it is settled, one way or another.
    ///
    /// asyncio: `Future.done()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     future.cancel();
    ///     assert!(future.is_done());
    /// });
    /// ```
    pub fn is_done(&self) -> bool {
        self.state() != State::Pending
    }

    /// A copy of the result, without waiting.
    ///
    /// asyncio: `Future.result()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::new();
    ///     assert!(future.result().is_err(), "not yet");
    ///     future.set_result(7).unwrap();
    ///     assert_eq!(future.result().unwrap().unwrap(), 7);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If it is not settled yet.
    ///
    /// # Panics
    ///
    /// If its task was awaited by value: the result is gone.
    pub fn result(&self) -> Result<Result<T, JoinError>, InvalidState>
    where
        T: Clone,
    {
        self.check_settled("result")?;
        Ok(self.promise.copy())
    }

    /// The error, if it is settled with one. Counts as looking at it.
    ///
    /// asyncio: `Future.exception()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     future.set_error("spilt").unwrap();
    ///     assert!(future.error().unwrap().is_some());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If it is not settled yet.
    pub fn error(&self) -> Result<Option<JoinError>, InvalidState> {
        self.check_settled("error")?;
        self.promise.look();
        Ok(self.promise.error())
    }

    fn check_settled(&self, attempted: &'static str) -> Result<(), InvalidState> {
        match self.promise.state() {
            found @ State::Pending => Err(InvalidState { attempted, found }),
            _ => Ok(()),
        }
    }

    /// Cancels it: everybody who waits for it is told. If it is a task's, the task is asked; if a gather's, each child
    /// that is not done. `false` if there was nothing to cancel.
    ///
    /// asyncio: `Future.cancel()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     assert!(future.cancel());
    ///     assert!(!future.cancel(), "it is cancelled already");
    /// });
    /// ```
    pub fn cancel(&self) -> bool {
        request::ask(&self.promise, &None) != Answer::Refused
    }

    /// As [`cancel`](Self::cancel), with a word for those who are told.
    ///
    /// asyncio: `Future.cancel(msg)`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     future.cancel_with("closing time");
    ///     assert_eq!(future.await.unwrap_err().to_string(), "cancelled: closing time");
    /// });
    /// ```
    pub fn cancel_with(&self, message: &str) -> bool {
        request::ask(&self.promise, &Some(message.into())) != Answer::Refused
    }

    /// Calls `callback` with the future in the turn after it is settled, in line with everybody who waits; for one that
    /// is settled already, in the next turn.
    ///
    /// A callback that holds this very future keeps itself and the future until it is settled: where nobody may ever do
    /// that, use the future that it is called with. (A task's ends with the task, at the latest when its loop is closed.)
    ///
    /// asyncio: `Future.add_done_callback()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::new();
    ///     future.add_done_callback(|future| assert_eq!(future.result().unwrap().unwrap(), 7));
    ///     future.set_result(7).unwrap();
    /// });
    /// ```
    #[track_caller]
    pub fn add_done_callback(&self, callback: impl FnOnce(Self) + 'static) -> CallbackId {
        let call = |promise| callback(Self { promise });
        CallbackId {
            key: self.promise.on_settled(call),
            stays: PhantomData,
        }
    }

    /// Takes a callback out again. `false` if it was queued already, or is another future's.
    ///
    /// asyncio: `Future.remove_done_callback()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     let id = future.add_done_callback(|_| unreachable!("taken out"));
    ///     assert!(future.remove_done_callback(id));
    ///     assert!(!future.remove_done_callback(id));
    /// });
    /// ```
    pub fn remove_done_callback(&self, id: CallbackId) -> bool {
        self.promise.forget(id.key)
    }

    /// Whether it holds an error at which nobody has looked; its last handle's end would report it.
    ///
    /// asyncio: `Future._log_traceback`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let future = final_runtime::Future::<()>::new();
    ///     future.set_error("spilt").unwrap();
    ///     assert!(future.is_unseen());
    ///     drop(future.error());
    ///     assert!(!future.is_unseen());
    /// });
    /// ```
    pub fn is_unseen(&self) -> bool {
        self.promise.is_unseen()
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Self {
        Self {
            promise: self.promise.clone(),
        }
    }
}

impl<T> From<&Future<T>> for Future<T> {
    fn from(future: &Future<T>) -> Self {
        future.clone()
    }
}

impl<T> fmt::Debug for Future<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Future")
            .field(&self.promise.state())
            .finish()
    }
}
