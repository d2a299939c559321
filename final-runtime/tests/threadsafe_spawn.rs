//! Tasks that another thread spawns and waits for.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, Outcome, ReportKind, ThreadsafeHandle, ThreadsafeJoinError, ThreadsafeTask,
    catch_cancel, current_task, run, running_loop, sleep, spawn, timeout, yield_now,
};

/// Runs `ask` on another thread, and a loop for it meanwhile.
fn with_loop<R: Send + 'static>(ask: impl FnOnce(&ThreadsafeHandle) -> R + Send + 'static) -> R {
    let event_loop = EventLoop::new();
    with(&event_loop, ask)
}

fn with<R: Send + 'static>(
    event_loop: &EventLoop,
    ask: impl FnOnce(&ThreadsafeHandle) -> R + Send + 'static,
) -> R {
    let handle = event_loop.threadsafe();
    let thread = thread::spawn(move || {
        let answer = ask(&handle);
        let stop = || running_loop().stop();
        handle.call_soon_threadsafe(stop).unwrap();
        answer
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    thread.join().unwrap()
}

#[test]
fn a_future_that_cannot_be_sent_is_made_on_the_loop() {
    let (own, value) = with_loop(|handle| {
        let task = handle.spawn_threadsafe(|| {
            let cup = Rc::new(RefCell::new(1));
            async move {
                yield_now().await;
                *cup.borrow_mut() += 1;
                (thread::current().id(), cup.take())
            }
        });
        task.unwrap().join().unwrap()
    });
    assert_eq!((own, value), (thread::current().id(), 2));
}

#[test]
fn a_panic_goes_to_the_thread_that_joins_also_one_of_the_closure() {
    let (in_future, in_closure) = with_loop(|handle| {
        let first = handle.spawn_threadsafe(|| async { panic!("cold") });
        let second = handle.spawn_threadsafe(|| -> std::future::Ready<()> { panic!("weak") });
        let first: Result<(), _> = first.unwrap().join();
        (first.unwrap_err(), second.unwrap().join().unwrap_err())
    });
    assert_eq!(in_future.to_string(), "the task panicked: cold");
    assert_eq!(in_closure.to_string(), "the task panicked: weak");
}

#[test]
fn a_request_from_another_thread_arrives_also_right_behind_the_spawn() {
    let (before, waiting, done) = with_loop(|handle| {
        let spawn = || handle.spawn_threadsafe(std::future::pending::<()>).unwrap();
        let before = spawn();
        before.cancel().unwrap();
        let waiting = spawn();
        let done = handle.spawn_threadsafe(|| async { 3 }).unwrap();
        handle.spawn_threadsafe(yield_now).unwrap().join().unwrap();
        waiting.cancel().unwrap();
        done.cancel().unwrap();
        (before.join(), waiting.join(), done.join())
    });
    assert!(matches!(before, Err(ThreadsafeJoinError::Cancelled)));
    assert!(matches!(waiting, Err(ThreadsafeJoinError::Cancelled)));
    assert!(matches!(done, Ok(3)));
}

#[test]
fn a_cancelled_task_says_so() {
    let error = with_loop(|handle| {
        let task = handle.spawn_threadsafe(|| async {
            current_task().unwrap().cancel();
            Future::<()>::new().await.unwrap();
        });
        task.unwrap().join().unwrap_err()
    });
    assert!(matches!(error, ThreadsafeJoinError::Cancelled));
}

#[test]
fn a_detached_task_runs_on_and_its_panic_is_reported() {
    let event_loop = EventLoop::new();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.to_string()));
    let done = with(&event_loop, |handle| {
        let (sender, done) = mpsc::channel();
        drop(handle.spawn_threadsafe(|| async { panic!("cold") as () }));
        drop(handle.spawn_threadsafe(move || async move {
            yield_now().await;
            yield_now().await;
            sender.send("done").unwrap();
        }));
        done.recv().unwrap()
    });
    assert_eq!(done, "done");
    assert_eq!(
        *heard.borrow(),
        ["an error that nobody looked at (task `Task-1`): panicked: cold"]
    );
}

#[test]
fn a_loop_that_closes_answers_whoever_waits() {
    let event_loop = EventLoop::new();
    let handle = event_loop.threadsafe();
    let (sender, began) = mpsc::channel();
    let waiting = thread::spawn(move || {
        let running = handle.spawn_threadsafe(move || {
            running_loop().stop();
            sender.send(()).unwrap();
            std::future::pending::<()>()
        });
        let outcome = running.unwrap().join();
        (outcome, handle.spawn_threadsafe(|| async {}).is_err())
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    began.recv().unwrap();
    drop(event_loop);
    let (outcome, refused) = waiting.join().unwrap();
    assert!(matches!(outcome, Err(ThreadsafeJoinError::Closed)));
    assert!(refused);
}

#[test]
fn a_join_that_gives_up_gives_the_handle_back() {
    let value = with_loop(|handle| {
        let (sender, gate) = mpsc::channel();
        let task = handle.spawn_threadsafe(move || async move {
            while gate.try_recv().is_err() {
                yield_now().await;
            }
            5
        });
        let task = task.unwrap().join_timeout(Duration::ZERO).unwrap_err();
        sender.send(()).unwrap();
        task.join().unwrap()
    });
    assert_eq!(value, 5);
}

#[test]
#[should_panic(expected = "joined by blocking the thread that has to run it")]
fn a_join_on_the_loop_itself_says_what_to_do() {
    final_runtime::run(async {
        let handle = running_loop().threadsafe();
        let task = handle.spawn_threadsafe(|| async {}).unwrap();
        let _ = task.join();
    });
}

/// A task of the loop that ends when the sender is used or dropped.
fn gated(handle: &ThreadsafeHandle) -> (mpsc::Sender<()>, ThreadsafeTask<u8>) {
    let (sender, gate) = mpsc::channel();
    let task = handle.spawn_threadsafe(move || async move {
        while let Err(mpsc::TryRecvError::Empty) = gate.try_recv() {
            sleep(Duration::from_micros(100)).await;
        }
        5
    });
    (sender, task.unwrap())
}

#[test]
fn a_task_of_one_loop_is_awaited_on_another_also_after_a_wait_that_was_dropped() {
    let value = with_loop(|handle| {
        let (open, mut task) = gated(handle);
        run(async move {
            let short = timeout(Duration::from_millis(1), &mut task).await;
            assert!(short.is_err() && !task.is_done());
            open.send(()).unwrap();
            task.await.unwrap()
        })
    });
    assert_eq!(value, 5);
}

#[test]
fn a_request_to_who_waits_on_another_loop_stays_there_and_one_to_the_task_goes_to_it() {
    let outcome = with_loop(|handle| {
        let (_open, task) = gated(handle);
        run(async move {
            let waits = spawn(async move {
                let mut task = task;
                assert!(catch_cancel(&mut task).await.is_err());
                assert!(!task.is_done(), "it runs on");
                task.cancel().unwrap();
                let outcome = (&mut task).await;
                (outcome, task.is_cancelled())
            });
            yield_now().await;
            waits.cancel();
            waits.await.unwrap()
        })
    });
    assert!(matches!(
        outcome,
        (Err(ThreadsafeJoinError::Cancelled), false)
    ));
}

#[test]
fn callbacks_are_called_on_the_loop_in_order_whichever_panics_and_a_late_one_here() {
    let event_loop = EventLoop::new();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.kind()));
    let (said, late) = with(&event_loop, |handle| {
        let (open, task) = gated(handle);
        let (say, said) = mpsc::channel();
        let (first, last) = (say.clone(), say);
        task.add_done_callback(move || first.send(("first", thread::current().id())).unwrap());
        task.add_done_callback(|| panic!("cold"));
        task.add_done_callback(move || last.send(("last", thread::current().id())).unwrap());
        open.send(()).unwrap();
        let said: Vec<_> = said.iter().collect();
        assert!(task.is_done() && !task.is_cancelled());
        let (say, late) = mpsc::channel();
        task.add_done_callback(move || say.send(thread::current().id()).unwrap());
        assert_eq!(task.join().unwrap(), 5);
        (said, late.recv().unwrap() == thread::current().id())
    });
    let own = thread::current().id();
    assert_eq!(said, [("first", own), ("last", own)]);
    assert!(late);
    assert_eq!(*heard.borrow(), [ReportKind::Callback]);
}

#[test]
fn a_loop_that_closes_tells_callbacks_and_who_awaits() {
    let event_loop = EventLoop::new();
    let handle = event_loop.threadsafe();
    let task = handle.spawn_threadsafe(|| async {}).unwrap();
    let (say, said) = mpsc::channel();
    task.add_done_callback(move || say.send(()).unwrap());
    let waits = thread::spawn(move || run(task));
    drop(event_loop);
    assert!(matches!(
        waits.join().unwrap(),
        Err(ThreadsafeJoinError::Closed)
    ));
    said.recv().unwrap();
}

#[test]
fn a_panic_at_which_nobody_looked_is_reported_when_its_handle_goes() {
    let event_loop = EventLoop::new();
    let heard = Rc::new(RefCell::new(Vec::new()));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |report| ear.borrow_mut().push(report.to_string()));
    with(&event_loop, |handle| {
        let task = handle.spawn_threadsafe(|| async { panic!("cold") as () });
        let task = task.unwrap();
        let (say, said) = mpsc::channel();
        task.add_done_callback(move || say.send(()).unwrap());
        said.recv().unwrap();
        drop(task);
    });
    assert_eq!(
        *heard.borrow(),
        ["an error that nobody looked at: panicked: cold"]
    );
}
