//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;
use std::time::Duration;

use chapter_06::{EventLoop, sleep};
use exercise::retry;

/// What an attempt does: after so many milliseconds it answers, or fails with a text.
type Plan = (u64, Result<u32, &'static str>);

/// Runs `retry` with a limit of one second and an attempt for each plan. Returns what came of it, when an attempt began or
/// was dropped, and when the loop had nothing left to wait for.
fn run(
    attempts: u32,
    plans: &'static [Plan],
) -> (Option<Result<u32, String>>, Vec<String>, Duration) {
    struct Attempt(Rc<EventLoop>, usize);
    impl Drop for Attempt {
        fn drop(&mut self) {
            self.0.say(format!("{} over {:?}", self.1, self.0.now()));
        }
    }
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_attempts = Rc::clone(&event_loop);
    let mut plans = plans.iter().zip(1..);
    let attempt = move || {
        let (plan, number) = plans.next().expect("no more attempts than were allowed");
        let event_loop = Rc::clone(&of_attempts);
        event_loop.say(format!("{number} on {:?}", event_loop.now()));
        let attempt = Attempt(Rc::clone(&event_loop), number);
        async move {
            let _attempt = attempt;
            sleep(&event_loop, Duration::from_millis(plan.0)).await;
            plan.1.map_err(str::to_owned)
        }
    };
    let limit = Duration::from_secs(1);
    let task = event_loop.spawn(
        "retry",
        retry(Rc::clone(&event_loop), attempts, limit, attempt),
    );
    let _ = event_loop.run_forever();
    let said = event_loop.trace().events().into_iter();
    let said = said.filter(|e| e.event == "says").map(|e| e.note).collect();
    let result = task
        .result()
        .map(|result| result.expect("`retry` does not panic"));
    (result, said, event_loop.now())
}

#[test]
fn the_first_success_is_the_result_and_the_last_attempt() {
    let (result, said, _) = run(5, &[(100, Ok(7)), (100, Ok(8))]);
    assert_eq!(result, Some(Ok(7)), "left: what `retry` gave");
    assert_eq!(said, ["1 on 0ns", "1 over 100ms"], "left: your attempts");
}

#[test]
fn after_a_failure_it_waits_one_second_and_then_twice_as_long_each_time() {
    const BUSY: Plan = (0, Err("busy"));
    let (result, said, _) = run(6, &[BUSY, BUSY, BUSY, BUSY, BUSY, (0, Ok(9))]);
    assert_eq!(result, Some(Ok(9)), "left: what `retry` gave");
    let began: Vec<_> = said.iter().filter(|line| line.contains("on")).collect();
    assert_eq!(
        began,
        [
            "1 on 0ns", "2 on 1s", "3 on 3s", "4 on 7s", "5 on 15s", "6 on 31s"
        ],
        "left: when your attempts began; the pauses are 1, 2, 4, 8 and 16 s"
    );
}

#[test]
fn an_attempt_that_takes_too_long_is_given_up_at_its_limit() {
    let (result, said, _) = run(2, &[(60_000, Ok(1)), (300, Ok(2))]);
    assert_eq!(result, Some(Ok(2)), "left: what `retry` gave");
    assert_eq!(
        said,
        ["1 on 0ns", "1 over 1s", "2 on 2s", "2 over 2.3s"],
        "left: your attempts; the first would take a minute and has a second"
    );
}

#[test]
fn when_all_have_failed_the_last_failure_is_the_result_and_nobody_waits_any_more() {
    let (result, said, end) = run(2, &[(0, Err("busy")), (500, Err("gone"))]);
    assert_eq!(
        result,
        Some(Err("gone".to_owned())),
        "left: what `retry` gave"
    );
    assert_eq!(
        said.last().map(String::as_str),
        Some("2 over 1.5s"),
        "left: the last that your attempts said"
    );
    assert_eq!(
        end,
        Duration::from_millis(1500),
        "left: when the loop was idle; behind the last attempt there is nothing to wait for"
    );
}

#[test]
fn a_limit_that_is_reached_is_a_failure_too() {
    let (result, _, _) = run(1, &[(60_000, Ok(1))]);
    assert_eq!(
        result,
        Some(Err("not ready within 1s".to_owned())),
        "left: what `retry` gave"
    );
}
