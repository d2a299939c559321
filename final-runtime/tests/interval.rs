//! When an interval ticks, and what it does about a tick that was missed.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use final_runtime::{
    MissedTickBehavior, interval, interval_at, running_loop, sleep, spawn, timeout,
};
use futures_util::StreamExt;

mod common;

use common::clock::{ms, on_virtual_clock};

fn since(start: Instant) -> u64 {
    u64::try_from((running_loop().now() - start).as_millis()).unwrap()
}

/// When the ticks of an interval of 10 ms are taken, if there are 25 ms of work behind the second.
fn taken(behavior: MissedTickBehavior) -> Vec<u64> {
    on_virtual_clock(async move {
        let start = running_loop().now();
        let mut interval = interval(ms(10));
        interval.set_missed_tick_behavior(behavior);
        let mut taken = Vec::new();
        for number in 0..7 {
            interval.tick().await;
            taken.push(since(start));
            if number == 1 {
                sleep(ms(25)).await;
            }
        }
        taken
    })
}

#[test]
fn the_first_tick_comes_at_once_and_the_others_a_period_apart() {
    let ticks = on_virtual_clock(async {
        let start = running_loop().now();
        let ticks: Vec<_> = interval(ms(10)).take(3).collect().await;
        assert_eq!(since(start), 20);
        ticks
            .into_iter()
            .map(move |tick| tick - start)
            .collect::<Vec<_>>()
    });
    assert_eq!(ticks, [ms(0), ms(10), ms(20)]);
}

#[test]
fn an_interval_with_a_start_waits_for_it() {
    on_virtual_clock(async {
        let start = running_loop().now();
        let mut interval = interval_at(start + ms(7), ms(10));
        assert_eq!(interval.tick().await, start + ms(7));
        assert_eq!(interval.tick().await, start + ms(17));
        assert_eq!(since(start), 17);
    });
}

#[test]
fn a_burst_makes_up_for_missed_ticks_and_is_in_step_again() {
    assert_eq!(
        taken(MissedTickBehavior::Burst),
        [0, 10, 35, 35, 40, 50, 60]
    );
}

#[test]
fn a_delay_counts_from_the_late_tick() {
    assert_eq!(
        taken(MissedTickBehavior::Delay),
        [0, 10, 35, 45, 55, 65, 75]
    );
}

#[test]
fn a_skip_lets_missed_ticks_go_and_stays_in_step() {
    assert_eq!(taken(MissedTickBehavior::Skip), [0, 10, 35, 40, 50, 60, 70]);
}

#[test]
fn a_tick_taken_exactly_when_the_next_one_is_due_skips_that_one() {
    on_virtual_clock(async {
        let start = running_loop().now();
        let mut interval = interval(ms(10));
        interval.set_missed_tick_behavior(MissedTickBehavior::Skip);
        sleep(ms(0)).await;
        interval.tick().await;
        sleep(ms(20)).await;
        assert_eq!(interval.tick().await, start + ms(10));
        assert_eq!(interval.tick().await, start + ms(30));
    });
}

#[test]
fn a_tick_that_was_dropped_comes_again() {
    on_virtual_clock(async {
        let start = running_loop().now();
        let mut interval = interval_at(start + ms(10), ms(10));
        assert!(timeout(ms(3), interval.tick()).await.is_err());
        assert_eq!(interval.tick().await, start + ms(10));
    });
}

#[test]
fn a_burst_lets_others_run_between_its_ticks() {
    let log = Rc::new(RefCell::new(Vec::new()));
    let other = Rc::clone(&log);
    on_virtual_clock(async move {
        let start = running_loop().now();
        let mut late = interval_at(start, ms(1));
        sleep(ms(100)).await;
        let other = spawn(async move { other.borrow_mut().push("other") });
        for _ in 0..100 {
            late.tick().await;
        }
        log.borrow_mut().push("burst");
        other.await.unwrap();
        assert_eq!(*log.borrow(), ["other", "burst"]);
    });
}

#[test]
fn a_reset_interval_ticks_a_period_later() {
    on_virtual_clock(async {
        let start = running_loop().now();
        let mut interval = interval(ms(10));
        interval.tick().await;
        sleep(ms(4)).await;
        interval.reset();
        interval.tick().await;
        assert_eq!(since(start), 14);
    });
}

#[test]
fn a_period_beyond_all_time_is_no_error() {
    on_virtual_clock(async {
        let mut interval = interval(Duration::MAX);
        interval.tick().await;
        assert!(timeout(ms(1), interval.tick()).await.is_err());
    });
}

#[test]
#[should_panic(expected = "every 0 s")]
fn a_period_of_zero_is_refused() {
    let _ = interval(Duration::ZERO);
}
