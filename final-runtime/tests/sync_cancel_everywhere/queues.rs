//! Queues.

use std::cell::RefCell;
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

scenes! {
    a_queue_of_one: { traffic(Queue::bounded(1)) }
    a_queue_of_two: { traffic(Queue::bounded(2)) }
    a_queue_without_bound: { traffic(Queue::unbounded()) }
    a_queue_that_gives_the_newest: { traffic(LifoQueue::bounded(2)) }
    a_queue_that_gives_the_smallest: { traffic(PriorityQueue::bounded(2)) }
}
