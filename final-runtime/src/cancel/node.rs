//! Where in a task a request can arrive: the tree of its scopes, with the task itself as the root.
//!
//! The rules:
//!
//! - A scope is in the tree from its first poll until its end. Between two steps of the task, every one of them waits.
//! - A request that comes while the task waits goes at once to what it waits for (see `wait`). A scope whose waits
//!   were settled by it is *raised*: at the task's turn it drops its body and gives `Err`.
//! - A request that finds nothing to settle (the task runs, has not started, was woken already, has yielded) is
//!   *noted*. At the start of the next step it raises every innermost scope; if the step suspends before, it goes to
//!   what the task waits for then.
//! - What a scope leaves behind undelivered is noted one scope further out; at the root it ends the task.
//! - A timeout and a task group ask at their own scope, so that they never reach what waits beside them.
//! - The task counts all requests; each scope counts those that were made at it. What stands between the root and a
//!   scope is what that scope has to let through.
//!
//! In the book: chapter 8.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::task::Waker;

use crate::cancel::request::{self, Answers};
use crate::cancel::{Answer, Cancelled, Held, Message, Wait, Waits};
use crate::here;
use crate::promise::AnyPromise;
use crate::shared::Core;
use crate::task::TaskKey;

/// A scope, or the task itself.
pub(crate) struct Node {
    core: Rc<Core>,
    /// The task, for a root: its key, and its number, as another may have the same key in the end.
    task: Option<(TaskKey, u64)>,
    parent: RefCell<Weak<Node>>,
    /// The parent has it among those inside.
    attached: Cell<bool>,
    inside: RefCell<Vec<Rc<Node>>>,
    waits: RefCell<Waits>,
    raised: RefCell<Option<Cancelled>>,
    noted: RefCell<Option<Cancelled>>,
    /// The waker of the last poll: in a set of futures, a wake of the task alone would not reach this scope.
    waker: RefCell<Option<Waker>>,
    requests: Cell<u32>,
}

impl Node {
    /// The root of a task.
    pub(crate) fn root(task: &AnyPromise) -> Rc<Self> {
        Self::new(task.core(), Some((task.key(), task.number())))
    }

    /// A scope that will stand inside `parent`.
    pub(crate) fn inside(parent: &Rc<Self>) -> Rc<Self> {
        let node = Self::new(&parent.core, None);
        node.parent.replace(Rc::downgrade(parent));
        node
    }

    fn new(core: &Rc<Core>, task: Option<(TaskKey, u64)>) -> Rc<Self> {
        Rc::new(Self {
            core: core.clone(),
            task,
            parent: RefCell::default(),
            attached: Cell::new(false),
            inside: RefCell::default(),
            waits: RefCell::default(),
            raised: RefCell::default(),
            noted: RefCell::default(),
            waker: RefCell::default(),
            requests: Cell::new(0),
        })
    }

    /// The scope that is being polled.
    ///
    /// # Panics
    ///
    /// Outside a task: `attempted` is what was polled.
    pub(crate) fn current(attempted: &str) -> Rc<Self> {
        let root = || here::task().map(|task| task.make_root().clone());
        here::scope().or_else(root).unwrap_or_else(|| {
            panic!(
                "{attempted} was polled outside a task; await it in a future that is run or spawned"
            )
        })
    }

    /// Calls `f` as a poll of this scope, which is not a root.
    pub(crate) fn enter<R>(self: &Rc<Self>, f: impl FnOnce() -> R) -> R {
        here::enter_scope(self, f)
    }

    /// The task that it is a scope of.
    pub(crate) fn task(&self) -> Option<AnyPromise> {
        match self.parent.borrow().upgrade() {
            Some(parent) => parent.task(),
            None => {
                let (key, number) = self.task?;
                let task = self.core.slots.get(key);
                task.filter(|task| task.number() == number)
            }
        }
    }

    /// The scope is polled inside `parent`, with `waker`: where it was before, or somewhere else, even in another task.
    pub(crate) fn arrive(self: &Rc<Self>, parent: &Rc<Self>, waker: &Waker) {
        self.waker.replace(Some(waker.clone()));
        let here = std::ptr::eq(self.parent.borrow().as_ptr(), Rc::as_ptr(parent));
        if here && self.attached.get() {
            return;
        }
        self.detach();
        self.parent.replace(Rc::downgrade(parent));
        self.attached.set(true);
        parent.inside.borrow_mut().push(self.clone());
    }

    /// The scope ends. What it did not deliver is noted further out.
    pub(crate) fn leave(self: &Rc<Self>) {
        self.detach();
        let (raised, noted) = (self.raised.take(), self.noted.take());
        let left = raised.or(noted);
        if left.is_some()
            && let Some(parent) = self.parent.borrow().upgrade()
        {
            parent.noted.replace(left);
        }
    }

    fn detach(self: &Rc<Self>) {
        if self.attached.take()
            && let Some(parent) = self.parent.borrow().upgrade()
        {
            let mut inside = parent.inside.borrow_mut();
            inside.retain(|known| !Rc::ptr_eq(known, self));
        }
    }

    pub(crate) fn add_wait(&self, wait: Wait) -> u32 {
        self.waits.borrow_mut().add(wait)
    }

    /// The wait is over. How it stood.
    pub(crate) fn remove_wait(&self, index: u32) -> Wait {
        self.waits.borrow_mut().remove(index)
    }

    /// How many there are.
    pub(crate) fn waits(&self) -> u32 {
        self.waits.borrow().len()
    }

    /// What is waited for in here, and not further in.
    pub(super) fn held(&self) -> Vec<Held> {
        self.waits.borrow().hold()
    }

    pub(super) fn scopes_inside(&self) -> Vec<Rc<Self>> {
        self.inside.borrow().clone()
    }

    pub(super) fn core(&self) -> &Core {
        &self.core
    }

    pub(super) fn note_answer(&self, index: u32, answer: Answer) {
        self.waits.borrow_mut().note_answer(index, answer);
    }

    /// A request was made here, in this task.
    pub(super) fn count_request(&self, task: &AnyPromise) {
        self.requests.set(self.requests.get() + 1);
        task.count_request();
    }

    /// The request is delivered later.
    pub(super) fn note(&self, message: &Message) {
        self.noted.replace(Some(Cancelled::saying(message)));
        if let Some(task) = self.task() {
            task.set_message(message);
        }
    }

    /// Takes one request back: one of its own, else one further out, else any. How many the task still counts.
    pub(crate) fn take_back(self: &Rc<Self>) -> u32 {
        self.task().map_or(0, |task| self.take_back_of(&task))
    }

    /// The same, of a task that may be done.
    pub(crate) fn take_back_of(self: &Rc<Self>, task: &AnyPromise) -> u32 {
        let root = task.make_root();
        let mut node = self.path().find(|node| node.requests.get() > 0);
        if node.is_none() {
            root.visit(&mut |found| {
                if found.requests.get() > 0 {
                    node.get_or_insert_with(|| found.clone());
                }
            });
        }
        if let Some(node) = node {
            node.requests.set(node.requests.get() - 1);
        }
        let left = task.uncount_request();
        if left == 0 {
            root.visit(&mut |node| drop(node.noted.take()));
        }
        left
    }

    /// How many requests stand between the task and this scope, its own included.
    pub(crate) fn standing(self: &Rc<Self>) -> u32 {
        self.path().map(|node| node.requests.get()).sum()
    }

    /// This scope and those around it, outwards.
    fn path(self: &Rc<Self>) -> impl Iterator<Item = Rc<Self>> {
        std::iter::successors(Some(self.clone()), |node| node.parent.borrow().upgrade())
    }

    /// This scope and all that wait inside it.
    fn visit(self: &Rc<Self>, f: &mut impl FnMut(&Rc<Self>)) {
        f(self);
        let inside = self.inside.borrow().clone();
        for node in &inside {
            node.visit(f);
        }
    }

    /// What becomes of the scope, after what it waits for has answered.
    pub(super) fn settle(&self, answers: Answers, message: &Message) {
        // Nothing known is waited for: a future of somebody else's, which can only be dropped. Where the task has its entry
        // in the queue it was woken, or has yielded: there is nothing to end, and the request covers what comes.
        let queued = || {
            self.task()
                .is_some_and(|task| self.core.slots.is_queued(task.key()))
        };
        let foreign = !answers.any && self.raised.borrow().is_none() && !queued();
        if foreign || answers.ends_the_wait {
            self.raise(Cancelled::saying(message));
            self.wake();
        } else if !answers.passed_on {
            self.note(message);
        }
    }

    /// At its next turn, or at the end of this poll, the scope drops its body. The first to raise is heard.
    pub(crate) fn raise(&self, cancelled: Cancelled) {
        self.raised.borrow_mut().get_or_insert(cancelled);
    }

    pub(crate) fn take_raised(&self) -> Option<Cancelled> {
        self.raised.take()
    }

    /// What was raised or noted here and not delivered.
    pub(crate) fn take_undelivered(&self) -> Option<Cancelled> {
        self.noted.take().or(self.raised.take())
    }

    /// The start of a step, for the root: what is noted anywhere raises the innermost scopes there.
    pub(crate) fn deliver_noted(self: &Rc<Self>) {
        self.visit(&mut |node| {
            let Some(cancelled) = node.noted.take() else {
                return;
            };
            let mut raised = false;
            node.visit(&mut |node| raised |= node.raised.borrow().is_some());
            if !raised {
                node.raise_innermost(&cancelled);
            }
        });
    }

    fn raise_innermost(self: &Rc<Self>, cancelled: &Cancelled) {
        let inside = self.inside.borrow().clone();
        for node in &inside {
            node.raise_innermost(cancelled);
        }
        if inside.is_empty() {
            // The request covers what was waited for; a result that came meanwhile counts as looked at.
            let waits = self.held();
            let covered = waits
                .iter()
                .fold(None, |found, wait| wait.cover().or(found));
            self.raise(covered.unwrap_or_else(|| cancelled.clone()));
            self.wake();
        }
    }

    /// The end of a step that suspended, for the root: what was noted meanwhile goes to what is waited for now.
    pub(crate) fn pass_on_noted(self: &Rc<Self>) {
        self.visit(&mut |node| {
            let noted = node.noted.take();
            if let Some(cancelled) = noted {
                request::pass_on(node, cancelled.said());
            }
        });
    }

    fn wake(&self) {
        let Some(task) = self.task() else { return };
        let waker = self.waker.borrow().clone();
        here::enter(task.core(), || match waker {
            Some(waker) => task.core().reports.wake(waker),
            None => task.core().wake(task.key()),
        });
    }

    /// What is waited for in here, further in as well.
    pub(crate) fn all_held(self: &Rc<Self>) -> Vec<Held> {
        let mut all = Vec::new();
        self.visit(&mut |node| all.append(&mut node.held()));
        all
    }
}
