//! Cancel is a request: raised at a scope, caught, passed on.
//!
//! | file | what it is |
//! |---|---|
//! | `mod` | [`Cancelled`], [`catch_cancel`] |
//! | `node` | where in a task a request can arrive: the tree of its scopes |
//! | `wait` | what a task waits for, in one word |
//! | `request` | how a request travels: from whom it is put to, on to what that one waits for |
//!
//! In the book: chapter 8.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

mod node;
pub(crate) mod request;
mod wait;

pub(crate) use node::Node;
pub(crate) use wait::{Answer, Held, On, Place, Wait, Waits};

/// What a request may say about itself.
pub(crate) type Message = Option<Rc<str>>;

/// A cancel request that was delivered.
///
/// Whoever holds one may clean up, with `await`, and then either [`resume`](Self::resume) it or let it be.
///
/// asyncio: `asyncio.CancelledError`.
///
/// ```
/// use final_runtime::{catch_cancel, run, spawn, yield_now};
///
/// run(async {
///     let task = spawn(async {
///         let caught = catch_cancel(std::future::pending::<()>()).await;
///         caught.unwrap_err().message().map(str::to_owned)
///     });
///     yield_now().await;
///     task.cancel_with("closing time");
///     assert_eq!(task.await.unwrap().as_deref(), Some("closing time"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a request that is dropped was swallowed; `resume` it, or drop it on purpose"]
pub struct Cancelled {
    message: Message,
}

impl Cancelled {
    /// A cancellation that nobody asked for, to [`resume`](Self::resume): a body may end its task as cancelled itself.
    ///
    /// asyncio: `asyncio.CancelledError()`.
    ///
    /// ```
    /// assert_eq!(final_runtime::Cancelled::new().message(), None);
    /// ```
    pub fn new() -> Self {
        Self { message: None }
    }

    pub(crate) fn saying(message: &Message) -> Self {
        Self {
            message: message.clone(),
        }
    }

    /// What the request said. It reaches the first who awaits, and may be lost on a longer way.
    ///
    /// asyncio: the `args` of the exception.
    ///
    /// ```
    /// use final_runtime::{run, spawn};
    ///
    /// run(async {
    ///     let task = spawn(std::future::pending::<()>());
    ///     task.cancel_with("closing time");
    ///     let error = task.await.unwrap_err();
    ///     assert_eq!(error.to_string(), "cancelled: closing time");
    /// });
    /// ```
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    pub(crate) fn said(&self) -> &Message {
        &self.message
    }

    /// Raises it to the next scope out, in the same step: the innermost [`catch_cancel`] around this drops its body and
    /// gives `Err`. With no scope around, the task ends as cancelled.
    ///
    /// asyncio: `raise`.
    ///
    /// ```
    /// use final_runtime::{Cancelled, catch_cancel, run};
    ///
    /// run(async {
    ///     let caught: Result<(), _> = catch_cancel(async { Cancelled::new().resume().await }).await;
    ///     assert!(caught.is_err());
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// When polled outside a task.
    ///
    /// # Cancel safety
    ///
    /// To drop it before its first poll swallows the request; afterwards it is raised already.
    pub async fn resume(self) -> ! {
        let mut cancelled = Some(self);
        poll_fn(|_| {
            if let Some(cancelled) = cancelled.take() {
                Node::current("`Cancelled::resume`").raise(cancelled);
            }
            Poll::Pending
        })
        .await
    }
}

impl Default for Cancelled {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.message {
            Some(message) => write!(f, "cancelled: {message}"),
            None => f.write_str("cancelled"),
        }
    }
}

impl std::error::Error for Cancelled {}

/// Runs `body` and catches a cancel request: the body is dropped where it stands, and what follows may await.
///
/// A request arrives at the innermost scope that is waiting. If the body is done in the very step that raises a
/// request, its value wins and the request stays noted for the next wait.
///
/// asyncio: `try: … except CancelledError:`.
///
/// ```
/// use final_runtime::{catch_cancel, run, spawn, yield_now};
/// use std::time::Duration;
///
/// run(async {
///     let task = spawn(async {
///         match catch_cancel(std::future::pending::<()>()).await {
///             Ok(()) => unreachable!(),
///             Err(cancelled) => {
///                 // Saying good-bye takes a while, and nobody cuts it short.
///                 final_runtime::sleep(Duration::from_millis(1)).await;
///                 cancelled.resume().await
///             }
///         }
///     });
///     yield_now().await;
///     task.cancel();
///     assert!(task.await.unwrap_err().is_cancelled());
/// });
/// ```
///
/// # Panics
///
/// When polled outside a task, or again when it is done.
///
/// # Cancel safety
///
/// To drop it drops the body. A request that it has not delivered then is noted for the scope around it.
pub fn catch_cancel<F: Future>(body: F) -> CatchCancel<F> {
    CatchCancel {
        body: Some(Box::pin(body)),
        node: None,
    }
}

/// The future of [`catch_cancel`], where what it does on cancel is said.
///
/// asyncio: the block of `try`.
///
/// ```
/// use final_runtime::{CatchCancel, catch_cancel, run};
/// use std::future::Ready;
///
/// run(async {
///     let body: CatchCancel<Ready<i32>> = catch_cancel(std::future::ready(3));
///     assert_eq!(body.await, Ok(3), "nobody asked");
/// });
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct CatchCancel<F> {
    /// Absent from the end on.
    body: Option<Pin<Box<F>>>,
    /// Made at the first poll, or by whoever wants to reach it.
    node: Option<Rc<Node>>,
}

impl<F: Future> CatchCancel<F> {
    /// The same with a node that its maker can ask.
    pub(crate) fn at(node: &Rc<Node>, body: F) -> Self {
        Self {
            body: Some(Box::pin(body)),
            node: Some(node.clone()),
        }
    }

    /// The end: the body is dropped while the node still stands, then the node leaves the tree.
    fn end(&mut self, node: &Rc<Node>) {
        self.node = None;
        drop_body(&mut self.body, node);
    }
}

impl<F: Future> Future for CatchCancel<F> {
    type Output = Result<F::Output, Cancelled>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let parent = Node::current("`catch_cancel`");
        let this = &mut *self;
        let node = this
            .node
            .get_or_insert_with(|| Node::inside(&parent))
            .clone();
        if let Some(cancelled) = node.take_raised() {
            this.end(&node);
            return Poll::Ready(Err(cancelled));
        }
        node.arrive(&parent, cx.waker());
        let body = this.body.as_mut().expect("polled after it was done");
        match node.enter(|| body.as_mut().poll(cx)) {
            Poll::Ready(value) => {
                this.end(&node);
                Poll::Ready(Ok(value))
            }
            Poll::Pending => match node.take_raised() {
                Some(cancelled) => {
                    this.end(&node);
                    Poll::Ready(Err(cancelled))
                }
                None => Poll::Pending,
            },
        }
    }
}

impl<F> Drop for CatchCancel<F> {
    fn drop(&mut self) {
        if let Some(node) = self.node.take() {
            drop_body(&mut self.body, &node);
        }
    }
}

/// Drops the body while the node still stands; then the node leaves the tree, also if the drop panics.
fn drop_body<F>(body: &mut Option<Pin<Box<F>>>, node: &Rc<Node>) {
    struct Leave<'a>(&'a Rc<Node>);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.leave();
        }
    }
    let _leave = Leave(node);
    node.enter(|| *body = None);
}

impl<F> fmt::Debug for CatchCancel<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CatchCancel").finish_non_exhaustive()
    }
}
