//! How a task ends, and what is let go of then; how all of them do with the loop.

use std::mem;

use final_runtime::State;

use super::{Entry, Listener, Panics, Reference, Timer, Wait};
use crate::event::{Ended, Event};

impl Reference<'_> {
    /// Its future is gone, and it gave a value.
    pub(super) fn end(&mut self, task: usize) {
        self.tasks[task].alive = false;
        let (noted, raised) = (self.tasks[task].noted, self.tasks[task].raised);
        match noted || raised {
            true => match self.drop_value(task) {
                true => self.settle(task, Ended::Panicked),
                false => self.settle(task, Ended::Cancelled),
            },
            false => self.settle(task, Ended::Ok),
        }
        if self.release(task) {
            self.say(Event::CallbackPanicked);
        }
    }

    /// A request ends it.
    pub(super) fn stop(&mut self, task: usize) {
        self.running.push(task);
        let panics = self.drop_future(task);
        self.running.pop();
        match panics {
            true => self.fail_and_leave(task),
            false => {
                self.tasks[task].alive = false;
                self.settle(task, Ended::Cancelled);
                self.release(task);
            }
        }
    }

    pub(super) fn fail_and_leave(&mut self, task: usize) {
        self.tasks[task].alive = false;
        self.settle(task, Ended::Panicked);
        self.release(task);
    }

    pub(super) fn settle(&mut self, task: usize, ended: Ended) {
        let known = &mut self.tasks[task];
        known.ended = Some(ended);
        known.seen = ended != Ended::Panicked;
        known.state = match ended {
            Ended::Ok => State::Ok,
            Ended::Cancelled => State::Cancelled,
            Ended::Panicked | Ended::AwaitsItself => State::Failed,
        };
        for listener in mem::take(&mut known.listeners) {
            match listener {
                Listener::Task(task) => self.wake(task),
                Listener::Callback(callback) => self.tell(callback, task),
            }
        }
    }

    /// Queues a done callback.
    pub(super) fn tell(&mut self, callback: usize, task: usize) {
        self.callbacks[callback].of = None;
        if self.closed {
            self.callbacks[callback].gone = true;
        } else {
            self.tasks[task].holders += 1;
            self.ready.push_back(Entry::Tell { callback, task });
        }
    }

    pub(super) fn drop_future(&mut self, task: usize) -> Panics {
        match mem::replace(&mut self.tasks[task].wait, Wait::Nothing) {
            Wait::Nothing | Wait::Step => {}
            Wait::Deadline { timer } => drop(self.timers.remove(&timer)),
            Wait::Itself => self.guarded(|this| this.release(task)),
            Wait::Join { task: target, .. } => self.leave(task, target),
        }
        self.say(Event::FutureDropped { task });
        self.tasks[task].drops += 1;
        let script = &self.program.tasks[task];
        self.act_all(&script.when_dropped);
        script.drop_panics
    }

    pub(super) fn drop_value(&mut self, task: usize) -> Panics {
        self.tasks[task].value = false;
        self.say(Event::ValueDropped { task });
        let script = &self.program.tasks[task];
        self.act_all(&script.when_value_dropped);
        script.value_drop_panics
    }

    /// Somebody holds it no more.
    pub(super) fn release(&mut self, task: usize) -> Panics {
        let known = &mut self.tasks[task];
        known.holders -= 1;
        if known.holders > 0 {
            return false;
        }
        if !known.seen {
            self.say(Event::Unseen { task });
        }
        self.tasks[task].value && self.drop_value(task)
    }

    pub(super) fn look_if_done(&mut self, task: usize) {
        let known = &mut self.tasks[task];
        known.seen |= known.ended.is_some();
    }

    pub(crate) fn close(&mut self) {
        self.closed = true;
        self.within(|this| {
            for task in this.alive() {
                this.tasks[task].holders += 1;
                this.stop(task);
                this.release(task);
            }
            for entry in mem::take(&mut this.ready) {
                match entry {
                    Entry::Step(_) => {}
                    Entry::Call(callback) => this.callbacks[callback].gone = true,
                    Entry::Tell { callback, task } => {
                        this.callbacks[callback].gone = true;
                        if this.release(task) {
                            this.say(Event::CallbackPanicked);
                        }
                    }
                }
            }
            for (_, timer) in mem::take(&mut this.timers) {
                if let Timer::Call(callback) = timer {
                    this.callbacks[callback].gone = true;
                }
            }
        });
    }
}
