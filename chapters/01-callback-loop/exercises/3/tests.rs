//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::RefCell;
use std::rc::Rc;

use chapter_01::{EventLoop, Outcome};
use exercise::{Repeat, every_turn};

/// A clock that ticks once a turn.
fn clock(event_loop: &EventLoop) -> Repeat {
    every_turn(event_loop, "clock", |event_loop| event_loop.say("tick"))
}

/// Calls `then` after so many turns.
fn after(event_loop: &EventLoop, turns: u32, then: impl FnOnce(&EventLoop) + 'static) {
    event_loop.call_soon("after", move |event_loop| match turns {
        0 => then(event_loop),
        _ => after(event_loop, turns - 1, then),
    });
}

/// Runs the loop until nothing is left, and returns the turns in which the clock ticked.
fn ticks(event_loop: &EventLoop) -> Vec<u64> {
    // So that a repetition that nothing ends is a failure, and not a test that hangs.
    after(event_loop, 20, EventLoop::stop);
    let outcome = event_loop.run_forever();
    let events = event_loop.trace().events().into_iter();
    let ticks = events.filter(|event| event.event == "says" && event.task == "clock");
    let turns: Vec<u64> = ticks.map(|event| event.turn).collect();
    assert!(
        turns.len() < 20,
        "the clock was called off, and ticked on: {turns:?}"
    );
    assert_eq!(outcome, Outcome::Stopped, "the limit of this test itself");
    turns
}

#[test]
fn it_runs_once_a_turn_until_it_is_called_off() {
    let event_loop = EventLoop::new();
    let clock = clock(&event_loop);
    after(&event_loop, 3, move |_| clock.cancel());
    assert_eq!(ticks(&event_loop), [1, 2, 3, 4], "turns with a tick");
}

#[test]
fn a_callback_ahead_in_the_queue_calls_it_off_within_the_turn() {
    let event_loop = EventLoop::new();
    let started = Rc::new(RefCell::new(None::<Repeat>));
    let to_cancel = Rc::clone(&started);
    after(&event_loop, 1, move |_| {
        to_cancel.take().expect("it was started").cancel();
    });
    started.replace(Some(clock(&event_loop)));
    assert_eq!(ticks(&event_loop), [1], "turns with a tick");
}

#[test]
fn it_may_be_called_off_before_it_ever_ran() {
    let event_loop = EventLoop::new();
    clock(&event_loop).cancel();
    assert_eq!(ticks(&event_loop), [], "turns with a tick");
}

#[test]
fn it_may_call_itself_off() {
    let event_loop = EventLoop::new();
    let own = Rc::new(RefCell::new(None::<Repeat>));
    let in_the_action = Rc::clone(&own);
    let mut count = 0;
    let clock = every_turn(&event_loop, "clock", move |event_loop| {
        event_loop.say("tick");
        count += 1;
        if count == 2 {
            in_the_action.take().expect("it was put there").cancel();
        }
    });
    own.replace(Some(clock));
    assert_eq!(ticks(&event_loop), [1, 2], "turns with a tick");
}

#[test]
fn calling_it_off_twice_is_once() {
    let event_loop = EventLoop::new();
    let clock = clock(&event_loop);
    let again = clock.clone();
    after(&event_loop, 1, move |_| clock.cancel());
    after(&event_loop, 1, move |_| again.cancel());
    assert_eq!(ticks(&event_loop), [1, 2], "turns with a tick");
}

#[test]
fn what_the_action_holds_is_dropped_at_once() {
    let event_loop = EventLoop::new();
    let held = Rc::new("a file, a socket, a buffer");
    let in_the_action = Rc::clone(&held);
    let repeat = every_turn(&event_loop, "holder", move |event_loop| {
        event_loop.say(&in_the_action);
    });
    after(&event_loop, 2, move |_| {
        assert_eq!(Rc::strong_count(&held), 2, "owners before the cancel");
        repeat.cancel();
        assert_eq!(Rc::strong_count(&held), 1, "owners after the cancel");
    });
    assert_eq!(ticks(&event_loop), [], "turns with a tick");
}
