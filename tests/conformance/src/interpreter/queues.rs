//! Queues of whatever order.

use std::pin::Pin;

use final_runtime::sync::{QueueOf, Store, TryGetError, TryPutError};

use super::value::Exc;

/// What an op that waits gives.
pub(super) type Wait<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// A queue of numbers.
pub(super) trait AnyQueue {
    fn put(&self, item: i64) -> Wait<'_, Result<(), Exc>>;
    fn get(&self) -> Wait<'_, Result<i64, Exc>>;
    fn try_put(&self, item: i64) -> Result<(), Exc>;
    fn try_get(&self) -> Result<i64, Exc>;
    fn task_done(&self) -> Result<(), Exc>;
    fn join(&self) -> Wait<'_, ()>;
    fn shutdown(&self, immediate: bool);
    fn len(&self) -> usize;
    fn is_full(&self) -> bool;
}

impl<S: Store<Item = i64>> AnyQueue for QueueOf<S> {
    fn put(&self, item: i64) -> Wait<'_, Result<(), Exc>> {
        Box::pin(async move { self.put(item).await.map_err(|_| Exc::of("queue_shutdown")) })
    }

    fn get(&self) -> Wait<'_, Result<i64, Exc>> {
        Box::pin(async { self.get().await.map_err(|_| Exc::of("queue_shutdown")) })
    }

    fn try_put(&self, item: i64) -> Result<(), Exc> {
        self.try_put(item).map_err(|refused| match refused {
            TryPutError::Full(_) => Exc::of("queue_full"),
            TryPutError::ShutDown(_) => Exc::of("queue_shutdown"),
        })
    }

    fn try_get(&self) -> Result<i64, Exc> {
        self.try_get().map_err(|refused| match refused {
            TryGetError::Empty => Exc::of("queue_empty"),
            TryGetError::ShutDown => Exc::of("queue_shutdown"),
        })
    }

    fn task_done(&self) -> Result<(), Exc> {
        self.task_done().map_err(|_| Exc::of("value"))
    }

    fn join(&self) -> Wait<'_, ()> {
        Box::pin(self.join())
    }

    fn shutdown(&self, immediate: bool) {
        match immediate {
            true => drop(self.shutdown_now()),
            false => self.shutdown(),
        }
    }

    fn len(&self) -> usize {
        self.len()
    }

    fn is_full(&self) -> bool {
        self.is_full()
    }
}
