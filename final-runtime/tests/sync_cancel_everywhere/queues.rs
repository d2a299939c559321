//! Queues.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use final_runtime::sync::{LifoQueue, PriorityQueue, Queue, QueueOf, Store};
use final_runtime::{sleep, yield_now};

use crate::{Scene, ms, scenes};

/// Puts and gets: half of the crowd puts two items each, the others get until there is nothing more.
fn traffic<S: Store<Item = u64> + 'static>(queue: QueueOf<S>) -> Scene {
    let queue = Rc::new(queue);
    let (put, got) = (Rc::new(RefCell::new(vec![])), Rc::new(RefCell::new(vec![])));
    let (at_work, has_put, has_got) = (queue.clone(), put.clone(), got.clone());
    let work = move |who: u64| {
        let (queue, put, got) = (at_work.clone(), has_put.clone(), has_got.clone());
        async move {
            if who.is_multiple_of(2) {
                for item in [10 * who, 10 * who + 1] {
                    queue.put(item).await.unwrap();
                    put.borrow_mut().push(item);
                }
                return;
            }
            while let Ok(item) = queue.get().await {
                got.borrow_mut().push(item);
                queue.task_done().unwrap();
                yield_now().await;
            }
        }
    };
    let closer = async move {
        sleep(ms(5)).await;
        queue.join().await;
        queue.shutdown();
    };
    Scene::new(6, work).beside(closer).check(move |what| {
        let (mut put, mut got) = (put.take(), got.take());
        put.sort_unstable();
        got.sort_unstable();
        assert_eq!(put, got, "{what}");
    })
}

/// A queue, and how many wait at it.
struct Counted {
    queue: Queue<u64>,
    waiting: Cell<usize>,
}

impl Counted {
    fn new(queue: Queue<u64>) -> Rc<Self> {
        let waiting = Cell::new(0);
        Rc::new(Self { queue, waiting })
    }

    async fn count<T>(&self, wait: impl Future<Output = T>) -> T {
        struct Out<'a>(&'a Cell<usize>);
        impl Drop for Out<'_> {
            fn drop(&mut self) {
                self.0.set(self.0.get() - 1);
            }
        }
        self.waiting.set(self.waiting.get() + 1);
        let _out = Out(&self.waiting);
        wait.await
    }
}

scenes! {
    too_few_items: {
        let counted = Counted::new(Queue::unbounded());
        let at_work = counted.clone();
        Scene::new(4, move |_| {
            let counted = at_work.clone();
            async move {
                let _ = counted.count(counted.queue.get()).await;
            }
        })
        .beside(async move {
            for item in 0..3 {
                counted.queue.try_put(item).unwrap();
                yield_now().await;
            }
            sleep(ms(1)).await;
            let left = counted.queue.len();
            assert!(left == 0 || counted.waiting.get() == 0, "a call for an item was lost");
            counted.queue.shutdown();
        })
    }
    too_little_room: {
        let counted = Counted::new(Queue::bounded(1));
        counted.queue.try_put(0).unwrap();
        let at_work = counted.clone();
        Scene::new(4, move |who| {
            let counted = at_work.clone();
            async move {
                let _ = counted.count(counted.queue.put(who)).await;
            }
        })
        .beside(async move {
            for _ in 0..3 {
                counted.queue.try_get().expect("one of them has put");
                yield_now().await;
                yield_now().await;
            }
            sleep(ms(1)).await;
            let full = counted.queue.is_full();
            assert!(full || counted.waiting.get() == 0, "a call for room was lost");
            counted.queue.shutdown();
        })
    }
    a_queue_of_one: { traffic(Queue::bounded(1)) }
    a_queue_of_two: { traffic(Queue::bounded(2)) }
    a_queue_without_bound: { traffic(Queue::unbounded()) }
    a_queue_that_gives_the_newest: { traffic(LifoQueue::bounded(2)) }
    a_queue_that_gives_the_smallest: { traffic(PriorityQueue::bounded(2)) }
}
