//! What becomes of a task that is cancelled, in each state it can be in.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use chapter_08::{EventLoop, Failure, Outcome, Promise, Task};

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

/// Says that it is dropped.
struct SaysBye(Rc<EventLoop>);

impl Drop for SaysBye {
    fn drop(&mut self) {
        self.0.say("bye");
    }
}

/// A task that waits for `promise`, says so before, and says what came of it.
fn waiter(event_loop: &Rc<EventLoop>, name: &str, promise: &Promise<u32>) -> Task<u32> {
    let (of_task, promise) = (Rc::clone(event_loop), promise.clone());
    event_loop.spawn(name, async move {
        let bye = SaysBye(Rc::clone(&of_task));
        of_task.say("waits");
        let outcome = promise.await;
        of_task.say(format!("{outcome:?}"));
        drop(bye);
        outcome.unwrap_or(0)
    })
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
fn nothing_runs_of_a_task_that_is_cancelled_before_its_first_step() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "never");
    let task = waiter(&event_loop, "task", &promise);
    assert!(task.cancel());
    assert_eq!(task.result(), None);
    run(&event_loop);
    assert_eq!(said(&event_loop), [""; 0]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(steps(&event_loop, "task"), ["1 Ready"]);
}

#[test]
fn a_waiting_task_that_is_cancelled_is_dropped_in_the_next_turn_in_the_place_of_the_cancel() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "never");
    let task = waiter(&event_loop, "task", &promise);
    let cancelled = task.clone();
    event_loop.call_soon("boss", move |event_loop| {
        event_loop.call_soon("before", |event_loop| event_loop.say("here"));
        assert!(cancelled.cancel());
        event_loop.call_soon("behind", |event_loop| event_loop.say("here"));
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "1 task waits",
            "2 before here",
            "2 task bye",
            "2 behind here"
        ]
    );
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));

    // It is cancelled by way of what it waits for.
    assert_eq!(promise.result(), Some(Err(Failure::Cancelled)));
}

#[test]
fn a_task_that_has_ended_cannot_be_cancelled() {
    let event_loop = Rc::new(EventLoop::new());
    let task = event_loop.spawn("task", async { 7 });
    run(&event_loop);
    assert!(!task.cancel());
    run(&event_loop);
    assert_eq!(task.result(), Some(Ok(7)));
    assert_eq!(steps(&event_loop, "task").len(), 1);
}

#[test]
fn a_cancel_in_the_turn_in_which_the_result_arrives_wins_over_it() {
    for cancel_first in [false, true] {
        let event_loop = Rc::new(EventLoop::new());
        let promise = Promise::new(&event_loop, "promise");
        let task = waiter(&event_loop, "task", &promise);
        let cancelled = task.clone();
        event_loop.call_soon("boss", move |_| {
            if cancel_first {
                assert!(cancelled.cancel());
            }
            // A request that comes first settles the promise.
            assert_eq!(promise.set_result(7).is_ok(), !cancel_first);
            if !cancel_first {
                assert!(cancelled.cancel());
            }
        });
        run(&event_loop);
        assert_eq!(said(&event_loop), ["1 task waits", "2 task bye"]);
        assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
        assert_eq!(steps(&event_loop, "task"), ["1 Pending", "2 Ready"]);
    }
}

#[test]
fn a_task_that_is_in_this_turns_queue_behind_its_cancel_ends_in_this_turn() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "promise");
    let task = waiter(&event_loop, "task", &promise);
    let cancelled = task.clone();
    event_loop.call_soon("bell", move |event_loop| {
        event_loop.call_soon("boss", move |event_loop| {
            event_loop.say("cancels");
            assert!(cancelled.cancel());
        });
        assert!(promise.set_result(7).is_ok());
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["1 task waits", "2 boss cancels", "2 task bye"]
    );
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}

/// A task that can cancel itself: it finds its handle in the slot.
fn with_own_handle<F>(
    event_loop: &Rc<EventLoop>,
    body: impl FnOnce(Rc<EventLoop>, Task<u32>) -> F + 'static,
) -> Task<u32>
where
    F: Future<Output = u32> + 'static,
{
    let slot = Rc::new(RefCell::new(None));
    let (of_task, own) = (Rc::clone(event_loop), Rc::clone(&slot));
    let task = event_loop.spawn("task", async move {
        let own: Task<u32> = own.take().expect("it was put there before the run");
        body(of_task, own).await
    });
    slot.replace(Some(task.clone()));
    task
}

#[test]
fn a_task_that_cancels_itself_goes_on_to_its_next_wait_and_is_queued_behind_that_step() {
    let event_loop = Rc::new(EventLoop::new());
    let task = with_own_handle(&event_loop, |event_loop, own| async move {
        let _bye = SaysBye(Rc::clone(&event_loop));
        assert!(own.cancel());
        event_loop.call_soon("callback", |event_loop| event_loop.say("first"));
        event_loop.say("still here");
        async {}.await;
        event_loop.say("a ready await is no wait");
        pending().await
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "1 task still here",
            "1 task a ready await is no wait",
            "2 callback first",
            "2 task bye",
        ]
    );
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}

#[test]
fn a_task_that_cancels_itself_and_returns_is_cancelled() {
    let event_loop = Rc::new(EventLoop::new());
    let task = with_own_handle(&event_loop, |_, own| async move {
        assert!(own.cancel());
        7
    });
    run(&event_loop);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(steps(&event_loop, "task"), ["1 Ready"]);
}

#[test]
fn a_task_that_cancels_itself_and_panics_has_failed() {
    let event_loop = Rc::new(EventLoop::new());
    let task = with_own_handle(&event_loop, |_, own| async move {
        assert!(own.cancel());
        panic!("no milk")
    });
    run(&event_loop);
    let no_milk = Failure::Error("panicked: no milk".to_owned());
    assert_eq!(task.result(), Some(Err(no_milk)));
}

#[test]
fn two_cancels_are_one_end() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "never");
    let task = waiter(&event_loop, "task", &promise);
    let cancelled = task.clone();
    event_loop.call_soon("boss", move |_| {
        assert!(cancelled.cancel());
        assert!(cancelled.cancel());
    });
    run(&event_loop);
    assert_eq!(steps(&event_loop, "task"), ["1 Pending", "2 Ready"]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}

#[test]
fn who_waits_for_a_cancelled_task_hears_of_it_in_the_turn_after_its_variables_are_gone() {
    let event_loop = Rc::new(EventLoop::new());
    let promise = Promise::new(&event_loop, "never");
    let task = waiter(&event_loop, "task", &promise);
    let (of_parent, waited) = (Rc::clone(&event_loop), task.clone());
    event_loop.spawn("parent", async move {
        let outcome = waited.await;
        of_parent.say(format!("{outcome:?}"));
    });
    event_loop.call_soon("boss", move |_| assert!(task.cancel()));
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["1 task waits", "2 task bye", "3 parent Err(Cancelled)"]
    );
}

#[test]
fn cancelling_who_waits_for_a_task_cancels_that_task_first() {
    let event_loop = Rc::new(EventLoop::new());
    let child = event_loop.spawn("child", async {
        yield_now().await;
        yield_now().await;
        7
    });
    let waited = child.clone();
    let parent = event_loop.spawn("parent", waited);
    let cancelled = parent.clone();
    event_loop.call_soon("boss", move |_| assert!(cancelled.cancel()));
    run(&event_loop);
    assert_eq!(parent.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(child.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(steps(&event_loop, "child"), ["1 Pending", "2 Ready"]);
    assert_eq!(steps(&event_loop, "parent"), ["1 Pending", "3 Ready"]);
}

#[test]
fn a_variable_that_is_dropped_by_a_cancel_may_use_the_loop_and_the_task() {
    struct Restless(Rc<EventLoop>, Rc<RefCell<Option<Task<u32>>>>);
    impl Drop for Restless {
        fn drop(&mut self) {
            self.0
                .call_soon("from drop", |event_loop| event_loop.say("ran"));
            let own = self.1.take().expect("it was put there before the run");
            assert!(own.cancel());
            assert_eq!(own.result(), None);
        }
    }
    let event_loop = Rc::new(EventLoop::new());
    let slot = Rc::new(RefCell::new(None));
    let restless = Restless(Rc::clone(&event_loop), Rc::clone(&slot));
    let task = event_loop.spawn("task", async move {
        let _restless = restless;
        pending().await
    });
    slot.replace(Some(task.clone()));
    let cancelled = task.clone();
    event_loop.call_soon("boss", move |_| assert!(cancelled.cancel()));
    run(&event_loop);
    assert_eq!(said(&event_loop), ["3 from drop ran"]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}
