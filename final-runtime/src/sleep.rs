//! Letting time pass, and letting the others run.
//!
//! In the book: chapter 6.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::cancel::{Cancelled, Node, Place, Wait};
use crate::here;
use crate::shared::Core;
use crate::task;
use crate::timers::{Slept, Timer};
use crate::wheel::Key;

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
/// asyncio: the coroutine of `asyncio.sleep()`.
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
    Armed(Armed),
    Done,
}

#[derive(Clone, Copy, Debug)]
enum When {
    After(Duration),
    At(Instant),
}

/// A timer that wakes whoever polled last; its task runs one turn later, as in asyncio.
struct Armed {
    core: Rc<Core>,
    /// Absent for a time that never comes.
    timer: Option<Key>,
    place: Place,
}

impl std::future::Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if let State::New(when) = self.state {
            self.state = State::Armed(when.arm(cx));
            return Poll::Pending;
        }
        let polled = match &mut self.state {
            State::Yield(yielding) => Pin::new(yielding).poll(cx),
            State::Armed(armed) => armed.poll(cx),
            State::New(_) | State::Done => panic!("a `sleep` was polled after it was done"),
        };
        if polled.is_ready() {
            self.state = State::Done;
        }
        polled
    }
}

impl When {
    /// Sets the timer.
    #[inline]
    fn arm(self, cx: &Context<'_>) -> Armed {
        let core = here::expect_core("a poll of `sleep`").clone();
        let when = match self {
            Self::After(duration) => core.clock.after(duration),
            Self::At(deadline) => Some(core.clock.nanoseconds(deadline)),
        };
        let timer = when.map(|when| core.timers.arm(when, Timer::wake(cx.waker())));
        let mut armed = Armed {
            core,
            timer,
            place: Place::default(),
        };
        armed.place.wait_here(armed.wait());
        armed
    }
}

impl Armed {
    #[inline]
    fn wait(&self) -> Wait {
        self.timer.map_or(Wait::NEVER, Wait::timer)
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<()> {
        let wait = self.wait();
        let slept = match self.timer {
            Some(timer) => self.core.timers.sleep(timer, cx.waker()),
            None => Slept::Waiting,
        };
        match slept {
            Slept::Waiting => self.place.wait_here(wait),
            Slept::Fired => {
                self.place.leave();
                return Poll::Ready(());
            }
            Slept::Ended => {
                // The sleep outlived the scope that a request ended, and goes on elsewhere: it is over there, too.
                self.place.leave();
                Node::current("a `sleep` that was cancelled").raise(Cancelled::new());
            }
        }
        Poll::Pending
    }
}

impl fmt::Debug for Armed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Armed").field(&self.timer).finish()
    }
}

impl Drop for Armed {
    #[inline]
    fn drop(&mut self) {
        self.place.leave();
        if let Some(timer) = self.timer {
            self.core.timers.disarm(timer);
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
/// asyncio: the coroutine of `asyncio.sleep(0)`.
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
