//! Letting time pass, and letting the others run.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::clock;
use crate::future::Future;
use crate::handle::Handle;
use crate::here;
use crate::join::Join;
use crate::task;

/// Waits until `duration` has passed since the first poll, never less. Zero gives control up once.
///
/// asyncio: `asyncio.sleep()`.
///
/// ```
/// use std::time::{Duration, Instant};
///
/// final_runtime::run(async {
///     let start = Instant::now();
///     final_runtime::sleep(Duration::from_millis(3)).await;
///     assert!(start.elapsed() >= Duration::from_millis(3));
/// });
/// ```
///
/// # Panics
///
/// When polled on a thread whose loop is not running.
///
/// # Cancel safety
///
/// To drop it takes its timer back.
pub fn sleep(duration: Duration) -> Sleep {
    Sleep {
        state: if duration.is_zero() {
            State::Yield(yield_now())
        } else {
            State::New(When::After(duration))
        },
    }
}

/// Waits until `deadline`, never less. One that is past is due in the next turn.
///
/// asyncio: none by name; `asyncio.sleep(when - loop.time())`.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{run, running_loop, sleep_until};
///
/// run(async {
///     let deadline = running_loop().now() + Duration::from_millis(3);
///     sleep_until(deadline).await;
///     assert!(running_loop().now() >= deadline);
/// });
/// ```
///
/// # Panics
///
/// When polled on a thread whose loop is not running.
///
/// # Cancel safety
///
/// To drop it takes its timer back.
pub fn sleep_until(deadline: Instant) -> Sleep {
    Sleep {
        state: State::New(When::At(deadline)),
    }
}

/// The future of [`sleep`] and [`sleep_until`], where what it does on cancel is said.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{Sleep, run, sleep};
/// use futures_util::future::{Either, select};
///
/// run(async {
///     let (short, long): (Sleep, Sleep) = (sleep(Duration::ZERO), sleep(Duration::from_secs(60)));
///     assert!(matches!(select(short, long).await, Either::Left(_)));
/// });
/// ```
#[derive(Debug)]
#[must_use = "futures do nothing unless awaited"]
pub struct Sleep {
    state: State,
}

#[derive(Debug)]
enum State {
    New(When),
    Yield(YieldNow),
    Armed { timer: Handle, fired: Join<()> },
}

#[derive(Clone, Copy, Debug)]
enum When {
    After(Duration),
    At(Instant),
}

impl std::future::Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let State::New(when) = self.state {
            self.state = when.arm();
        }
        match &mut self.state {
            State::Yield(yielding) => Pin::new(yielding).poll(cx),
            State::Armed { fired, .. } => Pin::new(fired).poll(cx).map(|_| ()),
            State::New(_) => unreachable!("armed above"),
        }
    }
}

impl When {
    /// Sets the timer. When it fires it settles a future, and the task wakes one turn later, as in asyncio.
    fn arm(self) -> State {
        let core = here::expect_core("a poll of `sleep`", Rc::clone);
        let now = core.read_clock();
        let when = match self {
            Self::After(duration) => clock::deadline(now, duration),
            Self::At(deadline) => Some(deadline),
        };
        let fired = Future::of(&core, "a deadline");
        let join = Join::new(&fired.promise);
        // A future that was cancelled in the gap stays so.
        let fire = move || {
            let _ = fired.set_result(());
        };
        State::Armed {
            timer: core.call_at(when, Box::new(fire)),
            fired: join,
        }
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let State::Armed { timer, .. } = &self.state {
            timer.cancel();
        }
    }
}

/// Gives control up once: everything else that is ready runs first.
///
/// asyncio: `asyncio.sleep(0)`.
///
/// ```
/// final_runtime::run(async {
///     final_runtime::yield_now().await;
/// });
/// ```
///
/// # Cancel safety
///
/// There is nothing to lose. A request is noted, and ends the wait in its turn.
pub fn yield_now() -> YieldNow {
    YieldNow { yielded: false }
}

/// The future of [`yield_now`], where what it does on cancel is said.
///
/// ```
/// use final_runtime::{YieldNow, run, running_loop, yield_now};
///
/// run(async {
///     let turn = running_loop().turn();
///     let once: YieldNow = yield_now();
///     once.await;
///     assert_eq!(running_loop().turn(), turn + 1);
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct YieldNow {
    /// It was polled once, and is not done.
    yielded: bool,
}

impl std::future::Future for YieldNow {
    type Output = ();

    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.yielded = !self.yielded;
        if !self.yielded {
            return Poll::Ready(());
        }
        task::wake(cx.waker());
        Poll::Pending
    }
}

impl fmt::Debug for YieldNow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("YieldNow")
            .field("yielded", &self.yielded)
            .finish()
    }
}
