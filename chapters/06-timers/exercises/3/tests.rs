//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::time::Duration;

use chapter_06::EventLoop;
use exercise::{about, call_about};

fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

#[test]
fn the_roundest_number_of_a_range_is_picked() {
    assert_eq!(
        about(ms(1011), ms(20)),
        ms(1024),
        "left: your pick from 1011 to 1031 ms"
    );
    assert_eq!(about(ms(5), ms(2)), ms(6), "left: your pick from 5 to 7 ms");
    assert_eq!(
        about(ms(9), ms(6)),
        ms(12),
        "left: your pick from 9 to 15 ms"
    );
}

#[test]
fn both_ends_belong_to_the_range() {
    assert_eq!(
        about(ms(8), ms(3)),
        ms(8),
        "left: your pick from 8 to 11 ms"
    );
    assert_eq!(
        about(ms(13), ms(3)),
        ms(16),
        "left: your pick from 13 to 16 ms"
    );
    assert_eq!(
        about(ms(0), ms(100)),
        ms(0),
        "left: your pick from 0 to 100 ms"
    );
}

#[test]
fn without_slack_it_is_exact() {
    assert_eq!(about(ms(7), ms(0)), ms(7), "left: your pick from 7 to 7 ms");
    let between = Duration::from_micros(7300);
    assert_eq!(
        about(between, Duration::from_micros(400)),
        between,
        "left: your pick from 7.3 to 7.7 ms, where no whole millisecond is"
    );
}

#[test]
fn it_is_never_early_by_a_part_of_a_millisecond() {
    assert_eq!(
        about(Duration::from_micros(8100), ms(1)),
        ms(9),
        "left: your pick from 8.1 to 9.1 ms; 8 is rounder than 9, and too early"
    );
}

#[test]
fn in_each_small_range_there_is_nothing_rounder() {
    for first in 1..200_u64 {
        for slack in 0..70 {
            let last = first + slack;
            let roundest = (first..=last).max_by_key(|number| number.trailing_zeros());
            assert_eq!(
                Some(about(ms(first), ms(slack))),
                roundest.map(ms),
                "left: your pick from {first} to {last} ms"
            );
        }
    }
}

#[test]
fn a_hundred_timers_with_a_second_of_slack_need_few_sleeps() {
    let event_loop = EventLoop::with_virtual_clock();
    for number in 0..100 {
        let delay = ms(5000 + number * 10);
        call_about(&event_loop, "timer", delay, ms(1000), |event_loop| {
            event_loop.say("fires")
        });
    }
    let _ = event_loop.run_forever();
    let events = event_loop.trace().events();
    let count = |what: &str| events.iter().filter(|e| e.event == what).count();
    assert_eq!(count("says"), 100, "left: how many timers fired");
    assert_eq!(
        count("sleeps"),
        3,
        "left: how often the loop slept; at 5.12, 5.632 and 6.144 s all hundred meet"
    );
}
