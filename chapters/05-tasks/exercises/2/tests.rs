//! The tests of exercise 2, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use chapter_05::{EventLoop, Failure, Task};
use exercise::first;

/// Waits for so many turns.
async fn turns(mut left: u32) {
    poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A loop, and a task that answers with its name in turn `1 + after` for each of `servers`.
fn race(servers: &[(&'static str, u32)]) -> (Rc<EventLoop>, Vec<Task<&'static str>>) {
    let event_loop = Rc::new(EventLoop::new());
    let servers = servers.iter();
    let tasks = servers.map(|&(name, after)| {
        event_loop.spawn(name, async move {
            turns(after).await;
            name
        })
    });
    let tasks = tasks.collect();
    (event_loop, tasks)
}

/// A task that awaits `first` of the tasks, and says what came of it.
fn ask(event_loop: &Rc<EventLoop>, tasks: &[Task<&'static str>]) {
    let (outcome, of_asker) = (first(event_loop, tasks), Rc::clone(event_loop));
    event_loop.spawn("asker", async move {
        let outcome = outcome.await;
        of_asker.say(format!("{outcome:?}"));
    });
}

/// Runs 50 turns, which is more than anybody here needs.
fn run(event_loop: &EventLoop) {
    for _ in 0..50 {
        event_loop.stop();
        let _ = event_loop.run_forever();
    }
}

/// What the asker said, as "turn outcome".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says" && e.task == "asker");
    says.map(|e| format!("{} {}", e.turn, e.note)).collect()
}

/// The last turn in which `task` ran.
fn ran_last(event_loop: &EventLoop, task: &str) -> Option<u64> {
    let events = event_loop.trace().events().into_iter();
    let runs = events.filter(|e| e.event == "run" && e.task == task);
    runs.map(|e| e.turn).next_back()
}

#[test]
fn the_outcome_is_that_of_the_fastest_two_turns_after_its_last_step() {
    let (event_loop, tasks) = race(&[("slow", 9), ("fast", 2), ("middle", 5)]);
    ask(&event_loop, &tasks);
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [r#"5 Ok("fast")"#],
        "left: the turn in which the asker had an outcome, and which; fast's last step is in turn 3"
    );
}

#[test]
fn the_others_are_cancelled_when_the_first_has_ended() {
    let (event_loop, tasks) = race(&[("slow", 9), ("fast", 2), ("middle", 5)]);
    ask(&event_loop, &tasks);
    run(&event_loop);
    for (task, name) in [(&tasks[0], "slow"), (&tasks[2], "middle")] {
        assert_eq!(
            task.result(),
            Some(Err(Failure::Cancelled)),
            "left: what became of the task {name}"
        );
        let last = ran_last(&event_loop, name);
        assert!(
            last <= Some(5),
            "the task {name} still ran in turn {last:?}; fast ends in turn 3, so the cancel is in turn 4"
        );
    }
    assert_eq!(
        tasks[1].result(),
        Some(Ok("fast")),
        "left: the winner's own result"
    );
}

#[test]
fn of_two_that_end_in_the_same_turn_the_earlier_wins_and_the_other_keeps_its_result() {
    let (event_loop, tasks) = race(&[("slow", 9), ("red", 2), ("blue", 2)]);
    ask(&event_loop, &tasks);
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [r#"5 Ok("red")"#],
        "left: what the asker heard; red ends before blue, both in turn 3"
    );
    assert_eq!(tasks[2].result(), Some(Ok("blue")), "left: blue's result");
}

#[test]
fn a_cancel_is_an_outcome_too() {
    let (event_loop, tasks) = race(&[("slow", 9), ("victim", 5)]);
    ask(&event_loop, &tasks);
    let victim = tasks[1].clone();
    event_loop.call_soon("thief", move |_| assert!(victim.cancel()));
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["4 Err(Cancelled)"],
        "left: what the asker heard; the victim is cancelled from outside and ends in turn 2"
    );
    assert_eq!(
        tasks[0].result(),
        Some(Err(Failure::Cancelled)),
        "left: what became of the task slow"
    );
}

#[test]
fn a_panic_is_an_outcome_too() {
    let (event_loop, mut tasks) = race(&[("slow", 9)]);
    tasks.push(event_loop.spawn("broken", async { panic!("no milk") }));
    ask(&event_loop, &tasks);
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [r#"3 Err(Error("panicked: no milk"))"#],
        "left: what the asker heard; broken panics in turn 1"
    );
}
