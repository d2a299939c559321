//! The tests of exercise 3, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::rc::Rc;

use chapter_05::{EventLoop, Failure, Promise, Task};
use exercise::Child;

/// Runs 50 turns, which is more than anybody here needs.
fn run(event_loop: &EventLoop) {
    for _ in 0..50 {
        event_loop.stop();
        let _ = event_loop.run_forever();
    }
}

/// How tasks have ended, as "turn name: how", in the order in which they did.
fn ends(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let ends = events.filter(|e| e.event == "settles" && e.task != "bell");
    ends.map(|e| format!("{} {}", e.turn, e.note)).collect()
}

/// A task that waits for `promise`.
fn waiter(event_loop: &Rc<EventLoop>, name: &str, promise: &Promise<u8>) -> Task<u8> {
    let promise = promise.clone();
    event_loop.spawn(name, async move { promise.await.unwrap_or(0) })
}

/// A task that awaits `child` through the handle of the exercise.
fn parent(event_loop: &Rc<EventLoop>, name: &str, child: Task<u8>) -> Task<u8> {
    let child = Child::new(child);
    event_loop.spawn(name, async move { child.await.unwrap_or(0) })
}

/// Cancels `task` in turn 3.
fn cancel_in_turn_3(event_loop: &EventLoop, task: Task<u8>) {
    event_loop.call_soon("boss", move |event_loop| {
        event_loop.call_soon("boss", move |event_loop| {
            event_loop.call_soon("boss", move |_| assert!(task.cancel()));
        });
    });
}

#[test]
fn awaiting_a_child_gives_its_result_in_the_turn_after_its_last_step() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "answer");
    let child = waiter(&event_loop, "child", &promise);
    let parent = parent(&event_loop, "parent", child);
    event_loop.call_soon("bell", move |_| assert!(promise.set_result(7).is_ok()));
    run(&event_loop);
    assert_eq!(parent.result(), Some(Ok(7)), "left: the parent's result");
    assert_eq!(
        ends(&event_loop),
        ["2 child: result", "3 parent: result"],
        "left: who ended, in which turn and how"
    );
}

#[test]
fn a_child_that_has_ended_is_not_cancelled() {
    let event_loop = Rc::new(EventLoop::new());
    let child = event_loop.spawn("child", async { 7 });
    let parent = parent(&event_loop, "parent", child);
    run(&event_loop);
    assert_eq!(parent.result(), Some(Ok(7)), "left: the parent's result");
    let events = event_loop.trace().events().into_iter();
    let cancels = events.filter(|e| e.event == "cancels");
    assert_eq!(
        cancels.map(|e| e.note).collect::<Vec<_>>(),
        [""; 0],
        "left: whom your handle has cancelled, though the child had ended"
    );
}

#[test]
fn a_child_is_cancelled_in_the_turn_after_its_parent() {
    let event_loop = Rc::new(EventLoop::new());
    let never = Promise::new(&event_loop, "never");
    let child = waiter(&event_loop, "child", &never);
    let parent = parent(&event_loop, "parent", child.clone());
    cancel_in_turn_3(&event_loop, parent);
    run(&event_loop);
    assert_eq!(
        ends(&event_loop),
        ["4 parent: cancel", "5 child: cancel"],
        "left: who ended, in which turn and how; the parent is cancelled in turn 3"
    );
    assert_eq!(
        child.result(),
        Some(Err(Failure::Cancelled)),
        "left: what became of the child"
    );
}

#[test]
fn three_generations_end_one_turn_after_the_other() {
    let event_loop = Rc::new(EventLoop::new());
    let never = Promise::new(&event_loop, "never");
    let child = waiter(&event_loop, "child", &never);
    let middle = parent(&event_loop, "parent", child);
    let grandparent = parent(&event_loop, "grandparent", middle);
    cancel_in_turn_3(&event_loop, grandparent);
    run(&event_loop);
    assert_eq!(
        ends(&event_loop),
        [
            "4 grandparent: cancel",
            "5 parent: cancel",
            "6 child: cancel"
        ],
        "left: who ended, in which turn and how; the grandparent is cancelled in turn 3"
    );
}

#[test]
fn a_handle_that_is_dropped_without_an_await_cancels_too() {
    let event_loop = Rc::new(EventLoop::new());
    let child = event_loop.spawn("child", async { 7 });
    drop(Child::new(child.clone()));
    run(&event_loop);
    assert_eq!(
        child.result(),
        Some(Err(Failure::Cancelled)),
        "left: what became of the child, whose handle was dropped before its first step"
    );
}
