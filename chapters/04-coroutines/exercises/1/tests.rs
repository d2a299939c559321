//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use chapter_04::{EventLoop, Outcome, Promise};
use exercise::{Expanded, written};

/// What "subject" did, as "turn event note", on a loop on which `act` has queued something.
fn run<F: Future<Output = ()> + 'static>(
    subject: impl FnOnce(Rc<EventLoop>, Vec<Promise<u8>>) -> F,
    act: impl FnOnce(&EventLoop, Vec<Promise<u8>>),
) -> Vec<String> {
    let event_loop = Rc::new(EventLoop::new());
    let promises = ["a", "b", "c"].map(|name| Promise::new(&event_loop, name));
    let future = subject(Rc::clone(&event_loop), promises.to_vec());
    event_loop.say("called");
    event_loop.drive("subject", future);
    act(&event_loop, promises.to_vec());
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    events
        .filter(|e| ["says", "returned"].contains(&e.event) && e.task != "bell")
        .map(|e| format!("{} {} {} {}", e.turn, e.task, e.event, e.note))
        .collect()
}

/// Both were given the same, and did the same; gives back what.
#[track_caller]
fn compare(act: impl Fn(&EventLoop, Vec<Promise<u8>>)) -> Vec<String> {
    let of_written = run(written, &act);
    assert_eq!(run(Expanded::new, &act), of_written);
    of_written
}

/// Settles one promise in each turn.
fn one_a_turn(event_loop: &EventLoop, mut promises: Vec<Promise<u8>>) {
    event_loop.call_soon("bell", move |event_loop| {
        let first = promises.remove(0);
        first.set_result(2).expect("it is settled once");
        if !promises.is_empty() {
            one_a_turn(event_loop, promises);
        }
    });
}

#[test]
fn a_number_in_each_turn() {
    let happened = compare(one_a_turn);
    assert_eq!(happened.len(), 10);
    assert_eq!(happened[8], "4 subject says sum 6");
}

#[test]
fn all_numbers_in_the_same_turn() {
    let happened = compare(|event_loop, promises| {
        event_loop.call_soon("bell", move |_| {
            for promise in promises {
                promise.set_result(2).expect("it is settled once");
            }
        });
    });
    assert_eq!(
        happened[2..4],
        ["1 subject returned Pending", "2 subject says so far 2"]
    );
}

#[test]
fn what_is_there_already_does_not_switch() {
    let happened = compare(|_, promises| {
        for promise in promises {
            promise.set_result(2).expect("it is settled once");
        }
    });
    let ends = happened.iter().filter(|line| line.contains("returned"));
    assert_eq!(ends.collect::<Vec<_>>(), ["1 subject returned Ready"]);
}

#[test]
fn the_numbers_may_come_in_any_order() {
    compare(|event_loop, mut promises| {
        promises.reverse();
        one_a_turn(event_loop, promises);
    });
}

#[test]
fn it_gives_up_at_a_failure() {
    let happened = compare(|event_loop, promises| {
        event_loop.call_soon("bell", move |_| {
            promises[0].set_result(2).expect("it is settled once");
            assert!(promises[1].cancel());
        });
    });
    assert_eq!(happened[4], "2 subject says gives up at 2");
}

#[test]
fn a_call_says_nothing() {
    let happened = compare(|_, _| {});
    assert_eq!(
        happened,
        [
            "0 main says called",
            "1 subject says starts",
            "1 subject returned Pending"
        ]
    );
}

#[test]
fn a_poll_that_nobody_asked_for_changes_nothing() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "a");
    let mut expanded = pin!(Expanded::new(Rc::clone(&event_loop), vec![promise.clone()]));
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..3 {
        assert!(expanded.as_mut().poll(&mut context).is_pending());
    }
    promise.set_result(2).expect("it is settled once");
    assert!(expanded.as_mut().poll(&mut context).is_ready());
    let events = event_loop.trace().events().into_iter();
    let said = events.filter(|e| e.event == "says").map(|e| e.note);
    assert_eq!(said.collect::<Vec<_>>(), ["starts", "so far 2", "sum 2"]);
}

#[test]
#[should_panic]
fn after_its_end_a_poll_panics() {
    let event_loop = Rc::new(EventLoop::new());
    let mut expanded = pin!(Expanded::new(event_loop, Vec::new()));
    let mut context = Context::from_waker(Waker::noop());
    if expanded.as_mut().poll(&mut context).is_ready() {
        let _ = expanded.as_mut().poll(&mut context);
    }
}
