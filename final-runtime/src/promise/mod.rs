//! A result that is not there yet: what the handles of a task or a future share. It is settled once.
//!
//! Settling queues everybody who listens, tasks and callbacks mixed, in the order in which they came; they run in the
//! next turn.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | what it is made from, what it holds, what is seen of it |
//! | `settle` | settling it, and telling everybody who listens |
//! | `holds` | who holds it without a handle |
//! | `header` | what every promise begins with: where it stands, in one word |
//! | `cold` | what few promises need |
//! | `more` | the word that is a wait, or the box of what few promises need |
//! | `listeners` | who waits |
//! | `what` | what one is that is settled by hand, for those who look at who waits for it |
//! | `raw` | the memory: one block for header and payload, and how it is counted |
//! | `typed` | the same where the type of the value is known |
//!
//! In the book: chapter 3.

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::{Rc, Weak};

use crate::cancel::{Cancelled, Message};
use crate::context::Context;
use crate::error::{JoinError, Panic};
use crate::report::{Report, ReportKind};
use crate::shared::Core;
use crate::state::State;

mod cold;
mod header;
mod holds;
mod listeners;
mod more;
mod raw;
mod settle;
mod typed;
mod what;

pub(crate) use header::{ASKING, CONTEXT, Header, INTERRUPTED, Kind, NEW, ROOT};
pub(crate) use holds::{Children, Upstream};
pub(crate) use listeners::DoneCallback;
pub(crate) use raw::{AnyPromise, Lent};
pub(crate) use typed::Promise;
pub(crate) use what::{Identity, What};

use header::UNSEEN;

/// What a promise is made from.
pub(crate) trait Body: 'static {
    /// Runs, if it is a task's.
    type Future: Future;
    type Value: 'static;

    fn outcome(output: <Self::Future as Future>::Output) -> Result<Self::Value, JoinError>;
}

/// The body of a future that is settled by hand: none.
struct ByHand<T>(T);

impl<T: 'static> Body for ByHand<T> {
    type Future = std::future::Pending<T>;
    type Value = T;

    fn outcome(value: T) -> Result<T, JoinError> {
        Ok(value)
    }
}

/// Those by whose ends somebody settles a promise by hand.
pub(crate) trait Targets {
    fn targets(&self) -> Vec<AnyPromise>;
}

impl Targets for Vec<AnyPromise> {
    fn targets(&self) -> Vec<AnyPromise> {
        self.clone()
    }
}

impl Targets for RefCell<Vec<AnyPromise>> {
    fn targets(&self) -> Vec<AnyPromise> {
        self.borrow().clone()
    }
}

const TAKEN_BEFORE: &str = "the result was taken before; await `&task` where several need it";

impl<T: 'static> Promise<T> {
    /// One that is settled by hand, and `what` it is.
    pub(crate) fn by_hand(core: &Rc<Core>, what: What) -> Self {
        Self::without_future::<ByHand<T>>(core, Kind::Hand, what as u64)
    }

    /// One that the children's ends settle.
    pub(crate) fn of_gather(core: &Rc<Core>, children: Rc<Children>) -> Self {
        let promise = Self::without_future::<ByHand<T>>(core, Kind::Gather, 0);
        promise.hold_upstream(Upstream::Children(children));
        promise
    }

    pub(crate) fn settle(&self, outcome: Result<T, JoinError>) {
        match outcome {
            Ok(value) => {
                self.put(value);
                self.settle_as(State::Ok);
            }
            Err(error) => self.fail(error),
        }
    }

    /// Settles it with what `outcome`, which runs code of others, gives or panics with.
    pub(crate) fn settle_with(&self, outcome: impl FnOnce() -> Result<T, JoinError>) {
        let outcome = catch_unwind(AssertUnwindSafe(outcome));
        self.settle(
            outcome.unwrap_or_else(|payload| Err(JoinError::Panicked(Panic::new(payload)))),
        );
    }

    /// The result, moved out.
    ///
    /// # Panics
    ///
    /// If it is pending, or was moved out before.
    #[inline]
    pub(crate) fn take(&self) -> Result<T, JoinError> {
        if self.state() == State::Ok {
            return Ok(self.move_out().expect(TAKEN_BEFORE));
        }
        self.look();
        Err(self.error().expect(TAKEN_BEFORE))
    }

    /// A copy of the result.
    ///
    /// # Panics
    ///
    /// If it is pending, or was moved out.
    pub(crate) fn copy(&self) -> Result<T, JoinError>
    where
        T: Clone,
    {
        if self.state() == State::Ok {
            return Ok(self.copy_value().expect(TAKEN_BEFORE));
        }
        self.look();
        Err(self.error().expect(TAKEN_BEFORE))
    }
}

impl AnyPromise {
    /// Whether a request goes through to somebody else.
    pub(crate) fn passes_on(&self) -> bool {
        self.kind() != Kind::Hand
    }

    /// Notes by whose ends it will be settled, for those who look.
    pub(crate) fn note_targets(&self, targets: Weak<dyn Targets>) {
        self.make_cold().targets.replace(Some(targets));
    }

    /// By whose ends it will be settled, as far as that was noted.
    pub(crate) fn targets(&self) -> Vec<AnyPromise> {
        let noted = self.cold().and_then(|cold| cold.targets.borrow().clone());
        let noted = noted.and_then(|targets| targets.upgrade());
        noted.map_or_else(Vec::new, |targets| targets.targets())
    }

    /// What the request said that was put to it last.
    pub(crate) fn message(&self) -> Message {
        self.cold().and_then(|cold| cold.message.borrow().clone())
    }

    pub(crate) fn set_message(&self, message: &Message) {
        if message.is_some() || self.cold().is_some() {
            self.make_cold().message.replace(message.clone());
        }
    }

    /// The variables of the task that a run was for: they outlive its end, and one of them may hold it. Those of one that is
    /// not done stay with it, and are copied.
    pub(crate) fn take_context(&self) -> Context {
        match self.cold() {
            Some(cold) if self.is_done() => cold.context.take(),
            Some(cold) => cold.context.borrow().clone(),
            None => Context::default(),
        }
    }

    /// Somebody looks at the error.
    #[inline]
    pub(crate) fn look(&self) {
        self.clear(UNSEEN);
    }

    /// Whether there is an error at which nobody looked.
    pub(crate) fn is_unseen(&self) -> bool {
        self.has(UNSEEN)
    }

    /// The error, if it is settled with one. Does not count as looking at it.
    pub(crate) fn error(&self) -> Option<JoinError> {
        match self.state() {
            State::Failed => self.cold()?.error.borrow().clone(),
            State::Cancelled => {
                let first = self.cold().and_then(|cold| cold.first.take());
                let said = || Cancelled::saying(&self.message());
                Some(JoinError::Cancelled(first.unwrap_or_else(said)))
            }
            _ => None,
        }
    }

    /// The cancellation, if that is what it is settled with, to be raised. Counts as looking.
    pub(crate) fn cover(&self) -> Option<Cancelled> {
        if self.is_done() {
            self.look();
        }
        match self.error() {
            Some(JoinError::Cancelled(cancelled)) => Some(cancelled),
            _ => None,
        }
    }

    /// The task's name: its own, or `Task-` and its number.
    pub(crate) fn name(&self) -> String {
        let name = self.cold().and_then(|cold| cold.name.borrow().clone());
        match name {
            Some(name) => name.to_string(),
            None => format!("Task-{}", self.number()),
        }
    }

    /// The last handle goes: an error at which nobody looked is reported.
    fn report_unseen(&self) {
        if self.is_unseen()
            && let Some(error) = self.error()
        {
            let task = (self.kind() == Kind::Task).then(|| self.name());
            let report = Report::new(ReportKind::Unseen, task, error);
            self.core().reports.send(&report);
        }
    }
}
