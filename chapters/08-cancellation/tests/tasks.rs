//! What a task is to the loop and to who waits for it: in which turn, in which order.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::thread;

use chapter_08::{EventLoop, Failure, Outcome, Task};

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
fn a_task_takes_its_first_step_in_the_next_turn_in_its_place_among_the_callbacks() {
    let event_loop = Rc::new(EventLoop::new());
    let of_spawner = Rc::clone(&event_loop);
    event_loop.call_soon("spawner", move |event_loop| {
        event_loop.call_soon("before", |event_loop| event_loop.say("here"));
        let of_task = Rc::clone(&of_spawner);
        of_spawner.spawn("task", async move { of_task.say("here") });
        event_loop.call_soon("behind", |event_loop| event_loop.say("here"));
        event_loop.say("spawned");
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "1 spawner spawned",
            "2 before here",
            "2 task here",
            "2 behind here"
        ]
    );
}

#[test]
fn a_task_has_its_result_when_its_last_step_is_over_and_keeps_it() {
    let event_loop = Rc::new(EventLoop::new());
    let task = event_loop.spawn("seven", async { 7 });
    assert!(!task.done());
    assert_eq!(task.result(), None);
    run(&event_loop);
    assert!(task.done());
    assert_eq!((task.name(), task.result()), ("seven", Some(Ok(7))));
    assert_eq!(task.result(), Some(Ok(7)));
}

#[test]
fn each_task_in_a_chain_of_awaiting_tasks_ends_one_turn_after_the_one_before() {
    let event_loop = Rc::new(EventLoop::new());
    let inner = event_loop.spawn("inner", async {
        yield_now().await;
        1
    });
    let middle = event_loop.spawn("middle", async move { inner.await.map(|n| n + 1) });
    let outer = event_loop.spawn("outer", middle);
    run(&event_loop);
    assert_eq!(outer.result(), Some(Ok(Ok(Ok(2)))));
    assert_eq!(steps(&event_loop, "inner"), ["1 Pending", "2 Ready"]);
    assert_eq!(steps(&event_loop, "middle"), ["1 Pending", "3 Ready"]);
    assert_eq!(steps(&event_loop, "outer"), ["1 Pending", "4 Ready"]);
}

#[test]
fn awaiting_a_call_or_a_task_that_has_ended_takes_no_turn() {
    let event_loop = Rc::new(EventLoop::new());
    let ended = event_loop.spawn("ended", async { 1 });
    let task = event_loop.spawn("task", async move {
        let called = async { 2 }.await;
        ended.await.expect("it returned") + called
    });
    run(&event_loop);
    assert_eq!(task.result(), Some(Ok(3)));
    assert_eq!(steps(&event_loop, "task"), ["1 Ready"]);
}

#[test]
fn one_after_the_other_is_serial_and_tasks_run_side_by_side() {
    async fn two_steps(event_loop: Rc<EventLoop>, what: &'static str) {
        for step in 1..=2 {
            event_loop.say(format!("{what}{step}"));
            yield_now().await;
        }
    }
    let event_loop = Rc::new(EventLoop::new());
    let of_serial = Rc::clone(&event_loop);
    event_loop.spawn("serial", async move {
        two_steps(Rc::clone(&of_serial), "a").await;
        two_steps(of_serial, "b").await;
    });
    for name in ["c", "d"] {
        event_loop.spawn(name, two_steps(Rc::clone(&event_loop), name));
    }
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "1 serial a1",
            "1 c c1",
            "1 d d1",
            "2 serial a2",
            "2 c c2",
            "2 d d2",
            "3 serial b1",
            "4 serial b2",
        ]
    );
}

#[test]
fn a_task_without_handles_runs_on() {
    let event_loop = Rc::new(EventLoop::new());
    let of_task = Rc::clone(&event_loop);
    drop(event_loop.spawn("task", async move {
        yield_now().await;
        of_task.say("alive");
    }));
    run(&event_loop);
    assert_eq!(said(&event_loop), ["2 task alive"]);
}

#[test]
fn a_panic_ends_its_task_and_nothing_else() {
    let event_loop = Rc::new(EventLoop::new());
    let with_text = event_loop.spawn("text", async { panic!("no milk") });
    let with_number: Task<()> = event_loop.spawn("number", async {
        std::panic::panic_any(5);
    });
    let waiter = event_loop.spawn("waiter", with_text.clone());
    run(&event_loop);
    let failed = |text: &str| Err(Failure::Error(text.to_owned()));
    let no_milk: Result<(), _> = failed("panicked: no milk");
    assert_eq!(with_text.result(), Some(no_milk.clone()));
    assert_eq!(
        with_number.result(),
        Some(failed("panicked: without a message"))
    );
    assert_eq!(waiter.result(), Some(Ok(no_milk)));
}

#[test]
fn a_wake_from_another_thread_while_the_task_is_queued_is_not_lost() {
    let event_loop = Rc::new(EventLoop::new());
    let slot = Rc::new(RefCell::new(None));
    let (out, told) = (Rc::clone(&slot), Rc::new(Cell::new(0)));
    let polls = Rc::clone(&told);
    event_loop.spawn(
        "task",
        poll_fn(move |context| {
            polls.set(polls.get() + 1);
            out.replace(Some(context.waker().clone()));
            if polls.get() < 3 {
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        }),
    );
    run(&event_loop);
    for expected in [2, 3] {
        let waker: Waker = slot.take().expect("the task was polled");
        let wakers = [waker.clone(), waker];
        let threads = wakers.map(|waker| thread::spawn(move || waker.wake()));
        for thread in threads {
            thread.join().expect("a wake does not panic");
        }
        run(&event_loop);
        assert_eq!(told.get(), expected);
    }
}
