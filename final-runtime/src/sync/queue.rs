//! Items on their way from task to task.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;

use crate::promise::What;
use crate::sync::event::Event;
use crate::sync::line::Line;
use crate::sync::queue_error::{QueueShutDown, TryGetError, TryPutError};
use crate::sync::store::Store;

/// A queue that gives the oldest item first.
///
/// asyncio: `asyncio.Queue`.
///
/// ```
/// use final_runtime::sync::Queue;
/// use final_runtime::{run, spawn};
/// use std::rc::Rc;
///
/// run(async {
///     let orders = Rc::new(Queue::bounded(2));
///     let kitchen = orders.clone();
///     let cook = spawn(async move {
///         let mut served = 0;
///         while let Ok(cups) = kitchen.get().await {
///             served += cups;
///             kitchen.task_done().unwrap();
///         }
///         served
///     });
///     for cups in 1..=5 {
///         orders.put(cups).await.unwrap(); // waits while two orders lie there
///     }
///     orders.join().await;
///     orders.shutdown();
///     assert_eq!(cook.await.unwrap(), 15);
/// });
/// ```
pub type Queue<T> = QueueOf<VecDeque<T>>;

/// A queue that gives the newest item first.
///
/// asyncio: `asyncio.LifoQueue`.
///
/// ```
/// use final_runtime::sync::LifoQueue;
///
/// let plates = LifoQueue::unbounded();
/// plates.try_put("first washed").unwrap();
/// plates.try_put("last washed").unwrap();
/// assert_eq!(plates.try_get(), Ok("last washed"));
/// ```
pub type LifoQueue<T> = QueueOf<Vec<T>>;

/// A queue that gives the smallest item first; equal ones in no particular order.
///
/// asyncio: `asyncio.PriorityQueue`.
///
/// ```
/// use final_runtime::sync::PriorityQueue;
///
/// let orders = PriorityQueue::unbounded();
/// orders.try_put((2, "cake")).unwrap();
/// orders.try_put((1, "fire brigade")).unwrap();
/// assert_eq!(orders.try_get(), Ok((1, "fire brigade")));
/// ```
pub type PriorityQueue<T> = QueueOf<BinaryHeap<Reverse<T>>>;

/// What [`Queue`], [`LifoQueue`] and [`PriorityQueue`] are: items in a [`Store`], and tasks that wait for one, for room,
/// or for the last to be done.
///
/// asyncio: `asyncio.Queue` and its subclasses.
///
/// ```
/// use final_runtime::sync::{LifoQueue, QueueOf, Store};
///
/// fn drain<S: Store>(queue: &QueueOf<S>) -> Vec<S::Item> {
///     std::iter::from_fn(|| queue.try_get().ok()).collect()
/// }
///
/// let plates = LifoQueue::unbounded();
/// plates.try_put("large").unwrap();
/// plates.try_put("small").unwrap();
/// assert_eq!(drain(&plates), ["small", "large"]);
/// ```
pub struct QueueOf<S> {
    pub(super) items: RefCell<S>,
    capacity: Option<NonZeroUsize>,
    pub(super) getters: Line,
    pub(super) putters: Line,
    /// Items that were put and are not said to be done.
    pub(super) unfinished: Cell<usize>,
    /// Set while nothing is unfinished.
    pub(super) finished: Event,
    pub(super) shut_down: Cell<bool>,
}

impl<S: Store> QueueOf<S> {
    /// A queue that takes whatever comes.
    ///
    /// asyncio: `asyncio.Queue()`.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// for n in 0..1000 {
    ///     queue.try_put(n).unwrap();
    /// }
    /// assert_eq!((queue.len(), queue.capacity()), (1000, None));
    /// ```
    pub fn unbounded() -> Self {
        Self::with(None)
    }

    /// A queue that holds `capacity` items at most: who puts one more waits for room.
    ///
    /// asyncio: `asyncio.Queue(maxsize)`.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// let queue = Queue::bounded(1);
    /// queue.try_put("tea").unwrap();
    /// assert!(queue.try_put("milk").is_err());
    /// ```
    ///
    /// # Panics
    ///
    /// If `capacity` is 0, which means "unbounded" in asyncio.
    pub fn bounded(capacity: usize) -> Self {
        let capacity = NonZeroUsize::new(capacity);
        assert!(
            capacity.is_some(),
            "a queue for no item was asked for; its capacity is 1 or more, or use `unbounded`"
        );
        Self::with(capacity)
    }

    fn with(capacity: Option<NonZeroUsize>) -> Self {
        let finished = Event::saying(What::QueueDone);
        finished.set();
        Self {
            items: RefCell::default(),
            capacity,
            getters: Line::new(What::QueueItem),
            putters: Line::new(What::QueueRoom),
            unfinished: Cell::new(0),
            finished,
            shut_down: Cell::new(false),
        }
    }

    /// Puts `item`, as soon as there is room. Does not give up control if there is.
    ///
    /// asyncio: `Queue.put()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Queue;
    /// use futures_util::join;
    ///
    /// run(async {
    ///     let queue = Queue::bounded(1);
    ///     queue.put("soup").await.unwrap();
    ///     let (put, got) = join!(queue.put("fish"), queue.get());
    ///     assert_eq!((put, got), (Ok(()), Ok("soup")));
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue was shut down; the item comes back.
    ///
    /// # Panics
    ///
    /// If it has to wait on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// A request or a drop half-way drops the item: it was not put. (What must not be lost stays with you until
    /// [`try_put`](Self::try_put) takes it.) The room that had been made for it goes to the next in line.
    pub async fn put(&self, item: S::Item) -> Result<(), QueueShutDown<S::Item>> {
        let mut item = item;
        loop {
            item = match self.try_put(item) {
                Ok(()) => return Ok(()),
                Err(TryPutError::ShutDown(item)) => return Err(QueueShutDown(item)),
                Err(TryPutError::Full(item)) => item,
            };
            let hand_on = |called| {
                if called && !self.is_full() {
                    self.putters.call_next();
                }
            };
            self.putters.wait(hand_on).await;
        }
    }

    /// Puts `item`, if there is room.
    ///
    /// asyncio: `Queue.put_nowait()`.
    ///
    /// ```
    /// use final_runtime::sync::{Queue, TryPutError};
    ///
    /// let queue = Queue::bounded(1);
    /// queue.try_put(1).unwrap();
    /// assert!(matches!(queue.try_put(2), Err(TryPutError::Full(2))));
    /// ```
    ///
    /// # Errors
    ///
    /// If there is none, or the queue was shut down; the item comes back.
    pub fn try_put(&self, item: S::Item) -> Result<(), TryPutError<S::Item>> {
        if self.shut_down.get() {
            return Err(TryPutError::ShutDown(item));
        }
        if self.is_full() {
            return Err(TryPutError::Full(item));
        }
        self.items.borrow_mut().put(item);
        self.unfinished.set(self.unfinished.get() + 1);
        self.finished.clear();
        self.getters.call_next();
        Ok(())
    }

    /// Takes an item, as soon as there is one. Does not give up control if there is.
    ///
    /// asyncio: `Queue.get()`.
    ///
    /// ```
    /// use final_runtime::run;
    /// use final_runtime::sync::Queue;
    /// use futures_util::join;
    ///
    /// run(async {
    ///     let queue = Queue::unbounded();
    ///     let (got, put) = join!(queue.get(), queue.put("tea"));
    ///     assert_eq!((got, put), (Ok("tea"), Ok(())));
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue was shut down, and is empty.
    ///
    /// # Panics
    ///
    /// If it has to wait on a thread whose loop is not running.
    ///
    /// # Cancel safety
    ///
    /// No item is lost: it is taken in the step that gives it. Who had been called for one hands the call on.
    pub async fn get(&self) -> Result<S::Item, QueueShutDown> {
        loop {
            match self.try_get() {
                Ok(item) => return Ok(item),
                Err(TryGetError::ShutDown) => return Err(QueueShutDown(())),
                Err(TryGetError::Empty) => {}
            }
            let hand_on = |called| {
                if called && !self.is_empty() {
                    self.getters.call_next();
                }
            };
            self.getters.wait(hand_on).await;
        }
    }

    /// Takes an item, if there is one. It may be one that a waiting task was called for; that waits again, then.
    ///
    /// asyncio: `Queue.get_nowait()`.
    ///
    /// ```
    /// use final_runtime::sync::{Queue, TryGetError};
    ///
    /// let queue = Queue::unbounded();
    /// assert_eq!(queue.try_get(), Err(TryGetError::Empty));
    /// queue.try_put("tea").unwrap();
    /// assert_eq!(queue.try_get(), Ok("tea"));
    /// ```
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn try_get(&self) -> Result<S::Item, TryGetError> {
        let item = self.items.borrow_mut().take();
        match item {
            Some(item) => {
                self.putters.call_next();
                Ok(item)
            }
            None if self.shut_down.get() => Err(TryGetError::ShutDown),
            None => Err(TryGetError::Empty),
        }
    }

    /// How many items are in it.
    ///
    /// asyncio: `Queue.qsize()`.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// let queue = Queue::unbounded();
    /// queue.try_put("tea").unwrap();
    /// assert_eq!(queue.len(), 1);
    /// ```
    pub fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Whether no item is in it.
    ///
    /// asyncio: `Queue.empty()`.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// assert!(Queue::<u8>::unbounded().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room.
    ///
    /// asyncio: `Queue.full()`.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// let queue = Queue::bounded(1);
    /// queue.try_put("tea").unwrap();
    /// assert!(queue.is_full());
    /// ```
    pub fn is_full(&self) -> bool {
        let capacity = self.capacity();
        capacity.is_some_and(|capacity| self.len() >= capacity)
    }

    /// How many items it holds at most; `None` if it takes whatever comes.
    ///
    /// asyncio: `Queue.maxsize`, which is 0 then.
    ///
    /// ```
    /// use final_runtime::sync::Queue;
    ///
    /// assert_eq!(Queue::<u8>::bounded(3).capacity(), Some(3));
    /// assert_eq!(Queue::<u8>::unbounded().capacity(), None);
    /// ```
    pub fn capacity(&self) -> Option<usize> {
        self.capacity.map(NonZeroUsize::get)
    }
}

impl<S: Store> fmt::Debug for QueueOf<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.len())
            .field("capacity", &self.capacity())
            .field("getters", &self.getters.len())
            .field("putters", &self.putters.len())
            .field("unfinished", &self.unfinished.get())
            .field("shut_down", &self.is_shut_down())
            .finish()
    }
}
