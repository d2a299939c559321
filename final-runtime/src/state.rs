//! Where a result stands that may not be there yet, and what is refused because of it.
//!
//! In the book: chapter 3.

use std::error::Error;
use std::fmt;

/// Where a [`Future`](crate::Future) or a [`Task`](crate::Task) stands.
///
/// asyncio: `done()`, `cancelled()` and `exception()` in one.
///
/// ```
/// use final_runtime::{Future, State, run};
///
/// run(async {
///     let future = Future::<()>::new();
///     assert_eq!(future.state(), State::Pending);
///     future.cancel();
///     assert_eq!(future.state(), State::Cancelled);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not settled yet.
    Pending,
    /// It has a result.
    Ok,
    /// It has an error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// What was asked of a future does not fit its state.
///
/// asyncio: `asyncio.InvalidStateError`.
///
/// ```
/// use final_runtime::{Future, run};
///
/// run(async {
///     let future = Future::new();
///     future.set_result(1).unwrap();
///     let refused = future.set_result(2).unwrap_err();
///     assert_eq!(
///         refused.to_string(),
///         "set_result found the future in state Ok; a future is settled once",
///     );
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidState {
    pub(crate) attempted: &'static str,
    pub(crate) found: State,
}

impl fmt::Display for InvalidState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { attempted, found } = self;
        write!(f, "{attempted} found the future in state {found:?}; ")?;
        f.write_str(match (*attempted, found) {
            (_, State::Pending) if attempted.starts_with("set") => {
                "it is not settled by hand: a task settles it by its end, or a gather by its children's"
            }
            (_, State::Pending) => "await it first",
            _ => "a future is settled once",
        })
    }
}

impl Error for InvalidState {}
