//! The loop as plainly as can be: a queue, a sorted map of timers, a list of tasks, and the rules in words.

use std::collections::{BTreeMap, VecDeque};
use std::mem;

use final_runtime::State;

use crate::event::{Ended, Event};
use crate::program::Program;

mod acts;
mod ends;
mod requests;
mod steps;

/// What runs in its turn.
#[derive(Clone, Copy)]
enum Entry {
    Step(usize),
    Call(usize),
    /// A done callback, which holds the task that it is told of.
    Tell {
        callback: usize,
        task: usize,
    },
}

enum Timer {
    Call(usize),
    Wake(usize),
}

/// What a task waits for.
enum Wait {
    Nothing,
    /// Any step ends it.
    Step,
    Deadline {
        timer: (u64, usize),
    },
    Join {
        task: usize,
        how: Joins,
        asked: bool,
    },
    /// For itself, which is an error a step later.
    Itself,
}

#[derive(Clone, Copy, PartialEq)]
enum Joins {
    ByReference,
    ByValue,
    /// Until its next step.
    AtAGlance,
}

enum Listener {
    Task(usize),
    Callback(usize),
}

struct Task {
    state: State,
    ended: Option<Ended>,
    /// How many steps of its script it has taken.
    at: usize,
    wait: Wait,
    begun: bool,
    queued: bool,
    polled: bool,
    noted: bool,
    raised: bool,
    asking: bool,
    requests: u32,
    listeners: Vec<Listener>,
    /// The loop knows of it.
    alive: bool,
    /// Its handle is there for the scripts.
    handle: bool,
    holders: u32,
    value: bool,
    seen: bool,
    drops: u32,
}

#[derive(Default)]
struct Callback {
    called_off: bool,
    /// When it is due, if it is a timer.
    timer: Option<(u64, usize)>,
    /// The task of which it is to be told, and which has not told it yet.
    of: Option<usize>,
    is_done_callback: bool,
    begun: bool,
    gone: bool,
}

pub(crate) struct Reference<'a> {
    program: &'a Program,
    tasks: Vec<Task>,
    callbacks: Vec<Callback>,
    ready: VecDeque<Entry>,
    inbox: Vec<usize>,
    timers: BTreeMap<(u64, usize), Timer>,
    armed: usize,
    pub(crate) now: u64,
    pub(crate) turn: u64,
    /// The tasks that are in a step, or whose future is dropped, each inside the one before.
    running: Vec<usize>,
    /// Whether the thread is in the loop.
    inside: bool,
    closed: bool,
    pub(crate) log: Vec<(u64, Event)>,
}

/// Code of others has panicked.
type Panics = bool;

impl<'a> Reference<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        Self {
            program,
            tasks: Vec::new(),
            callbacks: Vec::new(),
            ready: VecDeque::new(),
            inbox: Vec::new(),
            timers: BTreeMap::new(),
            armed: 0,
            now: 0,
            turn: 0,
            running: Vec::new(),
            inside: false,
            closed: false,
            log: Vec::new(),
        }
    }

    fn say(&mut self, event: Event) {
        self.log.push((self.turn, event));
    }

    fn within<R>(&mut self, f: impl FnOnce(&mut Self) -> R) -> R {
        let before = mem::replace(&mut self.inside, true);
        let result = f(self);
        self.inside = before;
        result
    }

    // ---- turns ----

    /// Whether there was something to do, or will be.
    pub(crate) fn run_turn(&mut self, may_wait: bool) -> bool {
        self.within(|this| this.turn(may_wait))
    }

    fn turn(&mut self, may_wait: bool) -> bool {
        self.turn += 1;
        for task in mem::take(&mut self.inbox) {
            self.wake(task);
        }
        if self.ready.is_empty() && may_wait {
            match self.timers.keys().next() {
                None => return false,
                Some((due, _)) => self.now = *due,
            }
        }
        let due: Vec<_> = self
            .timers
            .range(..=(self.now, usize::MAX))
            .map(|(key, _)| *key)
            .collect();
        for entry in mem::take(&mut self.ready) {
            match entry {
                Entry::Step(task) => {
                    if self.tasks[task].alive {
                        self.tasks[task].queued = false;
                        self.step(task);
                    }
                }
                Entry::Call(callback) => self.call(callback, None),
                Entry::Tell { callback, task } => self.call(callback, Some(task)),
            }
        }
        for key in due {
            match self.timers.remove(&key) {
                Some(Timer::Call(callback)) => self.call(callback, None),
                Some(Timer::Wake(task)) => self.wake(task),
                None => {}
            }
        }
        true
    }

    fn wake(&mut self, task: usize) {
        let known = &mut self.tasks[task];
        if known.alive && !known.queued {
            known.queued = true;
            self.ready.push_back(Entry::Step(task));
        }
    }

    fn arm(&mut self, milliseconds: u64, timer: Timer) -> (u64, usize) {
        let key = (self.now + milliseconds, self.armed);
        self.armed += 1;
        self.timers.insert(key, timer);
        key
    }

    fn call(&mut self, callback: usize, told: Option<usize>) {
        if self.callbacks[callback].called_off {
            return;
        }
        self.callbacks[callback].begun = true;
        let state = told.map(|task| self.tasks[task].state);
        self.say(Event::Called { callback, state });
        let script = &self.program.callbacks[callback];
        self.act_all(&script.actions);
        if let Some(task) = told {
            self.guarded(|this| this.release(task));
        }
        self.callbacks[callback].gone = true;
        if script.panics {
            self.say(Event::CallbackPanicked);
        }
    }

    // ---- what is seen from outside ----

    pub(crate) fn spawned(&self) -> usize {
        self.tasks.len()
    }

    /// How many values there are.
    pub(crate) fn values(&self) -> usize {
        self.tasks.iter().filter(|task| task.value).count()
    }

    pub(crate) fn alive(&self) -> Vec<usize> {
        let tasks = self.tasks.iter().enumerate();
        tasks
            .filter(|(_, task)| task.alive)
            .map(|(number, _)| number)
            .collect()
    }

    /// Of each task whose handle is there: its number, state and count of requests.
    pub(crate) fn handles(&self) -> Vec<(usize, State, u32)> {
        let tasks = self.tasks.iter().enumerate();
        tasks
            .filter(|(_, task)| task.handle)
            .map(|(number, task)| (number, task.state, task.requests))
            .collect()
    }

    /// How often the future of each task was dropped, and whether each callback is gone.
    pub(crate) fn drops(&self) -> (Vec<u32>, Vec<bool>) {
        let futures = self.tasks.iter().map(|task| task.drops).collect();
        let callbacks = self
            .callbacks
            .iter()
            .map(|callback| callback.gone)
            .collect();
        (futures, callbacks)
    }
}
