//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;

use chapter_03::{EventLoop, Outcome};
use exercise::Hog;

/// Runs enough turns for every test. More would be of no use: whoever still runs then will never stop.
fn run_dry(event_loop: &EventLoop) {
    const TURNS: u64 = 12;
    for _ in 0..TURNS {
        event_loop.stop();
        assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    }
    let events = event_loop.trace().events();
    let last = events.iter().rfind(|e| e.event == "run");
    let last = last.expect("somebody has run");
    let (who, turn) = (&last.task, last.turn);
    assert!(
        turn < TURNS,
        "{who} is still polled in turn {turn}: it spins"
    );
}

/// Runs the loop dry and returns each `event` as "turn who: note".
fn run(event_loop: &EventLoop, event: &str) -> Vec<String> {
    run_dry(event_loop);
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|e| e.event == event)
        .map(|e| format!("{} {}: {}", e.turn, e.task, e.note))
        .collect()
}

/// Says something in each of three turns.
fn ticker(event_loop: &EventLoop, turns: u32) {
    event_loop.call_soon("red", move |event_loop| {
        event_loop.say("here");
        if turns > 1 {
            ticker(event_loop, turns - 1);
        }
    });
}

#[test]
fn others_get_through_between_the_parts() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.drive("hog", Hog::new(&event_loop, 3));
    ticker(&event_loop, 3);
    assert_eq!(
        run(&event_loop, "says"),
        [
            "1 hog: part 1",
            "1 red: here",
            "2 hog: part 2",
            "2 red: here",
            "3 hog: part 3",
            "3 red: here",
        ]
    );
}

#[test]
fn two_hogs_take_turns() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.drive("one", Hog::new(&event_loop, 2));
    event_loop.drive("two", Hog::new(&event_loop, 3));
    assert_eq!(
        run(&event_loop, "says"),
        [
            "1 one: part 1",
            "1 two: part 1",
            "2 one: part 2",
            "2 two: part 2",
            "3 two: part 3",
        ]
    );
}

#[test]
fn it_is_polled_once_for_each_part() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.drive("hog", Hog::new(&event_loop, 3));
    assert_eq!(
        run(&event_loop, "returned"),
        ["1 hog: Pending", "2 hog: Pending", "3 hog: Ready"]
    );
}

#[test]
fn nobody_is_woken_in_vain() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.drive("hog", Hog::new(&event_loop, 3));
    event_loop.drive("small", Hog::new(&event_loop, 1));
    assert_eq!(
        run(&event_loop, "woken"),
        ["1 hog: by hog", "2 hog: by hog"],
        "a wake too many; \"small\" has one part, and hog nothing to do after its third"
    );
}
