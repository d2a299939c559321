//! Loops and threads at the two ends, and ends that go from one to another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;
use std::thread;

use final_runtime::channel::{self, Receiver};
use final_runtime::run;
use futures_util::StreamExt;

fn is_send<T: Send>(value: T) -> T {
    value
}

#[test]
fn a_task_of_one_loop_sends_to_another() {
    let (tell, mut hear) = channel::bounded(1);
    let (answer, mut answers) = channel::bounded(1);
    let other = thread::spawn(move || {
        run(async move {
            for n in 0..200 {
                tell.send(n).await.unwrap();
                assert_eq!(answers.recv().await, Some(2 * n));
            }
        });
    });
    run(async move {
        while let Some(n) = hear.recv().await {
            answer.send(2 * n).await.unwrap();
        }
    });
    other.join().unwrap();
}

#[test]
fn to_block_the_thread_of_a_loop_is_refused_and_says_what_to_await() {
    run(async {
        let (tell, mut hear) = channel::bounded::<u8>(1);
        let says =
            |refused: thread::Result<bool>| *refused.unwrap_err().downcast::<String>().unwrap();
        let refused = catch_unwind(AssertUnwindSafe(|| hear.blocking_recv().is_some()));
        assert!(says(refused).contains("await `recv`"));
        let refused = catch_unwind(AssertUnwindSafe(|| tell.blocking_send(1).is_ok()));
        assert!(says(refused).contains("await `send`"));
    });
}

#[test]
fn its_futures_may_be_begun_on_one_thread_and_end_on_another() {
    let (tell, mut hear) = channel::unbounded();
    let mut waits = Box::pin(async move { hear.recv().await });
    // A task that looks at it once and lets it go.
    let waits = run(async move {
        std::future::poll_fn(|cx| {
            assert!(waits.as_mut().poll(cx).is_pending());
            Poll::Ready(())
        })
        .await;
        Some(waits)
    });
    let waits = is_send(waits.unwrap());
    drop(is_send(tell.send("milk")));
    let other = thread::spawn(move || run(waits));
    tell.try_send("tea").unwrap();
    assert_eq!(other.join().unwrap(), Some("tea"));
}

#[test]
fn a_receiver_may_go_to_another_thread() {
    let (tell, hear): (_, Receiver<u8>) = channel::bounded(1);
    let sum = thread::spawn(move || {
        let add = |sum, n| async move { sum + u32::from(n) };
        run(hear.fold(0, add))
    });
    (1..=10).for_each(|n| tell.blocking_send(n).unwrap());
    drop(tell);
    assert_eq!(sum.join().unwrap(), 55);
}
