//! What the tree says that a task waits for.

use super::*;

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
