//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use chapter_01::{EventLoop, Outcome};
use exercise::Meeting;

/// Runs the loop dry and returns who said what in which turn.
fn said(event_loop: &EventLoop) -> Vec<String> {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let says = event_loop.trace().events().into_iter();
    says.filter(|event| event.event == "says")
        .map(|event| format!("{} {}: {}", event.turn, event.task, event.note))
        .collect()
}

/// Arrives after `turns` more turns.
fn walk(event_loop: &EventLoop, name: &'static str, turns: u32, meeting: Meeting) {
    event_loop.call_soon(name, move |event_loop| {
        if turns > 1 {
            walk(event_loop, name, turns - 1, meeting);
        } else {
            meeting.arrive(event_loop);
            event_loop.say("here");
        }
    });
}

#[test]
fn the_last_callback_runs_one_turn_after_the_last_arrival() {
    let event_loop = EventLoop::new();
    let meeting = Meeting::new(&event_loop, 3, |event_loop| event_loop.say("all here"));
    walk(&event_loop, "slow", 3, meeting.clone());
    walk(&event_loop, "fast", 1, meeting.clone());
    walk(&event_loop, "medium", 2, meeting);
    assert_eq!(
        said(&event_loop),
        [
            "1 fast: here",
            "2 medium: here",
            "3 slow: here",
            "4 last: all here",
        ]
    );
}

#[test]
fn it_is_queued_not_called_on_the_spot() {
    let event_loop = EventLoop::new();
    let meeting = Meeting::new(&event_loop, 1, |event_loop| event_loop.say("all here"));
    walk(&event_loop, "only", 1, meeting);
    event_loop.call_soon("neighbour", |event_loop| event_loop.say("my turn"));
    assert_eq!(
        said(&event_loop),
        ["1 only: here", "1 neighbour: my turn", "2 last: all here"]
    );
}

#[test]
fn a_meeting_of_nobody_is_complete_at_once() {
    let event_loop = EventLoop::new();
    let _meeting = Meeting::new(&event_loop, 0, |event_loop| event_loop.say("all here"));
    assert_eq!(said(&event_loop), ["1 last: all here"]);
}

#[test]
fn an_arrival_too_many_is_ignored() {
    let event_loop = EventLoop::new();
    let meeting = Meeting::new(&event_loop, 1, |event_loop| event_loop.say("all here"));
    meeting.arrive(&event_loop);
    meeting.arrive(&event_loop);
    assert_eq!(said(&event_loop), ["1 last: all here"]);
}
