//! What a timeout says when the time is over, and when its deadline cannot be moved.
//!
//! In the book: chapter 6.

use std::error::Error;
use std::fmt;

/// The time was over.
///
/// asyncio: `TimeoutError`.
///
/// ```
/// use std::time::Duration;
/// use final_runtime::{Elapsed, run, timeout};
///
/// run(async {
///     let late: Result<(), Elapsed> = timeout(Duration::ZERO, std::future::pending()).await;
///     assert!(late.is_err());
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed(());

impl Elapsed {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the time was over before it was done; give it more, or do less")
    }
}

impl Error for Elapsed {}

/// A timeout was moved that is not active: its body does not run, or its time is over.
///
/// asyncio: a `RuntimeError`.
///
/// ```
/// use final_runtime::{NotActive, Timeout};
///
/// let refused: NotActive = Timeout::never().reschedule(None).unwrap_err();
/// assert!(refused.to_string().contains("while the body runs"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotActive(());

impl NotActive {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for NotActive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reschedule found no deadline to move; call it while the body runs and before the time is over")
    }
}

impl Error for NotActive {}
