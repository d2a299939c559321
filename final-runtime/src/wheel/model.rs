//! The wheel beside a sorted map that does the same in the plain way. Both do what a stream of numbers says, and must
//! answer alike. The random test draws the numbers, the fuzz target takes them from the fuzzer.

use std::collections::BTreeMap;

use crate::wheel::{Key, Wheel};

/// A timer as the model knows it.
struct Timer {
    key: Key,
    due: u64,
    value: Box<u64>,
    popped: bool,
}

#[derive(Default)]
struct Model {
    now: u64,
    last_due: u64,
    inserted: u64,
    /// Not popped, by (deadline, insertion).
    armed: BTreeMap<(u64, u64), ()>,
    /// Not removed, by insertion.
    timers: BTreeMap<u64, Timer>,
    /// Keys of removed ones, the latest few.
    stale: Vec<Key>,
}

/// Numbers of a xorshift generator. `seed` is not zero.
pub(crate) fn random(seed: u64) -> impl Iterator<Item = u64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D)
    })
}

/// Does what `numbers` say, an operation each. Panics when the two differ.
pub(crate) fn compare(numbers: impl Iterator<Item = u64>) {
    let mut wheel = Wheel::new();
    let mut model = Model::default();
    for number in numbers {
        let (what, argument) = (number % 16, number / 16);
        match what {
            0..=5 => model.insert(&mut wheel, argument),
            6..=9 => model.remove(&mut wheel, argument),
            10 | 11 => model.advance(&mut wheel, argument),
            12 => model.pop_some(&mut wheel, argument % 4),
            13 => model.wake(&mut wheel),
            14 => model.jump(&mut wheel),
            _ if argument.is_multiple_of(512) => model.close(&mut wheel),
            _ => assert_eq!(wheel.next_due(), model.next_due()),
        }
        assert_eq!(wheel.next_due().is_none(), model.armed.is_empty());
    }
    model.close(&mut wheel);
}

impl Model {
    fn insert(&mut self, wheel: &mut Wheel<Box<u64>>, argument: u64) {
        let (how, argument) = (argument % 8, argument / 8);
        let due = match how {
            0 => self.last_due,
            1 => self.now,
            2 => self.now.saturating_sub(span(argument)),
            3 => (self.now | 0xFFFF).saturating_add(argument % 3),
            4 if argument.is_multiple_of(8) => u64::MAX - argument % 2,
            _ => self.now.saturating_add(span(argument)),
        };
        self.last_due = due;
        let key = wheel.insert(due, Box::new(self.inserted));
        self.armed.insert((due, self.inserted), ());
        self.timers.insert(
            self.inserted,
            Timer {
                key,
                due,
                value: Box::new(self.inserted),
                popped: false,
            },
        );
        self.inserted += 1;
    }

    /// Removes one from the middle, whether it was popped or not; sometimes one that is gone.
    fn remove(&mut self, wheel: &mut Wheel<Box<u64>>, argument: u64) {
        if argument.is_multiple_of(8) && !self.stale.is_empty() {
            let key = self.stale[(argument / 8) as usize % self.stale.len()];
            assert_eq!(wheel.get(key), None);
            assert_eq!(wheel.remove(key), None);
        }
        let oldest = self.timers.keys().next().copied().unwrap_or(0);
        let from = oldest + argument % (self.inserted - oldest).max(1);
        let Some((&number, _)) = self.timers.range(from..).next() else {
            return;
        };
        self.take_out(wheel, number);
    }

    fn take_out(&mut self, wheel: &mut Wheel<Box<u64>>, number: u64) {
        let timer = self.timers.remove(&number).expect("chosen from it");
        assert_eq!(wheel.get(timer.key), Some(&timer.value));
        assert_eq!(wheel.remove(timer.key), Some(timer.value));
        assert_eq!(
            self.armed.remove(&(timer.due, number)).is_none(),
            timer.popped
        );
        if self.stale.len() == 64 {
            self.stale.swap_remove(number as usize % 64);
        }
        self.stale.push(timer.key);
    }

    /// Lets time pass, and pops all that are due; most are removed, some later.
    fn advance(&mut self, wheel: &mut Wheel<Box<u64>>, argument: u64) {
        self.now = self.now.saturating_add(span(argument));
        while let Some(number) = self.pop(wheel) {
            if number % 8 != 0 {
                self.take_out(wheel, number);
            }
        }
    }

    fn pop_some(&mut self, wheel: &mut Wheel<Box<u64>>, count: u64) {
        for _ in 0..count {
            self.pop(wheel);
        }
    }

    /// Pops one from both.
    fn pop(&mut self, wheel: &mut Wheel<Box<u64>>) -> Option<u64> {
        let popped = wheel.pop_due(self.now);
        let due = self.armed.first_key_value().map(|(due, ())| *due);
        let Some((due, number)) = due.filter(|(due, _)| *due <= self.now) else {
            assert_eq!(popped, None);
            return None;
        };
        self.armed.remove(&(due, number));
        let timer = self.timers.get_mut(&number).expect("armed");
        timer.popped = true;
        assert_eq!(popped, Some(timer.key));
        assert_eq!(wheel.get_mut(timer.key), Some(&mut timer.value));
        Some(number)
    }

    /// Sleeps as a loop does: until the time that the wheel says, and again, until something is due.
    fn wake(&mut self, wheel: &mut Wheel<Box<u64>>) {
        for _ in 0..10 {
            let at = wheel.wake_at();
            assert_eq!(at.is_some(), !self.armed.is_empty());
            let (Some(at), Some(due)) = (at, self.next_due()) else {
                return;
            };
            assert!(at <= due, "woken at {at}, too late for {due}");
            self.now = self.now.max(at);
            if self.pop(wheel).is_some() {
                return;
            }
            assert!(at < due, "due and not popped");
        }
        panic!("woken more than once for each level");
    }

    /// Jumps to the next deadline, as a clock does that does not wait.
    fn jump(&mut self, wheel: &mut Wheel<Box<u64>>) {
        let due = wheel.next_due();
        assert_eq!(due, self.next_due());
        if let Some(due) = due {
            self.now = self.now.max(due);
            assert!(self.pop(wheel).is_some());
        }
    }

    fn next_due(&self) -> Option<u64> {
        self.armed.first_key_value().map(|((due, _), ())| *due)
    }

    fn close(&mut self, wheel: &mut Wheel<Box<u64>>) {
        let mut values: Vec<u64> = wheel.take_all().map(|value| *value).collect();
        values.sort_unstable();
        assert!(values.iter().eq(self.timers.keys()));
        for (_, timer) in std::mem::take(&mut self.timers) {
            assert_eq!(wheel.remove(timer.key), None);
        }
        self.armed.clear();
        *self = Self {
            inserted: self.inserted,
            // Near the end of time nothing more would happen.
            now: if self.now > u64::MAX / 2 { 0 } else { self.now },
            ..Self::default()
        };
        if self.now == 0 {
            *wheel = Wheel::new();
        }
    }
}

/// A span of time of any order of magnitude: mostly below seconds, now and then years.
fn span(argument: u64) -> u64 {
    let (magnitude, argument) = (argument % 64, argument / 64);
    let bits = if magnitude == 63 { 62 } else { magnitude % 33 };
    argument & ((1 << bits) - 1)
}
