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
fn each_wait_is_told_as_data() {
    assert_eq!(waits_of(pending::<()>()), [WaitsFor::Unknown]);
    assert_eq!(
        waits_of(async { Future::<()>::new().await }),
        [WaitsFor::Future]
    );
    assert_eq!(
        waits_of(async { Event::new().wait().await }),
        [WaitsFor::Event]
    );
    assert_eq!(
        waits_of(async { drop(Semaphore::new(0).acquire().await) }),
        [WaitsFor::Semaphore]
    );
    assert_eq!(
        waits_of(async { drop(BoundedSemaphore::new(0).acquire().await) }),
        [WaitsFor::Semaphore]
    );
    assert_eq!(
        waits_of(async { Barrier::new(2).wait().await }),
        [WaitsFor::Barrier]
    );
    assert_eq!(
        waits_of(async {
            let lock = Lock::new(());
            drop(Condition::new().wait(lock.lock().await).await);
        }),
        [WaitsFor::Condition]
    );
    assert_eq!(
        waits_of(async { PriorityQueue::<u8>::unbounded().get().await }),
        [WaitsFor::QueueItem]
    );
    assert_eq!(
        waits_of(async {
            let queue = Queue::bounded(1);
            queue.put(1).await.unwrap();
            queue.put(2).await
        }),
        [WaitsFor::QueueRoom]
    );
    assert_eq!(
        waits_of(async {
            let queue = Queue::bounded(1);
            queue.put(1).await.unwrap();
            queue.join().await
        }),
        [WaitsFor::QueueDone]
    );
    assert_eq!(waits_of(sleep(Duration::MAX)), [WaitsFor::Deadline(None)]);
    assert_eq!(
        waits_of(scope(async |s| s
            .spawn(async { Event::new().wait().await })
            .await))
        .len(),
        2,
        "the child, and what the child waits for"
    );
}

#[test]
fn what_stands_between_a_task_and_others_says_which_they_are() {
    let never = || spawn(pending::<()>());
    let of = |waits: Vec<WaitsFor>| through(&waits[0]);
    assert_eq!(
        of(waits_of(async move {
            gather::<_, Vec<()>>([never().future(), Future::new(), never().future()]).await
        })),
        (Through::Gather, vec![2, 3], 1)
    );
    assert_eq!(
        of(waits_of(async move {
            let inner = gather::<_, Vec<()>>([shield(never()), shield(never())]);
            let none = gather::<_, Vec<()>>(Vec::<Task<()>>::new());
            gather::<_, Vec<Vec<()>>>([inner.clone(), none, inner]).await
        })),
        (Through::Gather, vec![2, 3], 0),
        "also behind other gathers and shields, and each once"
    );
    assert_eq!(
        of(waits_of(async move { shield(never()).await })),
        (Through::Shield, vec![2], 0)
    );
    assert_eq!(
        of(waits_of(async move {
            wait(
                [never(), spawn(async {}), never()],
                Until::AllCompleted,
                None,
            )
            .await
        })),
        (Through::Wait, vec![2, 4], 0),
        "who is done is left out"
    );
    assert_eq!(
        of(waits_of(async move {
            let mut next = as_completed([spawn(async {}), never(), never()], None);
            next.next().await.unwrap().unwrap();
            next.next().await
        })),
        (Through::AsCompleted, vec![3, 4], 0)
    );
    assert_eq!(
        of(waits_of(async move {
            task_group(async |group| {
                group.spawn(pending::<()>()).unwrap();
                group.spawn(async {}).unwrap();
            })
            .await
        })),
        (Through::TaskGroup, vec![2], 0)
    );
    let stubborn = async {
        let _ = catch_cancel(pending::<()>()).await;
        pending::<()>().await
    };
    assert_eq!(
        of(waits_of(async move {
            let stubborn = spawn(stubborn);
            yield_now().await;
            wait_for(stubborn, Some(Duration::ZERO)).await
        })),
        (Through::WaitFor, vec![2], 0)
    );
}

#[test]
fn a_deadline_is_told_in_the_time_of_the_loop() {
    let event_loop = EventLoop::with_virtual_clock();
    let start = event_loop.now();
    let nap = event_loop.spawn(sleep(Duration::from_secs(60)));
    let _ = event_loop.run_until_complete(sleep(Duration::from_secs(20)));
    let tree = event_loop.task_tree();
    assert_eq!(tree.taken_at, start + Duration::from_secs(20));
    assert_eq!(
        tree.get(nap.id()).unwrap().waits_for,
        [WaitsFor::Deadline(Some(start + Duration::from_secs(60)))]
    );
    assert_eq!(short(&tree)[1], "`Task-1` waits for a deadline in 40.000s");
}

#[test]
fn a_socket_and_a_thread_are_told() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let server = spawn(async move { listener.accept().await.map(drop) });
        let (open, gate) = std::sync::mpsc::channel::<()>();
        let call = spawn(to_thread(move || gate.recv()));
        yield_now().await;
        let tree = running_loop().task_tree();
        let WaitsFor::Socket {
            operation, address, ..
        } = tree.get(server.id()).unwrap().waits_for[0]
        else {
            panic!("{tree}");
        };
        assert_eq!((operation, address), (SocketOperation::Accept, Some(here)));
        assert_eq!(
            tree.get(call.id()).unwrap().waits_for,
            [WaitsFor::ThreadCall]
        );
        open.send(()).unwrap();
        call.await.unwrap().unwrap().unwrap();
    });
}

#[test]
fn a_socket_that_is_polled_through_the_traits_is_told_of_a_task_that_waits_for_nothing_else() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let here = listener.local_addr().unwrap();
        let (client, server) = futures_util::join!(TcpStream::connect(here), listener.accept());
        let (mut client, (server, peer)) = (client.unwrap(), server.unwrap());
        let reader = spawn(async move {
            let mut byte = [0];
            let _ = AsyncReadExt::read(&mut &server, &mut byte).await;
            server
        });
        let lines = spawn(async move { listener.incoming().next().await.map(drop) });
        yield_now().await;
        let tree = running_loop().task_tree();
        let told = |task: TaskId| match tree.get(task).unwrap().waits_for[..] {
            [
                WaitsFor::Socket {
                    operation,
                    address,
                    is_certain: false,
                    ..
                },
            ] => (operation, address),
            ref other => panic!("{other:?}"),
        };
        assert_eq!(told(reader.id()), (SocketOperation::Read, Some(peer)));
        assert_eq!(told(lines.id()), (SocketOperation::Accept, Some(here)));

        client.write_all(b"!").await.unwrap();
        let server = reader.await.unwrap();
        let flood = spawn(async move {
            let block = [0; 65536];
            while (&server).write_all(&block).await.is_ok() {}
        });
        yield_now().await;
        let tree = running_loop().task_tree();
        let [
            WaitsFor::Socket {
                operation, address, ..
            },
        ] = tree.get(flood.id()).unwrap().waits_for[..]
        else {
            panic!("{tree}");
        };
        assert_eq!((operation, address), (SocketOperation::Write, Some(peer)));
    });
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

async fn dine(first: Rc<Lock>, second: Rc<Lock>) {
    let _first = first.lock().await;
    yield_now().await;
    let _second = second.lock().await;
}

#[test]
fn two_locks_in_opposite_order_are_a_ring_and_who_waits_behind_hangs_on_it() {
    let tree = tree_of(async {
        let (fork, knife) = (Rc::new(Lock::new(())), Rc::new(Lock::new(())));
        let left = spawn(dine(fork.clone(), knife.clone()));
        let right = spawn(dine(knife, fork.clone()));
        left.set_name("left");
        right.set_name("right");
        yield_now().await;
        yield_now().await;
        drop(fork.lock().await);
    });
    assert_eq!(
        short(&tree),
        [
            "3 tasks",
            "`Task-1` waits for a lock, behind `right` (3)",
            "└─ `right` (3) waits for a lock, behind `left` (2)",
            "   └─ `left` (2) waits for a lock, behind `right` (3)",
            "      └─ `right` (3), and the ring is closed",
            "a ring: `left` (2) → `right` (3) → `left` (2)",
        ]
    );
}

/// Who is in front of each task in the line of a lock.
fn behind(tree: &TaskTree, task: TaskId) -> Option<TaskId> {
    match tree.get(task).unwrap().waits_for[..] {
        [WaitsFor::Lock { behind }] => behind,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn a_line_stays_right_when_one_gives_up_and_when_the_lock_goes_round() {
    run(async {
        let lock = Rc::new(Lock::new(()));
        let gate = Rc::new(Event::new());
        let one = |gate: Rc<Event>| {
            let lock = lock.clone();
            spawn(async move {
                let _held = lock.lock().await;
                gate.wait().await;
            })
        };
        let never = Rc::new(Event::new());
        let [a, b, c, d] = [gate.clone(), never.clone(), never.clone(), never].map(one);
        yield_now().await;
        let look = || running_loop().task_tree();
        assert_eq!(behind(&look(), b.id()), Some(a.id()));
        assert_eq!(behind(&look(), c.id()), Some(b.id()));
        assert_eq!(behind(&look(), d.id()), Some(c.id()));

        c.cancel();
        c.await.unwrap_err();
        assert_eq!(
            behind(&look(), d.id()),
            Some(b.id()),
            "who gave up is left out"
        );

        gate.set();
        a.await.unwrap();
        yield_now().await;
        assert_eq!(look().get(b.id()).unwrap().waits_for, [WaitsFor::Event]);
        assert_eq!(
            behind(&look(), d.id()),
            Some(b.id()),
            "who has it now was in front"
        );

        b.cancel();
        b.await.unwrap_err();
        yield_now().await;
        assert_eq!(look().get(d.id()).unwrap().waits_for, [WaitsFor::Event]);
        let late = one(Rc::new(Event::new()));
        yield_now().await;
        assert_eq!(behind(&look(), late.id()), Some(d.id()));
    });
}

#[test]
fn who_comes_while_the_next_is_called_stands_behind_it_as_soon_as_it_has_the_lock() {
    run(async {
        let lock = Rc::new(Lock::new(()));
        let held = lock.lock().await;
        let take = || {
            let lock = lock.clone();
            spawn(async move {
                let _held = lock.lock().await;
                pending::<()>().await;
            })
        };
        let called = take();
        yield_now().await;
        let late = take();
        drop(held);
        yield_now().await;
        // Late came first, and found the lock free and kept for the other.
        let tree = running_loop().task_tree();
        assert_eq!(
            tree.get(called.id()).unwrap().waits_for,
            [WaitsFor::Unknown]
        );
        assert_eq!(behind(&tree, late.id()), Some(called.id()));
    });
}

#[test]
fn a_lock_that_no_task_holds_or_whose_task_is_done_has_nobody_in_front() {
    let event_loop = EventLoop::with_virtual_clock();
    let lock = Rc::new(Lock::new(()));
    std::mem::forget(lock.try_lock());
    let waiter = lock.clone();
    let waiter = event_loop.spawn(async move { drop(waiter.lock().await) });
    let _ = event_loop.run_forever();
    assert_eq!(behind(&event_loop.task_tree(), waiter.id()), None);

    let event_loop = EventLoop::with_virtual_clock();
    let lock = Rc::new(Lock::new(()));
    let owner = lock.clone();
    event_loop.spawn(async move { owner.acquire().await });
    let waiter = event_loop.spawn(async move { lock.acquire().await });
    let _ = event_loop.run_forever();
    assert_eq!(behind(&event_loop.task_tree(), waiter.id()), None);
}

#[test]
fn a_lock_between_the_children_of_a_scope_is_no_ring_and_one_taken_twice_is() {
    let tree = tree_of(async {
        let lock = Lock::new(());
        scope(async |s| {
            drop(s.spawn(async {
                let _held = lock.lock().await;
                Future::<()>::new().await
            }));
            drop(s.spawn(async { drop(lock.lock().await) }));
        })
        .await;
    });
    assert!(tree.rings.is_empty(), "{tree}");
    let tree = tree_of(async {
        let lock = Lock::new(());
        let _held = lock.lock().await;
        scope(async |s| s.spawn(async { drop(lock.lock().await) }).await).await;
    });
    assert_eq!(numbers(&tree.rings[0].tasks), [1]);
}

#[test]
fn waits_in_sets_of_futures_and_in_a_select_are_all_told() {
    let tree = tree_of(async {
        let tasks = [1, 2].map(|_| spawn(pending::<()>()));
        let mut set: FuturesUnordered<_> = tasks.into_iter().collect();
        let event = Event::new();
        select(Box::pin(event.wait()), set.next()).await;
    });
    let mut waits = tree.tasks[0].waits_for.clone();
    waits.sort_by_key(|wait| format!("{wait:?}"));
    let ids: Vec<TaskId> = tree.tasks.iter().map(|task| task.id).collect();
    assert_eq!(
        waits,
        [
            WaitsFor::Event,
            WaitsFor::Task(ids[1]),
            WaitsFor::Task(ids[2])
        ]
    );
}

#[test]
fn a_task_of_another_loop_is_told_by_name() {
    let other = EventLoop::with_virtual_clock();
    let far = other.spawn(pending::<()>());
    far.set_name("far");
    let tree = tree_of(far);
    assert_eq!(
        tree.tasks[0].waits_for,
        [WaitsFor::TaskOfOtherLoop("far".to_owned())]
    );
    assert_eq!(short(&tree)[1], "`Task-1` waits for `far` of another loop");
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
fn a_ring_of_a_hundred_thousand_tasks_is_named_once() {
    const LENGTH: usize = 100_000;
    let event_loop = EventLoop::with_virtual_clock();
    let first: Rc<RefCell<Option<Future<()>>>> = Rc::default();
    let way_back = first.clone();
    let mut last = event_loop.spawn(async move {
        let target = way_back.borrow_mut().take().unwrap();
        target.await.unwrap()
    });
    for _ in 1..LENGTH {
        let before = last;
        last = event_loop.spawn(async move { before.await.unwrap() });
    }
    first.replace(Some(last.future()));
    let _ = event_loop.run_forever();
    let tree = event_loop.task_tree();
    assert_eq!(tree.rings.len(), 1);
    assert_eq!(tree.rings[0].tasks.len(), LENGTH);
    assert_eq!(tree.to_string().lines().count(), LENGTH + 3);
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
