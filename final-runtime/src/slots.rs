//! The tasks that are alive, by number: how a waker finds its task.
//!
//! A slot is used again when its task is done. Its *generation* tells the tasks apart that were in it one after another:
//! a waker of an earlier one meets another generation and does nothing. It is the low 20 bits of the task's creation
//! number, so a waker that was kept while exactly 2²⁰ tasks, or a multiple, began may hit a later task: a spurious wake,
//! which every future must stand. Nothing else rests on it.
//!
//! The slot says too whether the task has an entry in the ready queue, so that a wake looks here and nowhere else.
//!
//! In the book: chapter 13.

use crate::lean_cell::LeanCell;
use crate::promise::{AnyPromise, Lent};
use crate::task::{MOST_TASKS, TaskKey};

/// There is no further free slot.
const NONE: u64 = u32::MAX as u64;

#[derive(Default)]
pub(crate) struct Slots {
    table: LeanCell<Table>,
}

struct Table {
    slots: Vec<Slot>,
    /// The slot that is used next, if one is free.
    free: u64,
}

struct Slot {
    /// The loop's own hold on the task.
    task: Option<AnyPromise>,
    /// Which task it is, and whether that has an entry in the ready queue: one word, for a wake to compare with its own.
    ///
    /// | the slot's task | the word |
    /// |---|---|
    /// | has no entry | its key, which is odd |
    /// | has one | its key less 1 |
    /// | is not there | twice the next free slot, which is less than any key |
    stamp: u64,
}

impl Default for Table {
    fn default() -> Self {
        Self {
            slots: Vec::new(),
            free: NONE,
        }
    }
}

/// The stamp of a task that has an entry in the ready queue.
#[inline(always)]
fn queued(key: TaskKey) -> u64 {
    key.word() - 1
}

#[expect(
    unsafe_code,
    reason = "each access is the few lines between its braces; they call nobody, and drop no task"
)]
impl Slots {
    /// Takes in a task of loop `loop_number`, as one that has an entry in the ready queue or not. Gives its slot; or the
    /// task, when there is none for it.
    #[inline(always)]
    pub(crate) fn insert(
        &self,
        loop_number: u16,
        task: AnyPromise,
        is_queued: bool,
    ) -> Result<u32, AnyPromise> {
        let number = task.number();
        // SAFETY: the task is moved in or out, and what it takes the place of is empty.
        unsafe {
            self.table.with(|table| {
                let free = table.free;
                let Some(slot) = table.slots.get_mut(free as usize) else {
                    return table.grow(loop_number, task, is_queued);
                };
                table.free = slot.stamp >> 1;
                slot.stamp =
                    TaskKey::new(loop_number, free as u32, number).word() - u64::from(is_queued);
                std::mem::forget(slot.task.replace(task));
                Ok(free as u32)
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
                found.stamp = std::mem::replace(&mut table.free, u64::from(slot)) << 1;
                found.task.take()
            })
        }
    }

    /// Notes an entry in the ready queue. Whether there is such a task, and it had none before.
    #[inline(always)]
    pub(crate) fn mark_queued(&self, key: TaskKey) -> bool {
        // SAFETY: plain data.
        unsafe {
            self.table
                .with(|table| match table.slots.get_mut(key.slot()) {
                    Some(slot) if slot.stamp == key.word() => {
                        slot.stamp = queued(key);
                        true
                    }
                    _ => false,
                })
        }
    }

    /// The task will step soon: if it is one of a crowd, its memory is far from the processor, and is asked for already.
    pub(crate) fn prefetch(&self, key: TaskKey) {
        // SAFETY: nothing is changed.
        unsafe {
            self.table.with(|table| {
                let slot = table.slots.get(key.slot());
                if let Some(task) = slot.and_then(|slot| slot.task.as_ref()) {
                    task.prefetch();
                }
            });
        }
    }

    /// Whether the task has an entry in the ready queue.
    pub(crate) fn is_queued(&self, key: TaskKey) -> bool {
        // SAFETY: plain data.
        unsafe {
            self.table.with(|table| {
                let slot = table.slots.get(key.slot());
                slot.is_some_and(|slot| slot.stamp == queued(key))
            })
        }
    }

    /// The task's entry has left the ready queue: the task, if it is the one that was queued. Until
    /// [`remove`](Self::remove) gives it out, the slot holds it, so that a step need not.
    #[inline(always)]
    pub(crate) fn begin(&self, key: TaskKey) -> Option<Lent> {
        // SAFETY: plain data, and a pointer that is copied. What is lent stays until `remove`, which only the task's own
        // end calls.
        unsafe {
            self.table.with(|table| {
                let slot = table.slots.get_mut(key.slot())?;
                if slot.stamp != queued(key) {
                    return None;
                }
                slot.stamp = key.word();
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
                match slot.stamp == key.word() || slot.stamp == queued(key) {
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
            self.table.with(|table| {
                table
                    .slots
                    .iter()
                    .filter_map(|slot| slot.task.clone())
                    .collect()
            })
        };
        all.sort_by_key(|task| task.number());
        all
    }
}

impl Table {
    #[cold]
    fn grow(
        &mut self,
        loop_number: u16,
        task: AnyPromise,
        is_queued: bool,
    ) -> Result<u32, AnyPromise> {
        if self.slots.len() >= MOST_TASKS {
            return Err(task);
        }
        let slot = self.slots.len() as u32;
        let stamp = TaskKey::new(loop_number, slot, task.number()).word() - u64::from(is_queued);
        self.slots.push(Slot {
            task: Some(task),
            stamp,
        });
        Ok(slot)
    }
}
