//! What a scope catches, and what may be done with it.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use chapter_08::{Cancelled, Failure, Outcome, Promise, Task, catch_cancel, sleep};

use crate::{SECOND, event_loop, run_and_ask, said, yield_now};

#[test]
fn the_innermost_scope_catches_what_follows_may_wait_and_resume_hands_it_on_in_the_same_step() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let outer = catch_cancel(&of_task, async {
            let inner = catch_cancel(&of_task, pending::<()>()).await;
            of_task.say("inner");
            sleep(&of_task, SECOND).await;
            of_task.say("has cleaned up");
            inner.expect_err("the body never ends").resume().await
        });
        let outer: Result<(), Cancelled> = outer.await;
        of_task.say("outer");
        drop(outer);
        7
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(
        said(&event_loop),
        ["3 task inner", "5 task has cleaned up", "5 task outer"]
    );
    assert_eq!(task.result(), Some(Ok(7)));
}

#[test]
fn what_nobody_catches_ends_the_task_and_so_does_a_resume_with_no_scope_around() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let caught = catch_cancel(&of_task, pending::<()>()).await;
        caught.expect_err("the body never ends").resume().await
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}

#[test]
fn a_second_request_interrupts_the_clean_up() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let _swallowed = catch_cancel(&of_task, pending::<()>()).await;
        of_task.say("cleans up");
        sleep(&of_task, 5 * SECOND).await;
        of_task.say("is never said");
    });
    run_and_ask(&event_loop, &task, &[1000, 2000]);
    assert_eq!(said(&event_loop), ["3 task cleans up"]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(task.cancelling(), 2);
}

#[test]
fn a_request_that_is_swallowed_is_counted_until_it_is_taken_back() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let _swallowed = catch_cancel(&of_task, pending::<()>()).await;
        7
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(task.result(), Some(Ok(7)));
    assert_eq!(
        (task.cancelling(), task.uncancel(), task.uncancel()),
        (1, 0, 0)
    );
}

#[test]
fn a_request_during_a_step_goes_to_what_the_step_then_waits_for() {
    let event_loop = event_loop();
    let slot = Rc::new(RefCell::new(None));
    let (of_task, own) = (Rc::clone(&event_loop), Rc::clone(&slot));
    let task = event_loop.spawn("task", async move {
        let own: Task<u32> = own.take().expect("it was put there before the run");
        let promise = Promise::<u32>::new(&of_task, "promise");
        let caught = catch_cancel(&of_task, async {
            assert!(own.cancel());
            of_task.say("still here");
            promise.clone().await
        });
        of_task.say(format!("{} {:?}", caught.await.is_err(), promise.result()));
        7
    });
    slot.replace(Some(task.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        ["1 task still here", "2 task true Some(Err(Cancelled))"]
    );
}

#[test]
fn a_body_that_is_ready_in_the_step_that_asks_wins_and_the_next_wait_gets_the_request() {
    let event_loop = event_loop();
    let slot = Rc::new(RefCell::new(None));
    let (of_task, own) = (Rc::clone(&event_loop), Rc::clone(&slot));
    let task = event_loop.spawn("task", async move {
        let own: Task<u32> = own.take().expect("it was put there before the run");
        let first = catch_cancel(&of_task, async { own.cancel() }).await;
        of_task.say(format!("first {}", first.is_ok()));
        let second = catch_cancel(&of_task, sleep(&of_task, SECOND)).await;
        of_task.say(format!("second {}", second.is_ok()));
        7
    });
    slot.replace(Some(task.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        ["1 task first true", "2 task second false"]
    );
}

#[test]
fn a_body_may_end_as_cancelled_by_itself() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task: Task<u32> = event_loop.spawn("task", async move {
        let caught: Result<(), _> = catch_cancel(&of_task, Cancelled::new(&of_task).resume())
            .await
            .map(|never| never);
        of_task.say(caught.is_err());
        Cancelled::new(&of_task).resume().await
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), ["1 task true"]);
    assert_eq!(
        (task.result(), task.cancelling()),
        (Some(Err(Failure::Cancelled)), 0)
    );
}

#[test]
fn a_request_that_is_taken_back_before_it_was_delivered_is_forgotten() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        yield_now(&of_task).await;
        7
    });
    let asked = task.clone();
    event_loop.call_soon("boss", move |_| {
        assert!(asked.cancel());
        assert_eq!(asked.uncancel(), 0);
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(task.result(), Some(Ok(7)));
}

#[test]
#[should_panic(expected = "a coroutine that was given to `spawn`")]
fn outside_a_task_there_is_nobody_to_ask() {
    let event_loop = event_loop();
    chapter_08::block_on(async {
        let _ = catch_cancel(&event_loop, async {}).await;
    });
}

#[test]
fn what_was_caught_says_so_in_a_word() {
    let event_loop = event_loop();
    let cancelled = chapter_08::Cancelled::new(&event_loop);
    assert_eq!(format!("{:?}", Err::<(), _>(cancelled)), "Err(Cancelled)");
}
