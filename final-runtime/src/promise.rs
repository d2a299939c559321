//! What the handles of a future or a task share: the place where a result is settled, once.
//!
//! Settling queues everybody who listens, tasks and callbacks mixed, in the order in which they came; they run in the
//! next turn.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::Waker;

use crate::any_promise::{AnyPromise, DoneCallback};
use crate::cancel::{Answer, Cancelled, Message};
use crate::current;
use crate::error::JoinError;
use crate::future::State;
use crate::handle::Handle;
use crate::report::{Report, ReportKind};
use crate::shared::Core;
use crate::task::{TaskCell, TaskName};

/// The place of a result.
pub(crate) struct Promise<T: 'static> {
    me: Weak<Self>,
    core: Rc<Core>,
    source: RefCell<Source<T>>,
    slot: RefCell<Slot<T>>,
    /// A result that is not announced yet: a task's, between its last step and its end.
    staged: Cell<Option<Result<T, JoinError>>>,
    listeners: RefCell<Vec<(u64, Listener<T>)>>,
    next_key: Cell<u64>,
    /// Somebody looked at the error, or there is none.
    looked_at: Cell<bool>,
    /// What the request said that cancelled it, or that its task noted last.
    message: RefCell<Message>,
    /// The very cancellation that ended a task: the first who asks gets it.
    first: RefCell<Option<Cancelled>>,
}

/// Where a result comes from, which says what a request does.
pub(crate) enum Source<T: 'static> {
    /// Somebody settles it by hand. A request settles it. The text says what it is, for those who wait.
    Hand(&'static str),
    /// A task, and its name, which outlives it. A request goes on to it.
    Task(Weak<TaskCell>, TaskName),
    /// Several others. A request goes on to each that is not done.
    Gather(Rc<Children>, Rc<Heir<T>>),
}

/// Who hears of a gather's result when nobody holds the gather any more: a promise without children.
pub(crate) type Heir<T> = Cell<Option<Rc<Promise<T>>>>;

/// The children of a gather.
pub(crate) struct Children {
    pub(crate) promises: Vec<Rc<dyn AnyPromise>>,
    /// A request was passed on to a child.
    pub(crate) asked: Rc<Cell<bool>>,
}

/// Somebody who wants to hear that it is settled.
enum Listener<T: 'static> {
    Wake(Waker),
    /// A callback, and where it finds the promise. That is empty as long as it waits: a promise that nobody settles
    /// must not hold itself.
    Call(Handle, Rc<Cell<Option<Rc<Promise<T>>>>>),
}

enum Slot<T> {
    Pending,
    Value(T),
    /// The value went to somebody who did not need a copy.
    Taken,
    Failed(JoinError),
    Cancelled,
}

impl<T> Promise<T> {
    pub(crate) fn new(core: &Rc<Core>, source: Source<T>) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            core: core.clone(),
            source: RefCell::new(source),
            slot: RefCell::new(Slot::Pending),
            staged: Cell::new(None),
            listeners: RefCell::default(),
            next_key: Cell::new(0),
            looked_at: Cell::new(true),
            message: RefCell::default(),
            first: RefCell::default(),
        })
    }

    pub(crate) fn set_source(&self, source: Source<T>) {
        self.source.replace(source);
    }

    pub(crate) fn is_by_hand(&self) -> bool {
        matches!(&*self.source.borrow(), Source::Hand(_))
    }

    /// Keeps a task's result until it is announced.
    pub(crate) fn stage(&self, result: Result<T, JoinError>) {
        self.staged.set(Some(result));
    }

    pub(crate) fn settle(&self, outcome: Result<T, JoinError>) {
        self.settle_slot(match outcome {
            Ok(value) => Slot::Value(value),
            Err(error) => {
                self.looked_at.set(false);
                Slot::Failed(error)
            }
        });
    }

    fn settle_slot(&self, slot: Slot<T>) {
        self.slot.replace(slot);
        let listeners = self.listeners.take();
        current::enter(&self.core, || {
            for (_, listener) in listeners {
                match listener {
                    Listener::Wake(waker) => waker.wake(),
                    Listener::Call(handle, kept) => {
                        kept.set(self.me.upgrade());
                        self.core.call(handle);
                    }
                }
            }
        });
    }

    /// Adds a waker, or puts it in the place that `key` has already.
    pub(crate) fn wait(&self, key: Option<u64>, waker: &Waker) -> u64 {
        let mut listeners = self.listeners.borrow_mut();
        if let Some(key) = key
            && let Some((_, Listener::Wake(known))) =
                listeners.iter_mut().find(|(known, _)| *known == key)
        {
            known.clone_from(waker);
            return key;
        }
        let key = self.next_key();
        listeners.push((key, Listener::Wake(waker.clone())));
        key
    }

    /// Queues `callback` when it is settled; at once if it is.
    pub(crate) fn on_settled(&self, callback: impl FnOnce(Rc<Self>) + 'static) -> u64 {
        let key = self.next_key();
        let kept = Rc::new(Cell::new(None));
        let promise = kept.clone();
        let handle = Handle::soon(Box::new(move || {
            if let Some(promise) = promise.take() {
                callback(promise);
            }
        }));
        if self.state() == State::Pending {
            let mut listeners = self.listeners.borrow_mut();
            listeners.push((key, Listener::Call(handle, kept)));
        } else {
            kept.set(self.me.upgrade());
            self.core.call(handle);
        }
        key
    }

    /// Nobody holds it. What its children make of it goes to an heir, with the callbacks that were added here.
    fn bequeath(&self) {
        if let Source::Gather(_, place) = &*self.source.borrow()
            && self.state() == State::Pending
        {
            let heir = Self::new(&self.core, Source::Hand("a gather"));
            heir.listeners.swap(&self.listeners);
            place.set(Some(heir));
        }
    }

    fn next_key(&self) -> u64 {
        self.next_key.replace(self.next_key.get() + 1)
    }

    /// The result, moved out.
    ///
    /// # Panics
    ///
    /// If it is pending, or was moved out before.
    pub(crate) fn take(&self) -> Result<T, JoinError> {
        self.look();
        if let Some(error) = self.error() {
            return Err(error);
        }
        match self.slot.replace(Slot::Taken) {
            Slot::Value(value) => Ok(value),
            _ => panic!("{TAKEN}"),
        }
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
        self.look();
        if let Some(error) = self.error() {
            return Err(error);
        }
        match &*self.slot.borrow() {
            Slot::Value(value) => Ok(value.clone()),
            _ => panic!("{TAKEN}"),
        }
    }
}

const TAKEN: &str = "the result was taken before; await `&task` where several need it";

impl<T> AnyPromise for Promise<T> {
    fn core(&self) -> &Rc<Core> {
        &self.core
    }

    fn state(&self) -> State {
        match &*self.slot.borrow() {
            Slot::Pending => State::Pending,
            Slot::Value(_) | Slot::Taken => State::Ok,
            Slot::Failed(_) => State::Failed,
            Slot::Cancelled => State::Cancelled,
        }
    }

    fn describe(&self) -> String {
        match &*self.source.borrow() {
            Source::Hand(what) => (*what).to_owned(),
            Source::Task(_, name) => format!("task `{}`", name.borrow()),
            Source::Gather(children, _) => format!("a gather of {}", children.promises.len()),
        }
    }

    fn passes_on(&self) -> bool {
        !self.is_by_hand()
    }

    fn task(&self) -> Option<Rc<TaskCell>> {
        match &*self.source.borrow() {
            Source::Task(task, _) => task.upgrade(),
            _ => None,
        }
    }

    fn ask(&self, message: &Message) -> Answer {
        self.look();
        if self.state() != State::Pending {
            return Answer::Refused;
        }
        let children = match &*self.source.borrow() {
            Source::Hand(_) => None,
            Source::Task(task, _) => {
                let Some(task) = task.upgrade() else {
                    return Answer::Refused;
                };
                return task.cancel(message);
            }
            Source::Gather(children, _) => Some(children.clone()),
        };
        let Some(children) = children else {
            self.cancel(message);
            return Answer::Settled;
        };
        let mut answer = Answer::Refused;
        for child in &children.promises {
            match child.ask(message) {
                Answer::Refused => continue,
                Answer::Circular => answer = Answer::Circular,
                _ if answer == Answer::Refused => answer = Answer::PassedOn,
                _ => {}
            }
            children.asked.set(true);
        }
        answer
    }

    fn on_done(&self, callback: DoneCallback) -> u64 {
        self.on_settled(|promise| callback(promise))
    }

    fn forget(&self, key: u64) -> bool {
        let mut listeners = self.listeners.borrow_mut();
        let found = listeners.iter().position(|(known, _)| *known == key);
        let listener = found.map(|at| listeners.remove(at));
        drop(listeners);
        listener.is_some()
    }

    fn look(&self) {
        self.looked_at.set(true);
    }

    fn is_unseen(&self) -> bool {
        !self.looked_at.get()
    }

    fn error(&self) -> Option<JoinError> {
        match &*self.slot.borrow() {
            Slot::Failed(error) => Some(error.clone()),
            Slot::Cancelled => {
                let first = self.first.take();
                let said = || Cancelled::saying(&self.message.borrow());
                Some(JoinError::Cancelled(first.unwrap_or_else(said)))
            }
            _ => None,
        }
    }

    fn cover(&self) -> Option<Cancelled> {
        if self.state() != State::Pending {
            self.look();
        }
        match self.error() {
            Some(JoinError::Cancelled(cancelled)) => Some(cancelled),
            _ => None,
        }
    }

    fn message(&self) -> Message {
        self.message.borrow().clone()
    }

    fn set_message(&self, message: &Message) {
        self.message.replace(message.clone());
    }

    fn has_failed(&self) -> bool {
        let staged = self.staged.take();
        let failed = matches!(staged, Some(Err(_)));
        self.staged.set(staged);
        failed
    }

    fn announce(&self) {
        if let Some(result) = self.staged.take() {
            self.settle(result);
        }
    }

    fn fail(&self, error: JoinError) {
        drop(self.staged.take());
        self.settle(Err(error));
    }

    fn cancel(&self, message: &Message) {
        drop(self.staged.take());
        self.set_message(message);
        self.settle_slot(Slot::Cancelled);
    }

    fn end_cancelled(&self, cancelled: Cancelled) {
        self.first.replace(Some(cancelled));
        self.cancel(&None);
    }
}

impl<T> Drop for Promise<T> {
    fn drop(&mut self) {
        self.bequeath();
        if self.is_unseen()
            && let Some(error) = self.error()
        {
            let task = match &*self.source.borrow() {
                Source::Task(_, name) => Some(name.borrow().clone()),
                _ => None,
            };
            let report = Report::new(ReportKind::Unseen, task, error);
            self.core.reports.send(&report);
        }
    }
}
