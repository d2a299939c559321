//! What the wheel promises, each by itself; then all of it against a sorted map.

use super::*;

const MILLISECOND: u64 = 1_000_000;
const HOUR: u64 = 3_600_000 * MILLISECOND;

/// The values of all that are due at `now`, in the order in which they leave.
fn due<T>(wheel: &mut Wheel<T>, now: u64) -> Vec<T> {
    std::iter::from_fn(|| wheel.pop_due(now).and_then(|key| wheel.remove(key))).collect()
}

#[test]
fn a_timer_with_a_value_of_two_words_is_forty_bytes() {
    assert_eq!(Slab::<Linked<Box<dyn Fn()>>>::BYTES_EACH, 40);
    assert_eq!(size_of::<Option<Key>>(), 8);
}

#[test]
fn a_timer_leaves_at_its_deadline_and_not_a_nanosecond_before() {
    for deadline in [1, 65_535, 65_536, 5 * MILLISECOND, HOUR, u64::MAX] {
        let mut wheel = Wheel::new();
        let key = wheel.insert(deadline, ());
        assert_eq!(wheel.pop_due(deadline - 1), None);
        assert_eq!(wheel.pop_due(deadline), Some(key));
    }
}

#[test]
fn timers_leave_in_the_order_of_deadlines_whatever_their_level() {
    let deadlines = [HOUR, 3, u64::MAX, 2, 70_000, 2 * HOUR, MILLISECOND, 0];
    let mut wheel = Wheel::new();
    for deadline in deadlines {
        wheel.insert(deadline, deadline);
    }
    let mut sorted = deadlines;
    sorted.sort_unstable();
    assert_eq!(due(&mut wheel, u64::MAX), sorted);
}

#[test]
fn equal_deadlines_leave_in_the_order_of_insertion_though_the_wheel_moved_between() {
    let mut wheel = Wheel::new();
    wheel.insert(HOUR, "from afar");
    assert_eq!(due(&mut wheel, HOUR - MILLISECOND), [""; 0]);
    wheel.insert(HOUR, "from near");
    assert_eq!(due(&mut wheel, HOUR - 1), [""; 0]);
    wheel.insert(HOUR, "in the tick");
    let order = ["from afar", "from near", "in the tick"];
    assert_eq!(due(&mut wheel, HOUR), order);
}

#[test]
fn a_past_deadline_is_due_at_once_and_before_later_ones() {
    let mut wheel = Wheel::new();
    wheel.insert(HOUR + 1, "later");
    assert_eq!(wheel.pop_due(HOUR), None);
    wheel.insert(HOUR, "now");
    wheel.insert(MILLISECOND, "past");
    assert_eq!(due(&mut wheel, HOUR + 1), ["past", "now", "later"]);
}

#[test]
fn a_value_stays_between_pop_and_remove() {
    let mut wheel = Wheel::new();
    let key = wheel.insert(5, "here");
    assert_eq!(wheel.pop_due(5), Some(key));
    assert!(wheel.next_due().is_none());
    assert_eq!(wheel.get(key), Some(&"here"));
    assert_eq!(wheel.remove(key), Some("here"));
    assert_eq!(wheel.get(key), None);
    assert_eq!(wheel.remove(key), None);
}

#[test]
fn a_key_finds_nothing_in_a_place_that_was_taken_again() {
    let mut wheel = Wheel::new();
    let old = wheel.insert(HOUR, "old");
    wheel.remove(old);
    let new = wheel.insert(HOUR, "new");
    assert_eq!(old.index(), new.index());
    assert_eq!(wheel.remove(old), None);
    assert_eq!(wheel.get(new), Some(&"new"));
}

#[test]
fn a_removed_timer_leaves_no_time_to_wake_at() {
    let mut wheel = Wheel::new();
    for deadline in [0, MILLISECOND, HOUR] {
        let key = wheel.insert(deadline, ());
        wheel.remove(key);
        assert!(wheel.next_due().is_none());
        assert_eq!((wheel.wake_at(), wheel.next_due()), (None, None));
    }
}

#[test]
fn with_few_timers_the_time_to_wake_is_exact() {
    let mut wheel = Wheel::new();
    for late in (0..8).rev() {
        wheel.insert(HOUR + late, ());
    }
    assert_eq!(wheel.wake_at(), Some(HOUR));
}

#[test]
fn with_many_timers_in_a_far_slot_the_loop_wakes_early_once_a_level_at_most() {
    let mut wheel = Wheel::new();
    for late in (0..1000).rev() {
        wheel.insert(HOUR + late, late);
    }
    let mut wakes = Vec::new();
    while let Some(at) = wheel.wake_at().filter(|at| *at < HOUR) {
        assert_eq!(wheel.pop_due(at), None);
        wakes.push(at);
    }
    assert!(!wakes.is_empty() && wakes.len() <= 6, "{wakes:?}");
    assert!(wakes.is_sorted_by(|a, b| a < b), "{wakes:?}");
    assert_eq!(wheel.wake_at(), Some(HOUR));
}

#[test]
fn the_next_deadline_is_exact_among_many() {
    let mut wheel = Wheel::new();
    for late in (0..1000).rev() {
        wheel.insert(HOUR + late, ());
    }
    assert_eq!(wheel.next_due(), Some(HOUR));
}

#[test]
fn timers_taken_back_within_a_tick_leave_no_memory_behind() {
    let mut wheel = Wheel::new();
    wheel.insert(1, ());
    for _ in 0..10_000 {
        let key = wheel.insert(0, ());
        wheel.remove(key);
    }
    assert!(wheel.near.nodes() < 100);
}

#[test]
fn a_timer_re_armed_at_the_same_instant_lets_the_others_of_that_instant_go_first() {
    let mut wheel = Wheel::new();
    for name in ["a", "b"] {
        wheel.insert(7, name);
    }
    let mut order = Vec::new();
    for _ in 0..6 {
        let key = wheel.pop_due(7).expect("one is always armed");
        let name = wheel.remove(key).expect("popped and not removed");
        wheel.insert(7, name);
        order.push(name);
    }
    assert_eq!(order, ["a", "b", "a", "b", "a", "b"]);
}

#[test]
fn a_wheel_that_was_emptied_gives_all_values_and_knows_no_old_key() {
    let mut wheel = Wheel::new();
    let keys = [0, 5, HOUR, u64::MAX].map(|deadline| wheel.insert(deadline, deadline));
    let popped = wheel.pop_due(0);
    let mut values: Vec<_> = wheel.take_all().collect();
    values.sort_unstable();
    assert_eq!(values, [0, 5, HOUR, u64::MAX]);
    assert!(wheel.next_due().is_none());
    wheel.insert(1, 1);
    assert!(
        keys.into_iter()
            .chain(popped)
            .all(|key| wheel.remove(key).is_none())
    );
    assert_eq!(due(&mut wheel, 1), [1]);
}

#[test]
fn random_operations_agree_with_a_sorted_map() {
    for seed in 1..=20 {
        model::compare(model::random(seed).take(20_000));
    }
}
