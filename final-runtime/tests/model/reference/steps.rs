//! A step of a task.

use std::mem;

use super::{Joins, Listener, Panics, Reference, Timer, Wait};
use crate::event::{Ended, Event};
use crate::program::Then;

enum Polled {
    Pending,
    Ready,
    Panicked,
}

impl Reference<'_> {
    pub(super) fn step(&mut self, task: usize) {
        self.tasks[task].begun = true;
        if mem::take(&mut self.tasks[task].noted) && !self.tasks[task].raised {
            // The request covers what is waited for.
            if let Wait::Join { task: target, .. } = self.tasks[task].wait {
                self.look_if_done(target);
            }
            self.tasks[task].raised = true;
        }
        if mem::take(&mut self.tasks[task].raised) {
            return self.stop(task);
        }
        self.running.push(task);
        self.tasks[task].polled = true;
        self.say(Event::Polled { task });
        match self.poll(task) {
            Polled::Pending => {
                self.running.pop();
                if mem::take(&mut self.tasks[task].raised) {
                    self.stop(task);
                } else if mem::take(&mut self.tasks[task].noted) {
                    self.pass_on(task);
                }
            }
            Polled::Ready => {
                let panics = self.drop_future(task);
                if panics {
                    self.drop_value(task);
                }
                self.running.pop();
                match panics {
                    true => self.fail_and_leave(task),
                    false => self.end(task),
                }
            }
            Polled::Panicked => {
                self.drop_future(task);
                self.running.pop();
                self.fail_and_leave(task);
            }
        }
    }

    fn poll(&mut self, task: usize) -> Polled {
        match mem::replace(&mut self.tasks[task].wait, Wait::Nothing) {
            Wait::Nothing | Wait::Step => {}
            Wait::Deadline { timer } => {
                if self.timers.contains_key(&timer) {
                    self.tasks[task].wait = Wait::Deadline { timer };
                    return Polled::Pending;
                }
            }
            Wait::Itself => {
                let ended = Ended::AwaitsItself;
                self.joined(task, task, Joins::ByReference, ended);
            }
            Wait::Join {
                task: target,
                how: Joins::AtAGlance,
                ..
            } => self.leave(task, target),
            wait @ Wait::Join {
                task: target,
                how,
                asked,
            } => {
                let Some(ended) = self.tasks[target].ended else {
                    self.tasks[task].wait = wait;
                    return Polled::Pending;
                };
                if asked {
                    self.look_if_done(target);
                    if ended == Ended::Cancelled {
                        self.tasks[task].raised = true;
                        self.tasks[task].wait = wait;
                        return Polled::Pending;
                    }
                }
                if self.joined(task, target, how, ended) {
                    return Polled::Panicked;
                }
            }
        }
        let program = self.program;
        loop {
            let at = self.tasks[task].at;
            let Some((actions, then)) = program.tasks[task].steps.get(at) else {
                self.tasks[task].value = true;
                return Polled::Ready;
            };
            self.tasks[task].at += 1;
            self.act_all(actions);
            let wait = match then {
                Then::Panic => return Polled::Panicked,
                Then::Wait => Wait::Step,
                Then::Yield => {
                    self.wake(task);
                    Wait::Step
                }
                Then::Sleep { milliseconds } => {
                    let timer = self.arm(*milliseconds, Timer::Wake(task));
                    Wait::Deadline { timer }
                }
                Then::Glance(target) => {
                    let target = target.of(self.tasks.len()).filter(|target| {
                        let known = &self.tasks[*target];
                        known.handle && known.ended.is_none() && *target != task
                    });
                    let Some(target) = target else { continue };
                    self.tasks[target].holders += 1;
                    self.listen(task, target, Joins::AtAGlance)
                }
                Then::Join { target, by_value } => {
                    let target = target.of(self.tasks.len());
                    let Some(target) = target.filter(|target| self.tasks[*target].handle) else {
                        continue;
                    };
                    let how = match by_value {
                        true => Joins::ByValue,
                        false => Joins::ByReference,
                    };
                    match by_value {
                        true => self.tasks[target].handle = false,
                        false => self.tasks[target].holders += 1,
                    }
                    if let Some(ended) = self.tasks[target].ended {
                        if self.joined(task, target, how, ended) {
                            return Polled::Panicked;
                        }
                        continue;
                    }
                    if self.running.last() == Some(&target) {
                        self.wake(task);
                        Wait::Itself
                    } else {
                        self.listen(task, target, how)
                    }
                }
            };
            self.tasks[task].wait = wait;
            return Polled::Pending;
        }
    }

    fn listen(&mut self, task: usize, target: usize, how: Joins) -> Wait {
        self.tasks[target].listeners.push(Listener::Task(task));
        Wait::Join {
            task: target,
            how,
            asked: false,
        }
    }

    /// Gives a wait for another task up.
    pub(super) fn leave(&mut self, task: usize, target: usize) {
        let mine =
            |listener: &Listener| matches!(listener, Listener::Task(known) if *known == task);
        self.tasks[target]
            .listeners
            .retain(|listener| !mine(listener));
        self.guarded(|this| this.release(target));
    }

    /// A wait for another task is over. It panics if somebody has taken the value away.
    fn joined(&mut self, task: usize, target: usize, how: Joins, ended: Ended) -> Panics {
        self.look_if_done(target);
        let has_value = self.tasks[target].value;
        if ended == Ended::Ok && !has_value {
            self.release(target);
            return true;
        }
        let takes = how == Joins::ByValue && has_value;
        self.tasks[target].value &= !takes;
        self.say(Event::Joined {
            task,
            target,
            ended,
        });
        self.guarded(|this| this.release(target));
        if takes {
            self.guarded(|this| this.drop_value(target));
        }
        false
    }
}
