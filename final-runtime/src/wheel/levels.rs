//! The levels of the wheel: where a deadline belongs, which slots are occupied, and the list of each.
//!
//! The place of a timer is not stored. It follows from its tick and the tick that the wheel stands in, and stays the
//! same until the wheel reaches the slot: see [`Place::of`].

use super::slab::{NONE, Slab};

/// A tick is 2^16 ns.
const TICK_BITS: u32 = 16;
/// A level has 2^6 slots, as many as a word has bits.
const SLOT_BITS: u32 = 6;
const SLOTS: usize = 1 << SLOT_BITS;
/// Enough for every `u64`: 16 + 8 × 6 = 64.
const LEVELS: usize = ((u64::BITS - TICK_BITS) / SLOT_BITS) as usize;

/// The tick of a deadline.
#[inline]
pub(super) const fn tick(nanoseconds: u64) -> u64 {
    nanoseconds >> TICK_BITS
}

/// When a tick begins.
#[inline]
pub(super) const fn start(tick: u64) -> u64 {
    tick << TICK_BITS
}

/// What a timer needs to be a link of a slot's list.
pub(super) struct Linked<T> {
    pub(super) due: u64,
    pub(super) prev: u32,
    pub(super) next: u32,
    pub(super) value: T,
}

/// A slot of a level.
#[derive(Clone, Copy)]
pub(super) struct Place {
    level: usize,
    slot: usize,
}

impl Place {
    /// Where a later tick belongs: to the level of the highest digit (of six bits) in which it differs from the tick
    /// in which the wheel stands. `None` for that tick itself and for past ones.
    ///
    /// All digits above that one are equal, so they stay so, and the digit stays greater, for as long as the wheel
    /// has not reached the start of the slot.
    #[inline]
    pub(super) fn of(tick: u64, current: u64) -> Option<Self> {
        if tick <= current {
            return None;
        }
        let level = (tick ^ current).ilog2() / SLOT_BITS;
        let slot = (tick >> (level * SLOT_BITS)) as usize % SLOTS;
        Some(Self {
            level: level as usize,
            slot,
        })
    }

    /// The first tick of this slot, which is ahead of `current`.
    #[inline]
    pub(super) fn first_tick(self, current: u64) -> u64 {
        let below = self.level as u32 * SLOT_BITS;
        let above = below + SLOT_BITS;
        (current >> above << above) | (self.slot as u64) << below
    }
}

/// The slots of one level; each is a list in the order in which timers came.
struct Level {
    lists: [List; SLOTS],
}

#[derive(Clone, Copy)]
struct List {
    first: u32,
    last: u32,
}

const EMPTY: List = List {
    first: NONE,
    last: NONE,
};

pub(super) struct Levels {
    /// Made when first used.
    levels: [Option<Box<Level>>; LEVELS],
    /// A bit for each slot that holds something.
    occupied: [u64; LEVELS],
    /// A bit for each level that has such a slot.
    in_use: u32,
}

impl Levels {
    pub(super) const fn new() -> Self {
        Self {
            levels: [const { None }; LEVELS],
            occupied: [0; LEVELS],
            in_use: 0,
        }
    }

    /// The earliest slot that is occupied. A lower level is earlier than a higher one, and a level never wraps.
    #[inline]
    pub(super) fn first(&self) -> Option<Place> {
        if self.in_use == 0 {
            return None;
        }
        let level = self.in_use.trailing_zeros() as usize;
        let slot = self.occupied[level].trailing_zeros() as usize;
        Some(Place { level, slot })
    }

    /// Puts the timer at `index` behind all others of its slot.
    #[inline(always)]
    pub(super) fn append<T>(&mut self, place: Place, index: u32, slab: &mut Slab<Linked<T>>) {
        let level = self.levels[place.level].get_or_insert_with(Level::new);
        let list = &mut level.lists[place.slot];
        let last = std::mem::replace(&mut list.last, index);
        if last == NONE {
            list.first = index;
            self.occupied[place.level] |= 1 << place.slot;
            self.in_use |= 1 << place.level;
        } else {
            slab.at(last).next = index;
        }
        let timer = slab.at(index);
        timer.prev = last;
        timer.next = NONE;
    }

    /// Takes a timer that left the slab, and had these neighbours, out of its slot.
    #[inline]
    pub(super) fn unlink<T>(
        &mut self,
        place: Place,
        (prev, next): (u32, u32),
        slab: &mut Slab<Linked<T>>,
    ) {
        if prev != NONE && next != NONE {
            slab.at(prev).next = next;
            slab.at(next).prev = prev;
            return;
        }
        let level = self.levels[place.level].as_mut().expect("in use");
        let list = &mut level.lists[place.slot];
        if next != NONE {
            list.first = next;
            slab.at(next).prev = NONE;
        } else if prev != NONE {
            list.last = prev;
            slab.at(prev).next = NONE;
        } else {
            self.take(place);
        }
    }

    /// Empties a slot. The first of what was there; the rest hangs on it.
    #[inline]
    pub(super) fn take(&mut self, place: Place) -> u32 {
        self.occupied[place.level] &= !(1 << place.slot);
        if self.occupied[place.level] == 0 {
            self.in_use &= !(1 << place.level);
        }
        let level = self.levels[place.level].as_mut().expect("in use");
        std::mem::replace(&mut level.lists[place.slot], EMPTY).first
    }

    /// The earliest deadline of a slot, unless more than `most` timers are in it.
    #[inline]
    pub(super) fn least<T>(
        &self,
        place: Place,
        most: usize,
        slab: &mut Slab<Linked<T>>,
    ) -> Option<u64> {
        let level = self.levels[place.level].as_ref().expect("in use");
        let mut index = level.lists[place.slot].first;
        let mut least = u64::MAX;
        for _ in 0..most {
            let timer = slab.at(index);
            least = least.min(timer.due);
            index = timer.next;
            if index == NONE {
                return Some(least);
            }
        }
        None
    }
}

impl Level {
    #[cold]
    fn new() -> Box<Self> {
        Box::new(Self {
            lists: [EMPTY; SLOTS],
        })
    }
}
