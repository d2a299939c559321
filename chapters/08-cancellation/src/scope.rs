//! Where in a task a request can arrive, and how it gets there.
//!
//! 1. A task is a scope. Each `catch_cancel` that it waits in is one more, inside the one around
//!    it. Between two steps all of them wait.
//! 2. Whoever makes a task wait puts down what it waits for in the scope that is polled, and takes
//!    that back when the wait is over or given up.
//! 3. A request that comes while the task waits goes at once to what its innermost scopes wait
//!    for. A promise that is kept by hand is settled as cancelled. A task, or a gather, is asked
//!    in its turn, and the wait goes on.
//! 4. A scope whose wait was ended is raised: at the task's next step it drops its body. So is one
//!    that waits for something that nobody can ask, such as a socket.
//! 5. A request that finds nothing to end is noted: the task runs, has been woken already, or has
//!    not begun. The next step begins with it; or, if the step that is under way ends in a wait, it
//!    goes to what the task waits for then.
//! 6. What a scope has not delivered when it ends is noted one scope further out. At the
//!    outermost it ends the task.
//! 7. Requests are counted, in the scope at which they were made and for the whole task, until
//!    they are taken back.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::iter;
use std::panic::Location;
use std::rc::{Rc, Weak};
use std::task::{Wake, Waker};

use crate::EventLoop;
use crate::task::{Control, Phase};
use crate::trace::Lane;

/// Somebody who makes a result, and can be asked to end.
pub(crate) trait Ask {
    /// Puts a request to it.
    fn ask(&self) -> Answer;

    /// Whether it hands a request on to somebody else.
    fn passes_on(&self) -> bool {
        true
    }

    /// In words.
    fn describe(&self) -> String {
        String::new()
    }
}

/// What becomes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// There was nothing left to end.
    Refused,
    /// The wait is over.
    Ended,
    /// Somebody was asked. The wait goes on, and sees what they make of it.
    PassedOn,
    /// Tasks wait for each other in a ring, and the request has come round. The wait is over.
    Circular,
}

/// A scope of a task, or the task itself.
pub(crate) struct Scope {
    pub(crate) control: Rc<Control>,
    around: Option<Weak<Scope>>,
    inside: RefCell<Vec<Rc<Scope>>>,
    waits: RefCell<Vec<Wait>>,
    waker: RefCell<Option<Waker>>,
    raised: Cell<bool>,
    noted: Cell<bool>,
    requests: Cell<u32>,
}

/// What a scope waits for.
#[derive(Clone)]
struct Wait {
    number: u64,
    whom: Rc<dyn Ask>,
    asked: bool,
}

impl Scope {
    /// The outermost scope of a task.
    pub(crate) fn outermost(control: Control) -> Rc<Self> {
        Rc::new(Self::new(Rc::new(control), None))
    }

    /// A scope inside the one that is polled now.
    pub(crate) fn inside(event_loop: &EventLoop) -> Rc<Self> {
        let around = event_loop.scope().expect(
            "a request arrives in a task; await this in a coroutine that was given to `spawn`",
        );
        let control = Rc::clone(&around.control);
        Rc::new(Self::new(control, Some(Rc::downgrade(&around))))
    }

    fn new(control: Rc<Control>, around: Option<Weak<Scope>>) -> Self {
        Self {
            control,
            around,
            inside: RefCell::default(),
            waits: RefCell::default(),
            waker: RefCell::default(),
            raised: Cell::default(),
            noted: Cell::default(),
            requests: Cell::default(),
        }
    }

    /// Polls what is in the scope.
    pub(crate) fn enter<R>(self: &Rc<Self>, event_loop: &EventLoop, poll: impl FnOnce() -> R) -> R {
        /// Goes back to the scope around, also when the poll panics.
        struct Leave<'a>(&'a EventLoop, Option<Rc<Scope>>);
        impl Drop for Leave<'_> {
            fn drop(&mut self) {
                self.0.set_scope(self.1.take());
            }
        }
        let _leave = Leave(event_loop, event_loop.set_scope(Some(Rc::clone(self))));
        poll()
    }

    /// The scope is polled: from now on requests come here, and `waker` brings the next poll.
    pub(crate) fn begin(self: &Rc<Self>, waker: &Waker) {
        self.waker.replace(Some(waker.clone()));
        if let Some(around) = self.around()
            && !around.has_inside(self)
        {
            around.inside.borrow_mut().push(Rc::clone(self));
        }
    }

    fn has_inside(&self, scope: &Rc<Scope>) -> bool {
        let inside = self.inside.borrow();
        inside.iter().any(|known| Rc::ptr_eq(known, scope))
    }

    /// The scope has ended.
    pub(crate) fn end(self: &Rc<Self>) {
        let Some(around) = self.around() else { return };
        around
            .inside
            .borrow_mut()
            .retain(|scope| !Rc::ptr_eq(scope, self));
        if self.take_undelivered() {
            around.noted.set(true);
        }
    }

    fn around(&self) -> Option<Rc<Scope>> {
        self.around.as_ref().and_then(Weak::upgrade)
    }

    /// This scope and those around it, outwards.
    fn outwards(self: &Rc<Self>) -> impl Iterator<Item = Rc<Scope>> + use<> {
        iter::successors(Some(Rc::clone(self)), |scope| scope.around())
    }

    /// The outermost scope: the task.
    pub(crate) fn task(self: &Rc<Self>) -> Rc<Scope> {
        self.around()
            .map_or_else(|| Rc::clone(self), |around| around.task())
    }

    /// This scope and all inside it.
    fn inwards(self: &Rc<Self>) -> Vec<Rc<Scope>> {
        let mut scopes = vec![Rc::clone(self)];
        for scope in self.inside.borrow().iter() {
            scopes.extend(scope.inwards());
        }
        scopes
    }

    /// Asks the task to end. Returns whether there was anything left to end.
    pub(crate) fn cancel(self: &Rc<Self>, at: &'static Location<'static>) -> bool {
        let (waker, ended) = (&self.control.waker, self.control.is(Phase::Ended));
        let note = format!("{}{}", waker.name, if ended { ", too late" } else { "" });
        let by = waker.trace.running();
        waker.trace.record(Lane::Running, &by, "cancels", note, at);
        if !ended {
            self.ask();
        }
        !ended
    }

    /// A request is made at this scope.
    pub(crate) fn request(&self) {
        self.requests.set(self.requests.get() + 1);
        self.control.requests.set(self.control.requests.get() + 1);
        if self.control.is(Phase::Waiting) {
            self.pass_on();
        } else {
            self.noted.set(true);
        }
    }

    /// A request goes on to what is waited for in here.
    fn pass_on(&self) {
        let inside = self.inside.borrow().clone();
        for scope in &inside {
            scope.pass_on();
        }
        let innermost = inside.is_empty();
        let mut waits = self.waits.borrow().clone();
        waits.retain(|wait| innermost || wait.whom.passes_on());
        let mut answers = Vec::new();
        for wait in waits {
            let answer = wait.whom.ask();
            if answer != Answer::Refused {
                self.mark_asked(wait.number);
            }
            answers.push(answer);
        }
        let queued = self.control.waker.is_queued();
        let nobody_to_ask = innermost && answers.is_empty() && !self.raised.get() && !queued;
        let over = answers.contains(&Answer::Ended) || answers.contains(&Answer::Circular);
        if over || nobody_to_ask {
            self.raised.set(true);
            if !queued {
                self.wake();
            }
        } else if innermost && !answers.contains(&Answer::PassedOn) {
            self.noted.set(true);
        }
    }

    fn wake(&self) {
        match &*self.waker.borrow() {
            Some(waker) => waker.wake_by_ref(),
            None => self.control.waker.wake_by_ref(),
        }
    }

    /// Drops its body at the end of this poll.
    pub(crate) fn raise(&self) {
        self.raised.set(true);
    }

    pub(crate) fn take_raised(&self) -> bool {
        self.raised.take()
    }

    /// Whether a request has come that nobody has seen.
    pub(crate) fn take_undelivered(&self) -> bool {
        self.noted.take() | self.raised.take()
    }

    /// The beginning of a step: what was noted raises the innermost scopes.
    pub(crate) fn deliver_noted(self: &Rc<Self>) {
        for scope in self.inwards() {
            let noted = scope.noted.take();
            let inwards = scope.inwards();
            if !noted || inwards.iter().any(|scope| scope.raised.get()) {
                continue;
            }
            for scope in inwards {
                if scope.inside.borrow().is_empty() {
                    scope.raise();
                    // A set of futures polls only those whose own waker was called.
                    scope.waker.borrow().iter().for_each(Waker::wake_by_ref);
                }
            }
        }
    }

    /// The end of a step: what was noted meanwhile goes to what the task waits for now.
    pub(crate) fn pass_on_noted(self: &Rc<Self>) {
        for scope in self.inwards() {
            if scope.noted.take() {
                scope.pass_on();
            }
        }
    }

    /// How many requests were made at this scope and those around it, and not taken back.
    pub(crate) fn standing(self: &Rc<Self>) -> u32 {
        self.outwards().map(|scope| scope.requests.get()).sum()
    }

    /// Takes a request back, one made here if there is one. Returns how many are left in the task.
    pub(crate) fn take_back(self: &Rc<Self>) -> u32 {
        let everywhere = self.task().inwards();
        let mut known = self.outwards().chain(everywhere.iter().cloned());
        if let Some(scope) = known.find(|scope| scope.requests.get() > 0) {
            scope.requests.set(scope.requests.get() - 1);
        }
        let left = self.control.requests.get().saturating_sub(1);
        self.control.requests.set(left);
        if left == 0 {
            everywhere.iter().for_each(|scope| scope.noted.set(false));
        }
        left
    }

    /// What is waited for in here, in words.
    pub(crate) fn waits_for(self: &Rc<Self>) -> Vec<String> {
        let mut words = Vec::new();
        for scope in self.inwards() {
            words.extend(scope.waits.borrow().iter().map(|wait| wait.whom.describe()));
        }
        words
    }

    fn mark_asked(&self, number: u64) {
        let mut waits = self.waits.borrow_mut();
        if let Some(wait) = waits.iter_mut().find(|wait| wait.number == number) {
            wait.asked = true;
        }
    }
}

/// A task is asked through its outermost scope.
impl Ask for Scope {
    fn ask(&self) -> Answer {
        if self.control.asking.replace(true) {
            return Answer::Circular;
        }
        self.request();
        self.control.asking.set(false);
        Answer::PassedOn
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").finish_non_exhaustive()
    }
}

/// A promise's hold on its `Wait`, in the scope in which it waits.
#[derive(Default)]
pub(crate) struct Place {
    at: Option<(Weak<Scope>, u64)>,
    asked: bool,
}

impl Place {
    /// The wait goes on, in `scope`.
    pub(crate) fn wait_in(&mut self, scope: &Rc<Scope>, whom: impl Ask + 'static) {
        let known = |(at, _): &(Weak<Scope>, u64)| at.as_ptr() == Rc::as_ptr(scope);
        if self.at.as_ref().is_some_and(known) {
            return;
        }
        self.leave();
        let mut waits = scope.waits.borrow_mut();
        let number = waits.last().map_or(0, |wait| wait.number + 1);
        waits.push(Wait {
            number,
            whom: Rc::new(whom),
            asked: false,
        });
        self.at = Some((Rc::downgrade(scope), number));
    }

    /// The wait is over, or given up. Returns whether a request went through it.
    pub(crate) fn leave(&mut self) -> bool {
        if let Some((scope, number)) = self.at.take()
            && let Some(scope) = scope.upgrade()
        {
            let mut waits = scope.waits.borrow_mut();
            let at = waits.iter().position(|wait| wait.number == number);
            let left = at.map(|at| waits.remove(at));
            drop(waits);
            self.asked |= left.is_some_and(|left| left.asked);
        }
        self.asked
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}
