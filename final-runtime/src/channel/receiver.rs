//! The side that receives.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;

use super::block_on;
use super::error::TryRecvError;
use super::shared::Shared;
use super::waits::Tied;
use crate::cancel::Wait;

/// Receives what is sent into a channel, in order; there is one. It is a [`Stream`], too, which ends with the channel.
///
/// It may go to another thread. To drop it closes the channel, and drops what is in it.
///
/// asyncio: `queue.get`, on the loop's own thread.
///
/// ```
/// use final_runtime::channel::{self, Receiver};
/// use futures_util::StreamExt;
/// use std::thread;
///
/// let (tell, hear): (_, Receiver<u32>) = channel::unbounded();
/// thread::spawn(move || (1..=4).for_each(|n| tell.try_send(n).unwrap()));
/// let squares = final_runtime::run(hear.map(|n| n * n).collect::<Vec<_>>());
/// assert_eq!(squares, [1, 4, 9, 16]);
/// ```
#[must_use = "a channel without a receiver is closed"]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Waits for the next message. `None` when none will come: all senders are gone, or the channel was closed, and what
    /// was in it is received. Does not give up control if there is one.
    ///
    /// asyncio: `Queue.get()`.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let (tell, mut hear) = final_runtime::channel::unbounded();
    /// thread::spawn(move || tell.try_send("tea").unwrap());
    /// final_runtime::run(async move {
    ///     assert_eq!(hear.recv().await, Some("tea"));
    ///     assert_eq!(hear.recv().await, None);
    /// });
    /// ```
    ///
    /// # Cancel safety
    ///
    /// A request or a drop half-way loses nothing: a message is taken in the step that gives it.
    pub async fn recv(&mut self) -> Option<T> {
        let waits = Receiving {
            shared: &self.shared,
            tied: Tied::default(),
        };
        waits.await
    }

    /// Takes the next message, if there is one.
    ///
    /// asyncio: `Queue.get_nowait()`.
    ///
    /// ```
    /// use final_runtime::channel::{self, TryRecvError};
    ///
    /// let (tell, mut hear) = channel::unbounded();
    /// assert_eq!(hear.try_recv(), Err(TryRecvError::Empty));
    /// tell.try_send("tea").unwrap();
    /// assert_eq!(hear.try_recv(), Ok("tea"));
    /// ```
    ///
    /// # Errors
    ///
    /// If there is none yet, or none will come.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.shared.try_recv()
    }

    /// As [`recv`](Self::recv), and blocks this thread meanwhile. For threads in which no loop runs.
    ///
    /// asyncio: `run_coroutine_threadsafe(queue.get(), loop).result()`.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let (tell, mut hear) = final_runtime::channel::bounded(1);
    /// let log = thread::spawn(move || {
    ///     let mut lines = 0;
    ///     while let Some(_line) = hear.blocking_recv() {
    ///         lines += 1;
    ///     }
    ///     lines
    /// });
    /// final_runtime::run(async move {
    ///     tell.send("a loop").await.unwrap();
    ///     tell.send("writes").await.unwrap();
    /// });
    /// assert_eq!(log.join().unwrap(), 2);
    /// ```
    ///
    /// # Panics
    ///
    /// On the thread of a running loop.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        block_on(self.recv(), "`recv`")
    }

    /// Closes the channel: it takes no more messages, also none whose sender waits for room. What is in it can still be
    /// received.
    ///
    /// asyncio: `Queue.shutdown()`.
    ///
    /// ```
    /// let (tell, mut hear) = final_runtime::channel::unbounded();
    /// tell.try_send("tea").unwrap();
    /// hear.close();
    /// assert!(tell.try_send("milk").is_err());
    /// assert_eq!(hear.blocking_recv(), Some("tea"));
    /// assert_eq!(hear.blocking_recv(), None);
    /// ```
    pub fn close(&mut self) {
        self.shared.close();
    }

    /// How many messages are in the channel now. Other threads may send meanwhile.
    ///
    /// asyncio: `Queue.qsize()`.
    ///
    /// ```
    /// let (tell, hear) = final_runtime::channel::unbounded();
    /// tell.try_send("tea").unwrap();
    /// assert_eq!(hear.len(), 1);
    /// assert!(!hear.is_empty());
    /// ```
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether no message is in the channel now.
    ///
    /// asyncio: `Queue.empty()`.
    ///
    /// ```
    /// let (tell, hear) = final_runtime::channel::unbounded();
    /// assert!(hear.is_empty());
    /// tell.try_send("tea").unwrap();
    /// assert!(!hear.is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many messages it holds at most; `None` if it takes whatever comes.
    ///
    /// asyncio: `Queue.maxsize`, which is 0 then.
    ///
    /// ```
    /// let (_tell, hear) = final_runtime::channel::bounded::<u8>(3);
    /// assert_eq!(hear.capacity(), Some(3));
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        Some(self.shared.capacity()).filter(|capacity| *capacity < usize::MAX)
    }

    pub(super) fn poll_recv(&self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.shared.poll_recv(cx)
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv(cx)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        self.shared.remove_receiver();
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("senders", &self.shared.senders())
            .finish_non_exhaustive()
    }
}

/// The wait for a message.
pub(super) struct Receiving<'a, T> {
    shared: &'a Shared<T>,
    tied: Tied,
}

impl<T> Future for Receiving<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let polled = self.shared.poll_recv(cx);
        match polled.is_ready() {
            true => self.tied.leave(),
            false => self.tied.wait_here(Wait::MESSAGE),
        }
        polled
    }
}
