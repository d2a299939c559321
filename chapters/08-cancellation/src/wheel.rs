//! Timers in a hierarchical wheel: to arm and to cancel cost the same, however many there are.
//!
//! Time is counted in ticks of a millisecond, and a tick is written as a number in base 64. A timer
//! is filed by the first digit in which its tick differs from the wheel's position: that digit's
//! place is its level, the digit its slot.
//!
//! 1. Whatever lies on a lower level is due earlier than whatever lies on a higher one; on one
//!    level, whatever lies in a lower slot is due earlier. So the first slot that is not empty
//!    holds the earliest timer.
//! 2. A slot of level 0 holds one tick. A slot of a higher level holds many, in no order; when the
//!    position reaches it, it is emptied, and what is not due yet is filed again, on a lower level.
//! 3. The position goes forward only. Nothing in the wheel is earlier than the position.
//! 4. A deadline is rounded up to a tick. A timer may leave up to a tick late, and never early.
//! 5. What leaves together leaves in the order of deadlines, and of equal
//!    deadlines in the order of arming.
//! 6. The earliest deadline of a full slot is not looked for by a loop that sleeps: it wakes when
//!    the slot begins, and files its timers again. The next slot of theirs is on a lower level, so
//!    there is at most one such wake-up a level.

use std::array;
use std::mem;
use std::time::Duration;

/// A digit in base 64.
const BITS: u32 = 6;
const SLOTS: usize = 1 << BITS;
/// Eleven such digits make up any `u64`.
const LEVELS: usize = u64::BITS.div_ceil(BITS) as usize;
/// So many timers of a slot are looked at for an exact time to wake.
const FEW: usize = 8;

/// Timers, filed by when they are due.
#[derive(Debug)]
pub struct Wheel<T> {
    position: u64,
    levels: [Level; LEVELS],
    timers: Vec<Option<Timer<T>>>,
    free: Vec<usize>,
    sequence: u64,
}

/// The slots of one digit; each has the numbers of its timers.
#[derive(Debug)]
struct Level {
    slots: [Vec<usize>; SLOTS],
    /// A bit for each slot that is not empty.
    occupied: u64,
}

/// A timer, and where it is filed.
#[derive(Debug)]
struct Timer<T> {
    due: Duration,
    sequence: u64,
    value: T,
    tick: u64,
    level: usize,
    /// Its place among the timers of its slot.
    place: usize,
}

/// With this a timer can be cancelled. Its number is given out again, so a sequence tells the
/// timers apart that have it.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    number: usize,
    sequence: u64,
}

impl<T> Default for Wheel<T> {
    fn default() -> Self {
        let level = |_| Level {
            slots: array::from_fn(|_| Vec::new()),
            occupied: 0,
        };
        Self {
            position: 0,
            levels: array::from_fn(level),
            timers: Vec::new(),
            free: Vec::new(),
            sequence: 0,
        }
    }
}

impl<T> Wheel<T> {
    /// Arms a timer.
    pub fn insert(&mut self, due: Duration, value: T) -> Key {
        let sequence = self.sequence;
        self.sequence += 1;
        let timer = Timer {
            due,
            sequence,
            value,
            tick: rounded_up(due),
            level: 0,
            place: 0,
        };
        let number = self.free.pop().unwrap_or_else(|| {
            self.timers.push(None);
            self.timers.len() - 1
        });
        self.file(number, timer);
        Key { number, sequence }
    }

    /// Takes a timer back, unless it is gone already.
    pub fn cancel(&mut self, key: Key) -> Option<T> {
        let timer = self.timers.get(key.number)?.as_ref()?;
        if timer.sequence != key.sequence {
            return None;
        }
        let (level, slot, place) = (timer.level, digit(timer.tick, timer.level), timer.place);
        let numbers = &mut self.levels[level].slots[slot];
        numbers.swap_remove(place);
        // The last one of the slot has taken its place.
        if let Some(&moved) = numbers.get(place)
            && let Some(moved) = &mut self.timers[moved]
        {
            moved.place = place;
        }
        if numbers.is_empty() {
            self.levels[level].occupied &= !(1 << slot);
        }
        self.free.push(key.number);
        Some(self.timers[key.number].take()?.value)
    }

    /// The earliest deadline, rounded up to a tick. Looks at each timer of a slot.
    pub fn next(&self) -> Option<Duration> {
        let (level, slot) = self.first()?;
        let timers = self.levels[level].slots[slot].iter();
        let ticks = timers.filter_map(|&number| Some(self.timers[number].as_ref()?.tick));
        ticks.min().map(Duration::from_millis)
    }

    /// When a loop has to look again: at the earliest deadline, or before it, when a slot
    /// with many timers begins.
    pub fn wake_at(&self) -> Option<Duration> {
        let (level, slot) = self.first()?;
        if self.levels[level].slots[slot].len() <= FEW {
            return self.next();
        }
        Some(Duration::from_millis(self.start(level, slot)))
    }

    /// Takes out what is due at `now`, in order.
    pub fn take_due(&mut self, now: Duration) -> Vec<T> {
        let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let mut due = Vec::new();
        while let Some((level, slot)) = self.first()
            && self.start(level, slot) <= now
        {
            self.position = self.start(level, slot);
            self.levels[level].occupied &= !(1 << slot);
            let mut numbers = mem::take(&mut self.levels[level].slots[slot]);
            for number in numbers.drain(..) {
                let Some(timer) = self.timers[number].take() else {
                    continue;
                };
                if timer.tick > now {
                    self.file(number, timer);
                } else {
                    self.free.push(number);
                    due.push(timer);
                }
            }
            // The slot keeps its memory for the next time round.
            self.levels[level].slots[slot] = numbers;
        }
        self.position = self.position.max(now);
        due.sort_by_key(|timer| (timer.due, timer.sequence));
        due.into_iter().map(|timer| timer.value).collect()
    }

    /// How many timers it keeps.
    pub fn len(&self) -> usize {
        self.timers.len() - self.free.len()
    }

    /// Whether it keeps none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Files a timer by the first digit in which its tick differs from the position.
    fn file(&mut self, number: usize, mut timer: Timer<T>) {
        timer.tick = timer.tick.max(self.position);
        let differs = (timer.tick ^ self.position).checked_ilog2();
        timer.level = differs.map_or(0, |bit| (bit / BITS) as usize);
        let level = &mut self.levels[timer.level];
        let slot = digit(timer.tick, timer.level);
        timer.place = level.slots[slot].len();
        level.slots[slot].push(number);
        level.occupied |= 1 << slot;
        self.timers[number] = Some(timer);
    }

    /// The slot with the earliest timers: the lowest on the lowest level that has any.
    fn first(&self) -> Option<(usize, usize)> {
        let level = self.levels.iter().position(|level| level.occupied != 0)?;
        Some((level, self.levels[level].occupied.trailing_zeros() as usize))
    }

    /// The first tick of a slot: the digits above are the position's, those below are zero.
    fn start(&self, level: usize, slot: usize) -> u64 {
        let below = level as u32 * BITS;
        // The highest level has no digit above it.
        let above = u64::MAX.checked_shl(below + BITS).unwrap_or(0);
        (self.position & above) | ((slot as u64) << below)
    }
}

/// The first tick that is not before `due`.
fn rounded_up(due: Duration) -> u64 {
    let begun = u64::from(due.subsec_nanos().div_ceil(1_000_000));
    due.as_secs().saturating_mul(1000).saturating_add(begun)
}

/// The digit of `tick` that counts on this level.
fn digit(tick: u64, level: usize) -> usize {
    (tick >> (level as u32 * BITS)) as usize % SLOTS
}
