//! The order in which a queue gives its items.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

/// Where a queue keeps its items, which says the order in which it gives them: a [`VecDeque`] the oldest first, a [`Vec`]
/// the newest, a [`BinaryHeap`] of [`Reverse`] the smallest. What its methods call must leave the queue alone.
///
/// asyncio: the methods `_init`, `_put` and `_get` of a queue.
///
/// ```
/// use final_runtime::sync::{QueueOf, Store};
/// use std::collections::BTreeSet;
///
/// /// Each item once, in order.
/// #[derive(Default)]
/// struct Distinct(BTreeSet<u32>);
///
/// impl Store for Distinct {
///     type Item = u32;
///
///     fn put(&mut self, item: u32) {
///         self.0.insert(item);
///     }
///
///     fn take(&mut self) -> Option<u32> {
///         self.0.pop_first()
///     }
///
///     fn len(&self) -> usize {
///         self.0.len()
///     }
/// }
///
/// let queue: QueueOf<Distinct> = QueueOf::unbounded();
/// for n in [3, 1, 3] {
///     queue.try_put(n).unwrap();
/// }
/// assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Ok(3)));
/// assert!(queue.is_empty());
/// ```
#[expect(clippy::len_without_is_empty, reason = "the queue has it")]
pub trait Store: Default {
    /// What is kept.
    type Item;

    /// Keeps an item.
    fn put(&mut self, item: Self::Item);

    /// Gives the item whose turn it is, if there is one.
    fn take(&mut self) -> Option<Self::Item>;

    /// How many there are.
    fn len(&self) -> usize;
}

impl<T> Store for VecDeque<T> {
    type Item = T;

    fn put(&mut self, item: T) {
        self.push_back(item);
    }

    fn take(&mut self) -> Option<T> {
        self.pop_front()
    }

    fn len(&self) -> usize {
        self.len()
    }
}

impl<T> Store for Vec<T> {
    type Item = T;

    fn put(&mut self, item: T) {
        self.push(item);
    }

    fn take(&mut self) -> Option<T> {
        self.pop()
    }

    fn len(&self) -> usize {
        self.len()
    }
}

impl<T: Ord> Store for BinaryHeap<Reverse<T>> {
    type Item = T;

    fn put(&mut self, item: T) {
        self.push(Reverse(item));
    }

    fn take(&mut self) -> Option<T> {
        self.pop().map(|Reverse(item)| item)
    }

    fn len(&self) -> usize {
        self.len()
    }
}
