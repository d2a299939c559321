//! What all handles of a loop share: the parts of the loop, and the few things that several of them do together.
//!
//! In the book: chapter 1.

use std::cell::{Cell, OnceCell};
use std::panic::Location;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::clock::Clock;
use crate::context::Context;
use crate::driver::Driver;
use crate::handle::Handle;
use crate::here;
use crate::inbox::{self, Inbox};
use crate::pool::Pool;
use crate::promise::{Body, CONTEXT, Promise};
use crate::ready::{Batch, Entry, Ready};
use crate::report::Reports;
use crate::seldom::Seldom;
use crate::slots::Slots;
use crate::task::{MOST_TASKS, TaskKey};
use crate::task_tree::TaskTree;
use crate::timers::{Timer, Timers};
use crate::turn::{DebugRun, Stopping, TurnState};

/// A loop from the inside.
pub(crate) struct Core {
    pub(crate) ready: Ready,
    pub(crate) timers: Timers,
    pub(crate) clock: Clock,
    pub(crate) driver: Driver,
    pub(crate) inbox: Inbox,
    /// The loop's number among those of the process, from 1.
    pub(crate) number: u16,
    pub(crate) reports: Reports,
    /// Every task that is not done.
    pub(crate) slots: Slots,
    /// How many tasks were made.
    created: Cell<u64>,
    pub(crate) turn: Cell<u64>,
    /// How many entries ran since the driver was asked.
    pub(crate) unasked: Cell<usize>,
    pub(crate) stopping: Cell<Stopping>,
    /// What a turn works on, between two runs.
    pub(crate) turn_state: Cell<TurnState>,
    pub(crate) running: Cell<bool>,
    pub(crate) closed: Cell<bool>,
    /// In debug mode, how it runs its turns then.
    pub(crate) debug: Cell<Option<DebugRun>>,
    /// Who waits for what, when nothing can happen any more. Only a virtual clock can tell, and a program without one does
    /// not carry all that a tree takes.
    pub(crate) tree_when_idle: fn(&Rc<Core>) -> TaskTree,
    /// What few loops need.
    pub(crate) seldom: OnceCell<Box<Seldom>>,
    /// Memory for tasks and futures, which hold the loop: it goes last.
    pub(crate) pool: Pool,
}

impl Core {
    pub(crate) fn new(clock: Clock, tree_when_idle: fn(&Rc<Core>) -> TaskTree) -> Self {
        let inbox = inbox::open();
        Self {
            clock,
            ready: Ready::default(),
            timers: Timers::default(),
            driver: Driver::default(),
            number: inbox.address().number,
            inbox,
            reports: Reports::default(),
            slots: Slots::default(),
            created: Cell::new(0),
            turn: Cell::new(0),
            unasked: Cell::new(0),
            stopping: Cell::new(Stopping::No),
            turn_state: Cell::default(),
            running: Cell::new(false),
            closed: Cell::new(false),
            debug: Cell::new(None),
            tree_when_idle,
            seldom: OnceCell::new(),
            pool: Pool::new(),
        }
    }

    #[track_caller]
    pub(crate) fn call_soon(&self, callback: Box<dyn FnOnce()>) -> Handle {
        let handle = Handle::soon(callback);
        self.call(handle.clone());
        handle
    }

    /// Queues a callback that was made before. A closed loop runs it never, so it is dropped.
    pub(crate) fn call(&self, handle: Handle) {
        match self.closed.get() {
            false => self.ready.push(Entry::Callback(handle)),
            true => self.reports.guard(|| drop(handle)),
        }
    }

    /// Adds a timer; `None` is a time that never comes. In a closed loop none does.
    #[track_caller]
    pub(crate) fn call_at(
        self: &Rc<Self>,
        when: Option<Instant>,
        callback: Box<dyn FnOnce()>,
    ) -> Handle {
        let handle = Handle::at(when, callback);
        if self.closed.get() {
            handle.cancel();
        } else if let Some(when) = when {
            let due = self.clock.nanoseconds(when);
            let key = self.timers.arm(due, Timer::Call(handle.clone()));
            handle.set_timer(self, key);
        }
        handle
    }

    /// Reads the clock.
    pub(crate) fn read_clock(&self) -> Instant {
        self.clock.instant(self.clock.read())
    }

    /// `delay` from now; `None` when that is further off than an [`Instant`] can say, which is never.
    pub(crate) fn deadline(&self, delay: Duration) -> Option<Instant> {
        self.read_clock().checked_add(delay)
    }

    /// A new task, whose first step is queued.
    #[inline]
    #[track_caller]
    pub(crate) fn start_task<B: Body>(self: &Rc<Self>, future: B::Future) -> Promise<B::Value> {
        let task = self.add_task::<B>(future, true);
        self.ready.push(Entry::Step(task.key()));
        task
    }

    /// A new task, whose first step the caller takes or queues.
    #[track_caller]
    pub(crate) fn make_task<B: Body>(self: &Rc<Self>, future: B::Future) -> Promise<B::Value> {
        self.add_task::<B>(future, false)
    }

    #[inline(always)]
    #[track_caller]
    fn add_task<B: Body>(self: &Rc<Self>, future: B::Future, is_queued: bool) -> Promise<B::Value> {
        let number = self.created.get() + 1;
        self.created.set(number);
        let task = Promise::of_task::<B>(self, number, future);
        match self.slots.insert(self.number, (*task).clone(), is_queued) {
            Ok(slot) => task.set_slot(slot),
            Err(_) => panic!(
                "a task was spawned while {MOST_TASKS} others were alive, which is all that a loop can hold; spawn fewer at once"
            ),
        }
        if self.debug.get().is_some() {
            self.note_spawn(&task, Location::caller());
        }
        let context = Context::copy_current();
        if !context.is_empty() {
            task.set(CONTEXT);
            task.make_cold().context.replace(context);
        }
        task
    }

    /// Queues the next step of a task, unless it is done or queued already. A task of another loop is woken there.
    #[inline(always)]
    pub(crate) fn wake(&self, task: TaskKey) {
        if self.slots.mark_queued(task) {
            self.ready.push(Entry::Step(task));
        } else if task.loop_number() != self.number || self.closed.get() {
            // The number of a closed loop may be another loop's already.
            inbox::wake(task.loop_number(), task.word());
        }
    }

    #[inline]
    #[track_caller]
    pub(crate) fn check_open(&self, attempted: &str) {
        if self.closed.get() {
            closed(attempted);
        }
    }

    pub(crate) fn close(self: &Rc<Self>) {
        assert!(
            !self.running.get(),
            "close was called on a running loop; call stop and close it when the run has returned"
        );
        if self.closed.replace(true) {
            return;
        }
        // What is dropped may drop, wake and cancel others, and panic: no borrow is held, the loop is current, and the next
        // is dropped all the same.
        here::enter(self, || {
            // First, so that whoever hears from a task that it was closed finds the loop closed.
            for message in self.inbox.shut() {
                self.reports.guard(|| drop(message));
            }
            for task in self.slots.all() {
                task.close();
                self.reports.guard(|| drop(task));
            }
            let mut batch = Batch::default();
            self.ready.exchange(&mut batch);
            while let Some(entry) = batch.pop() {
                if let Entry::Callback(handle) = entry {
                    self.reports.guard(|| handle.cancel());
                }
            }
            for timer in self.timers.take_all() {
                self.reports.guard(|| match timer {
                    Timer::Call(handle) => handle.cancel(),
                    other => drop(other),
                });
            }
            if self.seldom.get().is_some() {
                self.close_seldom();
            }
        });
        self.inbox.close();
    }
}

#[cold]
#[track_caller]
fn closed(attempted: &str) -> ! {
    panic!("{attempted} was called on a closed loop; keep the `EventLoop` until nobody needs it")
}
