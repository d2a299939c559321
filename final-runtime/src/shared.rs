//! What all handles of a loop share: the parts of the loop, and the few things that several of them do together.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use crate::clock::Clock;
use crate::current;
use crate::driver::Driver;
use crate::handle::Handle;
use crate::inbox::{self, Inbox};
use crate::ready::{Entry, Ready};
use crate::report::Reports;
use crate::task::{TaskCell, TaskId};
use crate::timers::Timers;

/// A loop from the inside.
pub(crate) struct Core {
    pub(crate) ready: Ready,
    pub(crate) timers: Timers,
    pub(crate) clock: Clock,
    pub(crate) driver: Driver,
    pub(crate) inbox: Inbox,
    pub(crate) reports: Reports,
    /// Every task that is not done, in order of creation.
    pub(crate) tasks: RefCell<BTreeMap<TaskId, Rc<TaskCell>>>,
    pub(crate) current_task: RefCell<Option<Rc<TaskCell>>>,
    pub(crate) next_task: Cell<TaskId>,
    /// The clock's last reading.
    pub(crate) now: Cell<Instant>,
    pub(crate) turn: Cell<u64>,
    /// How many entries ran since the driver was asked.
    pub(crate) unasked: Cell<usize>,
    pub(crate) stopping: Cell<bool>,
    pub(crate) running: Cell<bool>,
    pub(crate) closed: Cell<bool>,
}

impl Core {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            now: Cell::new(clock.now()),
            clock,
            ready: Ready::default(),
            timers: Timers::default(),
            driver: Driver::default(),
            inbox: inbox::open(),
            reports: Reports::default(),
            tasks: RefCell::default(),
            current_task: RefCell::default(),
            next_task: Cell::new(1),
            turn: Cell::new(0),
            unasked: Cell::new(0),
            stopping: Cell::new(false),
            running: Cell::new(false),
            closed: Cell::new(false),
        }
    }

    pub(crate) fn call_soon(&self, callback: Box<dyn FnOnce()>) -> Handle {
        let handle = Handle::soon(callback);
        self.call(handle.clone());
        handle
    }

    /// Queues a callback that was made before.
    pub(crate) fn call(&self, handle: Handle) {
        self.ready.push(Entry::Callback(handle));
    }

    /// Adds a timer; `None` is a time that never comes.
    pub(crate) fn call_at(
        self: &Rc<Self>,
        when: Option<Instant>,
        callback: Box<dyn FnOnce()>,
    ) -> Handle {
        let handle = Handle::at(when, callback, self);
        match when {
            Some(when) => self.timers.add(when, handle.clone()),
            None => handle.left_the_timers(),
        }
        handle
    }

    /// Reads the clock.
    pub(crate) fn read_clock(&self) -> Instant {
        self.now.set(self.clock.now());
        self.now.get()
    }

    /// Queues the next step of a task, unless it is done or queued already.
    pub(crate) fn wake(&self, task: TaskId) {
        let task = self.tasks.borrow().get(&task).cloned();
        if let Some(task) = task {
            self.queue(&task);
        }
    }

    /// Queues the next step of `task`, unless it is queued already.
    pub(crate) fn queue(&self, task: &Rc<TaskCell>) {
        if task.mark_queued() {
            self.ready.push(Entry::Step(task.clone()));
        }
    }

    #[track_caller]
    pub(crate) fn check_open(&self, attempted: &str) {
        assert!(
            !self.closed.get(),
            "{attempted} was called on a closed loop; keep the `EventLoop` until nobody needs it"
        );
    }

    pub(crate) fn close(self: &Rc<Self>) {
        assert!(
            !self.running.get(),
            "close was called on a running loop; call stop and close it when the run has returned"
        );
        if self.closed.replace(true) {
            return;
        }
        // A future that is dropped may drop, wake and cancel others: no borrow is held, and the loop is current.
        current::enter(self, || {
            // First, so that whoever hears from a task that it was closed finds the loop closed.
            self.inbox.shut();
            loop {
                let task = self.tasks.borrow_mut().pop_first();
                let Some((_, task)) = task else { break };
                task.close();
            }
            drop(self.ready.take_all());
            for timer in self.timers.take_all() {
                timer.cancel();
            }
        });
        self.inbox.close();
    }
}
