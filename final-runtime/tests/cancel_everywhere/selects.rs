//! Each primitive under `select!` of the futures crate: who loses is dropped, or waits on and is polled again.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::sync::{Condition, Event, Lock, Queue, Semaphore};
use final_runtime::{
    Future, State, Until, as_completed, catch_cancel, gather, interval, running_loop, shield,
    sleep, spawn, task_group, timeout, wait, yield_now,
};
use futures_util::{FutureExt, StreamExt, pin_mut, select, select_biased};

use crate::{helper, ms, subjects};

/// Looks when it is dropped: at the subject's end, however that comes.
struct AtTheEnd<F: FnMut()>(F);

impl<F: FnMut()> Drop for AtTheEnd<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// Puts three items into a queue, one a millisecond, and looks in the end whether each is in `got` or still there, once.
fn three_items(queue: &Rc<Queue<u32>>, got: &Rc<RefCell<Vec<u32>>>) {
    let (queue, got) = (queue.clone(), got.clone());
    drop(spawn(async move {
        for item in 1..4 {
            sleep(ms(1)).await;
            queue.put(item).await.unwrap();
        }
        sleep(ms(9)).await;
        let left = std::iter::from_fn(|| queue.try_get().ok());
        let all: Vec<u32> = got.borrow().iter().copied().chain(left).collect();
        assert_eq!(all, [1, 2, 3], "no item is lost, and none comes twice");
    }));
}

subjects! {
    the_shorter_of_two_sleeps: {
        let (short, long) = (sleep(ms(2)).fuse(), sleep(ms(90)).fuse());
        pin_mut!(short, long);
        select! { () = short => {}, () = long => unreachable!("it is longer") }
    }
    both_sleeps_one_after_the_other: {
        let (short, long) = (sleep(ms(2)).fuse(), sleep(ms(4)).fuse());
        pin_mut!(short, long);
        loop {
            select! { () = short => {}, () = long => {}, complete => break }
        }
    }
    a_task_that_loses_runs_on: {
        let task = helper(6);
        task.add_done_callback(|task| assert_eq!(task.state(), State::Ok));
        let mut wait = shield(&task).into_future().fuse();
        select! { _ = wait => unreachable!("it is slower"), () = sleep(ms(2)).fuse() => {} }
        let _ = shield(task).await;
    }
    a_task_that_wins: {
        let mut task = helper(2).fuse();
        select! { _ = task => {}, () = sleep(ms(90)).fuse() => unreachable!("it is slower") }
    }
    the_first_of_two_tasks: {
        let (mut first, mut second) = (helper(2).fuse(), helper(4).fuse());
        for _ in 0..2 {
            select! { _ = first => {}, _ = second => {} }
        }
    }
    a_future_or_a_yield: {
        let future = Future::new();
        let setter = future.clone();
        running_loop().call_later(ms(2), move || { let _ = setter.set_result(()); });
        let mut wait = shield(&future).into_future().fuse();
        loop {
            let mut pause = sleep(ms(1)).fuse();
            select_biased! { _ = wait => break, () = pause => yield_now().await }
        }
    }
    a_timeout_or_a_sleep: {
        let body = timeout(ms(3), sleep(ms(90))).fuse();
        pin_mut!(body);
        let mut done = false;
        while !done {
            select! { cut = body => done = cut.is_err(), () = sleep(ms(1)).fuse() => {} }
        }
    }
    scopes_beside_each_other: {
        let first = catch_cancel(sleep(ms(3))).fuse();
        let second = catch_cancel(helper(5)).fuse();
        pin_mut!(first, second);
        // A request arrives at both: it is told once, as one that was cancelled tells it.
        let mut caught = None;
        loop {
            select! {
                out = first => caught = out.err().or(caught),
                out = second => caught = out.err().or(caught),
                complete => break,
            }
        }
        if let Some(cancelled) = caught {
            cancelled.resume().await
        }
    }
    a_scope_that_loses_in_the_turn_of_the_request: {
        for _ in 0..2 {
            let scope = catch_cancel(sleep(Duration::MAX)).fuse();
            let yields = async {
                yield_now().await;
                yield_now().await;
            };
            let yields = yields.fuse();
            pin_mut!(scope, yields);
            // The request has gone to the scope, which is dropped without another poll: the one around it hears of it.
            select_biased! {
                () = yields => {}
                caught = scope => caught.unwrap_err().resume().await,
            }
        }
        yield_now().await;
    }
    a_gather_or_a_sleep: {
        let mut all = gather::<_, Vec<u64>>([helper(2), helper(4)]).into_future().fuse();
        loop {
            select! { _ = all => break, () = sleep(ms(1)).fuse() => {} }
        }
    }
    a_wait_for_some_or_a_sleep: {
        let some = wait([helper(3), helper(5)], Until::FirstCompleted, Some(ms(90))).fuse();
        pin_mut!(some);
        loop {
            select! { _ = some => break, () = sleep(ms(1)).fuse() => {} }
        }
    }
    results_as_they_come_or_a_sleep: {
        let mut ended = as_completed([helper(3), helper(1)], Some(ms(90)));
        let mut come = 0;
        while come < 2 {
            let next = ended.next().fuse();
            pin_mut!(next);
            select! { task = next => come += u32::from(task.is_some()), () = sleep(ms(2)).fuse() => {} }
        }
    }
    a_group_that_loses_ends_its_tasks: {
        let group = task_group(async |group| {
            group.spawn(sleep(ms(90))).map(drop).unwrap();
            sleep(Duration::MAX).await;
        });
        let group = group.fuse();
        pin_mut!(group);
        select! { _ = group => {}, () = sleep(ms(2)).fuse() => {} }
    }
    ticks_or_sleeps: {
        let mut ticks = interval(ms(2));
        let mut seen = 0;
        while seen < 2 {
            let tick = ticks.tick().fuse();
            pin_mut!(tick);
            select! { _ = tick => seen += 1, () = sleep(ms(1)).fuse() => {} }
        }
    }
    a_queue_or_a_sleep: {
        let (queue, got) = (Rc::new(Queue::unbounded()), Rc::default());
        three_items(&queue, &got);
        while got.borrow().len() < 3 {
            let next = queue.get().fuse();
            pin_mut!(next);
            select! { item = next => got.borrow_mut().push(item.unwrap()), () = sleep(ms(1)).fuse() => {} }
        }
    }
    a_queue_and_a_queue: {
        let (first, from_first) = (Rc::new(Queue::unbounded()), Rc::default());
        let (second, from_second) = (Rc::new(Queue::unbounded()), Rc::default());
        three_items(&first, &from_first);
        three_items(&second, &from_second);
        for _ in 0..6 {
            let (a, b) = (first.get().fuse(), second.get().fuse());
            pin_mut!(a, b);
            select! {
                item = a => from_first.borrow_mut().push(item.unwrap()),
                item = b => from_second.borrow_mut().push(item.unwrap()),
            }
        }
    }
    a_full_queue_or_a_sleep: {
        let (queue, taken) = (Rc::new(Queue::bounded(1)), Rc::new(RefCell::new(Vec::new())));
        let put = Rc::new(RefCell::new(vec![0]));
        queue.try_put(0).unwrap();
        let (source, sink, said) = (queue.clone(), taken.clone(), put.clone());
        drop(spawn(async move {
            for _ in 0..4 {
                sleep(ms(2)).await;
                sink.borrow_mut().extend(source.try_get());
            }
            sink.borrow_mut().extend(source.try_get());
            assert_eq!(*sink.borrow(), *said.borrow(), "what was put was got");
        }));
        let mut item = 1;
        while item < 3 {
            let next = queue.put(item).fuse();
            pin_mut!(next);
            select! {
                done = next => {
                    done.unwrap();
                    put.borrow_mut().push(item);
                    item += 1;
                }
                () = sleep(ms(1)).fuse() => {}
            }
        }
    }
    a_lock_or_a_sleep: {
        let lock = Rc::new(Lock::new(0));
        let (held, at_the_end) = (lock.clone(), lock.clone());
        drop(spawn(async move {
            let guard = held.lock().await;
            sleep(ms(3)).await;
            drop(guard);
        }));
        yield_now().await;
        let _end = AtTheEnd(move || {
            let lock = at_the_end.clone();
            drop(spawn(async move {
                sleep(ms(9)).await;
                assert!(lock.try_lock().is_some(), "nobody holds it for ever");
            }));
        });
        loop {
            let next = lock.lock().fuse();
            pin_mut!(next);
            select! { _guard = next => break sleep(ms(1)).await, () = sleep(ms(1)).fuse() => {} }
        }
    }
    a_permit_or_an_event: {
        let (permits, event) = (Rc::new(Semaphore::new(0)), Rc::new(Event::new()));
        let (giver, setter, left) = (permits.clone(), event.clone(), permits.clone());
        running_loop().call_later(ms(2), move || giver.release());
        running_loop().call_later(ms(3), move || setter.set());
        let _end = AtTheEnd(move || {
            let left = left.clone();
            running_loop().call_later(ms(9), move || assert_eq!(left.available(), 1));
        });
        let (permit, set) = (permits.acquire().fuse(), event.wait().fuse());
        pin_mut!(permit, set);
        let mut held = None;
        loop {
            select! { permit = permit => held = Some(permit), () = set => {}, complete => break }
        }
        drop(held);
    }
    a_condition_or_a_sleep: {
        let told = Rc::new((Lock::new(false), Condition::new()));
        let teller = told.clone();
        drop(spawn(async move {
            let (lock, condition) = &*teller;
            sleep(ms(3)).await;
            *lock.lock().await = true;
            condition.notify_all();
            sleep(ms(9)).await;
            assert!(lock.try_lock().is_some(), "nobody holds it for ever");
        }));
        let (lock, condition) = &*told;
        loop {
            let heard = async { *condition.wait_while(lock.lock().await, |ready| !*ready).await };
            let heard = heard.fuse();
            pin_mut!(heard);
            select! { ready = heard => break assert!(ready), () = sleep(ms(2)).fuse() => {} }
        }
    }
    all_of_a_stream_of_tasks_or_a_sleep: {
        let mut set: futures_util::stream::FuturesUnordered<_> = (1..4).map(helper).collect();
        loop {
            select! { done = set.next() => if done.is_none() { break }, () = sleep(ms(1)).fuse() => {} }
        }
    }
}
