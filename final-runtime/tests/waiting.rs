//! Who waits for what, as a loop tells it in which nothing can happen any more.

use std::cell::Cell;
use std::future::pending;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, JoinError, Outcome, RunError, Until, as_completed, catch_cancel, gather,
    scope, shield, spawn, task_group, wait, wait_for,
};
use futures_util::join;

/// What the task waits for that awaits `main`, in words.
fn said_of<F: std::future::Future + 'static>(main: F) -> String {
    let event_loop = EventLoop::with_virtual_clock();
    let task = event_loop.spawn(main);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(task.name(), "Task-1");
    let text = event_loop.task_tree().to_string();
    let mut lines = text.lines();
    let said = lines.find_map(|line| line.strip_prefix("`Task-1` waits for "));
    let (reason, _function) = said.unwrap().split_once(" [").unwrap();
    reason.to_owned()
}

#[test]
fn every_wait_of_ours_has_its_words() {
    let never = pending::<()>;
    assert_eq!(said_of(never()), "something outside the runtime");
    assert_eq!(said_of(async { Future::<()>::new().await }), "a future");
    assert_eq!(said_of(async move { spawn(never()).await }), "`Task-2`");
    let two = || [Future::<()>::new(), Future::new()];
    assert_eq!(
        said_of(async move { gather::<_, Vec<()>>(two()).await }),
        "a gather of 2 futures"
    );
    assert_eq!(
        said_of(async move { shield(spawn(never())).await }),
        "what is shielded: 1 task"
    );
    assert_eq!(
        said_of(async move { wait(two(), Until::AllCompleted, None).await }),
        "some of 2 futures"
    );
    assert_eq!(
        said_of(async move { as_completed(two(), None).next().await }),
        "the next of 2 futures"
    );
    assert_eq!(
        said_of(async move { wait_for(spawn(never()), None).await }),
        "`Task-2`"
    );
    assert_eq!(
        said_of(
            async move { task_group(async |group| group.spawn(never()).map(drop).unwrap()).await }
        ),
        "its group of 1 task"
    );
    assert_eq!(
        said_of(final_runtime::sleep(Duration::MAX)),
        "a deadline that never comes"
    );
    assert_eq!(
        said_of(async move { join!(spawn(never()), Future::<()>::new().into_future()) }),
        "`Task-2` and a future"
    );
}

#[test]
fn a_task_that_waits_for_a_child_of_its_scope_says_so_and_what_the_child_waits_for() {
    let body = scope(async |s| s.spawn(pending::<()>()).await);
    assert_eq!(said_of(body), "a child of its scope");
    let body = scope(async |s| s.spawn(async { spawn(pending::<()>()).await }).await);
    assert_eq!(said_of(body), "a child of its scope and `Task-2`");
    let end = scope(async |s| drop(s.spawn(async { Future::<()>::new().await })));
    assert_eq!(said_of(end), "a child of its scope and a future");
    let over = async {
        scope(async |s| s.spawn(async {}).await).await;
        pending::<()>().await
    };
    assert_eq!(said_of(over), "something outside the runtime");
}

#[test]
fn a_wait_for_a_child_leaves_a_request_to_what_the_child_waits_for() {
    let event_loop = EventLoop::with_virtual_clock();
    let main = event_loop.run_until_complete(async {
        // The child waits for a task: the task is asked, and the wait goes on to see what it makes of it.
        let stubborn = spawn(async { catch_cancel(pending::<()>()).await.is_err() });
        let task = spawn(async {
            scope(async |s| s.spawn(async { stubborn.await.unwrap() }).await).await
        });
        final_runtime::sleep(Duration::from_millis(1)).await;
        task.cancel();
        assert!(task.await.unwrap(), "the stubborn one took it");

        // The child has a scope: that takes it, and the body has the child's value.
        let caught = Cell::new(false);
        let task = spawn(async move {
            scope(async |s| {
                let child = async {
                    caught.set(catch_cancel(pending::<()>()).await.is_err());
                    5
                };
                let five = s.spawn(child).await;
                (five, caught.get())
            })
            .await
        });
        final_runtime::sleep(Duration::from_millis(1)).await;
        task.cancel();
        assert_eq!(task.await.unwrap(), (5, true));

        // The body waits in a scope, the child in none: the body's scope takes it, and the child goes on.
        let task = spawn(async {
            scope(async |s| {
                let child = s.spawn(async {
                    final_runtime::sleep(Duration::from_millis(5)).await;
                    "whole"
                });
                let mut child = child;
                let given_up = catch_cancel(&mut child).await.is_err();
                (given_up, child.await)
            })
            .await
        });
        final_runtime::sleep(Duration::from_millis(1)).await;
        task.cancel();
        assert_eq!(task.await.unwrap(), (true, "whole"));

        // Nobody has a scope: the task ends.
        let task = spawn(async { scope(async |s| s.spawn(pending::<()>()).await).await });
        final_runtime::sleep(Duration::from_millis(1)).await;
        task.cancel();
        assert!(matches!(task.await, Err(JoinError::Cancelled(_))));
    });
    main.unwrap();
}

#[test]
fn a_run_that_can_never_end_names_a_ring_of_tasks() {
    let event_loop = EventLoop::with_virtual_clock();
    let outcome = event_loop.run_until_complete(async {
        let way_back = Future::<Future<()>>::new();
        let there = way_back.clone();
        let second = spawn(async move { there.await.unwrap().await.unwrap() });
        let third = spawn(async move { second.await.unwrap() });
        way_back.set_result(third.future()).unwrap();
        third.await
    });
    let Err(RunError::Idle(tree)) = &outcome else {
        panic!("{outcome:?}");
    };
    let ring: Vec<String> = tree.rings[0]
        .tasks
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        (ring, tree.rings.len()),
        (vec!["2".to_owned(), "3".to_owned()], 1)
    );
    let said = outcome.unwrap_err().to_string();
    assert!(
        said.ends_with("a ring: `Task-2` → `Task-3` → `Task-2`"),
        "{said}"
    );
}
