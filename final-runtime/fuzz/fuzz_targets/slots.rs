//! The table of tasks against a map, with generations of four bits, so that each comes again. Two bytes are an operation.
#![no_main]

use std::collections::BTreeMap;

use promise::AnyPromise;
use slots::Slots;
use task::{MOST_TASKS, TaskKey};

#[path = "../../src/lean_cell.rs"]
mod lean_cell;
#[path = "../../src/slots.rs"]
#[warn(unsafe_code)]
mod slots;

/// What the table holds, as far as it looks at it.
mod promise {
    use std::ops::Deref;
    use std::rc::Rc;

    #[derive(Clone)]
    pub(crate) struct AnyPromise(pub(crate) Rc<u64>);

    impl AnyPromise {
        pub(crate) fn number(&self) -> u64 {
            *self.0
        }

        pub(crate) fn prefetch(&self) {}
    }

    pub(crate) struct Lent(AnyPromise);

    impl Lent {
        /// # Safety
        ///
        /// None: this one holds the task.
        pub(crate) unsafe fn new(task: &AnyPromise) -> Self {
            Self(task.clone())
        }
    }

    impl Deref for Lent {
        type Target = AnyPromise;

        fn deref(&self) -> &AnyPromise {
            &self.0
        }
    }
}

/// Keys, which are odd and greater than twice a slot, and repeat after 16 tasks in a slot.
mod task {
    pub(crate) const MOST_TASKS: usize = 40;

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub(crate) struct TaskKey(u64);

    impl TaskKey {
        pub(crate) fn new(loop_number: u16, slot: u32, number: u64) -> Self {
            Self(u64::from(loop_number) << 48 | (number & 0xf) << 28 | u64::from(slot) << 1 | 1)
        }

        pub(crate) fn word(self) -> u64 {
            self.0
        }

        pub(crate) fn slot(self) -> usize {
            (self.0 as u32 >> 1 & 0x7ff_ffff) as usize
        }
    }
}

const LOOP: u16 = 1;

/// A task that is in the table.
struct Known {
    task: AnyPromise,
    key: TaskKey,
    queued: bool,
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let slots = Slots::default();
    let mut tasks: Vec<AnyPromise> = Vec::new();
    let mut keys: Vec<TaskKey> = Vec::new();
    let mut model: BTreeMap<u32, Known> = BTreeMap::new();
    // The slots that are free again, the one that is used next at the end.
    let mut free: Vec<u32> = Vec::new();
    for operation in data.chunks_exact(2) {
        let (what, which) = (operation[0] % 8, usize::from(operation[1]));
        // One of the latest 256 keys, so that many are stale.
        let key = keys.len().checked_sub(1 + which).map(|at| keys[at]);
        let known = key.and_then(|key| model.get_mut(&(key.slot() as u32)));
        let mut known = known.filter(|known| Some(known.key) == key);
        match (what, key) {
            (0 | 1, _) | (_, None) => {
                let task = AnyPromise(std::rc::Rc::new(tasks.len() as u64));
                let expected = match model.len() == MOST_TASKS {
                    true => None,
                    false => Some(free.pop().unwrap_or(model.len() as u32)),
                };
                tasks.push(task.clone());
                let inserted = slots.insert(LOOP, task.clone(), what == 0);
                assert_eq!(inserted.as_ref().ok(), expected.as_ref());
                if let Some(slot) = expected {
                    let key = TaskKey::new(LOOP, slot, task.number());
                    keys.push(key);
                    let queued = what == 0;
                    let before = model.insert(slot, Known { task, key, queued });
                    assert!(before.is_none());
                }
            }
            (2, Some(key)) => {
                let slot = key.slot() as u32;
                let removed = model.remove(&slot);
                if let Some(removed) = removed {
                    free.push(slot);
                    let found = slots.remove(slot).expect("it is there");
                    assert_eq!(found.number(), removed.task.number());
                }
            }
            (3 | 4, Some(key)) => {
                let marked = known.as_ref().is_some_and(|known| !known.queued);
                assert_eq!(slots.mark_queued(key), marked);
                slots.prefetch(key);
                known.into_iter().for_each(|known| known.queued = true);
            }
            (5, Some(key)) => {
                let begun = known.as_mut().filter(|known| known.queued).map(|known| {
                    known.queued = false;
                    known.task.number()
                });
                assert_eq!(slots.begin(key).map(|task| task.number()), begun);
            }
            (6, Some(key)) => {
                let queued = known.as_ref().is_some_and(|known| known.queued);
                assert_eq!(slots.is_queued(key), queued);
            }
            (_, Some(key)) => {
                let number = known.map(|known| known.task.number());
                assert_eq!(slots.get(key).map(|task| task.number()), number);
                let mut all: Vec<u64> = model.values().map(|known| known.task.number()).collect();
                all.sort_unstable();
                assert!(slots.all().iter().map(AnyPromise::number).eq(all));
            }
        }
    }
    // Nobody holds a task but this, the table and the map.
    for task in &tasks {
        let there = model
            .values()
            .any(|known| known.task.number() == task.number());
        assert_eq!(
            std::rc::Rc::strong_count(&task.0),
            if there { 3 } else { 1 }
        );
    }
    drop(slots);
    model.clear();
    assert!(
        tasks
            .iter()
            .all(|task| std::rc::Rc::strong_count(&task.0) == 1)
    );
});
