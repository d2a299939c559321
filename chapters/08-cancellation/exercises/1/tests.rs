//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Failure, Outcome, Task, catch_cancel, sleep};
use exercise::to_the_end;

const SECOND: Duration = Duration::from_secs(1);
const LEFT: &str = "left: what was said, each with its second";

/// What was said, by work of three seconds in `to_the_end` and by its caller. The caller is asked to end at these times.
fn said(body_panics: bool, asked_at: &[u32]) -> Vec<String> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_body = Rc::clone(&event_loop);
    let body = async move {
        for part in ["stock", "way", "shelf"] {
            sleep(&of_body, SECOND).await;
            of_body.say(format!("{} {part}", of_body.now().as_secs()));
            assert!(!body_panics, "it fell");
        }
        "ordered"
    };
    let of_caller = Rc::clone(&event_loop);
    let caller: Task<()> = event_loop.spawn("caller", async move {
        let caught = catch_cancel(&of_caller, to_the_end(&of_caller, body)).await;
        let second = of_caller.now().as_secs();
        match caught {
            Ok(Ok(value)) => of_caller.say(format!("{second} {value}")),
            Ok(Err(Failure::Cancelled)) => {
                of_caller.say(format!("{second} the body was cancelled"))
            }
            Ok(Err(failure)) => of_caller.say(format!("{second} {failure}")),
            Err(cancelled) => {
                of_caller.say(format!("{second} cancelled"));
                cancelled.resume().await
            }
        }
    });
    for second in asked_at {
        let caller = caller.clone();
        let time = *second * SECOND + SECOND / 2;
        event_loop.call_later("boss", time, move |_| {
            caller.cancel();
        });
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

#[test]
fn without_a_request_the_outcome_is_the_bodys() {
    assert_eq!(
        said(false, &[]),
        ["1 stock", "2 way", "3 shelf", "3 ordered"],
        "{LEFT}"
    );
}

#[test]
fn a_request_waits_until_the_body_has_ended_and_is_handed_on_then() {
    assert_eq!(
        said(false, &[1]),
        ["1 stock", "2 way", "3 shelf", "3 cancelled"],
        "{LEFT}"
    );
}

#[test]
fn a_request_before_the_first_part_does_so_too() {
    assert_eq!(
        said(false, &[0]),
        ["1 stock", "2 way", "3 shelf", "3 cancelled"],
        "{LEFT}"
    );
}

#[test]
fn two_requests_are_as_good_as_one() {
    assert_eq!(
        said(false, &[0, 1, 2]),
        ["1 stock", "2 way", "3 shelf", "3 cancelled"],
        "{LEFT}"
    );
}

#[test]
fn a_body_that_panics_says_so() {
    assert_eq!(
        said(true, &[]),
        ["1 stock", "1 panicked: it fell"],
        "{LEFT}"
    );
}
