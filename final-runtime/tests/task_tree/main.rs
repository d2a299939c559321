//! The task tree: what it says of each task, who waits for whom, and the text of it.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::sync::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, PriorityQueue, Queue, Semaphore,
};
use final_runtime::{
    EventLoop, Future, SocketOperation, Task, TaskId, TaskInfo, TaskState, TaskTree, Through,
    Until, WaitsFor, as_completed, catch_cancel, current_task, gather, run, running_loop, scope,
    shield, sleep, spawn, task_group, to_thread, wait, wait_for, yield_now,
};
use futures_util::future::{join, select};
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::{AsyncReadExt, AsyncWriteExt};

mod locks;
mod waits;

/// The tree of a loop in which nothing can happen any more. The first task is `main`'s.
fn tree_of<F: std::future::Future + 'static>(main: F) -> TaskTree {
    let event_loop = EventLoop::with_virtual_clock();
    event_loop.spawn(main);
    let _ = event_loop.run_forever();
    event_loop.task_tree()
}

/// What the first task of such a loop waits for.
fn waits_of<F: std::future::Future + 'static>(main: F) -> Vec<WaitsFor> {
    tree_of(main).tasks.remove(0).waits_for
}

/// The ids of tasks, as numbers.
fn numbers<'a>(ids: impl IntoIterator<Item = &'a TaskId>) -> Vec<u64> {
    ids.into_iter()
        .map(|id| id.to_string().parse().unwrap())
        .collect()
}

/// Through what, which tasks by number, and how many others.
fn through(wait: &WaitsFor) -> (Through, Vec<u64>, usize) {
    match wait {
        WaitsFor::Tasks {
            through,
            tasks,
            others,
        } => (*through, numbers(&**tasks), *others),
        other => panic!("{other:?}"),
    }
}

/// The text without what stands in brackets, which is long.
fn short(tree: &TaskTree) -> Vec<String> {
    let text = tree.to_string();
    let cut = |line: &str| line.split(" [").next().unwrap().to_owned();
    text.lines().map(cut).collect()
}

#[test]
fn where_a_task_stands() {
    run(async {
        let event = Rc::new(Event::new());
        let woken = event.clone();
        let woken = spawn(async move { woken.wait().await });
        let waiting = spawn(pending::<()>());
        waiting.set_name("sitting");
        let done = spawn(async {});
        yield_now().await;
        let new = spawn(async {});
        event.set();
        waiting.cancel();
        let tree = running_loop().task_tree();
        let state = |task: TaskId| tree.get(task).map(|task| task.state);
        assert_eq!(
            state(current_task().unwrap().id()),
            Some(TaskState::Running)
        );
        assert_eq!(state(woken.id()), Some(TaskState::Queued));
        assert_eq!(
            tree.get(woken.id()).unwrap().waits_for,
            [],
            "its wait is over"
        );
        assert_eq!(state(new.id()), Some(TaskState::New));
        assert_eq!(state(done.id()), None);
        assert_eq!(
            short(&tree),
            [
                "4 tasks",
                "`Task-1` is running",
                "`Task-2` is about to run",
                "`sitting` (3) is about to run, with 1 request to cancel",
                "`Task-5` has not begun",
            ]
        );
    });
}

#[test]
fn a_task_that_is_interrupted_by_an_eager_one_is_running() {
    run(async {
        let outer = current_task().unwrap().id();
        let seen: Rc<RefCell<Vec<TaskInfo>>> = Rc::default();
        let sight = seen.clone();
        let inner = final_runtime::TaskBuilder::new().eager().spawn(async move {
            sight.replace(running_loop().task_tree().tasks);
        });
        inner.await.unwrap();
        let states: Vec<TaskState> = seen.borrow().iter().map(|task| task.state).collect();
        assert_eq!(seen.borrow()[0].id, outer);
        assert_eq!(states, [TaskState::Running, TaskState::Running]);
    });
}

#[test]
fn the_type_of_the_future_is_there_without_debug_mode_and_the_place_is_not() {
    async fn handler(large: [u8; 4000]) {
        pending::<()>().await;
        assert_eq!(large.len(), 4000);
    }
    let tree = tree_of(handler([0; 4000]));
    assert!(tree.tasks[0].future.contains("handler"));
    assert_eq!(tree.tasks[0].spawned_at, None);
    let text = tree.to_string();
    let function = "[task_tree::the_type_of_the_future_is_there_without_debug_mode_and_the_place_is_not::handler]";
    assert!(text.trim_end().ends_with(function), "{text}");
}

#[test]
fn a_tree_has_its_roots_at_the_margin_and_a_shared_task_once() {
    let tree = tree_of(async {
        let event = Rc::new(Event::new());
        let shared = Rc::new(spawn(async move { event.wait().await }));
        let twice = [1, 2].map(|_| {
            let shared = shared.clone();
            spawn(async move { (&*shared).await.unwrap() })
        });
        let alone = spawn(pending::<()>());
        join(gather::<_, Vec<()>>(twice).into_future(), alone).await
    });
    assert_eq!(
        short(&tree),
        [
            "5 tasks",
            "`Task-1` waits for a gather of 2 tasks and `Task-5`",
            "├─ `Task-3` waits for `Task-2`",
            "│  └─ `Task-2` waits for an event",
            "├─ `Task-4` waits for `Task-2`",
            "│  └─ `Task-2`, see above",
            "└─ `Task-5` waits for something outside the runtime",
        ]
    );
    let roots: Vec<TaskId> = tree.roots().map(|task| task.id).collect();
    assert_eq!(numbers(&roots), [1]);
    assert_eq!(numbers(&tree.tasks[1].awaited_by), [3, 4]);
    assert!(tree.rings.is_empty());
}

#[test]
fn a_chain_of_a_hundred_thousand_tasks_takes_no_stack_and_a_line_each() {
    const LENGTH: usize = 100_000;
    let event_loop = EventLoop::with_virtual_clock();
    let mut last = event_loop.spawn(pending::<()>());
    for _ in 1..LENGTH {
        let before = last;
        last = event_loop.spawn(async move { before.await.unwrap() });
    }
    let _ = event_loop.run_forever();
    let tree = event_loop.task_tree();
    let text = tree.to_string();
    assert_eq!(text.lines().count(), 1 + LENGTH);
    assert!(text.len() < LENGTH * 400, "{}", text.len());
    assert!(text.contains("(99999 deep) `Task-1` waits for something outside"));
}

#[test]
fn to_look_changes_nothing() {
    let event_loop = EventLoop::with_virtual_clock();
    let (turns, tasks) = event_loop
        .run_until_complete(async {
            let failing = final_runtime::try_spawn(async { Err::<(), _>("spilt") });
            let both = gather::<_, Vec<()>>([spawn(pending()), failing]);
            let wait = spawn(async move { both.await });
            for _ in 0..5 {
                drop(running_loop().task_tree().to_string());
                yield_now().await;
            }
            assert!(wait.await.unwrap().is_err());
            (running_loop().turn(), running_loop().all_tasks().len())
        })
        .unwrap();
    assert_eq!((turns, tasks), (6, 2));
    assert_eq!(event_loop.task_tree().tasks.len(), 1);
    event_loop.close();
    assert!(event_loop.task_tree().tasks.is_empty());
}

#[test]
fn a_tree_may_go_to_another_thread() {
    let tree = tree_of(pending::<()>());
    let said = std::thread::spawn(move || tree.to_string()).join().unwrap();
    assert!(said.starts_with("1 task\n`Task-1` waits for something outside the runtime"));
}
