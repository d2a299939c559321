//! Exercise 3, for you to change.

use std::pin::Pin;
use std::task::{Context, Poll};

use chapter_05::{Failure, Task};

/// A handle whose task does not outlive it.
pub struct Child<T: Clone> {
    task: Task<T>,
}

impl<T: Clone> Child<T> {
    /// Takes charge of `task`.
    pub fn new(task: Task<T>) -> Self {
        Self { task }
    }
}

impl<T: Clone> Future for Child<T> {
    type Output = Result<T, Failure>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.task).poll(context)
    }
}
