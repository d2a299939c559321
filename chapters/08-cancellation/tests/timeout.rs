//! Waits with a limit, and beats.

use std::cell::Cell;
use std::future;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{
    EventLoop, Failure, Outcome, Promise, Timeout, catch_cancel, interval, sleep, sleep_until,
    timeout,
};

const SECOND: Duration = Duration::from_secs(1);

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

fn run(event_loop: &EventLoop) {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

#[test]
fn a_body_that_is_ready_in_time_gives_its_value_and_no_time_passes_for_the_limit() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let at_once = timeout(&of_task, SECOND, future::ready(1)).await;
        let later = timeout(&of_task, 10 * SECOND, async {
            sleep(&of_task, SECOND).await;
            2
        });
        of_task.say(format!("{at_once:?} {:?}", later.await));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 task Ok(1) Ok(2)"]);
    assert_eq!(event_loop.now(), SECOND);
}

#[test]
fn a_body_that_is_late_is_dropped_before_the_timeout_answers() {
    struct Guard(Rc<EventLoop>);
    impl Drop for Guard {
        fn drop(&mut self) {
            self.0.say("dropped");
        }
    }
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let guard = Guard(Rc::clone(&of_task));
        let body = async move {
            let _guard = guard;
            future::pending::<()>().await;
        };
        let late = timeout(&of_task, SECOND, body).await;
        let late = late.expect_err("the body never ends");
        of_task.say(late);
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["3 task dropped", "3 task not ready within 1s"]
    );
}

#[test]
fn of_a_limit_and_a_wake_at_one_instant_the_limit_wins_whichever_was_armed_first() {
    for body_first in [false, true] {
        let event_loop = Rc::new(EventLoop::with_virtual_clock());
        let over = Promise::new(&event_loop, "over");
        let keep = over.clone();
        let arm = move |event_loop: &EventLoop| {
            event_loop.call_at("keeper", SECOND, move |_| {
                // If the limit comes first, it has settled the promise.
                let _ = keep.set_result(());
            });
        };
        let of_task = Rc::clone(&event_loop);
        event_loop.spawn("task", async move {
            if body_first {
                arm(&of_task);
                let outcome = timeout(&of_task, SECOND, over).await;
                of_task.say(outcome.is_ok());
            } else {
                let body = async {
                    arm(&of_task);
                    over.await
                };
                let outcome = timeout(&of_task, SECOND, body).await;
                of_task.say(outcome.is_ok());
            }
        });
        run(&event_loop);
        assert_eq!(said(&event_loop), ["3 task false"], "{body_first}");
    }
}

#[test]
fn a_result_that_came_a_turn_before_the_limit_is_in_time() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let over = Promise::new(&event_loop, "over");
    let keep = over.clone();
    event_loop.call_at("keeper", SECOND, move |event_loop| {
        keep.set_result(()).expect("it is kept once");
        // The next turn finds the limit due, but the task stands before it in the queue.
        event_loop.advance(SECOND);
    });
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let outcome = timeout(&of_task, 2 * SECOND, over).await;
        of_task.say(outcome.is_ok());
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 task true"]);
}

#[test]
fn a_task_in_a_timeout_is_asked_to_end_and_awaited() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_child = Rc::clone(&event_loop);
    let child = event_loop.spawn("child", async move {
        let slept = catch_cancel(&of_child, sleep(&of_child, 3 * SECOND)).await;
        of_child.say(format!("{}", slept.is_err()));
        sleep(&of_child, SECOND).await;
        7
    });
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let outcome = timeout(&of_task, SECOND, child).await;
        of_task.say(format!("{outcome:?}"));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 child true", "6 task Ok(Ok(7))"]);
    assert_eq!(event_loop.now(), 2 * SECOND);
}

#[test]
fn a_timeout_in_a_timeout_ends_with_the_shorter_limit() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let inner = timeout(&of_task, 5 * SECOND, future::pending::<()>());
        let outcome = timeout(&of_task, 2 * SECOND, inner).await;
        of_task.say(outcome.map_or("outer", |_| "inner"));
        let inner = timeout(&of_task, 2 * SECOND, future::pending::<()>());
        let outcome = timeout(&of_task, 5 * SECOND, inner).await;
        of_task.say(outcome.map_or("outer", |_| "inner"));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 task outer", "5 task inner"]);
    assert_eq!(event_loop.now(), 4 * SECOND);
}

#[test]
fn a_beat_is_kept_whatever_is_done_between_its_ticks() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("beat", async move {
        let mut beat = interval(&of_task, SECOND);
        for _ in 0..3 {
            beat.tick().await;
            of_task.say(format!("{:?}", of_task.now()));
            of_task.advance(SECOND / 4);
        }
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 beat 1s", "5 beat 2s", "7 beat 3s"]);
}

#[test]
fn of_the_ticks_that_were_missed_the_first_comes_late_and_the_others_are_left_out() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("beat", async move {
        let mut beat = interval(&of_task, SECOND);
        for work in [0, 2500, 0, 0] {
            let due = beat.tick().await;
            of_task.say(format!("{due:?}"));
            of_task.advance(Duration::from_millis(work));
        }
    });
    run(&event_loop);
    let due: Vec<_> = said(&event_loop);
    let due: Vec<_> = due
        .iter()
        .filter_map(|line| line.split(' ').nth(2))
        .collect();
    assert_eq!(due, ["1s", "2s", "3s", "5s"]);
}

#[test]
fn a_tick_that_is_given_up_is_not_lost() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let (of_task, due) = (Rc::clone(&event_loop), Rc::new(Cell::new(None)));
    let found = Rc::clone(&due);
    event_loop.spawn("task", async move {
        let mut beat = interval(&of_task, 3 * SECOND);
        let given_up = timeout(&of_task, SECOND, beat.tick()).await;
        assert!(given_up.is_err());
        sleep_until(&of_task, 2 * SECOND).await;
        found.set(Some(beat.tick().await));
    });
    run(&event_loop);
    assert_eq!(due.get(), Some(3 * SECOND));
}

#[test]
#[should_panic(expected = "a period above zero")]
fn a_beat_without_a_period_is_refused() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let _ = interval(&event_loop, Duration::ZERO);
}

#[test]
fn of_two_limits_the_one_that_was_reached_tells_of_it() {
    for (inner, outer, told) in [
        (1, 3, "inner Err, outer Ok"),
        (3, 1, "outer Err"),
        (2, 2, "outer Err"),
    ] {
        let event_loop = Rc::new(EventLoop::with_virtual_clock());
        let of_task = Rc::clone(&event_loop);
        event_loop.spawn("task", async move {
            let body = async {
                let inner = timeout(&of_task, inner * SECOND, future::pending::<()>()).await;
                if inner.is_err() {
                    "inner Err"
                } else {
                    "inner Ok"
                }
            };
            match timeout(&of_task, outer * SECOND, body).await {
                Ok(inner) => of_task.say(format!("{inner}, outer Ok")),
                Err(_) => of_task.say("outer Err"),
            }
        });
        run(&event_loop);
        assert_eq!(
            said(&event_loop),
            [format!("3 task {told}")],
            "{inner} {outer}"
        );
    }
}

#[test]
fn a_request_from_outside_is_not_taken_for_the_limit_in_whichever_order_they_come() {
    for boss_first in [false, true] {
        let event_loop = Rc::new(EventLoop::with_virtual_clock());
        let of_task = Rc::clone(&event_loop);
        let task = event_loop.spawn("task", async move {
            if boss_first {
                sleep(&of_task, Duration::ZERO).await;
            }
            let late = timeout(&of_task, SECOND, future::pending::<()>()).await;
            of_task.say(format!("{late:?}, which is never said"));
        });
        let (asked, of_boss) = (task.clone(), Rc::clone(&event_loop));
        event_loop.spawn("boss", async move {
            if !boss_first {
                sleep(&of_boss, Duration::ZERO).await;
            }
            of_boss.call_later("cancel", SECOND, move |_| assert!(asked.cancel()));
        });
        run(&event_loop);
        assert_eq!(said(&event_loop), [""; 0]);
        assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
    }
}

#[test]
fn a_value_that_a_body_gives_when_it_is_asked_counts_and_the_limit_knows_that_it_was_reached() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let limit = Timeout::new(&of_task, SECOND);
        let body = async {
            let _ = catch_cancel(&of_task, future::pending::<()>()).await;
            "half of it"
        };
        let outcome = limit.clone().run(body).await;
        of_task.say(format!("{outcome:?} {}", limit.expired()));
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), [r#"3 task Ok("half of it") true"#]);
}

#[test]
fn a_limit_asks_its_own_body_and_not_what_waits_beside_it() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let beside = async {
            sleep(&of_task, 2 * SECOND).await;
            "whole"
        };
        futures_util::join!(timeout(&of_task, SECOND, future::pending::<()>()), beside).1
    });
    run(&event_loop);
    assert_eq!(task.result(), Some(Ok("whole")));
    assert_eq!(task.cancelling(), 0);
}

#[test]
fn a_timeout_that_is_dropped_takes_its_timer_and_its_request_back() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let late = timeout(&of_task, 5 * SECOND, future::pending::<()>());
        futures_util::select_biased! {
            _ = Box::pin(futures_util::FutureExt::fuse(late)) => unreachable!("it is late"),
            () = Box::pin(futures_util::FutureExt::fuse(sleep(&of_task, SECOND))) => {}
        }
        sleep(&of_task, Duration::ZERO).await;
    });
    run(&event_loop);
    assert_eq!((task.result(), task.cancelling()), (Some(Ok(())), 0));
    assert_eq!(event_loop.now(), SECOND, "nobody waited for the limit");
}
