//! A program under way: what it has made so far. Its log is the loop's trace.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Failure, Handle, Promise, Task, TaskGroup, Timeout};
use conformance::json::Json;

use crate::ops::text;

/// Names, and what they stand for.
pub(crate) type Names<T> = RefCell<HashMap<String, T>>;

pub(crate) struct World {
    pub(crate) event_loop: Rc<EventLoop>,
    program: Json,
    pub(crate) tasks: Names<Task<Json>>,
    spawned: RefCell<Vec<String>>,
    pub(crate) futures: Names<Promise<Json>>,
    pub(crate) timeouts: Names<(Timeout, i64)>,
    pub(crate) groups: Names<TaskGroup>,
    pub(crate) handles: Names<Handle>,
    /// Done callbacks by id: the ops that they had first.
    pub(crate) callbacks: Names<Json>,
    pub(crate) variables: Names<i64>,
    /// What the program did that the chapter cannot.
    pub(crate) cannot: Cell<Option<&'static str>>,
}

impl World {
    /// Runs a program on a loop of its own. Gives its result, or what it did that the chapter cannot. The part that the chapter
    /// does not promise is taken from `expected`.
    pub(crate) fn run(program: &Json, expected: &Json) -> Result<Json, String> {
        let event_loop = Rc::new(EventLoop::with_virtual_clock());
        let world = Rc::new(Self {
            event_loop: Rc::clone(&event_loop),
            program: program.clone(),
            tasks: RefCell::default(),
            spawned: RefCell::default(),
            futures: RefCell::default(),
            timeouts: RefCell::default(),
            groups: RefCell::default(),
            handles: RefCell::default(),
            callbacks: RefCell::default(),
            variables: RefCell::default(),
            cannot: Cell::new(None),
        });
        for name in world.names("objects") {
            let future = Promise::new(&event_loop, &name);
            world.futures.borrow_mut().insert(name, future);
        }
        world.spawn("main");
        let _ = event_loop.run_forever();
        let result = world.result(expected);
        world.end();
        world
            .cannot
            .get()
            .map_or(Ok(result), |cannot| Err(cannot.to_owned()))
    }

    /// A task that waits for ever keeps the loop, and callbacks keep the world: tasks are asked to end until they have, and what
    /// the world knows is let go.
    fn end(&self) {
        let alive = |world: &Self| {
            let tasks = world.tasks.borrow();
            let alive: Vec<_> = tasks
                .values()
                .filter(|task| !task.done())
                .cloned()
                .collect();
            alive
        };
        for _ in 0..100 {
            let alive = alive(self);
            if alive.is_empty() {
                break;
            }
            for task in alive {
                task.cancel();
            }
            let _ = self.event_loop.run_forever();
        }
        self.tasks.take();
        self.futures.take();
        self.timeouts.take();
        self.groups.take();
        self.handles.take();
    }

    /// The names of the program's tasks, or of its objects.
    fn names(&self, kind: &str) -> Vec<String> {
        let pairs = self.program.get(kind).map_or(&[][..], Json::pairs);
        pairs.iter().map(|(name, _)| name.to_string()).collect()
    }

    /// The ops of a task or a routine.
    pub(crate) fn body(&self, kind: &str, name: &str) -> Json {
        let body = self.program.get(kind).and_then(|bodies| bodies.get(name));
        body.unwrap_or_else(|| panic!("the program has no `{name}` in `{kind}`"))
            .clone()
    }

    /// Milliseconds since the start.
    pub(crate) fn now(&self) -> i64 {
        i64::try_from(self.event_loop.now().as_millis()).expect("few milliseconds")
    }

    /// Writes an event into the log.
    pub(crate) fn event(&self, who: &str, event: impl IntoIterator<Item = Json>) {
        let entry = [self.now().into(), who.into(), Json::list(event)];
        self.event_loop.say(Json::list(entry));
    }

    /// Writes that an op had nothing to work on.
    pub(crate) fn skip(&self, who: &str, op: &Json, name: Json) {
        self.event(who, ["skip".into(), text(op, "op").into(), name]);
    }

    /// Starts a task of the program.
    pub(crate) fn spawn(self: &Rc<Self>, name: &str) -> Task<Json> {
        let task = self
            .event_loop
            .try_spawn(name, Rc::clone(self).task(name.into()));
        self.keep(name, &task);
        task
    }

    /// Keeps a task under its name.
    pub(crate) fn keep(&self, name: &str, task: &Task<Json>) {
        self.spawned.borrow_mut().push(name.to_owned());
        self.tasks
            .borrow_mut()
            .insert(name.to_owned(), task.clone());
    }

    /// A task's outcome or a future, by name; none for a task that was not spawned yet.
    pub(crate) fn target(&self, name: &str) -> Option<Promise<Json>> {
        if let Some(task) = self.tasks.borrow().get(name) {
            return Some(task.as_ref().clone());
        }
        self.futures.borrow().get(name).cloned()
    }

    /// The same; a task that was not spawned yet is spawned now.
    pub(crate) fn target_or_spawn(self: &Rc<Self>, name: &str) -> Promise<Json> {
        let target = self.target(name);
        target.unwrap_or_else(|| self.spawn(name).as_ref().clone())
    }

    /// The tasks that were spawned and have not ended.
    pub(crate) fn all_tasks(&self) -> Json {
        let tasks = self.tasks.borrow();
        let spawned = self.spawned.borrow();
        let left = spawned.iter().filter(|name| !tasks[*name].done());
        Json::list(left.map(|name| Json::text(name)))
    }

    fn result(&self, expected: &Json) -> Json {
        let says = self.event_loop.trace().events().into_iter();
        let says: Vec<_> = says.filter(|event| event.event == "says").collect();
        let log = says
            .iter()
            .map(|event| Json::parse(&event.note).expect("written by `event`"));
        let turns = says
            .iter()
            .map(|event| i64::try_from(event.turn).expect("few turns").into());
        let names = [self.names("tasks"), self.names("objects")].concat();
        let outcomes = names
            .iter()
            .map(|name| (name.as_str().into(), self.outcome(name)));
        let unretrieved = expected.get("unretrieved").cloned().unwrap_or(Json::Null);
        let pairs = [
            ("log", Json::list(log)),
            ("outcome", Json::Object(outcomes.collect())),
            ("end_ms", self.now().into()),
            ("iters", Json::list(turns)),
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
        match self.target(name).map(|target| target.result()) {
            None => Json::list(["unspawned".into()]),
            Some(None) => Json::list(["pending".into()]),
            Some(Some(Ok(value))) => Json::list(["ok".into(), value]),
            Some(Some(Err(Failure::Cancelled))) => Json::list(["cancelled".into()]),
            Some(Some(Err(error))) => Json::list(["err".into(), encode(&error)]),
        }
    }
}

/// A number of milliseconds; one below zero is none.
pub(crate) fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// An error of a program, which is JSON in the words of the format.
pub(crate) fn error(words: impl IntoIterator<Item = Json>) -> Failure {
    Failure::Error(Json::list(words).to_string())
}

/// The same, as the log writes it.
pub(crate) fn encode(failure: &Failure) -> Json {
    match failure {
        Failure::Cancelled => Json::list(["cancelled".into()]),
        Failure::Error(text) => {
            Json::parse(text).unwrap_or_else(|_| panic!("no error of the program: {text}"))
        }
    }
}
