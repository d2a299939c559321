//! A promise whose type does not matter: for requests, for waits of several, and for the task that makes the result.

use std::rc::Rc;

use crate::cancel::{Answer, Cancelled, Message};
use crate::error::JoinError;
use crate::future::State;
use crate::shared::Core;
use crate::task::TaskCell;

/// What is called with a promise that was settled.
pub(crate) type DoneCallback = Box<dyn FnOnce(Rc<dyn AnyPromise>)>;

/// A promise of whatever type.
pub(crate) trait AnyPromise {
    fn core(&self) -> &Rc<Core>;
    fn state(&self) -> State;
    /// In words, for those who wait.
    fn describe(&self) -> String;
    /// Whether a request goes through to somebody else.
    fn passes_on(&self) -> bool;
    /// The task that makes the result, if one does.
    fn task(&self) -> Option<Rc<TaskCell>>;
    /// Asks whoever makes the result to cancel. Counts as looking at an error.
    fn ask(&self, message: &Message) -> Answer;
    /// Queues `callback` when it is settled; at once if it is.
    fn on_done(&self, callback: DoneCallback) -> u64;
    /// Takes a listener out. Whether it was there.
    fn forget(&self, key: u64) -> bool;
    /// Somebody looks at the error.
    fn look(&self);
    /// Whether there is an error at which nobody looked.
    fn is_unseen(&self) -> bool;
    /// The error, if it is settled with one. Does not count as looking at it.
    fn error(&self) -> Option<JoinError>;
    /// The cancellation, if that is what it is settled with, to be raised. Counts as looking.
    fn cover(&self) -> Option<Cancelled>;
    /// What the request said that was put to it last.
    fn message(&self) -> Message;
    fn set_message(&self, message: &Message);
    /// Whether the staged result is an error.
    fn has_failed(&self) -> bool;
    /// Announces the staged result.
    fn announce(&self);
    /// Announces an error instead.
    fn fail(&self, error: JoinError);
    /// Announces that it was cancelled: everybody is told what the request said.
    fn cancel(&self, message: &Message);
    /// Announces that it ended with this cancellation: the first who asks gets it.
    fn end_cancelled(&self, cancelled: Cancelled);
}
