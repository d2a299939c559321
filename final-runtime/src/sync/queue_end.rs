//! The end of a queue's items, and of the queue: what is done with, and what is shut down.

use crate::sync::queue::QueueOf;
use crate::sync::queue_error::TooManyDone;
use crate::sync::store::Store;

impl<S: Store> QueueOf<S> {
    /// One item that was got is done with: when all are that were put, who waits in [`join`](Self::join) goes on.
    ///
    /// asyncio: `Queue.task_done()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Queue;
    ///
    /// run(async {
    ///     let queue = Queue::unbounded();
    ///     queue.try_put("cup").unwrap();
    ///     queue.get().await.unwrap();
    ///     queue.task_done().unwrap(); // it is washed
    ///     queue.join().await;
    ///     assert!(queue.task_done().is_err(), "there was one cup");
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If all were done with before.
    pub fn task_done(&self) -> Result<(), TooManyDone> {
        let left = self
            .unfinished
            .get()
            .checked_sub(1)
            .ok_or(TooManyDone(()))?;
        self.set_unfinished(left);
        Ok(())
    }

    /// Waits until every item that was put is done with, see [`task_done`](Self::task_done).
    ///
    /// asyncio: `Queue.join()`.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    /// use final_runtime::{run, spawn};
    /// use std::rc::Rc;
    ///
    /// run(async {
    ///     let cups = Rc::new(Queue::unbounded());
    ///     let sink = cups.clone();
    ///     spawn(async move {
    ///         while sink.get().await.is_ok() {
    ///             sink.task_done().unwrap();
    ///         }
    ///     });
    ///     for cup in 0..3 {
    ///         cups.try_put(cup).unwrap();
    ///     }
    ///     cups.join().await;
    ///     assert!(cups.is_empty());
    /// });
    /// ```
    ///
    /// # Panics
    ///
    /// If it has to wait on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// There is nothing to lose.
    pub async fn join(&self) {
        self.finished.wait().await;
    }

    /// Takes no more items. Those in the queue can still be got; who waits for one, or for room, is told when there is
    /// none.
    ///
    /// asyncio: `Queue.shutdown()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Queue;
    ///
    /// run(async {
    ///     let queue = Queue::unbounded();
    ///     queue.try_put("last").unwrap();
    ///     queue.shutdown();
    ///     assert!(queue.put("late").await.is_err());
    ///     assert_eq!(queue.get().await, Ok("last"));
    ///     assert!(queue.get().await.is_err());
    /// });
    /// ```
    pub fn shutdown(&self) {
        self.shut_down.set(true);
        self.getters.call_all();
        self.putters.call_all();
    }

    /// As [`shutdown`](Self::shutdown), and gives what was left in the queue, which counts as done with.
    ///
    /// asyncio: `Queue.shutdown(immediate=True)`, which drops the items.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Queue;
    ///
    /// run(async {
    ///     let orders = Queue::unbounded();
    ///     orders.try_put("tea").unwrap();
    ///     assert_eq!(orders.shutdown_now(), ["tea"]);
    ///     orders.join().await;
    /// });
    /// ```
    pub fn shutdown_now(&self) -> Vec<S::Item> {
        self.shut_down.set(true);
        let mut items = self.items.borrow_mut();
        let left: Vec<_> = std::iter::from_fn(|| items.take()).collect();
        drop(items);
        self.set_unfinished(self.unfinished.get().saturating_sub(left.len()));
        self.shutdown();
        left
    }

    fn set_unfinished(&self, count: usize) {
        self.unfinished.set(count);
        if count == 0 {
            self.finished.set();
        }
    }

    /// Whether it was shut down.
    ///
    /// asyncio: none by name.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// let queue = Queue::<u8>::unbounded();
    /// queue.shutdown();
    /// assert!(queue.is_shut_down());
    /// ```
    pub fn is_shut_down(&self) -> bool {
        self.shut_down.get()
    }
}
