//! Timers: called off, fired, and both.

use std::cell::RefCell;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;
use std::time::{Duration, Instant};

use super::{Workload, timed};
use crate::rt::Timers;
use crate::util::{Report, Rng, Stopwatch};

const SECOND: Duration = Duration::from_secs(1);

pub fn run<R: Timers>(workload: &Workload) -> Option<Report> {
    let Workload { n, size, .. } = *workload;
    Some(match workload.name.as_str() {
        "timer_cancel" => timed::<R, _>(n, timer_cancel::<R>),
        "timer_timeout" => timer_timeout::<R>(n, size),
        "timer_fire" => timer_fire::<R>(n),
        _ => return None,
    })
}

/// Polls a future once; true if it was ready.
async fn poll_once(mut future: Pin<&mut impl Future<Output = ()>>) -> bool {
    poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_ready())).await
}

/// Of every thousand armed sleeps, deadlines random within a second, nine hundred are dropped at once and a hundred
/// kept until they fire.
async fn timer_cancel<R: Timers>(n: u64) -> u64 {
    let mut rng = Rng::new();
    let mut kept = Vec::with_capacity((n / 10) as usize);
    let mut batch = Vec::with_capacity(1000);
    let mut armed = 0;
    while armed < n {
        for _ in 0..(n - armed).min(1000) {
            let mut sleep = Box::pin(R::sleep(rng.duration(SECOND)));
            poll_once(sleep.as_mut()).await;
            batch.push(sleep);
            armed += 1;
        }
        kept.extend(batch.drain(..).step_by(10));
        R::yield_now().await;
    }
    for sleep in kept {
        sleep.await;
    }
    armed
}

/// With `size` far timers armed, arms one more on the stack and drops it: what `timeout` does around something that
/// is ready soon.
fn timer_timeout<R: Timers>(n: u64, size: u64) -> Report {
    R::new().block_on(async move {
        let mut rng = Rng::new();
        let mut far = Vec::with_capacity(size as usize);
        for _ in 0..size {
            let mut sleep = Box::pin(R::sleep(60 * SECOND + rng.duration(60 * SECOND)));
            assert!(!poll_once(sleep.as_mut()).await);
            far.push(sleep);
        }
        R::yield_now().await;
        let once = async |rng: &mut Rng| {
            let sleep = pin!(R::sleep(SECOND + rng.duration(SECOND)));
            poll_once(sleep).await
        };
        for _ in 0..n / 10 {
            once(&mut rng).await;
        }
        let mut fired = 0;
        let watch = Stopwatch::start();
        for i in 0..n {
            fired += u64::from(once(&mut rng).await);
            if i % 64 == 0 {
                R::yield_now().await;
            }
        }
        let report = watch.stop(n);
        assert_eq!(fired, 0);
        drop(far);
        report
    })
}

/// `n` tasks sleep once each, deadlines random within a second. The time is that of spawn and join too; late is what
/// the task sees.
fn timer_fire<R: Timers>(n: u64) -> Report {
    R::new().block_on(async move {
        let late = Rc::new(RefCell::new(Vec::with_capacity(n as usize)));
        let mut rng = Rng::new();
        let watch = Stopwatch::start();
        let mut handles = Vec::with_capacity(n as usize);
        for _ in 0..n {
            let late = late.clone();
            let duration = rng.duration(SECOND);
            handles.push(R::spawn(async move {
                let deadline = Instant::now() + duration;
                R::sleep(duration).await;
                let now = Instant::now();
                assert!(now >= deadline, "{:?} early", deadline - now);
                late.borrow_mut().push((now - deadline).as_nanos() as u64);
            }));
        }
        for handle in handles {
            handle.await;
        }
        let report = watch.stop(n);
        report.with_lateness(late.take())
    })
}
