//! What hyper asks of a runtime (feature `hyper`): `Read` and `Write` on
//! [`TcpStream`], a [`Timer`] and an [`Executor`].
//!
//! ```no_run
//! use final_runtime::hyper::Timer;
//! use final_runtime::net::TcpListener;
//! # use ::hyper::{Response, body::Incoming, Request, service::service_fn};
//!
//! # async fn hello(_: Request<Incoming>) -> Result<Response<String>, std::convert::Infallible> {
//! #     Ok(Response::new("hello".to_owned()))
//! # }
//! # fn main() -> std::io::Result<()> {
//! final_runtime::run(async {
//!     let listener = TcpListener::bind("127.0.0.1:3000")?;
//!     loop {
//!         let (stream, _) = listener.accept().await?;
//!         let connection = ::hyper::server::conn::http1::Builder::new()
//!             .timer(Timer)
//!             .serve_connection(stream, service_fn(hello));
//!         final_runtime::spawn(connection);
//!     }
//! })
//! # }
//! ```
//!
//! In the book: chapter 15.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::io::{self, IoSlice, Write as _};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use ::hyper::rt::{self, ReadBufCursor};

use crate::driver::Who;
use crate::handle::Handle;
use crate::here;
use crate::net::{self, TcpStream};

impl rt::Read for TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let room = buffer.remaining();
        let read = |stream: &_| net::receive(stream, &mut buffer);
        ready!(self.poll_reading(Who::OWNER, cx, room, read))?;
        Poll::Ready(Ok(()))
    }
}

impl rt::Write for TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_writing(Who::OWNER, cx, bytes.len(), |mut stream| {
            stream.write(bytes)
        })
    }

    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.end_writing())
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length = buffers.iter().map(|buffer| buffer.len()).sum();
        self.poll_writing(Who::OWNER, cx, length, |mut stream| {
            stream.write_vectored(buffers)
        })
    }
}

/// Spawns hyper's background futures on the running loop. A future's panic goes to the loop's exception handler.
///
/// asyncio: `asyncio.create_task()`.
///
/// ```
/// use ::hyper::rt::Executor as _;
/// use final_runtime::{Future, hyper::Executor, run};
///
/// run(async {
///     let done = Future::new();
///     let setter = done.clone();
///     Executor.execute(async move { setter.set_result("background work").unwrap() });
///     assert_eq!(done.await.unwrap(), "background work");
/// });
/// ```
///
/// # Panics
///
/// `execute` panics if no loop is running on this thread.
#[derive(Clone, Copy, Debug, Default)]
pub struct Executor;

impl<F> rt::Executor<F> for Executor
where
    F: Future + 'static,
{
    fn execute(&self, future: F) {
        crate::spawn(future);
    }
}

/// hyper's clock: the timers of the running loop.
///
/// asyncio: `loop.call_at()`.
///
/// ```
/// use std::time::Duration;
/// use ::hyper::rt::Timer as _;
/// use final_runtime::{hyper::Timer, run};
///
/// run(async {
///     let start = Timer.now();
///     Timer.sleep(Duration::from_millis(3)).await;
///     assert!(Timer.now() - start >= Duration::from_millis(3));
/// });
/// ```
///
/// # Panics
///
/// All of it, if no loop is running on this thread: `now` and `sleep` when they are called, a sleep when it is polled.
///
/// # Cancel safety
///
/// To drop a sleep on its own thread takes its timer back.
#[derive(Clone, Copy, Debug, Default)]
pub struct Timer;

impl rt::Timer for Timer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep::new(self.now().checked_add(duration)))
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn rt::Sleep>> {
        Box::pin(Sleep::new(Some(deadline)))
    }

    fn now(&self) -> Instant {
        crate::running_loop().now()
    }
}

thread_local! {
    /// The timers of this thread's sleeps. A [`Handle`] stays on its thread, and a sleep of hyper's may not.
    static ARMED: RefCell<HashMap<u64, Handle>> = RefCell::default();
    static NEXT_KEY: Cell<u64> = const { Cell::new(0) };
}

/// A sleep that may change threads, as hyper demands of the type. Where it is polled first it stays armed.
struct Sleep {
    deadline: Option<Instant>,
    armed: Option<(ThreadId, u64)>,
    alarm: Arc<Mutex<Alarm>>,
}

/// What a sleep and its timer share.
#[derive(Default)]
struct Alarm {
    rung: bool,
    waker: Option<Waker>,
}

impl Sleep {
    fn new(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            armed: None,
            alarm: Arc::default(),
        }
    }

    /// Sets the timer on the running loop.
    fn arm(&mut self) {
        let key = NEXT_KEY.replace(NEXT_KEY.get() + 1);
        let alarm = self.alarm.clone();
        let ring = move || {
            ARMED.with_borrow_mut(|armed| armed.remove(&key));
            if let Some(waker) = lock(&alarm).ring() {
                waker.wake();
            }
        };
        let core = here::expect_core("a poll of hyper's timer").clone();
        let handle = core.call_at(self.deadline, Box::new(ring));
        ARMED.with_borrow_mut(|armed| armed.insert(key, handle));
        self.armed = Some((thread::current().id(), key));
    }
}

impl Alarm {
    fn ring(&mut self) -> Option<Waker> {
        self.rung = true;
        self.waker.take()
    }
}

fn lock(alarm: &Mutex<Alarm>) -> MutexGuard<'_, Alarm> {
    // No code of others runs under the lock, so a poisoned one is still whole.
    alarm.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.armed.is_none() {
            self.arm();
        }
        let mut alarm = lock(&self.alarm);
        if alarm.rung {
            return Poll::Ready(());
        }
        alarm.waker = Some(cx.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        // Dropped on another thread, or after this thread's locals, the timer stays and fires for nobody.
        if let Some((thread, key)) = self.armed
            && thread == thread::current().id()
            && let Ok(Some(handle)) = ARMED.try_with(|armed| armed.borrow_mut().remove(&key))
        {
            handle.cancel();
        }
    }
}

impl rt::Sleep for Sleep {}
