//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{EventLoop, Failure, Outcome, Task, catch_cancel, sleep};
use exercise::to_the_end;

const SECOND: Duration = Duration::from_secs(1);
const LEFT: &str = "left: what was said, each with its second";

/// How work of three seconds ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Well,
    InAPanic,
    /// The caller is asked to end so many turns after the last step.
    AndAsks(u32),
}

/// What was said, by the work in `to_the_end` and by its caller. The caller is asked to end at these milliseconds.
fn said(end: End, asked_at: &[u32]) -> Vec<String> {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let asked: Rc<RefCell<Option<Task<()>>>> = Rc::default();
    let of_end = Rc::clone(&asked);
    let of_body = Rc::clone(&event_loop);
    let body = async move {
        for part in ["stock", "way", "shelf"] {
            sleep(&of_body, SECOND).await;
            of_body.say(format!("{} {part}", of_body.now().as_secs()));
            assert!(end != End::InAPanic, "it fell");
        }
        if let End::AndAsks(turns) = end {
            ask_after(&of_body, turns, of_end);
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
    asked.replace(Some(caller.clone()));
    for &time in asked_at {
        let caller = caller.clone();
        let time = Duration::from_millis(time.into());
        event_loop.call_later("boss", time, move |_| {
            caller.cancel();
        });
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

/// Asks the task to end, so many turns from now.
fn ask_after(event_loop: &EventLoop, turns: u32, task: Rc<RefCell<Option<Task<()>>>>) {
    event_loop.call_soon("boss", move |event_loop| match turns {
        1 => drop(task.borrow().as_ref().map(Task::cancel)),
        _ => ask_after(event_loop, turns - 1, task),
    });
}

#[test]
fn without_a_request_the_outcome_is_the_bodys() {
    assert_eq!(
        said(End::Well, &[]),
        ["1 stock", "2 way", "3 shelf", "3 ordered"],
        "{LEFT}"
    );
}

#[test]
fn a_request_waits_until_the_body_has_ended_and_is_handed_on_then() {
    assert_eq!(
        said(End::Well, &[1500]),
        ["1 stock", "2 way", "3 shelf", "3 cancelled"],
        "{LEFT}"
    );
}

#[test]
fn a_request_before_the_first_part_does_so_too() {
    assert_eq!(
        said(End::Well, &[500]),
        ["1 stock", "2 way", "3 shelf", "3 cancelled"],
        "{LEFT}"
    );
}

#[test]
fn many_requests_are_as_good_as_one() {
    let each_tenth: Vec<u32> = (0..30).map(|n| 100 * n + 50).collect();
    assert_eq!(
        said(End::Well, &each_tenth),
        ["1 stock", "2 way", "3 shelf", "3 cancelled"],
        "{LEFT}"
    );
}

#[test]
fn a_request_that_comes_when_the_body_has_just_ended_is_handed_on() {
    for turns in 1..=2 {
        assert_eq!(
            said(End::AndAsks(turns), &[]),
            ["1 stock", "2 way", "3 shelf", "3 cancelled"],
            "{LEFT}; the request came {turns} turns after the body's last step"
        );
    }
}

#[test]
fn a_request_hides_no_panic() {
    assert_eq!(
        said(End::InAPanic, &[500]),
        ["1 stock", "1 panicked: it fell"],
        "{LEFT}"
    );
}

#[test]
fn a_body_that_panics_says_so() {
    assert_eq!(
        said(End::InAPanic, &[]),
        ["1 stock", "1 panicked: it fell"],
        "{LEFT}"
    );
}
