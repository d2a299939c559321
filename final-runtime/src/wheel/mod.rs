//! The timer wheel: what is due when, in O(1) for a timer that is armed and taken back.
//!
//! Most timers are timeouts, and most timeouts never fire. So a timer is put into a slot, a list that nobody sorts, and is
//! brought into order only when its time comes near.
//!
//! # The levels
//!
//! A deadline is 64 bits of nanoseconds: a tick of 2^16 ns and eight digits of six bits. The highest digit in which
//! it differs from the tick in which the wheel stands says its level; the digit itself, its slot there.
//!
//! ```text
//!  63   58 57   52 51   46 45   40 39   34 33   28 27   22 21   16 15            0
//! ┌───────┬───────┬───────┬───────┬───────┬───────┬───────┬───────┬───────────────┐
//! │level 7│level 6│level 5│level 4│level 3│level 2│level 1│level 0│ within a tick │
//! └───────┴───────┴───────┴───────┴───────┴───────┴───────┴───────┴───────────────┘
//!   9 y     52 d    19.5 h  18 min  17 s    268 ms  4.2 ms  65.5 µs  a slot's width
//!
//!                 ·  behind the wheel: empty    ▼  where it stands    #  occupied
//! level 2   ·····▼-----#-------------------------#-------------------   in_use     0b101
//! level 1   ····················▼--------------------------------------
//! level 0   ···▼--#-#--------------------------------------------------   occupied[0] = …101
//!              └─ near: a heap of what is due in this tick or before it
//! ```
//!
//! Every slot in front of the wheel lies in one block with it, so a level never wraps, a lower level is earlier than
//! a higher one, and the earliest slot is two instructions: the lowest bit of `in_use`, the lowest of that level's
//! word. When that slot's start has come, the wheel moves there and its timers fall to lower levels, or into `near`, which
//! gives them out in the order of (deadline, insertion), to the nanosecond.
//!
//! # What it promises
//!
//! - A timer leaves never before its deadline, and in the order of (deadline, insertion). A list keeps the order in which
//!   timers came, and falls in that order; nobody can enter the lower slot before it fell. So no timer carries a number.
//! - `insert` and `remove` are O(1), but for timers of the current tick and past ones: these are a push to a heap.
//!   One that fires is moved at most once a level, eight times for a deadline 500 years off, twice or thrice for a second.
//! - A wheel that stands still keeps its places: where a timer is follows from its deadline, so a timer is 40 bytes
//!   with a value of 16.
//!
//! # When to wake
//!
//! The exact minimum of a coarse slot costs a walk through it, and it may be asked for in each turn. So there are two
//! questions. [`Wheel::wake_at`] is for a loop that sleeps: constant time, never too late, exact when few timers are in the
//! slot; else it is the slot's start, and the loop wakes once for each level to let the slot fall.
//! [`Wheel::next_due`] is for a clock that jumps: exact, and it moves the wheel to the place where the clock goes next.
//!
//! # Why these numbers
//!
//! Six bits, since a word then says which slots are occupied. A tick of 65 µs, since it makes eight levels cover all
//! 64 bits, so that there is neither an overflow list nor a largest delay; and since it is far below the millisecond that
//! `epoll_wait` counts in, and yet holds seven of 100,000 timers in a second, which a heap orders in no time.
//!
//! tokio has six levels of 64 slots at 1 ms (two years), fires a slot as a whole, and rounds deadlines up to the tick. Linux
//! has nine levels of 64 slots that grow by 8, never cascades, and lets far timers be late by an eighth; its exact timers
//! (`hrtimer`) are a tree. asyncio has a heap, and leaves cancelled timers in it until they are half of it.
//!
//! In the book: chapter 6.

mod levels;
#[cfg(test)]
mod model;
mod near;
mod slab;
#[cfg(test)]
mod tests;

use levels::{Levels, Linked, Place, start, tick};
use near::Near;
pub(crate) use slab::Key;
use slab::{NONE, Slab};

/// In `prev` of a timer that was popped and not removed yet: it is in no list.
const POPPED: u32 = NONE - 1;
/// How many timers of a slot are looked at for an exact time to wake.
const FEW: usize = 8;

/// Timers of one loop. Times are nanoseconds since an origin that the caller chooses.
pub(crate) struct Wheel<T> {
    timers: Slab<Linked<T>>,
    levels: Levels,
    near: Near,
    /// The tick in which the wheel stands. What is due in it or before is in `near`, all else in `levels`.
    current: u64,
}

impl<T> Wheel<T> {
    /// An empty wheel, which owns no memory.
    pub(crate) const fn new() -> Self {
        Self {
            timers: Slab::new(),
            levels: Levels::new(),
            near: Near::new(),
            current: 0,
        }
    }

    /// Arms a timer. Its deadline may have passed.
    #[inline(always)]
    pub(crate) fn insert(&mut self, due: u64, value: T) -> Key {
        let key = self.timers.insert(Linked {
            due,
            prev: NONE,
            next: NONE,
            value,
        });
        self.place(due, key);
        key
    }

    /// Takes a timer back, or takes out one that was popped. `None` when it is gone.
    #[inline]
    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let Linked {
            due,
            prev,
            next,
            value,
        } = self.timers.remove(key)?;
        if prev == POPPED {
            return Some(value);
        }
        match Place::of(tick(due), self.current) {
            Some(place) => self.levels.unlink(place, (prev, next), &mut self.timers),
            None => self.near.note_gone(&self.timers),
        }
        Some(value)
    }

    /// The value of a timer that was not removed yet.
    #[inline]
    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        self.timers.get(key).map(|timer| &timer.value)
    }

    /// The value of a timer that was not removed yet.
    #[inline]
    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        self.timers.get_mut(key).map(|timer| &mut timer.value)
    }

    /// When a timer that was not removed yet is due.
    pub(crate) fn due(&self, key: Key) -> Option<u64> {
        self.timers.get(key).map(|timer| timer.due)
    }

    /// Until when a loop may sleep: never later than the earliest deadline, in constant time. Something may have to be
    /// done then that is no timer; after a call of [`pop_due`](Self::pop_due) at that time, it is later.
    #[inline]
    pub(crate) fn wake_at(&mut self) -> Option<u64> {
        if let Some(due) = self.near.peek(&self.timers) {
            return Some(due);
        }
        let place = self.levels.first()?;
        let least = self.levels.least(place, FEW, &mut self.timers);
        Some(least.unwrap_or_else(|| start(place.first_tick(self.current))))
    }

    /// The earliest deadline, exactly. Moves the wheel to it, so it is for a loop whose clock jumps there: for what is
    /// inserted before that time afterwards, the wheel is no more than a heap.
    pub(crate) fn next_due(&mut self) -> Option<u64> {
        loop {
            if let Some(due) = self.near.peek(&self.timers) {
                return Some(due);
            }
            let place = self.levels.first()?;
            self.fall(place);
        }
    }

    /// Unlinks the earliest timer that is due at `now`. Its value stays until it is [removed](Self::remove).
    #[inline]
    pub(crate) fn pop_due(&mut self, now: u64) -> Option<Key> {
        loop {
            if let Some(due) = self.near.peek(&self.timers) {
                if due > now {
                    return None;
                }
                let key = self.near.pop()?;
                self.timers.at(key.index()).prev = POPPED;
                return Some(key);
            }
            match self.levels.first() {
                Some(place) if place.first_tick(self.current) <= tick(now) => self.fall(place),
                _ => {
                    // No slot lies between, so every place stays as it is.
                    self.current = self.current.max(tick(now));
                    return None;
                }
            }
        }
    }

    /// Takes out all values, also those of timers that were popped, in no order that means anything.
    pub(crate) fn take_all(&mut self) -> impl Iterator<Item = T> + use<T> {
        self.levels = Levels::new();
        self.near.clear();
        self.timers.drain().map(|timer| timer.value)
    }

    /// Moves the wheel to the start of its earliest slot, and the slot's timers to where they belong then.
    fn fall(&mut self, place: Place) {
        self.current = place.first_tick(self.current);
        let mut index = self.levels.take(place);
        while index != NONE {
            let timer = self.timers.at(index);
            let (due, next) = (timer.due, timer.next);
            self.place(due, self.timers.key_at(index));
            index = next;
        }
    }

    #[inline(always)]
    fn place(&mut self, due: u64, key: Key) {
        match Place::of(tick(due), self.current) {
            Some(place) => self.levels.append(place, key.index(), &mut self.timers),
            None => self.near.push(due, key),
        }
    }
}
