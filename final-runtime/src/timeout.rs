//! A scope with a deadline.
//!
//! In the book: chapters 6 and 8.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::Future;
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::cancel::{CatchCancel, Node, request};
use crate::handle::Handle;
use crate::here;
use crate::shared::Core;
use crate::timeout_error::{Elapsed, NotActive};

/// Runs `body` for at most `duration`, counted from the first poll; then the body gets a cancel request, and what it
/// makes of it is an [`Elapsed`], unless somebody else asked for an end, too.
///
/// A body that catches the request and gives a value has given it. A body that never waits cannot be interrupted.
///
/// asyncio: `asyncio.timeout()`.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{run, timeout};
///
/// run(async {
///     let slow = timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
///     assert!(slow.is_err());
///     let quick = timeout(Duration::from_secs(60), async { 42 }).await;
///     assert_eq!(quick.unwrap(), 42);
/// });
/// ```
///
/// # Errors
///
/// [`Elapsed`], if the time was over and the body ended by that.
///
/// # Panics
///
/// When polled outside a task.
///
/// # Cancel safety
///
/// A request from outside goes on to the body and comes out as what it is, never as an `Elapsed`. To drop it drops
/// the body, and takes its timer and its own request back.
pub async fn timeout<F: Future>(duration: Duration, body: F) -> Result<F::Output, Elapsed> {
    Timeout::after(duration).run(body).await
}

/// As [`timeout`], until `deadline`.
///
/// asyncio: `asyncio.timeout_at()`.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{run, running_loop, timeout_at};
///
/// run(async {
///     let deadline = running_loop().now() + Duration::from_millis(1);
///     assert!(timeout_at(deadline, std::future::pending::<()>()).await.is_err());
/// });
/// ```
///
/// # Errors
///
/// As [`timeout`].
///
/// # Panics
///
/// As [`timeout`].
///
/// # Cancel safety
///
/// As [`timeout`].
pub async fn timeout_at<F: Future>(deadline: Instant, body: F) -> Result<F::Output, Elapsed> {
    Timeout::at(deadline).run(body).await
}

/// A deadline that can be asked and moved while its body runs. Clones mean the same one.
///
/// asyncio: the object that `asyncio.timeout()` returns.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{Timeout, run, running_loop, sleep};
///
/// run(async {
///     let timeout = Timeout::after(Duration::from_millis(1));
///     let patience = timeout.clone();
///     let done = timeout.run(async move {
///         patience.reschedule(None).unwrap();
///         sleep(Duration::from_millis(5)).await;
///     });
///     assert!(done.await.is_ok());
///     assert!(!timeout.expired());
/// });
/// ```
#[derive(Clone)]
pub struct Timeout {
    shared: Rc<Shared>,
}

struct Shared {
    when: Cell<When>,
    phase: RefCell<Phase>,
}

#[derive(Clone, Copy)]
enum When {
    After(Duration),
    At(Instant),
    Never,
}

enum Phase {
    Created,
    /// The body runs, and the deadline may come.
    Active {
        scope: Rc<Node>,
        timer: Option<Handle>,
    },
    /// The deadline came, and the body was asked to end.
    Expiring {
        scope: Rc<Node>,
    },
    Expired,
    Exited,
}

impl Timeout {
    /// A deadline `duration` after the body's first poll.
    ///
    /// asyncio: `asyncio.timeout(duration)`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use final_runtime::{Timeout, run};
    ///
    /// run(async {
    ///     let patience = Timeout::after(Duration::from_millis(1));
    ///     assert!(patience.run(std::future::pending::<()>()).await.is_err());
    /// });
    /// ```
    pub fn after(duration: Duration) -> Self {
        Self::new(When::After(duration))
    }

    /// A deadline at `deadline`.
    ///
    /// asyncio: `asyncio.timeout_at(deadline)`.
    ///
    /// ```
    /// use final_runtime::{Timeout, run, running_loop};
    ///
    /// run(async {
    ///     let late = Timeout::at(running_loop().now()).run(std::future::pending::<()>()).await;
    ///     assert!(late.is_err());
    /// });
    /// ```
    pub fn at(deadline: Instant) -> Self {
        Self::new(When::At(deadline))
    }

    /// No deadline, until somebody sets one.
    ///
    /// asyncio: `asyncio.timeout(None)`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let patience = final_runtime::Timeout::never();
    ///     assert_eq!(patience.run(async { 4 }).await, Ok(4));
    /// });
    /// ```
    pub fn never() -> Self {
        Self::new(When::Never)
    }

    fn new(when: When) -> Self {
        Self {
            shared: Rc::new(Shared {
                when: Cell::new(when),
                phase: RefCell::new(Phase::Created),
            }),
        }
    }

    /// Runs `body` until the deadline, as [`timeout`] does.
    ///
    /// asyncio: `async with` on it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// final_runtime::run(async {
    ///     let patience = final_runtime::Timeout::after(Duration::from_secs(60));
    ///     assert_eq!(patience.run(async { 4 }).await, Ok(4));
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`timeout`].
    ///
    /// # Panics
    ///
    /// If it ran before: a timeout is good for one body. When polled outside a task.
    ///
    /// # Cancel safety
    ///
    /// As [`timeout`].
    pub async fn run<F: Future>(&self, body: F) -> Result<F::Output, Elapsed> {
        let scope = Node::inside(&Node::current("`timeout`"));
        let standing = scope.standing();
        let mut exit = Exit(Some(&self.shared));
        self.enter(&scope);
        let outcome = CatchCancel::at(&scope, body).await;
        let expired = exit.leave();
        match outcome {
            Ok(value) => Ok(value),
            // Nobody asked but this timeout: it is the one to say so.
            Err(_) if expired && scope.standing() <= standing => Err(Elapsed::new()),
            Err(cancelled) => cancelled.resume().await,
        }
    }

    fn enter(&self, scope: &Rc<Node>) {
        let core = here::expect_core("`timeout`").clone();
        let when = self.shared.when.get().at(&core);
        let scope = scope.clone();
        let phase = Phase::Active { scope, timer: None };
        let before = self.shared.phase.replace(phase);
        assert!(
            matches!(before, Phase::Created),
            "a `Timeout` was run twice; make another for the second body"
        );
        self.shared.arm(&core, when);
    }

    /// Moves the deadline; `None` takes it away. One that is past fires in the next turn.
    ///
    /// asyncio: `Timeout.reschedule()`.
    ///
    /// ```
    /// use final_runtime::{Timeout, run, running_loop};
    ///
    /// run(async {
    ///     let patience = Timeout::never();
    ///     let hurry = patience.clone();
    ///     let late = patience.run(async move {
    ///         hurry.reschedule(Some(running_loop().now())).unwrap();
    ///         std::future::pending::<()>().await
    ///     });
    ///     assert!(late.await.is_err());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// [`NotActive`], unless the body runs and its time is not over.
    pub fn reschedule(&self, when: Option<Instant>) -> Result<(), NotActive> {
        let core = match &*self.shared.phase.borrow() {
            Phase::Active { scope, timer } => {
                timer.as_ref().inspect(|timer| timer.cancel());
                scope.task().map(|task| task.core().clone())
            }
            _ => None,
        };
        self.shared.arm(&core.ok_or(NotActive::new())?, when);
        Ok(())
    }

    /// The deadline; `None` without one, or before the body's first poll.
    ///
    /// asyncio: `Timeout.when()`.
    ///
    /// ```
    /// assert_eq!(final_runtime::Timeout::never().when(), None);
    /// ```
    pub fn when(&self) -> Option<Instant> {
        match self.shared.when.get() {
            When::At(when) => Some(when),
            _ => None,
        }
    }

    /// Whether the time was over before the body was done.
    ///
    /// asyncio: `Timeout.expired()`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let patience = final_runtime::Timeout::never();
    ///     patience.run(async {}).await.unwrap();
    ///     assert!(!patience.expired());
    /// });
    /// ```
    pub fn expired(&self) -> bool {
        let phase = self.shared.phase.borrow();
        matches!(*phase, Phase::Expiring { .. } | Phase::Expired)
    }
}

impl When {
    fn at(self, core: &Core) -> Option<Instant> {
        match self {
            Self::After(duration) => core.deadline(duration),
            Self::At(when) => Some(when),
            Self::Never => None,
        }
    }
}

impl Shared {
    /// Sets the timer for `when`. A past deadline is a callback of the next turn, not a timer.
    fn arm(self: &Rc<Self>, core: &Rc<Core>, when: Option<Instant>) {
        self.when.set(when.map_or(When::Never, When::At));
        let shared = self.clone();
        let fire = Box::new(move || shared.fire());
        let fresh = when.map(|when| match when <= core.read_clock() {
            true => core.call_soon(fire),
            false => core.call_at(Some(when), fire),
        });
        if let Phase::Active { timer, .. } = &mut *self.phase.borrow_mut() {
            *timer = fresh;
        }
    }

    /// The deadline came: the body is asked to end.
    fn fire(&self) {
        let scope = match &*self.phase.borrow() {
            Phase::Active { scope, .. } => scope.clone(),
            _ => return,
        };
        request::ask_scope(&scope, &None);
        self.phase.replace(Phase::Expiring { scope });
    }
}

/// The end of the body, however it comes: what the timeout asked for is taken back.
struct Exit<'a>(Option<&'a Rc<Shared>>);

impl Exit<'_> {
    /// Whether the time was over.
    fn leave(&mut self) -> bool {
        let Some(shared) = self.0.take() else {
            return false;
        };
        match shared.phase.replace(Phase::Exited) {
            Phase::Active { timer, .. } => {
                timer.inspect(Handle::cancel);
                false
            }
            Phase::Expiring { scope } => {
                scope.take_back();
                shared.phase.replace(Phase::Expired);
                true
            }
            before => {
                shared.phase.replace(before);
                false
            }
        }
    }
}

impl Drop for Exit<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

impl fmt::Debug for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timeout")
            .field("when", &self.when())
            .field("expired", &self.expired())
            .finish()
    }
}
