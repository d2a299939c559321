//! A step of a task: what its future does between two waits.
//!
//! ```text
//!               start_task                   begin                       poll: Pending
//!   ─────────────────────────▶ queued ─────────────────▶ running ─────────────────────────▶ waiting
//!                                ▲                        │  │                                 │
//!                                │          wake          │  │ poll: Ready, end      wake      │
//!                                ├────────────────────────┘  │                                 │
//!                                └───────────────────────────┼─────────────────────────────────┘
//!                                                            ▼
//!        stop_at (a request), panicked (a panic) ────────▶ done
//! ```
//!
//! `start_task` and `wake` are functions of `shared`, `begin` is one of `slots`, `poll` one of `promise/raw`; the others are
//! here. A task that is woken while it runs is queued and running both, and steps again in the next turn.
//!
//! What the states look like: *queued* is a bit of the task's slot; *running* is the word in `here`, or [`INTERRUPTED`] where
//! an eager task takes its first step inside the step; *waiting* is neither, and not [`NEW`]; *done* is a state other than
//! pending, and the slot is given up.
//!
//! A panic of the future unwinds through [`step`](AnyPromise::step) to the turn, which catches it once for all entries that
//! it runs, and calls [`panicked`](AnyPromise::panicked).
//!
//! In the book: chapter 5.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll};

use crate::cancel::{Cancelled, Held, Node, Wait};
use crate::error::{JoinError, Panic};
use crate::here::{self, Before};
use crate::promise::{AnyPromise, INTERRUPTED, NEW, ROOT};
use crate::report::discard;
use crate::task::TaskKey;

/// What a panic carries.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Calls `f`, which runs another task, inside the step that goes on now, if one does.
fn interrupting<R>(f: impl FnOnce() -> R) -> R {
    struct PutBack(Before);
    impl Drop for PutBack {
        fn drop(&mut self) {
            if let Some(task) = self.0.task() {
                task.clear(INTERRUPTED);
            }
            self.0.put_back();
        }
    }
    let before = PutBack(here::interrupt());
    if let Some(task) = before.0.task() {
        task.set(INTERRUPTED);
    }
    f()
}

impl AnyPromise {
    /// What a waker of the task holds.
    #[inline]
    pub(crate) fn key(&self) -> TaskKey {
        TaskKey::new(self.core().number, self.slot(), self.number())
    }

    /// One step: delivers what is noted, and polls the future once unless that ended it. `key` is the task's.
    #[inline(always)]
    pub(crate) fn step(&self, key: TaskKey) {
        if self.has(NEW | ROOT) {
            self.clear(NEW);
            if let Some(cancelled) = self.deliver() {
                return self.stop_at(cancelled);
            }
        }
        let waker = key.waker();
        here::begin_step(self);
        let polled = self.poll(&mut Context::from_waker(&waker));
        here::end_step();
        match polled {
            Poll::Ready(()) => self.end(),
            Poll::Pending if self.has(ROOT) => self.suspend(),
            Poll::Pending => {}
        }
    }

    /// The start of a step of a task that a request has reached or may reach. What ends it, if something does.
    #[inline]
    fn deliver(&self) -> Option<Cancelled> {
        match self.has(ROOT) {
            true => self.deliver_at_root(),
            false => None,
        }
    }

    #[cold]
    fn deliver_at_root(&self) -> Option<Cancelled> {
        let root = self.root()?;
        // Woken scopes wake the task, which is here already: it counts as queued until they are done.
        let (core, key) = (self.core(), self.key());
        core.slots.mark_queued(key);
        root.deliver_noted();
        core.slots.begin(key);
        root.take_raised()
    }

    /// The end of a step of such a task that suspended.
    #[cold]
    fn suspend(&self) {
        let Some(root) = self.root() else { return };
        match root.take_raised() {
            Some(cancelled) => self.stop_at(cancelled),
            None => root.pass_on_noted(),
        }
    }

    /// The future is done and dropped: what it gave is announced, unless a request stands against it.
    #[inline]
    fn end(&self) {
        let _held = self.leave_the_loop();
        if self.has(ROOT)
            && let Some(cancelled) = self.root().and_then(|root| root.take_undelivered())
            && !self.keeps_error()
        {
            return match catch_unwind(AssertUnwindSafe(|| self.drop_value())) {
                Ok(()) => self.cancel_as(cancelled.said()),
                Err(payload) => self.fail(JoinError::Panicked(Panic::new(payload))),
            };
        }
        self.announce();
    }

    /// A request ended it: the future is dropped where it stands, and every local with it.
    fn stop_at(&self, cancelled: Cancelled) {
        let dropped = self.drop_future_as_task();
        let _held = self.leave_the_loop();
        match dropped {
            Ok(()) => self.end_cancelled(cancelled),
            Err(payload) => self.fail(JoinError::Panicked(Panic::new(payload))),
        }
    }

    /// The future panicked, while it was polled or dropped. A second panic in what is dropped now is not heard.
    pub(crate) fn panicked(&self, payload: Payload) {
        if let Err(second) = self.drop_future_as_task() {
            discard(second);
        }
        let _held = self.leave_the_loop();
        self.fail(JoinError::Panicked(Panic::new(payload)));
    }

    fn drop_future_as_task(&self) -> Result<(), Payload> {
        interrupting(|| {
            here::begin_step(self);
            catch_unwind(AssertUnwindSafe(|| self.drop_future()))
        })
    }

    /// The loop lets go of the task, whose handles may still hold it; so may what is given back.
    #[inline]
    fn leave_the_loop(&self) -> Option<Self> {
        self.core().slots.remove(self.slot())
    }

    /// The first step at once, inside whatever runs now.
    pub(crate) fn step_now(&self) {
        interrupting(|| {
            let step = || self.step(self.key());
            if let Err(payload) = catch_unwind(AssertUnwindSafe(step)) {
                self.core().recover(payload);
            }
        });
    }

    /// The loop closes: the future is dropped where it stands.
    pub(crate) fn close(&self) {
        self.stop_at(Cancelled::new());
    }

    /// Whether it has begun and stands between two steps.
    pub(crate) fn is_waiting(&self) -> bool {
        !self.has(NEW | INTERRUPTED) && !here::is_running(self)
    }

    /// All that it waits for.
    pub(crate) fn waits(&self) -> Vec<Held> {
        match self.root() {
            Some(root) => root.all_held(),
            None if self.wait().is_nothing() => Vec::new(),
            None => vec![self.wait().hold(0)],
        }
    }

    // ---- requests ----

    /// Where requests arrive, if any has or could by a scope of the task.
    #[inline]
    pub(crate) fn root(&self) -> Option<&Rc<Node>> {
        self.cold()?.root.get()
    }

    /// The same, made now if need be.
    pub(crate) fn make_root(&self) -> &Rc<Node> {
        self.make_cold().root.get_or_init(|| {
            self.set(ROOT);
            let root = Node::root(self);
            let wait = self.wait();
            self.set_wait(Wait::NOTHING);
            if !wait.is_nothing() {
                root.add_wait(wait);
            }
            root
        })
    }

    /// How many requests were not taken back.
    pub(crate) fn requests(&self) -> u32 {
        self.cold().map_or(0, |cold| cold.requests.get())
    }

    pub(crate) fn count_request(&self) {
        self.make_cold().requests.set(self.requests() + 1);
    }

    /// How many are left.
    pub(crate) fn uncount_request(&self) -> u32 {
        let left = self.requests().saturating_sub(1);
        self.make_cold().requests.set(left);
        left
    }
}
