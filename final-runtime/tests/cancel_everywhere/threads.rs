//! Tasks that another thread has spawned, asked to end by that thread, left alone by it, or closed with their loop: at
//! every step. The thread that joins hears of each end exactly once, and the loop keeps nothing.
//!
//! At its step the task holds the loop until the other thread has done what it does, so that each run is the same.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use final_runtime::{
    EventLoop, Future, Outcome, ThreadsafeJoinError, ThreadsafeTask, catch_cancel, running_loop,
    sleep, spawn, task_group, timeout, to_thread, yield_now,
};

use crate::common::steps::at_step;
use crate::{Body, MOMENTS, MOST_STEPS, Moment, helper, ms};

/// What the other thread does at the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// Asks a task to end that catches the request.
    Request,
    /// Asks one that does not.
    RequestAtTheRoot,
    /// Asks twice before the loop looks.
    TwoRequests,
    DropTheHandle,
    /// Stops the loop, which is closed then.
    Close,
}

const DEEDS: [Deed; 5] = [
    Deed::Request,
    Deed::RequestAtTheRoot,
    Deed::TwoRequests,
    Deed::DropTheHandle,
    Deed::Close,
];

/// The task's way to tell the other thread, and to wait until that has done its deed.
struct Bell {
    reached: Sender<()>,
    done: Receiver<()>,
}

impl Bell {
    fn ring(&self) {
        self.reached.send(()).unwrap();
        self.done.recv().unwrap();
    }

    fn ring_later(self, turns: u32) {
        running_loop().call_soon(move || match turns {
            0 => self.ring(),
            turns => self.ring_later(turns - 1),
        });
    }
}

/// Polls `body`, and rings in or after its `step`th poll.
async fn ringing_at(body: Body, step: u32, moment: Moment, bell: Bell) {
    at_step(body, step, |_, _| {
        match moment {
            Moment::Later(turns) => bell.ring_later(turns),
            _ => bell.ring(),
        }
        ControlFlow::Continue(())
    })
    .await;
}

/// The task. How many requests it has caught.
async fn work(subject: Body, step: u32, moment: Moment, bell: Bell, deed: Deed) -> u32 {
    let mut caught = 0;
    let subject = ringing_at(subject, step, moment, bell);
    if deed == Deed::RequestAtTheRoot {
        subject.await;
        // A request that the loop looks at a turn later finds it here.
        sleep(ms(1)).await;
        return caught;
    }
    caught += u32::from(catch_cancel(subject).await.is_err());
    for _ in 0..5 {
        caught += u32::from(catch_cancel(yield_now()).await.is_err());
    }
    caught + u32::from(catch_cancel(sleep(ms(1))).await.is_err())
}

/// Does the deed. The handle, if it is kept.
fn act(deed: Deed, task: ThreadsafeTask<u32>) -> Option<ThreadsafeTask<u32>> {
    match deed {
        Deed::Request | Deed::RequestAtTheRoot => task.cancel().unwrap(),
        Deed::TwoRequests => {
            task.cancel().unwrap();
            task.cancel().unwrap();
        }
        Deed::DropTheHandle => return None,
        Deed::Close => {}
    }
    Some(task)
}

/// Runs the subject once. Whether the step was reached.
fn attempt(name: &str, subject: fn() -> Body, step: u32, moment: Moment, deed: Deed) -> bool {
    let what = format!("{name}: {deed:?} at step {step}, {moment:?}");
    let event_loop = EventLoop::new();
    let token = Arc::new(AtomicU32::new(0));
    let (handle, held) = (event_loop.threadsafe(), token.clone());
    let other = thread::spawn(move || {
        let (reached, at_step) = channel();
        let (deed_done, done) = channel();
        let ended = held.clone();
        let task = handle.spawn_threadsafe(move || async move {
            let caught = work(subject(), step, moment, Bell { reached, done }, deed).await;
            ended.fetch_add(1, Relaxed);
            caught
        });
        let mut task = task.ok();
        let reached = at_step.recv().is_ok();
        if reached {
            task = task.and_then(|task| act(deed, task));
            if deed == Deed::Close {
                handle
                    .call_soon_threadsafe(|| running_loop().stop())
                    .unwrap();
            }
            deed_done.send(()).unwrap();
        }
        let joined = task.map(ThreadsafeTask::join);
        if !reached || deed != Deed::Close {
            // Its last turns, where nobody waits for them here.
            let tail = handle.spawn_threadsafe(|| async {
                while running_loop().all_tasks().len() > 1 {
                    sleep(ms(1)).await;
                }
            });
            tail.unwrap().join().unwrap();
            handle
                .call_soon_threadsafe(|| running_loop().stop())
                .unwrap();
        }
        (reached, joined)
    });
    assert_eq!(event_loop.run_forever(), Outcome::Stopped);
    let left = event_loop.all_tasks();
    drop(event_loop);
    let (reached, joined) = other.join().unwrap();
    assert!(
        left.is_empty() || reached && deed == Deed::Close,
        "{what}: {left:?}"
    );
    drop(left);
    let ended = token.load(Relaxed);
    assert_eq!(Arc::strong_count(&token), 1, "{what}: its frame is gone");
    match (reached, deed, joined) {
        (false, _, Some(Ok(0))) | (true, Deed::DropTheHandle, None) => {
            assert_eq!(ended, 1, "{what}")
        }
        (true, Deed::Request | Deed::TwoRequests, Some(Ok(1))) => assert_eq!(ended, 1, "{what}"),
        (true, Deed::RequestAtTheRoot, Some(Err(ThreadsafeJoinError::Cancelled)))
        | (true, Deed::Close, Some(Err(ThreadsafeJoinError::Closed))) => {
            assert_eq!(ended, 0, "{what}")
        }
        (_, _, joined) => panic!("{what}: {joined:?}"),
    }
    reached
}

macro_rules! subjects {
    ($($name:ident: $body:block)*) => {
        $(#[test]
        fn $name() {
            for deed in DEEDS {
                for moment in MOMENTS {
                    let attempt = |step: &u32| {
                        attempt(stringify!($name), || Box::pin(async $body), *step, moment, deed)
                    };
                    let steps = (1..MOST_STEPS).take_while(attempt).count() as u32;
                    assert!(0 < steps && steps < MOST_STEPS - 1);
                }
            }
        })*
    };
}

subjects! {
    yields: { for _ in 0..3 { yield_now().await; } }
    a_sleep: { sleep(ms(1)).await; }
    a_task: { let _ = helper(1).await; }
    a_timeout_that_elapses: { let _ = timeout(ms(1), std::future::pending::<()>()).await; }
    a_future_that_a_task_sets: {
        let future = Future::new();
        let setter = future.clone();
        drop(spawn(async move {
            yield_now().await;
            let _ = setter.set_result(());
        }));
        let _ = future.await;
    }
    a_group: {
        let _ = task_group(async |group| {
            group.spawn(yield_now()).map(drop).unwrap();
            group.spawn(sleep(ms(1))).map(drop).unwrap();
        })
        .await;
    }
    a_call_in_another_thread: { let _ = to_thread(thread::yield_now).await; }
}
