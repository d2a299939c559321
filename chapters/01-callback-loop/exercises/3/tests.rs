//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use chapter_01::{EventLoop, Outcome};
use exercise::{Repeat, every_turn};

/// In which turns `name` said something.
fn turns(event_loop: &EventLoop, name: &str) -> Vec<u64> {
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|event| event.event == "says" && event.task == name)
        .map(|event| event.turn)
        .collect()
}

/// Calls `repeat` off in the turn after `turns` others.
fn cancel_after(event_loop: &EventLoop, turns: u32, repeat: Repeat) {
    event_loop.call_soon("canceller", move |event_loop| {
        if turns == 0 {
            repeat.cancel();
        } else {
            cancel_after(event_loop, turns - 1, repeat);
        }
    });
}

#[test]
fn it_runs_once_a_turn_until_it_is_called_off() {
    let event_loop = EventLoop::new();
    let clock = every_turn(&event_loop, "clock", |event_loop, _| event_loop.say("tick"));
    cancel_after(&event_loop, 3, clock);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(turns(&event_loop, "clock"), [1, 2, 3, 4]);
}

#[test]
fn a_callback_ahead_in_the_queue_calls_it_off_within_the_turn() {
    let event_loop = EventLoop::new();
    let stop = std::rc::Rc::new(std::cell::RefCell::new(None::<Repeat>));
    let later = stop.clone();
    event_loop.call_soon("ahead", move |event_loop| {
        event_loop.call_soon("ahead", move |_| {
            later.take().expect("it was started").cancel()
        });
    });
    let clock = every_turn(&event_loop, "clock", |event_loop, _| event_loop.say("tick"));
    stop.replace(Some(clock));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(turns(&event_loop, "clock"), [1]);
}

#[test]
fn it_may_be_called_off_before_it_ever_ran() {
    let event_loop = EventLoop::new();
    every_turn(&event_loop, "clock", |event_loop, _| event_loop.say("tick")).cancel();
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(turns(&event_loop, "clock"), []);
}

#[test]
fn it_may_call_itself_off() {
    let event_loop = EventLoop::new();
    let mut ticks = 0;
    every_turn(&event_loop, "clock", move |event_loop, clock| {
        event_loop.say("tick");
        ticks += 1;
        if ticks == 2 {
            clock.cancel();
        }
        assert!(ticks <= 2, "called off, and yet it ran again");
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(turns(&event_loop, "clock"), [1, 2]);
}

#[test]
fn calling_it_off_twice_is_once() {
    let event_loop = EventLoop::new();
    let clock = every_turn(&event_loop, "clock", |event_loop, _| event_loop.say("tick"));
    cancel_after(&event_loop, 1, clock.clone());
    cancel_after(&event_loop, 1, clock);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(turns(&event_loop, "clock"), [1, 2]);
}
