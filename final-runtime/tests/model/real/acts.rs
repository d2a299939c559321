//! What scripts do.

use std::cell::Cell;
use std::future::Future;
use std::panic::resume_unwind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Waker;
use std::thread;
use std::time::Duration;

use final_runtime::{Handle, Task, TaskBuilder};

use super::{Call, Counted, Scripted, Value, World, body};
use crate::event::Event;
use crate::program::{Action, Recent};

impl World {
    pub(super) fn act_all(self: &Rc<Self>, actions: &[Action]) {
        for action in actions {
            self.act(*action);
        }
    }

    pub(crate) fn act(self: &Rc<Self>, action: Action) {
        self.guarded(|| match action {
            Action::Spawn { eager } => self.spawn(eager),
            Action::Wake(recent) => {
                if let Some(waker) = self.waker(recent) {
                    waker.wake();
                }
            }
            Action::WakeFromThread(recent) => {
                if let Some(waker) = self.waker(recent) {
                    thread::spawn(move || waker.wake()).join().unwrap();
                }
            }
            Action::Cancel(recent) => {
                if let Some(task) = self.there(recent) {
                    let asked = self.with_handle(task, |handle| handle.cancel()).unwrap();
                    self.say(Event::Asked { task, asked });
                }
            }
            Action::DropHandle(recent) => {
                let handle = recent
                    .of(self.spawned())
                    .and_then(|task| self.take_handle(task));
                drop(handle);
            }
            Action::CallSoon => self.call(|callback| self.event_loop.call_soon(callback)),
            Action::CallLater { milliseconds } => {
                let delay = Duration::from_millis(milliseconds);
                self.call(|callback| self.event_loop.call_later(delay, callback));
            }
            Action::CallOff(recent) => {
                let call = |at: usize| self.calls.borrow()[at].handle.clone();
                if let Some(handle) = recent.of(self.made()).and_then(call) {
                    handle.cancel();
                }
            }
            Action::WhenDone(recent) => self.when_done(recent),
            Action::NotWhenDone(recent) => self.take_done_callback_out(recent),
        });
    }

    pub(super) fn spawned(&self) -> usize {
        self.handles.borrow().len()
    }

    /// How many callbacks.
    pub(super) fn made(&self) -> usize {
        self.calls.borrow().len()
    }

    /// The task, if its handle is there.
    pub(super) fn there(&self, recent: Recent) -> Option<usize> {
        let task = recent.of(self.spawned())?;
        self.handles.borrow()[task].is_some().then_some(task)
    }

    pub(super) fn with_handle<R>(
        &self,
        task: usize,
        f: impl FnOnce(&Task<Value>) -> R,
    ) -> Option<R> {
        self.handles.borrow()[task].as_ref().map(f)
    }

    pub(super) fn waker(&self, recent: Recent) -> Option<Waker> {
        let task = recent.of(self.spawned())?;
        self.wakers.borrow()[task].clone()
    }

    pub(super) fn spawn(self: &Rc<Self>, eager: bool) {
        let task = self.spawned();
        if self.event_loop.is_closed() || task == self.program.tasks.len() {
            return;
        }
        self.handles.borrow_mut().push(None);
        self.wakers.borrow_mut().push(None);
        self.future_drops.borrow_mut().push(0);
        let (world, body) = (self.clone(), Box::pin(body(self.clone(), task)));
        let body: Option<Pin<Box<dyn Future<Output = Value>>>> = Some(body);
        let future = Scripted { task, world, body };
        let handle = match eager {
            true => TaskBuilder::of(&self.event_loop).eager().spawn(future),
            false => self.event_loop.spawn(future),
        };
        self.handles.borrow_mut()[task] = Some(handle);
    }

    /// What a new callback does first; `None` if there is none.
    pub(super) fn new_callback(&self) -> Option<(usize, Counted)> {
        let number = self.made();
        if self.event_loop.is_closed() || number == self.program.callbacks.len() {
            return None;
        }
        let drops = Rc::new(Cell::new(0));
        let counted = Counted(drops.clone());
        self.calls.borrow_mut().push(Call {
            handle: None,
            of: None,
            drops,
        });
        Some((number, counted))
    }

    pub(super) fn run_callback(
        self: &Rc<Self>,
        callback: usize,
        told: Option<final_runtime::Future<Value>>,
    ) {
        let state = told.as_ref().map(final_runtime::Future::state);
        self.say(Event::Called { callback, state });
        let script = &self.program.callbacks[callback];
        self.act_all(&script.actions);
        self.guarded(|| drop(told));
        if script.panics {
            resume_unwind(Box::new("a callback"));
        }
    }

    pub(super) fn call(self: &Rc<Self>, call: impl FnOnce(Box<dyn FnOnce()>) -> Handle) {
        let Some((number, counted)) = self.new_callback() else {
            return;
        };
        let world = self.clone();
        let handle = call(Box::new(move || {
            let _counted = counted;
            world.run_callback(number, None);
        }));
        self.calls.borrow_mut()[number].handle = Some(handle);
    }

    pub(super) fn when_done(self: &Rc<Self>, recent: Recent) {
        let Some(task) = self.there(recent) else {
            return;
        };
        let Some((number, counted)) = self.new_callback() else {
            return;
        };
        let world = self.clone();
        let callback = move |future| {
            let _counted = counted;
            world.run_callback(number, Some(future));
        };
        let id = self.with_handle(task, |handle| handle.add_done_callback(callback));
        self.calls.borrow_mut()[number].of = id.map(|id| (task, id));
    }

    pub(super) fn take_done_callback_out(&self, recent: Recent) {
        let Some(callback) = recent.of(self.made()) else {
            return;
        };
        let of = self.calls.borrow()[callback].of;
        let Some((task, id)) = of else { return };
        let taken_out = self.with_handle(task, |handle| handle.remove_done_callback(id));
        if taken_out == Some(true) {
            self.say(Event::TakenOut { callback });
        }
    }

    pub(super) fn take_handle(&self, task: usize) -> Option<Task<Value>> {
        self.handles.borrow_mut().get_mut(task)?.take()
    }
}
