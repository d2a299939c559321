//! Waiting for many tasks: in which turn, with which outcome.

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use chapter_08::{
    EventLoop, Failure, Outcome, Promise, Task, catch_cancel, gather, gather_outcomes,
};

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

/// The steps of `task`, as "turn answer".
fn steps(event_loop: &EventLoop, task: &str) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let returns = events.filter(|e| e.event == "returned" && e.task == task);
    returns.map(|e| format!("{} {}", e.turn, e.note)).collect()
}

fn run(event_loop: &EventLoop) {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

/// A step that lets everybody else have a turn.
async fn yield_now() {
    let mut yielded = false;
    poll_fn(|context| {
        if std::mem::replace(&mut yielded, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[test]
fn gather_gives_the_results_in_the_order_of_its_tasks_two_turns_after_the_last_step() {
    let event_loop = Rc::new(EventLoop::new());
    let slow = event_loop.spawn("slow", async {
        yield_now().await;
        yield_now().await;
        "slow"
    });
    let fast = event_loop.spawn("fast", async { "fast" });
    let of_parent = Rc::clone(&event_loop);
    let parent = event_loop.spawn("parent", async move {
        let both = gather(&of_parent, &[slow, fast]).await;
        of_parent.say(format!("{both:?}"));
    });
    run(&event_loop);
    assert!(parent.done());
    assert_eq!(
        steps(&event_loop, "slow"),
        ["1 Pending", "2 Pending", "3 Ready"]
    );
    assert_eq!(said(&event_loop), [r#"5 parent Ok(["slow", "fast"])"#]);
}

#[test]
fn gather_of_nothing_or_of_tasks_that_have_ended_takes_no_turn() {
    let event_loop = Rc::new(EventLoop::new());
    let ended = event_loop.spawn("ended", async { 1 });
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let none = gather::<u32>(&of_task, &[] as &[Task<u32>]).await;
        let one = gather(&of_task, &[ended]).await;
        (none, one)
    });
    run(&event_loop);
    assert_eq!(task.result(), Some(Ok((Ok(vec![]), Ok(vec![1])))));
    assert_eq!(steps(&event_loop, "task"), ["1 Ready"]);
}

#[test]
fn gather_ends_with_the_first_task_that_fails_and_the_others_run_on() {
    let event_loop = Rc::new(EventLoop::new());
    let never = Promise::<u32>::new(&event_loop, "never");
    let later = event_loop.spawn("later", async {
        yield_now().await;
        yield_now().await;
        panic!("second to fail")
    });
    let off = event_loop.spawn("off", async move { never.await.unwrap_or(0) });
    let good = event_loop.spawn("good", async {
        for _ in 0..5 {
            yield_now().await;
        }
        3
    });
    let tasks = [later, off.clone(), good.clone()];
    let of_parent = Rc::clone(&event_loop);
    event_loop.spawn("parent", async move {
        let outcome = gather(&of_parent, &tasks).await;
        of_parent.say(format!("{outcome:?}"));
    });
    event_loop.call_soon("boss", move |_| assert!(off.cancel()));
    run(&event_loop);
    assert_eq!(said(&event_loop), ["4 parent Err(Cancelled)"]);
    assert_eq!(good.result(), Some(Ok(3)));
}

#[test]
fn a_request_to_whoever_waits_goes_to_each_task_and_the_first_that_ends_by_it_ends_the_wait() {
    let event_loop = Rc::new(EventLoop::new());
    let names = ["slow to end", "quick to end"];
    let tasks = names.map(|name| {
        let of_task = Rc::clone(&event_loop);
        event_loop.spawn(name, async move {
            let never = Promise::<u32>::new(&of_task, "never");
            let cancelled = catch_cancel(&of_task, never)
                .await
                .expect_err("nobody keeps it");
            of_task.say("asked");
            if name == "slow to end" {
                yield_now().await;
                yield_now().await;
                of_task.say("cleaned up");
            }
            cancelled.resume().await
        })
    });
    let of_parent = Rc::clone(&event_loop);
    let parent = event_loop.spawn("parent", async move {
        let _ = gather::<u32>(&of_parent, &tasks).await;
        of_parent.say("is never said");
    });
    let cancelled = parent.clone();
    event_loop.call_soon("pause", move |event_loop| {
        event_loop.call_soon("boss", move |_| assert!(cancelled.cancel()));
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "3 slow to end asked",
            "3 quick to end asked",
            "5 slow to end cleaned up"
        ]
    );
    assert_eq!(parent.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(steps(&event_loop, "parent"), ["1 Pending", "5 Ready"]);
}

#[test]
fn gather_outcomes_waits_for_all_and_tells_of_each() {
    let event_loop = Rc::new(EventLoop::new());
    let fails = event_loop.try_spawn("fails", async { Err(Failure::Error("no milk".into())) });
    let slow = event_loop.spawn("slow", async {
        yield_now().await;
        3
    });
    let both = gather_outcomes(&event_loop, &[fails, slow]);
    run(&event_loop);
    let outcomes = both.result().expect("both have ended");
    let no_milk = Err(Failure::Error("no milk".into()));
    assert_eq!(outcomes, Ok(vec![no_milk, Ok(3)]));
}
