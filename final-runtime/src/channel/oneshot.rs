//! One message, sent once.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::error::{SenderDropped, TryRecvError, TrySendError};
use super::receiver::Receiver;
use super::sender::Sender;
use super::waits::Tied;
use super::{block_on, bounded};
use crate::cancel::Wait;

/// A channel for one message. Between two tasks of a loop, a [`Future`](crate::Future) is the same without the lock.
///
/// asyncio: a future that another thread settles by `call_soon_threadsafe`.
///
/// ```
/// use final_runtime::{channel, run};
/// use std::thread;
///
/// let (answer, answered) = channel::oneshot();
/// thread::spawn(move || answer.send(42));
/// assert_eq!(run(answered), Ok(42));
/// ```
pub fn oneshot<T>() -> (OneshotSender<T>, OneshotReceiver<T>) {
    let (sender, receiver) = bounded(1);
    let tied = Tied::default();
    (OneshotSender { sender }, OneshotReceiver { receiver, tied })
}

/// The right to send one message.
///
/// asyncio: the future, to who settles it.
///
/// ```
/// use final_runtime::channel::{self, OneshotSender};
///
/// let (answer, answered): (OneshotSender<u8>, _) = channel::oneshot();
/// drop(answered);
/// assert_eq!(answer.send(4), Err(4), "nobody wants it");
/// ```
#[derive(Debug)]
pub struct OneshotSender<T> {
    sender: Sender<T>,
}

impl<T> OneshotSender<T> {
    /// Sends the message. It never waits.
    ///
    /// asyncio: `Future.set_result()`.
    ///
    /// ```
    /// let (answer, mut answered) = final_runtime::channel::oneshot();
    /// answer.send("tea").unwrap();
    /// assert_eq!(answered.try_recv(), Ok("tea"));
    /// ```
    ///
    /// # Errors
    ///
    /// If the receiver is gone; the message comes back.
    pub fn send(self, message: T) -> Result<(), T> {
        self.sender
            .try_send(message)
            .map_err(TrySendError::into_inner)
    }

    /// Whether the receiver is gone. Another thread may drop it right after.
    ///
    /// asyncio: `Future.cancelled()`.
    ///
    /// ```
    /// let (answer, answered) = final_runtime::channel::oneshot::<u8>();
    /// assert!(!answer.is_closed());
    /// drop(answered);
    /// assert!(answer.is_closed());
    /// ```
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }
}

/// Awaiting it gives the message.
///
/// asyncio: the future, to who awaits it.
///
/// ```
/// use final_runtime::channel::{self, OneshotReceiver};
///
/// let (answer, answered) = channel::oneshot();
/// let answered: OneshotReceiver<&str> = answered;
/// answer.send("tea").unwrap();
/// assert_eq!(answered.blocking_recv(), Ok("tea"));
/// ```
///
/// # Errors
///
/// If the sender was dropped without sending; also to who awaits it again.
///
/// # Cancel safety
///
/// To drop a reference to it half-way loses nothing. To drop the receiver drops a message that was sent.
#[must_use = "the message is lost if nobody awaits it"]
pub struct OneshotReceiver<T> {
    receiver: Receiver<T>,
    tied: Tied,
}

impl<T> OneshotReceiver<T> {
    /// Takes the message, if it is there.
    ///
    /// asyncio: `Future.result()`, which raises `InvalidStateError` before.
    ///
    /// ```
    /// use final_runtime::channel::{self, TryRecvError};
    ///
    /// let (answer, mut answered) = channel::oneshot();
    /// assert_eq!(answered.try_recv(), Err(TryRecvError::Empty));
    /// answer.send("tea").unwrap();
    /// assert_eq!(answered.try_recv(), Ok("tea"));
    /// ```
    ///
    /// # Errors
    ///
    /// If it is not, or the sender was dropped without sending.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.receiver.try_recv()
    }

    /// Blocks this thread until the message is there. For threads in which no loop runs.
    ///
    /// asyncio: `concurrent.futures.Future.result()`.
    ///
    /// ```
    /// use std::thread;
    ///
    /// let (answer, answered) = final_runtime::channel::oneshot();
    /// thread::spawn(move || answer.send("tea").unwrap());
    /// assert_eq!(answered.blocking_recv(), Ok("tea"));
    /// ```
    ///
    /// # Errors
    ///
    /// If the sender was dropped without sending.
    ///
    /// # Panics
    ///
    /// On the thread of a running loop.
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, SenderDropped> {
        block_on(self, "the receiver itself")
    }
}

impl<T> fmt::Debug for OneshotReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OneshotReceiver")
            .field(&self.receiver)
            .finish()
    }
}

impl<T> Future for OneshotReceiver<T> {
    type Output = Result<T, SenderDropped>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.receiver.poll_recv(cx);
        match polled.is_ready() {
            true => self.tied.leave(),
            false => self.tied.wait_here(Wait::MESSAGE),
        }
        polled.map(|message| message.ok_or(SenderDropped(())))
    }
}
