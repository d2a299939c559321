//! What a program has made so far, and its log.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use final_runtime::{
    CallbackId, ContextVar, EventLoop, Future, Handle, LoopHandle, State, Task, TaskBuilder,
    TaskGroup, Timeout,
};

use super::objects::Objects;
use super::value::Value;
use crate::json::Json;

/// Names, and what they stand for.
pub(super) type Names<T> = RefCell<HashMap<String, T>>;

/// A program under way.
pub(super) struct World {
    program: Json,
    pub(super) event_loop: LoopHandle,
    start: Instant,
    log: RefCell<Vec<Json>>,
    turns: RefCell<Vec<Json>>,
    pub(super) tasks: Names<Rc<Task<Value>>>,
    spawned: RefCell<Vec<String>>,
    pub(super) futures: Names<Future<Value>>,
    pub(super) timeouts: Names<Timeout>,
    pub(super) groups: Names<TaskGroup>,
    pub(super) handles: Names<Handle>,
    /// Done callbacks by id: their ops.
    pub(super) callbacks: Names<Json>,
    /// Where which of them was added.
    pub(super) added: RefCell<Vec<(String, String, CallbackId)>>,
    pub(super) objects: Objects,
    pub(super) variables: Names<i64>,
    pub(super) context: Names<Rc<ContextVar<Json>>>,
}

/// Who does an op.
#[derive(Clone)]
pub(super) enum Who {
    Task(Rc<str>),
    Loop,
    Outside,
}

impl World {
    pub(super) fn new(event_loop: &EventLoop, program: &Json) -> Rc<Self> {
        let world = Rc::new(Self {
            program: program.clone(),
            event_loop: event_loop.handle(),
            start: event_loop.now(),
            log: RefCell::default(),
            turns: RefCell::default(),
            tasks: RefCell::default(),
            spawned: RefCell::default(),
            futures: RefCell::default(),
            timeouts: RefCell::default(),
            groups: RefCell::default(),
            handles: RefCell::default(),
            callbacks: RefCell::default(),
            added: RefCell::default(),
            objects: Objects::of(program),
            variables: RefCell::default(),
            context: RefCell::default(),
        });
        for name in world.declared_futures() {
            let future = event_loop.create_future();
            world.futures.borrow_mut().insert(name, future);
        }
        let weak = Rc::downgrade(&world);
        event_loop.set_exception_handler(move |report| {
            if let Some(world) = weak.upgrade() {
                super::report(&world, report);
            }
        });
        world
    }

    /// Lets go of everything: callbacks hold the world, and the world holds what they wait for.
    pub(super) fn forget(&self) {
        self.tasks.take();
        self.futures.take();
        self.timeouts.take();
        self.groups.take();
        self.handles.take();
    }

    pub(super) fn program(&self) -> &Json {
        &self.program
    }

    pub(super) fn mode(&self) -> &str {
        self.program
            .get("mode")
            .and_then(Json::as_str)
            .unwrap_or("idle")
    }

    fn declared_futures(&self) -> Vec<String> {
        let objects = self.program.get("objects").map_or(&[][..], Json::pairs);
        let kind = |object: &Json| object.get("type").and_then(Json::as_str) == Some("future");
        let futures = objects.iter().filter(|(_, object)| kind(object));
        futures.map(|(name, _)| name.to_string()).collect()
    }

    /// The ops of a task or a routine.
    pub(super) fn body(&self, kind: &str, name: &str) -> Json {
        let body = self.program.get(kind).and_then(|bodies| bodies.get(name));
        body.unwrap_or_else(|| panic!("the program has no `{name}` in `{kind}`"))
            .clone()
    }

    /// Writes an event into the log.
    pub(super) fn event(&self, who: Who, event: impl IntoIterator<Item = Json>) {
        let who = match &who {
            Who::Task(name) => name,
            Who::Loop => "@loop",
            Who::Outside => "@main",
        };
        let entry = [self.now().into(), who.into(), Json::list(event)];
        self.log.borrow_mut().push(Json::list(entry));
        let turn = i64::try_from(self.event_loop.turn()).expect("few turns");
        self.turns.borrow_mut().push(turn.into());
    }

    /// Milliseconds since the start.
    pub(super) fn now(&self) -> i64 {
        self.since_start(self.event_loop.now())
    }

    pub(super) fn since_start(&self, when: Instant) -> i64 {
        i64::try_from((when - self.start).as_millis()).expect("few milliseconds")
    }

    /// The time that a number of milliseconds since the start means.
    pub(super) fn at(&self, ms: i64) -> Instant {
        self.start + millis(ms)
    }

    /// Starts a task of the program.
    pub(super) fn spawn(self: &Rc<Self>, name: &str, eager: bool) -> Rc<Task<Value>> {
        let builder = TaskBuilder::of(&self.event_loop).name(name);
        let builder = if eager { builder.eager() } else { builder };
        let task = Rc::new(builder.try_spawn(self.clone().task(name.into())));
        self.keep(name, &task);
        task
    }

    /// A task's result or a future, by name; `None` for a task that was not spawned yet.
    pub(super) fn target(&self, name: &str) -> Option<Future<Value>> {
        if let Some(task) = self.tasks.borrow().get(name) {
            return Some(task.future());
        }
        self.futures.borrow().get(name).cloned()
    }

    /// Keeps a task under its name.
    pub(super) fn keep(&self, name: &str, task: &Rc<Task<Value>>) {
        let mut spawned = self.spawned.borrow_mut();
        // One that is begun again in its own first step, an eager one, keeps its place.
        if !spawned.iter().any(|known| known == name) {
            spawned.push(name.to_owned());
        }
        self.tasks
            .borrow_mut()
            .insert(name.to_owned(), task.clone());
    }

    /// The tasks that were spawned and are not done, in the order in which their spawns came back.
    pub(super) fn known_tasks(&self) -> Json {
        let alive: Vec<_> = self
            .event_loop
            .all_tasks()
            .iter()
            .map(|task| task.name())
            .collect();
        let spawned = self.spawned.borrow();
        let known = spawned.iter().filter(|name| alive.contains(name));
        Json::list(known.map(|name| Json::text(name)))
    }

    /// The result line, without the id.
    pub(super) fn result(&self) -> Json {
        let tasks = self.program.get("tasks").map_or(&[][..], Json::pairs);
        let tasks = tasks.iter().map(|(name, _)| name.to_string());
        let names: Vec<String> = tasks.chain(self.declared_futures()).collect();
        // To look at a result counts as looking at its error, so that comes second.
        let unseen = |name: &&String| self.target(name).is_some_and(|target| target.is_unseen());
        let unretrieved = names.iter().filter(unseen).map(|name| Json::text(name));
        let unretrieved = Json::list(unretrieved);
        let outcome = names
            .iter()
            .map(|name| (name.as_str().into(), self.outcome(name)));
        let outcome = Json::Object(outcome.collect());
        let pairs = [
            ("log", Json::list(self.log.borrow().iter().cloned())),
            ("outcome", outcome),
            ("end_ms", self.now().into()),
            ("iters", Json::list(self.turns.borrow().iter().cloned())),
            ("unretrieved", unretrieved),
        ];
        Json::Object(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value))
                .collect(),
        )
    }

    fn outcome(&self, name: &str) -> Json {
        let Some(target) = self.target(name) else {
            return Json::list(["unspawned".into()]);
        };
        match target.result() {
            Err(_) => Json::list(["pending".into()]),
            Ok(_) if target.state() == State::Cancelled => Json::list(["cancelled".into()]),
            Ok(Ok(value)) => Json::list(["ok".into(), value.0]),
            Ok(Err(error)) => Json::list(["err".into(), super::encode_error(&error)]),
        }
    }
}

/// A number of milliseconds; one below zero is none.
pub(super) fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// Where a target stands, in the words of the format.
pub(super) fn state(state: State) -> Json {
    Json::text(match state {
        State::Pending => "pending",
        State::Ok => "ok",
        State::Failed => "err",
        State::Cancelled => "cancelled",
    })
}
