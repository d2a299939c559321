//! What tasks share: locks, events, conditions, semaphores, barriers, queues.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use final_runtime::sync::{
    Barrier, BoundedSemaphore, Condition, Event, LifoQueue, Lock, LockGuard, Permit, PriorityQueue,
    Queue, Semaphore,
};

use super::queues::AnyQueue;
use super::tasks::{text, value};
use super::value::Exc;
use crate::json::Json;

/// An object of the program.
pub(super) enum Object {
    Lock(Rc<Lock>),
    Event(Event),
    Condition(Rc<Lock>, Condition),
    Semaphore(Semaphore),
    Bounded(BoundedSemaphore),
    Barrier(Barrier),
    Queue(Box<dyn AnyQueue>),
}

/// All objects of a program, by name.
#[derive(Default)]
pub(super) struct Objects {
    by_name: HashMap<String, Rc<Object>>,
    /// Those that an op releases by name, or a condition lends out: they are not held by a guard.
    unguarded: HashSet<String>,
}

/// What a block holds: a guard, or the duty to release.
pub(super) enum Held<'a> {
    Lock(#[expect(dead_code, reason = "to be dropped")] LockGuard<'a, ()>),
    Permit(#[expect(dead_code, reason = "to be dropped")] Permit<'a>),
    ByHand,
}

impl Objects {
    pub(super) fn of(program: &Json) -> Self {
        let mut objects = Self::default();
        let declared = program.get("objects").map_or(&[][..], Json::pairs);
        for (name, declaration) in declared {
            if let Some(object) = objects.make(name, declaration) {
                objects.by_name.insert(name.to_string(), Rc::new(object));
            }
        }
        objects.find_releases(program);
        objects
    }

    fn make(&mut self, name: &str, declaration: &Json) -> Option<Object> {
        let number = |key: &str| {
            let number = declaration.get(key).and_then(Json::as_int).unwrap_or(0);
            usize::try_from(number).expect("a count")
        };
        Some(match text(declaration, "type") {
            "future" => return None,
            "lock" => Object::Lock(Rc::default()),
            "event" => Object::Event(Event::new()),
            "condition" => {
                let shared = declaration.get("lock").and_then(Json::as_str);
                let shared = shared.map(|shared| (shared, self.get(shared)));
                let names = [Some(name), shared.as_ref().map(|(name, _)| *name)];
                let names = names.into_iter().flatten().map(str::to_owned);
                self.unguarded.extend(names);
                let lock = match shared.as_ref().map(|(_, object)| &**object) {
                    Some(Object::Lock(lock)) => lock.clone(),
                    _ => Rc::default(),
                };
                Object::Condition(lock, Condition::new())
            }
            "semaphore" if value(declaration, "bounded") == Json::Bool(true) => {
                Object::Bounded(BoundedSemaphore::new(number("value")))
            }
            "semaphore" => Object::Semaphore(Semaphore::new(number("value"))),
            "barrier" => Object::Barrier(Barrier::new(number("parties"))),
            "queue" => Object::Queue(queue(declaration, number("maxsize"))),
            other => panic!("the format has no object `{other}`"),
        })
    }

    fn find_releases(&mut self, json: &Json) {
        if json.get("op").and_then(Json::as_str) == Some("release") {
            self.unguarded.insert(text(json, "obj").to_owned());
        }
        let items = json.items().iter();
        for inside in items.chain(json.pairs().iter().map(|(_, value)| value)) {
            self.find_releases(inside);
        }
    }

    pub(super) fn get(&self, name: &str) -> Rc<Object> {
        let object = self.by_name.get(name);
        object
            .unwrap_or_else(|| panic!("the program has no object `{name}`"))
            .clone()
    }

    /// Whether a block holds it by a guard.
    pub(super) fn is_guarded(&self, name: &str) -> bool {
        !self.unguarded.contains(name)
    }
}

fn queue(declaration: &Json, maxsize: usize) -> Box<dyn AnyQueue> {
    let kind = declaration.get("kind").and_then(Json::as_str);
    match (kind.unwrap_or("fifo"), maxsize) {
        ("fifo", 0) => Box::new(Queue::unbounded()),
        ("fifo", most) => Box::new(Queue::bounded(most)),
        ("lifo", 0) => Box::new(LifoQueue::unbounded()),
        ("lifo", most) => Box::new(LifoQueue::bounded(most)),
        (_, 0) => Box::new(PriorityQueue::unbounded()),
        (_, most) => Box::new(PriorityQueue::bounded(most)),
    }
}

impl Object {
    /// Waits for it, to be released by hand.
    pub(super) async fn acquire(&self) {
        match self {
            Self::Lock(lock) | Self::Condition(lock, _) => lock.acquire().await,
            Self::Semaphore(semaphore) => semaphore.acquire().await.forget(),
            Self::Bounded(semaphore) => semaphore.acquire().await.forget(),
            _ => panic!("no object to be acquired"),
        }
    }

    /// Waits for it, for a block.
    pub(super) async fn hold(&self, guarded: bool) -> Held<'_> {
        match self {
            Self::Lock(lock) if guarded => Held::Lock(lock.lock().await),
            Self::Semaphore(semaphore) if guarded => Held::Permit(semaphore.acquire().await),
            Self::Bounded(semaphore) if guarded => Held::Permit(semaphore.acquire().await),
            _ => {
                self.acquire().await;
                Held::ByHand
            }
        }
    }

    pub(super) fn release(&self) -> Result<(), Exc> {
        match self {
            Self::Lock(lock) | Self::Condition(lock, _) => {
                lock.release().map_err(|_| Exc::of("runtime"))
            }
            Self::Semaphore(semaphore) => {
                semaphore.release();
                Ok(())
            }
            Self::Bounded(semaphore) => semaphore.release().map_err(|_| Exc::of("value")),
            _ => panic!("no object to be released"),
        }
    }

    pub(super) fn is_locked(&self) -> bool {
        match self {
            Self::Lock(lock) | Self::Condition(lock, _) => lock.is_locked(),
            Self::Semaphore(semaphore) => semaphore.is_locked(),
            Self::Bounded(semaphore) => semaphore.is_locked(),
            _ => panic!("no object to be locked"),
        }
    }
}
