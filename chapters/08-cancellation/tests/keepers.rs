//! The wheel keeps timers in the order of a sorted map, and the wheel at its seams.

use std::collections::BTreeMap;
use std::mem;
use std::time::Duration;

use chapter_08::wheel::Wheel;

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

/// Numbers that are the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % below
    }
}

#[test]
fn the_wheel_agrees_with_a_sorted_map() {
    for seed in 1..=40 {
        let mut dice = Dice(seed * 0x9e37_79b9);
        let (mut map, mut wheel) = (BTreeMap::new(), Wheel::default());
        let (mut armed, mut now) = (Vec::new(), 0);
        // From deadlines within one slot to such as reach over four levels.
        let reach = 64_u64.pow(dice.roll(4) as u32 + 1);
        for number in 0..1000 {
            match dice.roll(10) {
                0..=5 => {
                    let due = ms((now + dice.roll(reach)).saturating_sub(dice.roll(3)));
                    map.insert((due, number), number);
                    armed.push(((due, number), wheel.insert(due, number)));
                }
                6 | 7 if !armed.is_empty() => {
                    let which = dice.roll(armed.len() as u64) as usize;
                    let (in_map, in_wheel) = armed.swap_remove(which);
                    let gone = map.remove(&in_map);
                    assert_eq!(wheel.cancel(in_wheel), gone, "seed {seed}, step {number}");
                }
                _ => {
                    let next = map.first_key_value().map(|((due, _), _)| *due);
                    let wheel_next = wheel.next();
                    assert_eq!(
                        wheel_next.map(|next| next.max(ms(now))),
                        next.map(|next| next.max(ms(now))),
                        "seed {seed}, step {number}"
                    );
                    let wake_at = wheel.wake_at();
                    assert_eq!(wake_at.is_some(), wheel_next.is_some());
                    assert!(wake_at <= wheel_next, "seed {seed}, step {number}");
                    now += dice.roll(reach / 4);
                    let later = map.split_off(&(ms(now + 1), 0));
                    let due: Vec<_> = mem::replace(&mut map, later).into_values().collect();
                    assert_eq!(wheel.take_due(ms(now)), due, "seed {seed}, step {number}");
                }
            }
            assert_eq!(wheel.len(), map.len(), "seed {seed}, step {number}");
        }
    }
}

#[test]
fn the_wheel_finds_a_timer_on_each_of_its_levels() {
    let mut wheel = Wheel::default();
    let deadlines = (0..64).map(|bit| 1_u64 << bit);
    let deadlines: Vec<_> = deadlines.flat_map(|due| [due, due + due / 2]).collect();
    for &due in deadlines.iter().rev() {
        wheel.insert(ms(due), due);
    }
    let mut sorted = deadlines;
    sorted.sort();
    sorted.dedup();
    for due in sorted {
        assert_eq!(wheel.next(), Some(ms(due)));
        if due > 1 {
            // At its last tick but one, nothing of it is due.
            let early = wheel.take_due(ms(due - 1));
            assert!(early.is_empty(), "{early:?} a tick before {due}");
        }
        let taken = wheel.take_due(ms(due));
        assert!(
            taken.iter().all(|taken| *taken == due),
            "{taken:?} at {due}"
        );
        assert!(!taken.is_empty() || due == 1, "{due}");
    }
    assert!(wheel.is_empty());
}

#[test]
fn with_few_timers_in_a_slot_the_loop_wakes_for_the_first_of_them() {
    let mut wheel = Wheel::default();
    for due in 5001..=5008 {
        wheel.insert(ms(due), due);
    }
    assert_eq!(wheel.wake_at(), Some(ms(5001)));
}

#[test]
fn with_many_in_a_slot_it_wakes_at_the_beginning_of_the_slot_once_a_level() {
    let mut wheel = Wheel::default();
    for due in (5001..=5050).rev() {
        wheel.insert(ms(due), due);
    }
    let (mut wakes, mut taken) = (Vec::new(), Vec::new());
    while taken.is_empty() {
        assert_eq!(wheel.next(), Some(ms(5001)));
        let wake_at = wheel.wake_at().expect("nothing was taken yet");
        taken = wheel.take_due(wake_at);
        wakes.push(wake_at);
    }
    // 5001 is 1 · 14 · 9 in base 64.
    assert_eq!(wakes, [ms(4096), ms(4096 + 14 * 64), ms(5001)]);
    assert_eq!(taken, [5001]);
}

#[test]
fn a_part_of_a_tick_is_rounded_up() {
    let mut wheel = Wheel::default();
    wheel.insert(Duration::from_micros(2700), "2.7 ms");
    assert_eq!(wheel.next(), Some(ms(3)));
    assert!(wheel.take_due(Duration::from_micros(2999)).is_empty());
    assert_eq!(wheel.take_due(ms(3)), ["2.7 ms"]);
}

#[test]
fn what_leaves_together_leaves_by_deadline_and_then_by_arming() {
    let mut wheel = Wheel::default();
    let micros = Duration::from_micros;
    wheel.insert(micros(2900), "late");
    wheel.insert(micros(2100), "early");
    wheel.insert(micros(2900), "late, second");
    let far = wheel.insert(micros(2500), "gone");
    wheel.insert(micros(70_000), "other level");
    wheel.cancel(far);
    assert_eq!(
        wheel.take_due(ms(100)),
        ["early", "late", "late, second", "other level"]
    );
}

#[test]
fn a_number_that_is_given_out_again_does_not_answer_to_the_old_key() {
    let mut wheel = Wheel::default();
    let old = wheel.insert(ms(5), "old");
    assert_eq!(wheel.cancel(old), Some("old"));
    let new = wheel.insert(ms(5), "new");
    assert_eq!(wheel.cancel(old), None);
    assert_eq!(wheel.cancel(new), Some("new"));
}
