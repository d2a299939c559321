//! Who is in front in the line of a lock, and rings.

use super::*;

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
