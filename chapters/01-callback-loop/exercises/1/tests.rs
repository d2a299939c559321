//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use chapter_01::{EventLoop, Outcome};
use exercise::sum;

/// Who said what in which turn, with a neighbour who wants one word a turn.
fn run(numbers: &[u64], slice: usize) -> Vec<String> {
    let event_loop = EventLoop::new();
    sum(&event_loop, numbers.to_vec(), slice, |event_loop, total| {
        event_loop.say(format!("the sum is {total}"));
    });
    neighbour(&event_loop, 3);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let says = event_loop.trace().events().into_iter();
    says.filter(|event| event.event == "says")
        .map(|event| format!("{} {}: {}", event.turn, event.task, event.note))
        .collect()
}

fn neighbour(event_loop: &EventLoop, words: u32) {
    event_loop.call_soon("neighbour", move |event_loop| {
        event_loop.say("hello");
        if words > 1 {
            neighbour(event_loop, words - 1);
        }
    });
}

#[test]
fn each_slice_takes_a_turn_of_its_own() {
    assert_eq!(
        run(&[1, 2, 3, 4, 5], 2),
        [
            "1 neighbour: hello",
            "2 neighbour: hello",
            "3 sum: the sum is 15",
            "3 neighbour: hello",
        ]
    );
}

#[test]
fn a_full_last_slice_costs_no_extra_turn() {
    assert_eq!(
        run(&[1, 2, 3, 4], 2),
        [
            "1 neighbour: hello",
            "2 sum: the sum is 10",
            "2 neighbour: hello",
            "3 neighbour: hello",
        ]
    );
}

#[test]
fn one_slice_is_enough_for_a_short_list() {
    assert_eq!(run(&[7], 2)[0], "1 sum: the sum is 7");
}

#[test]
fn nothing_adds_up_to_zero() {
    assert_eq!(run(&[], 2)[0], "1 sum: the sum is 0");
}
