//! The tasks that are alive, by number: how a waker finds its task.
//!
//! A slot is used again when its task is done. Its *generation* tells the tasks apart that were in it one after another:
//! a waker of an earlier one meets another generation and does nothing. It is the low 20 bits of the task's creation number, so a waker that was kept while exactly 2²⁰ tasks, or a multiple, began may hit a later task: a spurious
//! wake, which every future must stand. Nothing else rests on it. (Chapter 13.)
//!
//! The slot says too whether the task has an entry in the ready queue, so that a wake looks here and nowhere else.

use crate::lean_cell::LeanCell;
use crate::promise::{AnyPromise, Lent};
use crate::task::{MOST_TASKS, TaskKey};

/// The task has an entry in the ready queue.
const QUEUED: u32 = 1 << 31;
/// Nobody is in the slot. No generation, queued or not, looks like this.
const FREE: u32 = u32::MAX;
/// There is no further free slot.
const NONE: u32 = u32::MAX;

#[derive(Default)]
pub(crate) struct Slots {
    table: LeanCell<Table>,
}

struct Table {
    slots: Vec<Slot>,
    /// The slot that is used next, if one is free.
    free: u32,
}

struct Slot {
    /// The loop's own hold on the task.
    task: Option<AnyPromise>,
    /// The generation, with [`QUEUED`]; or [`FREE`].
    stamp: u32,
    next_free: u32,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: NONE,
        }
    }
}

#[expect(
    unsafe_code,
    reason = "each access is the few lines between its braces; they call nobody, and drop no task"
)]
impl Slots {
    /// Takes in a task, not queued. Gives its slot; or the task, when there is none for it.
    #[inline]
    pub(crate) fn insert(&self, task: AnyPromise) -> Result<u32, AnyPromise> {
        let generation = TaskKey::new(0, 0, task.number()).generation();
        // SAFETY: the task is moved in or out, and what it takes the place of is empty.
        unsafe {
            self.table.with(|table| {
                let free = table.free;
                let Some(slot) = table.slots.get_mut(free as usize) else {
                    return table.grow(task, generation);
                };
                table.free = slot.next_free;
                slot.stamp = generation;
                std::mem::forget(slot.task.replace(task));
                Ok(free)
            })
        }
    }

    /// The end of the task in this slot: the loop lets go of it.
    #[inline]
    pub(crate) fn remove(&self, slot: u32) -> Option<AnyPromise> {
        // SAFETY: the task is moved out, not dropped.
        unsafe {
            self.table.with(|table| {
                let found = table.slots.get_mut(slot as usize)?;
                found.stamp = FREE;
                found.next_free = std::mem::replace(&mut table.free, slot);
                found.task.take()
            })
        }
    }

    /// Notes an entry in the ready queue. Whether there is such a task, and it had none before.
    #[inline]
    pub(crate) fn mark_queued(&self, key: TaskKey) -> bool {
        // SAFETY: plain data.
        unsafe {
            self.table
                .with(|table| match table.slots.get_mut(key.slot()) {
                    Some(slot) if slot.stamp == key.generation() => {
                        slot.stamp |= QUEUED;
                        true
                    }
                    _ => false,
                })
        }
    }

    /// Whether the task has an entry in the ready queue.
    pub(crate) fn is_queued(&self, key: TaskKey) -> bool {
        // SAFETY: plain data.
        unsafe {
            self.table.with(|table| {
                let slot = table.slots.get(key.slot());
                slot.is_some_and(|slot| slot.stamp == key.generation() | QUEUED)
            })
        }
    }

    /// The task's entry has left the ready queue: the task, if it is the one that was queued. Until
    /// [`remove`](Self::remove) gives it out, the slot holds it, so that a step need not.
    #[inline]
    pub(crate) fn begin(&self, key: TaskKey) -> Option<Lent> {
        // SAFETY: plain data, and a pointer that is copied. What is lent stays until `remove`, which only the task's own
        // end calls.
        unsafe {
            self.table.with(|table| {
                let slot = table.slots.get_mut(key.slot())?;
                if slot.stamp != key.generation() | QUEUED {
                    return None;
                }
                slot.stamp = key.generation();
                slot.task.as_ref().map(|task| Lent::new(task))
            })
        }
    }

    /// The task, if it is not done.
    pub(crate) fn get(&self, key: TaskKey) -> Option<AnyPromise> {
        // SAFETY: a clone counts, and calls nobody.
        unsafe {
            self.table.with(|table| {
                let slot = table.slots.get(key.slot())?;
                match slot.stamp & !QUEUED == key.generation() {
                    true => slot.task.clone(),
                    false => None,
                }
            })
        }
    }

    /// Every task that is not done, in order of creation.
    pub(crate) fn all(&self) -> Vec<AnyPromise> {
        // SAFETY: a clone counts, and calls nobody.
        let mut all: Vec<AnyPromise> = unsafe {
            self.table
                .with(|table| table.slots.iter().filter_map(|slot| slot.task.clone()).collect())
        };
        all.sort_by_key(|task| task.number());
        all
    }
}

impl Table {
    #[cold]
    fn grow(&mut self, task: AnyPromise, generation: u32) -> Result<u32, AnyPromise> {
        if self.slots.len() >= MOST_TASKS {
            return Err(task);
        }
        self.slots.push(Slot {
            task: Some(task),
            stamp: generation,
            next_free: NONE,
        });
        Ok(self.slots.len() as u32 - 1)
    }
}
