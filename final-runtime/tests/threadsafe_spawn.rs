//! Tasks that another thread spawns and waits for.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, Outcome, ThreadsafeHandle, ThreadsafeJoinError, current_task, running_loop,
    yield_now,
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
