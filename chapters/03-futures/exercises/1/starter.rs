//! Exercise 1, for you to change.

use std::pin::Pin;
use std::task::{Context, Poll};

use chapter_03::{Failure, Promise};

/// Waits for two promises, and gives the outcome of the one that is settled first.
pub struct Faster<T> {
    a: Promise<T>,
    b: Promise<T>,
}

impl<T: Clone> Faster<T> {
    /// Waits for `a` and for `b`.
    pub fn new(a: &Promise<T>, b: &Promise<T>) -> Self {
        let (a, b) = (a.clone(), b.clone());
        Self { a, b }
    }
}

impl<T: Clone> Future for Faster<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let _ = &self.b; // Nobody asks this one yet.
        Pin::new(&mut self.a).poll(context)
    }
}
