//! Why a channel did not take something, or gave nothing.

use std::error::Error;
use std::fmt;

/// A message was sent into a channel whose receiver is gone, or has closed it. The message comes back.
///
/// asyncio: `QueueShutDown`.
///
/// ```
/// use final_runtime::channel::{self, SendError};
///
/// let (tell, hear) = channel::unbounded();
/// drop(hear);
/// let refused: SendError<&str> = tell.blocking_send("tea").unwrap_err();
/// assert_eq!(refused.into_inner(), "tea");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SendError<T>(pub(super) T);

impl<T> SendError<T> {
    /// The message.
    ///
    /// asyncio: none; whoever calls `put` has the item still.
    ///
    /// ```
    /// let (tell, hear) = final_runtime::channel::bounded(1);
    /// drop(hear);
    /// assert_eq!(tell.blocking_send("tea").unwrap_err().into_inner(), "tea");
    /// ```
    pub fn into_inner(self) -> T {
        self.0
    }
}

const CLOSED: &str = "a message was sent into a channel whose receiver is gone or has closed it; end the sender when \
                      its receiver ends, or keep the `Receiver` until no sender needs it";

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T> fmt::Debug for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").finish_non_exhaustive()
    }
}

impl<T> Error for SendError<T> {}

/// Why a channel did not take a message at once. The message comes back.
///
/// asyncio: `QueueFull`, `QueueShutDown`.
///
/// ```
/// use final_runtime::channel::{self, TrySendError};
///
/// let (tell, hear) = channel::bounded(1);
/// tell.try_send("tea").unwrap();
/// assert_eq!(tell.try_send("milk"), Err(TrySendError::Full("milk")));
/// drop(hear);
/// assert_eq!(tell.try_send("milk").unwrap_err().into_inner(), "milk");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum TrySendError<T> {
    /// There is no room.
    Full(T),
    /// The receiver is gone, or has closed the channel.
    Closed(T),
}

impl<T> TrySendError<T> {
    /// The message.
    ///
    /// asyncio: none; whoever calls `put` has the item still.
    ///
    /// ```
    /// let (tell, _hear) = final_runtime::channel::bounded(1);
    /// tell.try_send("tea").unwrap();
    /// assert_eq!(tell.try_send("milk").unwrap_err().into_inner(), "milk");
    /// ```
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(item) | Self::Closed(item) => item,
        }
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => {
                "a message was sent at once into a channel that is full; wait with `send`, or give the channel more room"
            }
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> Error for TrySendError<T> {}

/// Why a channel gave no message at once.
///
/// asyncio: `QueueEmpty`, `QueueShutDown`.
///
/// ```
/// use final_runtime::channel::{self, TryRecvError};
///
/// let (tell, mut hear) = channel::unbounded::<&str>();
/// assert_eq!(hear.try_recv(), Err(TryRecvError::Empty));
/// drop(tell);
/// assert_eq!(hear.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TryRecvError {
    /// There is none yet.
    Empty,
    /// There is none, and none will come: all senders are gone, or the channel was closed.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a message was taken at once from a channel that has none yet; wait with `recv`",
            Self::Closed => {
                "a message was taken from a channel that has none, and none will come: its senders are gone, or it was \
                 closed; end the receiver"
            }
        })
    }
}

impl Error for TryRecvError {}

/// The sender of a [`oneshot`](super::oneshot) channel was dropped, and has sent nothing.
///
/// asyncio: a future that is cancelled because nobody will settle it.
///
/// ```
/// use final_runtime::channel::{self, SenderDropped};
///
/// let (tell, hear) = channel::oneshot::<u8>();
/// drop(tell);
/// assert!(matches!(hear.blocking_recv(), Err(SenderDropped { .. })));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SenderDropped(pub(super) ());

impl fmt::Display for SenderDropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "a message was awaited whose sender was dropped without sending; send on each way out of what has it",
        )
    }
}

impl Error for SenderDropped {}
