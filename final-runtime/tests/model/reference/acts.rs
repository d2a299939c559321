//! What scripts do.

use std::mem;

use final_runtime::State;

use super::requests::Answer;
use super::{Callback, Entry, Listener, Panics, Reference, Task, Timer, Wait};
use crate::event::Event;
use crate::program::{Action, Recent};

impl Reference<'_> {
    pub(super) fn act_all(&mut self, actions: &[Action]) {
        for action in actions {
            self.act(*action);
        }
    }

    /// What panics is caught where it was called.
    pub(super) fn guarded(&mut self, f: impl FnOnce(&mut Self) -> Panics) {
        if f(self) {
            self.say(Event::Caught);
        }
    }

    pub(crate) fn act(&mut self, action: Action) {
        let spawned = self.tasks.len();
        let task = |recent: Recent| recent.of(spawned);
        match action {
            Action::Spawn { eager } => self.spawn(eager),
            Action::Wake(recent) => {
                if let Some(task) = task(recent).filter(|task| self.tasks[*task].polled) {
                    match self.inside {
                        true => self.wake(task),
                        false => self.inbox.push(task),
                    }
                }
            }
            Action::WakeFromThread(recent) => {
                if let Some(task) = task(recent).filter(|task| self.tasks[*task].polled) {
                    self.inbox.push(task);
                }
            }
            Action::Cancel(recent) => {
                if let Some(task) = task(recent).filter(|task| self.tasks[*task].handle) {
                    let asked = self.ask(task) != Answer::Refused;
                    self.say(Event::Asked { task, asked });
                }
            }
            Action::DropHandle(recent) => {
                if let Some(task) = task(recent) {
                    self.drop_handle(task);
                }
            }
            Action::CallSoon => {
                if let Some(callback) = self.new_callback() {
                    self.ready.push_back(Entry::Call(callback));
                }
            }
            Action::CallLater { milliseconds } => {
                if let Some(callback) = self.new_callback() {
                    let timer = self.arm(milliseconds, Timer::Call(callback));
                    self.callbacks[callback].timer = Some(timer);
                }
            }
            Action::CallOff(recent) => {
                let callback = recent.of(self.callbacks.len());
                if let Some(known) = callback.and_then(|callback| self.callbacks.get_mut(callback))
                    && !known.is_done_callback
                {
                    known.called_off = true;
                    known.gone |= !known.begun;
                    if let Some(timer) = known.timer {
                        self.timers.remove(&timer);
                    }
                }
            }
            Action::WhenDone(recent) => {
                if let Some(task) = task(recent).filter(|task| self.tasks[*task].handle)
                    && let Some(callback) = self.new_callback()
                {
                    self.callbacks[callback].is_done_callback = true;
                    match self.tasks[task].ended {
                        Some(_) => self.tell(callback, task),
                        None => {
                            self.callbacks[callback].of = Some(task);
                            let listener = Listener::Callback(callback);
                            self.tasks[task].listeners.push(listener);
                        }
                    }
                }
            }
            Action::NotWhenDone(recent) => self.take_done_callback_out(recent),
        }
    }

    pub(super) fn spawn(&mut self, eager: bool) {
        if self.closed || self.tasks.len() == self.program.tasks.len() {
            return;
        }
        let task = self.tasks.len();
        self.tasks.push(Task {
            state: State::Pending,
            ended: None,
            at: 0,
            wait: Wait::Nothing,
            begun: false,
            queued: false,
            polled: false,
            noted: false,
            raised: false,
            asking: false,
            requests: 0,
            listeners: Vec::new(),
            alive: true,
            handle: false,
            // The loop, and whoever spawns it.
            holders: 2,
            value: false,
            seen: true,
            drops: 0,
        });
        match eager {
            true => self.within(|this| this.step(task)),
            false => self.wake(task),
        }
        self.tasks[task].handle = true;
    }

    pub(super) fn new_callback(&mut self) -> Option<usize> {
        let number = self.callbacks.len();
        if self.closed || number == self.program.callbacks.len() {
            return None;
        }
        self.callbacks.push(Callback::default());
        Some(number)
    }

    pub(super) fn take_done_callback_out(&mut self, recent: Recent) {
        let Some(callback) = recent.of(self.callbacks.len()) else {
            return;
        };
        let known = &mut self.callbacks[callback];
        if let Some(task) = known.of
            && self.tasks[task].handle
        {
            known.of = None;
            known.gone = true;
            let listeners = &mut self.tasks[task].listeners;
            listeners.retain(
                |listener| !matches!(listener, Listener::Callback(known) if *known == callback),
            );
            self.say(Event::TakenOut { callback });
        }
    }

    pub(crate) fn drop_handle(&mut self, task: usize) {
        if mem::take(&mut self.tasks[task].handle) {
            self.guarded(|this| this.release(task));
        }
    }
}
