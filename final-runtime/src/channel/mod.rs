//! Channels between threads: from others into a loop, from a loop to others, from loop to loop.
//!
//! Between tasks of one loop, [`sync`](crate::sync) has queues, without locks and in asyncio's order. What is here takes a
//! lock for each message, and the ends may be anywhere:
//!
//! | | [`Sender`] | [`Receiver`] |
//! |---|---|---|
//! | on a loop | [`send`](Sender::send)`.await` | [`recv`](Receiver::recv)`.await`, or as a [`Stream`](futures_core::Stream) |
//! | in a thread that may block | [`blocking_send`](Sender::blocking_send) | [`blocking_recv`](Receiver::blocking_recv) |
//! | anywhere, at once | [`try_send`](Sender::try_send) | [`try_recv`](Receiver::try_recv) |
//!
//! - The messages of one sender arrive in the order in which it sent them. Who waits for room gets it in order, and nobody takes
//!   it from them; what several sent at about the same time arrives in any order.
//! - The channel ends when all senders are gone, or when the receiver is, or closes it.
//! - A message wakes the receiver's loop only if the receiver waits, and costs a system call only if the loop sleeps.
//! - A receiver that always finds a message does not give up control; [`yield_now`](crate::yield_now) now and then, where a
//!   flood must not keep others from their turn.
//! - The futures here know nothing of the loop but what they tell of their wait, and may be awaited in any runtime.
//!
//! ```
//! use final_runtime::{channel, run};
//! use std::thread;
//!
//! // Three threads send what they read to one loop, which is never more than eight messages behind.
//! let (tell, mut hear) = channel::bounded(8);
//! for sensor in 0..3 {
//!     let tell = tell.clone();
//!     thread::spawn(move || {
//!         for reading in 0..10 {
//!             tell.blocking_send((sensor, reading)).unwrap();
//!         }
//!     });
//! }
//! drop(tell); // or the channel would never end
//! run(async move {
//!     let mut next = [0; 3];
//!     while let Some((sensor, reading)) = hear.recv().await {
//!         assert_eq!(next[sensor], reading, "in order");
//!         next[sensor] += 1;
//!     }
//!     assert_eq!(next, [10; 3]);
//! });
//! ```
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | how a channel is made |
//! | `shared` | what both sides share: the protocol |
//! | `sender`, `receiver`, `oneshot` | the sides |
//! | `error` | what is refused |
//! | `waits` | what a wait tells its task, in a future that may change threads |
//! | `sync` | the lock it is built on; the models of `tests/loom` have another |
//!
//! In the book: chapter 10.

use std::sync::Arc;

mod error;
mod oneshot;
mod receiver;
mod sender;
mod shared;
mod sync;
mod waits;

pub use error::{SendError, SenderDropped, TryRecvError, TrySendError};
pub use oneshot::{OneshotReceiver, OneshotSender, oneshot};
pub use receiver::Receiver;
pub use sender::Sender;
pub(crate) use waits::ChannelWaits;

use shared::Shared;

use crate::{here, park};

/// A channel that holds at most `capacity` messages: who sends more waits.
///
/// asyncio: `asyncio.Queue(maxsize)`, which is for one thread.
///
/// ```
/// use final_runtime::{channel, run};
///
/// run(async {
///     let (tell, mut hear) = channel::bounded(1);
///     tell.send("tea").await.unwrap();
///     assert!(tell.try_send("milk").is_err(), "there is room for one");
///     assert_eq!(hear.recv().await, Some("tea"));
/// });
/// ```
///
/// # Panics
///
/// If `capacity` is 0: nothing would ever be sent.
#[track_caller]
pub fn bounded<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(
        capacity > 0,
        "a channel for no message was asked for; its capacity is 1 or more, or use `unbounded`"
    );
    with(capacity)
}

/// A channel that takes whatever comes: to send never waits, and its memory has no bound but the receiver's pace.
///
/// asyncio: `asyncio.Queue()`, which is for one thread.
///
/// ```
/// let (tell, mut hear) = final_runtime::channel::unbounded();
/// for n in 0..1000 {
///     tell.try_send(n).unwrap();
/// }
/// assert_eq!(hear.blocking_recv(), Some(0));
/// ```
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    with(usize::MAX)
}

/// Blocks this thread until `future` is done.
///
/// # Panics
///
/// On the thread of a running loop: nothing else would go on there. `instead` is what to await.
#[track_caller]
fn block_on<F: Future>(future: F, instead: &str) -> F::Output {
    assert!(
        here::core().is_none(),
        "a channel was waited for by blocking the thread of a running loop; await {instead}"
    );
    park::block_until(None, future).expect("it waits for ever")
}

fn with<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let shared = Arc::new(Shared::new(capacity));
    (Sender::new(shared.clone()), Receiver::new(shared))
}
