//! Tasks that end together.

use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{
    EventLoop, Failure, GroupError, Outcome, TaskGroup, catch_cancel, sleep, task_group, timeout,
};

const SECOND: Duration = Duration::from_secs(1);

fn event_loop() -> Rc<EventLoop> {
    Rc::new(EventLoop::with_virtual_clock())
}

/// What was said, as "who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {}", e.task, e.note)).collect()
}

fn run(event_loop: &EventLoop) {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

/// A task that fails after so many seconds.
fn fails(event_loop: &Rc<EventLoop>, group: &TaskGroup, name: &'static str, after: u32) {
    let of_task = Rc::clone(event_loop);
    let failing = async move {
        sleep(&of_task, after * SECOND).await;
        Err::<(), _>(Failure::Error(name.to_owned()))
    };
    group.try_spawn(name, failing).expect("the group is open");
}

/// A task that waits for ever, and needs so many seconds to clean up.
fn careful(event_loop: &Rc<EventLoop>, group: &TaskGroup, seconds: u32) {
    let of_task = Rc::clone(event_loop);
    let careful = async move {
        let caught = catch_cancel(&of_task, pending::<()>()).await;
        sleep(&of_task, seconds * SECOND).await;
        of_task.say(format!("clean at {:?}", of_task.now()));
        caught.expect_err("the body never ends").resume().await
    };
    group
        .spawn::<()>("careful", careful)
        .expect("the group is open");
}

/// Tells what came of a group.
fn tell(event_loop: &EventLoop, outcome: Result<u32, GroupError>) {
    let outcome = outcome.map_or_else(|error| error.to_string(), |value| value.to_string());
    event_loop.say(format!("{outcome} at {:?}", event_loop.now()));
}

#[test]
fn a_block_goes_on_when_all_of_its_tasks_have_ended() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            for seconds in [3, 1] {
                let of_child = Rc::clone(&of_task);
                let child = async move { sleep(&of_child, seconds * SECOND).await };
                group.spawn("child", child).expect("the group is open");
            }
            Ok(7)
        });
        tell(&of_task, group.await);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["task 7 at 3s"]);
}

#[test]
fn the_first_failure_asks_the_others_and_the_body_all_are_awaited_and_every_failure_is_told() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            fails(&of_task, group, "no milk", 1);
            careful(&of_task, group, 2);
            let of_child = Rc::clone(&of_task);
            let child = async move {
                let _ = catch_cancel(&of_child, pending::<()>()).await;
                sleep(&of_child, SECOND).await;
                Err::<(), _>(Failure::Error("no tea".into()))
            };
            group.try_spawn("child", child).expect("the group is open");
            pending::<()>().await;
            Ok(7)
        });
        tell(&of_task, group.await);
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "careful clean at 3s",
            "task 2 failed: no milk; no tea at 3s"
        ]
    );
}

#[test]
fn a_request_from_outside_asks_all_and_is_handed_on_when_all_have_ended() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            careful(&of_task, group, 2);
            Ok(7)
        });
        let caught = catch_cancel(&of_task, group).await;
        of_task.say(format!("{} at {:?}", caught.is_err(), of_task.now()));
    });
    event_loop.call_later("boss", SECOND, move |_| assert!(task.cancel()));
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["careful clean at 3s", "task true at 3s"]
    );
}

#[test]
fn a_failure_hides_a_request_from_outside_until_the_next_wait() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            fails(&of_task, group, "no milk", 1);
            careful(&of_task, group, 2);
            Ok(7)
        });
        tell(&of_task, group.await);
        let caught = catch_cancel(&of_task, sleep(&of_task, SECOND)).await;
        of_task.say(caught.is_err());
    });
    let asked = task.clone();
    event_loop.call_later("boss", 2 * SECOND, move |_| assert!(asked.cancel()));
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "careful clean at 3s",
            "task 1 failed: no milk at 3s",
            "task true"
        ]
    );
    assert_eq!(task.cancelling(), 1);
}

#[test]
fn a_body_that_fails_asks_its_tasks_and_its_failure_is_the_last() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            careful(&of_task, group, 1);
            sleep(&of_task, SECOND).await;
            Err(Failure::Error("closed".into()))
        });
        tell(&of_task, group.await);
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["careful clean at 2s", "task 1 failed: closed at 2s"]
    );
}

#[test]
fn a_task_that_is_cancelled_alone_is_no_failure() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            let child = group
                .spawn("child", pending::<()>())
                .expect("the group is open");
            of_task.call_later("boss", SECOND, move |_| assert!(child.cancel()));
            Ok(7)
        });
        tell(&of_task, group.await);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["task 7 at 1s"]);
}

#[test]
fn groups_and_timeouts_nest() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let outer = task_group(&of_task, async |_| {
            let inner = task_group(&of_task, async |group| {
                careful(&of_task, group, 1);
                Ok(7)
            });
            let late = timeout(&of_task, SECOND, inner).await;
            of_task.say(format!("{late:?}"));
            Ok(8)
        });
        tell(&of_task, outer.await);
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        [
            "careful clean at 2s",
            "task Err(Elapsed { limit: 1s })",
            "task 8 at 2s"
        ]
    );
}

#[test]
fn a_group_takes_no_task_when_it_has_ended() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| Ok(group.clone())).await;
        let refused = group.expect("nothing failed").spawn("late", async {});
        of_task.say(refused.err().expect("it has ended"));
    });
    run(&event_loop);
    assert_eq!(
        said(&event_loop),
        ["task the group takes no more tasks: it has ended, or is about to"]
    );
}

#[test]
fn a_group_takes_no_task_between_the_end_of_its_last_one_and_the_end_of_its_block() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = task_group(&of_task, async |group| {
            let last = group.spawn("last", async {}).expect("the group is open");
            let late = group.clone();
            last.add_done_callback("late", move |event_loop| {
                event_loop.say(late.spawn("late", async {}).is_err());
            });
            Ok(7)
        });
        tell(&of_task, group.await);
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["late true", "task 7 at 0ns"]);
}

#[test]
fn a_group_that_is_dropped_asks_its_tasks_and_cannot_wait_for_them() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("task", async move {
        let group = Box::pin(task_group(&of_task, async |group| {
            careful(&of_task, group, 1);
            Ok(7)
        }));
        let pause = Box::pin(sleep(&of_task, SECOND));
        drop(futures_util::future::select(group, pause).await);
        of_task.say("goes on");
    });
    run(&event_loop);
    assert_eq!(said(&event_loop), ["task goes on", "careful clean at 2s"]);
}
