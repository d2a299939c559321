//! The side that sends.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::block_on;
use super::error::{SendError, TrySendError};
use super::shared::Shared;
use super::waits::Tied;
use crate::cancel::Wait;

/// Sends into a channel, from any thread. Clones send into the same one; it ends when the last of them is dropped.
///
/// asyncio: `queue.put`, by `run_coroutine_threadsafe`.
///
/// ```
/// use final_runtime::channel::{self, Sender};
/// use std::thread;
///
/// let (tell, mut hear) = channel::bounded(1);
/// for cup in 0..2 {
///     let tell: Sender<u8> = tell.clone();
///     thread::spawn(move || tell.blocking_send(cup).unwrap());
/// }
/// drop(tell);
/// let sum = final_runtime::run(async move {
///     let mut sum = 0;
///     while let Some(cup) = hear.recv().await {
///         sum += cup;
///     }
///     sum
/// });
/// assert_eq!(sum, 1);
/// ```
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Sender<T> {
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        Self { shared }
    }

    /// Sends `message` as soon as there is room; on any loop, also another than the receiver's, and in any runtime. Does not
    /// give up control if there is.
    ///
    /// Who waits for room gets it in order. It is kept for them: [`try_send`](Self::try_send) finds none while somebody
    /// waits for it.
    ///
    /// asyncio: `Queue.put()`.
    ///
    /// ```
    /// use final_runtime::{channel, run, spawn};
    ///
    /// run(async {
    ///     let (tell, mut hear) = channel::bounded(1);
    ///     spawn(async move {
    ///         for course in ["soup", "fish"] {
    ///             tell.send(course).await.unwrap();
    ///         }
    ///     });
    ///     assert_eq!(hear.recv().await, Some("soup"));
    ///     assert_eq!(hear.recv().await, Some("fish"));
    ///     assert_eq!(hear.recv().await, None, "the sender is gone");
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the receiver is gone, or has closed the channel; the message comes back.
    ///
    /// # Cancel safety
    ///
    /// A request or a drop half-way drops the message: it was not sent. (What must not be lost stays with you until
    /// [`try_send`](Self::try_send) takes it.) The room that was kept for it goes to the next in line.
    pub async fn send(&self, message: T) -> Result<(), SendError<T>> {
        match self.shared.try_send(message) {
            Ok(()) => Ok(()),
            Err(TrySendError::Closed(message)) => Err(SendError(message)),
            Err(TrySendError::Full(message)) => {
                let waits = Sending {
                    shared: &self.shared,
                    message: Some(message),
                    number: None,
                    tied: Tied::default(),
                };
                waits.await
            }
        }
    }

    /// Sends `message`, if there is room.
    ///
    /// asyncio: `Queue.put_nowait()`.
    ///
    /// ```
    /// let (tell, mut hear) = final_runtime::channel::bounded(1);
    /// tell.try_send("tea").unwrap();
    /// assert!(tell.try_send("milk").is_err(), "there is room for one");
    /// assert_eq!(hear.try_recv(), Ok("tea"));
    /// ```
    ///
    /// # Errors
    ///
    /// If there is none, or others wait for it; if the receiver is gone, or has closed the channel. The message comes back.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.shared.try_send(message)
    }

    /// Sends `message`, and blocks this thread until there is room. For threads in which no loop runs.
    ///
    /// asyncio: `run_coroutine_threadsafe(queue.put(…), loop).result()`.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let (tell, mut hear) = final_runtime::channel::bounded(1);
    /// let cook = thread::spawn(move || (1..=3).try_for_each(|dish| tell.blocking_send(dish)));
    /// final_runtime::run(async move {
    ///     while let Some(_dish) = hear.recv().await {}
    /// });
    /// cook.join().unwrap().unwrap();
    /// ```
    ///
    /// # Errors
    ///
    /// If the receiver is gone, or has closed the channel; the message comes back.
    ///
    /// # Panics
    ///
    /// On the thread of a running loop.
    #[track_caller]
    pub fn blocking_send(&self, message: T) -> Result<(), SendError<T>> {
        block_on(self.send(message), "`send`")
    }

    /// Whether the receiver is gone, or has closed the channel. Another thread may do so right after.
    ///
    /// asyncio: none by name.
    ///
    /// ```
    /// let (tell, hear) = final_runtime::channel::unbounded::<u8>();
    /// drop(hear);
    /// assert!(tell.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.shared.is_closed()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        self.shared.add_sender();
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        self.shared.remove_sender();
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("len", &self.shared.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// The wait for room.
struct Sending<'a, T> {
    shared: &'a Shared<T>,
    message: Option<T>,
    /// Its place in the line.
    number: Option<u64>,
    tied: Tied,
}

impl<T> Unpin for Sending<'_, T> {}

impl<T> Future for Sending<'_, T> {
    type Output = Result<(), SendError<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        let polled = this
            .shared
            .poll_send(&mut this.message, &mut this.number, cx);
        match polled.is_ready() {
            true => this.tied.leave(),
            false => this.tied.wait_here(Wait::ROOM),
        }
        polled
    }
}

impl<T> Drop for Sending<'_, T> {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            self.shared.give_up(number);
        }
    }
}
