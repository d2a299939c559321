//! Queues: what comes out is what a plain collection gives, each item once.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::rc::Rc;

use final_runtime::sync::{
    LifoQueue, PriorityQueue, Queue, QueueOf, Store, TryGetError, TryPutError,
};

use crate::{Body, Crowd, Random, pause, settle, stress};

/// What happened to the queue does so here, too.
#[derive(Default)]
struct Model<S> {
    items: RefCell<S>,
    /// Items that nobody said were done.
    unfinished: Cell<usize>,
    putting: Cell<usize>,
    getting: Cell<usize>,
    joining: Cell<usize>,
}

/// Somebody who waits.
struct Waits<'a>(&'a Cell<usize>);

impl<'a> Waits<'a> {
    fn for_it(count: &'a Cell<usize>) -> Self {
        count.set(count.get() + 1);
        Self(count)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

impl<S: Store<Item = u64>> Model<S> {
    fn was_put(&self, item: u64) {
        self.items.borrow_mut().put(item);
        self.unfinished.set(self.unfinished.get() + 1);
    }

    fn was_got(&self, item: u64) {
        assert_eq!(self.items.borrow_mut().take(), Some(item));
    }

    fn was_done(&self) {
        self.unfinished.set(self.unfinished.get() - 1);
    }
}

async fn trial<S>(make: impl Fn() -> QueueOf<S>, operations: usize, mut random: Random)
where
    S: Store<Item = u64> + 'static,
{
    let mut left = operations;
    while left > 0 {
        // A queue lasts until it is shut down.
        let (crowd, queue, model) = (
            Crowd::default(),
            Rc::new(make()),
            Rc::new(Model::<S>::default()),
        );
        let life = left.min(500 + random.below(1000));
        for operation in 0..life {
            one(&crowd, &queue, &model, &mut random);
            if pause(&mut random).await {
                check(&queue, &model, operation);
            }
        }
        left -= life;
        settle().await;
        check(&queue, &model, life);
        end(&queue, &model, random.below(2) == 0);
        settle().await;
        assert_eq!(
            (model.putting.get(), model.getting.get()),
            (0, 0),
            "all are told"
        );
        while model.unfinished.get() > 0 {
            queue.task_done().unwrap();
            model.was_done();
        }
        assert!(queue.task_done().is_err());
        settle().await;
        assert_eq!(crowd.numbers(), [0; 0], "those who joined as well");
    }
}

/// One operation.
fn one<S>(crowd: &Crowd, queue: &Rc<QueueOf<S>>, model: &Rc<Model<S>>, random: &mut Random)
where
    S: Store<Item = u64> + 'static,
{
    let (at_work, seen) = (queue.clone(), model.clone());
    let item = u64::try_from(random.below(1_000_000)).unwrap();
    match random.below(14) {
        0..=2 if model.putting.get() < 10 => {
            crowd.come(|_, _| -> Body {
                Box::pin(async move {
                    let _waits = Waits::for_it(&seen.putting);
                    if at_work.put(item).await.is_ok() {
                        seen.was_put(item);
                    }
                })
            });
        }
        3..=5 if model.getting.get() < 10 => {
            crowd.come(|_, _| -> Body {
                Box::pin(async move {
                    let _waits = Waits::for_it(&seen.getting);
                    if let Ok(item) = at_work.get().await {
                        seen.was_got(item);
                    }
                })
            });
        }
        6 if model.joining.get() < 5 => {
            crowd.come(|_, _| -> Body {
                Box::pin(async move {
                    let _waits = Waits::for_it(&seen.joining);
                    at_work.join().await;
                })
            });
        }
        7 => match queue.try_put(item) {
            Ok(()) => model.was_put(item),
            Err(TryPutError::Full(back)) => assert_eq!((back, queue.is_full()), (item, true)),
            Err(TryPutError::ShutDown(_)) => unreachable!("not yet"),
        },
        8 => match queue.try_get() {
            Ok(item) => model.was_got(item),
            Err(refused) => assert_eq!((refused, queue.len()), (TryGetError::Empty, 0)),
        },
        9 if model.unfinished.get() > 0 => {
            queue.task_done().unwrap();
            model.was_done();
        }
        _ => {
            if let Some(who) = random.one_of(&crowd.numbers()) {
                crowd.end(who, random.below(2) == 0);
            }
        }
    }
}

/// Nothing moves any more: nobody waits for what is there.
fn check<S: Store<Item = u64>>(queue: &QueueOf<S>, model: &Model<S>, operation: usize) {
    let what = format!("operation {operation}: {queue:?}");
    assert_eq!(queue.len(), model.items.borrow().len(), "{what}");
    assert!(queue.is_empty() || model.getting.get() == 0, "{what}");
    assert!(queue.is_full() || model.putting.get() == 0, "{what}");
    if model.unfinished.get() == 0 {
        assert_eq!(model.joining.get(), 0, "{what}");
    }
}

fn end<S: Store<Item = u64>>(queue: &QueueOf<S>, model: &Model<S>, now: bool) {
    if now {
        for item in queue.shutdown_now() {
            model.was_got(item);
            model.was_done();
        }
        return;
    }
    queue.shutdown();
    while let Ok(item) = queue.try_get() {
        model.was_got(item);
    }
    assert_eq!(queue.try_get(), Err(TryGetError::ShutDown));
}

#[test]
fn a_queue() {
    stress(|operations, random| trial::<VecDeque<u64>>(|| Queue::bounded(3), operations, random));
}

#[test]
fn a_queue_without_bound() {
    stress(|operations, random| trial::<VecDeque<u64>>(Queue::unbounded, operations, random));
}

#[test]
fn a_queue_that_gives_the_newest() {
    stress(|operations, random| trial::<Vec<u64>>(|| LifoQueue::bounded(2), operations, random));
}

#[test]
fn a_queue_that_gives_the_smallest() {
    stress(|operations, random| {
        trial::<BinaryHeap<Reverse<u64>>>(|| PriorityQueue::bounded(4), operations, random)
    });
}
