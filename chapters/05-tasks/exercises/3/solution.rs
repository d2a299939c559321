//! Exercise 3, solved: dropping the handle asks for the end.

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

impl<T: Clone> Drop for Child<T> {
    fn drop(&mut self) {
        if !self.task.done() {
            self.task.cancel();
        }
    }
}
