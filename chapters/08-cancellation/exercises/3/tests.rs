//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Failure, Outcome, catch_cancel, sleep};
use exercise::{Attempt, first_success};

const SECOND: Duration = Duration::from_secs(1);
const LEFT: &str = "left: what was said, each with its second";

/// An attempt that takes so many seconds, and if it is asked to end before, so many to clean up.
fn attempt(
    event_loop: &Rc<EventLoop>,
    name: &'static str,
    takes: u32,
    succeeds: bool,
    clean_up: u32,
) -> Attempt<&'static str> {
    let event_loop = Rc::clone(event_loop);
    Box::pin(async move {
        match catch_cancel(&event_loop, sleep(&event_loop, takes * SECOND)).await {
            Ok(()) if succeeds => Ok(name),
            Ok(()) => Err(Failure::Error(name.to_owned())),
            Err(cancelled) => {
                sleep(&event_loop, clean_up * SECOND).await;
                let second = event_loop.now().as_secs();
                event_loop.say(format!("{second} {name} has cleaned up"));
                cancelled.resume().await
            }
        }
    })
}

/// Tries these (name, seconds, whether it succeeds, seconds to clean up), and says what came of it. The caller is asked to end
/// in that second.
fn said(attempts: &[(&'static str, u32, bool, u32)], asked_at: Option<u32>) -> Vec<String> {
    let made = |event_loop: &Rc<EventLoop>| {
        let attempts = attempts.iter();
        let made = attempts.map(|&(name, takes, succeeds, clean_up)| {
            attempt(event_loop, name, takes, succeeds, clean_up)
        });
        made.collect()
    };
    said_of(made, asked_at)
}

/// The same, of any attempts.
fn said_of(
    attempts: impl FnOnce(&Rc<EventLoop>) -> Vec<Attempt<&'static str>>,
    asked_at: Option<u32>,
) -> Vec<String> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let attempts = attempts(&event_loop);
    let of_caller = Rc::clone(&event_loop);
    let caller = event_loop.spawn("caller", async move {
        let outcome = catch_cancel(&of_caller, first_success(&of_caller, attempts)).await;
        let second = of_caller.now().as_secs();
        match outcome {
            Ok(Ok(name)) => of_caller.say(format!("{second} {name}")),
            Ok(Err(failures)) => {
                let failures: Vec<_> = failures.iter().map(Failure::to_string).collect();
                of_caller.say(format!("{second} failed: {}", failures.join(" ")));
            }
            Err(_cancelled) => of_caller.say(format!("{second} cancelled")),
        }
    });
    if let Some(second) = asked_at {
        event_loop.call_later("boss", second * SECOND, move |_| {
            caller.cancel();
        });
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

#[test]
fn the_first_that_succeeds_wins_wherever_it_stands() {
    let said = said(&[("slow", 3, true, 0), ("quick", 1, true, 0)], None);
    assert_eq!(said, ["1 slow has cleaned up", "1 quick"], "{LEFT}");
}

#[test]
fn a_failure_does_not_end_the_others() {
    let said = said(&[("bad", 1, false, 0), ("good", 2, true, 0)], None);
    assert_eq!(said, ["2 good"], "{LEFT}");
}

#[test]
fn the_others_are_given_the_time_to_clean_up() {
    let said = said(&[("careful", 9, true, 2), ("quick", 1, true, 0)], None);
    assert_eq!(said, ["3 careful has cleaned up", "3 quick"], "{LEFT}");
}

#[test]
fn if_all_fail_every_failure_is_told_in_the_order_in_which_they_came() {
    let said = said(&[("second", 2, false, 0), ("first", 1, false, 0)], None);
    assert_eq!(said, ["2 failed: first second"], "{LEFT}");
}

#[test]
fn a_request_goes_to_all_and_is_handed_on_when_all_have_ended() {
    let said = said(&[("one", 9, true, 1), ("two", 9, true, 2)], Some(1));
    assert_eq!(
        said,
        [
            "2 one has cleaned up",
            "3 two has cleaned up",
            "3 cancelled"
        ],
        "{LEFT}"
    );
}

#[test]
fn one_that_succeeds_in_spite_of_the_request_has_come_second() {
    let said = said_of(
        |event_loop| {
            let quick = attempt(event_loop, "quick", 1, true, 0);
            let event_loop = Rc::clone(event_loop);
            let late = Box::pin(async move {
                let asked = catch_cancel(&event_loop, sleep(&event_loop, 9 * SECOND)).await;
                assert!(asked.is_err(), "`late` was not asked to end");
                sleep(&event_loop, SECOND).await;
                Ok("late")
            });
            vec![late, quick]
        },
        None,
    );
    assert_eq!(said, ["2 quick"], "{LEFT}");
}

/// An attempt that panics after so many seconds.
fn panics(event_loop: &Rc<EventLoop>, after: u32) -> Attempt<&'static str> {
    let event_loop = Rc::clone(event_loop);
    Box::pin(async move {
        sleep(&event_loop, after * SECOND).await;
        panic!("it fell")
    })
}

#[test]
fn one_that_panics_has_failed_and_the_others_go_on() {
    let said_with = |succeeds| {
        said_of(
            |event_loop| {
                let good = attempt(event_loop, "second", 2, succeeds, 0);
                vec![good, panics(event_loop, 1)]
            },
            None,
        )
    };
    assert_eq!(said_with(true), ["2 second"], "{LEFT}");
    assert_eq!(
        said_with(false),
        ["2 failed: panicked: it fell second"],
        "{LEFT}"
    );
}

#[test]
fn where_there_are_no_attempts_all_have_failed() {
    assert_eq!(
        said(&[], None),
        ["0 failed: "],
        "left: what was said; nothing, if it waits for ever"
    );
}
