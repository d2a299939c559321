//! How a tree is taken: each task is looked at once, then who waits for whom is turned round.

use std::collections::{HashMap, HashSet};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::Arc;

use crate::cancel::{Held, On};
use crate::driver::{self, SocketOperation};
use crate::here;
use crate::promise::{AnyPromise, Header, INTERRUPTED, Kind, NEW, What};
use crate::shared::Core;
use crate::signal::SignalKind;
use crate::task_tree::{Ring, TaskId, TaskInfo, TaskState, TaskTree, Through, WaitsFor, rings};

impl Core {
    /// Every task as it stands now.
    pub(crate) fn task_tree(self: &Rc<Self>) -> TaskTree {
        let taken_at = self.read_clock();
        let mut look = Look {
            core: self,
            gathers: HashMap::new(),
            sockets: None,
        };
        let all = self.slots.all();
        let mut tasks: Vec<TaskInfo> = all.iter().map(|task| look.task(task)).collect();
        let edges = rings::edges(&tasks);
        for (from, to) in edges.iter().enumerate() {
            for &to in to {
                let waiter = tasks[from].id;
                tasks[to].awaited_by.push(waiter);
            }
        }
        let ring = |ring: Vec<usize>| Ring {
            tasks: ring.into_iter().map(|index| tasks[index].id).collect(),
        };
        let rings = rings::rings(&edges).into_iter().map(ring).collect();
        TaskTree {
            tasks,
            rings,
            taken_at,
        }
    }
}

struct Look<'a> {
    core: &'a Rc<Core>,
    /// What is behind each gather that was met: many may wait for one.
    gathers: HashMap<NonNull<Header>, (Arc<[TaskId]>, usize)>,
    /// The sockets that would wake a task, by its key, once somebody asks.
    sockets: Option<HashMap<u64, Vec<(driver::Key, SocketOperation)>>>,
}

impl Look<'_> {
    fn task(&mut self, task: &AnyPromise) -> TaskInfo {
        let state = self.state(task);
        let mut waits_for = Vec::new();
        if state == TaskState::Waiting {
            let waits = task.waits();
            waits_for.extend(waits.iter().map(|held| self.wait(held)));
            if waits_for.is_empty() {
                waits_for = self.polled_sockets(task);
            }
            if waits_for.is_empty() {
                waits_for.push(WaitsFor::Unknown);
            }
        }
        TaskInfo {
            id: TaskId(task.number()),
            name: task.name(),
            future: task.future_type(),
            spawned_at: self.core.spawned_at(task),
            state,
            waits_for,
            awaited_by: Vec::new(),
            cancelling: task.requests(),
        }
    }

    fn state(&self, task: &AnyPromise) -> TaskState {
        if task.has(INTERRUPTED) || here::is_running(task) {
            TaskState::Running
        } else if task.has(NEW) {
            TaskState::New
        } else if self.core.slots.is_queued(task.key()) {
            TaskState::Queued
        } else {
            TaskState::Waiting
        }
    }

    fn wait(&mut self, held: &Held) -> WaitsFor {
        match &held.on {
            On::Promise(Some(promise)) => self.promise(promise),
            On::Promise(None) => WaitsFor::Unknown,
            On::Child => WaitsFor::ScopeChild,
            On::Message => WaitsFor::ChannelMessage,
            On::Room => WaitsFor::ChannelRoom,
            On::Timer(key) => {
                let due = key.and_then(|key| self.core.timers.due(key));
                WaitsFor::Deadline(due.map(|due| self.core.clock.instant(due)))
            }
            On::Socket(key, operation) => self.socket(*key, *operation, true),
        }
    }

    fn socket(&self, key: driver::Key, operation: SocketOperation, is_certain: bool) -> WaitsFor {
        let (descriptor, address) = self.core.driver.look(key, operation);
        WaitsFor::Socket {
            operation,
            descriptor,
            address,
            is_certain,
        }
    }

    /// The sockets that would wake a task of which nothing else is known. What is polled through a trait leaves no word
    /// with its task, and does not say when it is over.
    fn polled_sockets(&mut self, task: &AnyPromise) -> Vec<WaitsFor> {
        let sockets = self.sockets.get_or_insert_with(|| {
            let mut all: HashMap<u64, Vec<_>> = HashMap::new();
            for (task, key, operation) in self.core.driver.waiting_tasks() {
                all.entry(task.word()).or_default().push((key, operation));
            }
            all
        });
        let of_task = sockets.remove(&task.key().word()).unwrap_or_default();
        let told = |(key, operation)| self.socket(key, operation, false);
        of_task.into_iter().map(told).collect()
    }

    fn promise(&mut self, promise: &AnyPromise) -> WaitsFor {
        match promise.kind() {
            Kind::Task if self.is_ours(promise) => WaitsFor::Task(TaskId(promise.number())),
            Kind::Task => WaitsFor::TaskOfOtherLoop(promise.name()),
            Kind::Gather => {
                let known = self.gathers.get(&promise.as_ptr()).cloned();
                let (tasks, others) = known.unwrap_or_else(|| {
                    let behind = self.behind(vec![promise.clone()]);
                    self.gathers.insert(promise.as_ptr(), behind.clone());
                    behind
                });
                WaitsFor::Tasks {
                    through: Through::Gather,
                    tasks,
                    others,
                }
            }
            Kind::Hand => self.by_hand(promise),
        }
    }

    fn by_hand(&mut self, promise: &AnyPromise) -> WaitsFor {
        match promise.what() {
            What::Future => WaitsFor::Future,
            What::Lock => WaitsFor::Lock {
                behind: promise
                    .ahead()
                    .and_then(|task| self.core.slots.get(task))
                    .map(|task| TaskId(task.number())),
            },
            What::Condition => WaitsFor::Condition,
            What::Event => WaitsFor::Event,
            What::Semaphore => WaitsFor::Semaphore,
            What::Barrier => WaitsFor::Barrier,
            What::QueueItem => WaitsFor::QueueItem,
            What::QueueRoom => WaitsFor::QueueRoom,
            What::QueueDone => WaitsFor::QueueDone,
            What::ThreadCall => WaitsFor::ThreadCall,
            What::EndOfThreads => WaitsFor::EndOfThreads,
            What::Signal => WaitsFor::Signal(SignalKind::from_raw(promise.signal())),
            What::Group => self.tasks(Through::TaskGroup, promise.targets()),
            What::SomeOfSeveral => self.tasks(Through::Wait, promise.targets()),
            What::NextOfSeveral => self.tasks(Through::AsCompleted, promise.targets()),
            What::EndOfCancelled => self.tasks(Through::WaitFor, promise.targets()),
            What::Shielded => {
                let inner = promise.shielded().into_iter().collect();
                self.tasks(Through::Shield, inner)
            }
        }
    }

    fn tasks(&self, through: Through, targets: Vec<AnyPromise>) -> WaitsFor {
        let (tasks, others) = self.behind(targets);
        WaitsFor::Tasks {
            through,
            tasks,
            others,
        }
    }

    /// The tasks among `targets` that are not done, and how many others are not; for a gather or a shield, those behind it.
    fn behind(&self, targets: Vec<AnyPromise>) -> (Arc<[TaskId]>, usize) {
        let (mut tasks, mut others) = (Vec::new(), 0);
        let mut seen = HashSet::new();
        let mut next = targets;
        next.reverse();
        while let Some(promise) = next.pop() {
            if promise.is_done() || !seen.insert(promise.as_ptr()) {
                continue;
            }
            match promise.kind() {
                Kind::Task if self.is_ours(&promise) => tasks.push(TaskId(promise.number())),
                Kind::Gather => {
                    let children = promise.children();
                    let children = children.iter().flat_map(|all| all.promises.iter().rev());
                    next.extend(children.cloned());
                }
                Kind::Hand if promise.what() == What::Shielded => next.extend(promise.shielded()),
                Kind::Task | Kind::Hand => others += 1,
            }
        }
        (tasks.into(), others)
    }

    fn is_ours(&self, promise: &AnyPromise) -> bool {
        Rc::ptr_eq(promise.core(), self.core)
    }
}
