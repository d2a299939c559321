//! Locks, events, semaphores, conditions, barriers.

use std::cell::Cell;
use std::rc::Rc;

use final_runtime::sync::{Barrier, BoundedSemaphore, Condition, Event, Lock, Semaphore};
use final_runtime::{catch_cancel, sleep, timeout, yield_now};

use crate::{Scene, ms, scenes};

/// Counts those who are inside at once.
async fn alone(inside: &Cell<usize>, most: usize) {
    let _inside = Out::enter(inside);
    assert!(inside.get() <= most, "{} are inside", inside.get());
    yield_now().await;
    yield_now().await;
}

struct Out<'a>(&'a Cell<usize>);

impl<'a> Out<'a> {
    fn enter(inside: &'a Cell<usize>) -> Self {
        inside.set(inside.get() + 1);
        Self(inside)
    }
}

impl Drop for Out<'_> {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

/// One for whoever waits for it, but there are too few.
#[derive(Default)]
struct Tokens {
    /// How many there are, and whether more will come.
    left: Lock<(u32, bool)>,
    more: Condition,
    waiting: Cell<usize>,
}

impl Tokens {
    async fn take_one(self: Rc<Self>) {
        let guard = self.left.lock().await;
        let waiting = Out::enter(&self.waiting);
        let none = |left: &mut (u32, bool)| left.0 == 0 && !left.1;
        let mut left = self.more.wait_while(guard, none).await;
        drop(waiting);
        left.0 = left.0.saturating_sub(1);
        yield_now().await;
    }

    /// When nothing moves any more, nobody waits for what is there; then all may go.
    async fn bring_three(self: Rc<Self>) {
        for _ in 0..3 {
            let mut left = self.left.lock().await;
            left.0 += 1;
            self.more.notify_one();
            drop(left);
            yield_now().await;
        }
        sleep(ms(1)).await;
        let mut left = self.left.try_lock().expect("the lock is held for ever");
        assert!(
            left.0 == 0 || self.waiting.get() == 0,
            "a notification was lost"
        );
        left.1 = true;
        self.more.notify_all();
    }
}

/// A buffer for one item, which some fill and some empty, one after another.
#[derive(Default)]
struct Buffer {
    /// The item, and whether the buffer is closed.
    state: Lock<(Option<u64>, bool)>,
    filled: Condition,
    emptied: Condition,
    fillers: Cell<usize>,
    emptiers: Cell<usize>,
}

impl Buffer {
    async fn use_it(self: Rc<Self>, fill: bool) {
        for round in 0..2 {
            let guard = self.state.lock().await;
            yield_now().await;
            if fill {
                let waiting = Out::enter(&self.fillers);
                let full = |state: &mut (Option<u64>, bool)| state.0.is_some() && !state.1;
                let mut state = self.emptied.wait_while(guard, full).await;
                drop(waiting);
                state.0 = Some(round);
                yield_now().await;
                self.filled.notify_one();
            } else {
                let waiting = Out::enter(&self.emptiers);
                let empty = |state: &mut (Option<u64>, bool)| state.0.is_none() && !state.1;
                let mut state = self.filled.wait_while(guard, empty).await;
                drop(waiting);
                state.0 = None;
                yield_now().await;
                self.emptied.notify_one();
            }
        }
    }

    /// When nothing moves any more, nobody waits for what is there; then all may go.
    async fn close(self: Rc<Self>) {
        sleep(ms(1)).await;
        let mut state = self.state.try_lock().expect("the lock is held for ever");
        match state.0 {
            None => assert_eq!(self.fillers.get(), 0, "the buffer is empty"),
            Some(_) => assert_eq!(self.emptiers.get(), 0, "the buffer is full"),
        }
        state.1 = true;
        self.filled.notify_all();
        self.emptied.notify_all();
    }
}

scenes! {
    a_lock: {
        let (lock, inside) = (Rc::new(Lock::new(0)), Rc::new(Cell::new(0)));
        let at_work = lock.clone();
        Scene::new(4, move |_| {
            let (lock, inside) = (at_work.clone(), inside.clone());
            async move {
                for _ in 0..2 {
                    let mut rounds = lock.lock().await;
                    alone(&inside, 1).await;
                    *rounds += 1;
                }
            }
        })
        .check(move |what| {
            let rounds = lock.try_lock().unwrap_or_else(|| panic!("{what}: it is held for ever"));
            assert!(*rounds >= 6, "{what}: {rounds:?}");
        })
    }
    a_lock_with_a_time_limit: {
        let lock = Rc::new(Lock::new(()));
        let at_work = lock.clone();
        Scene::new(4, move |who| {
            let lock = at_work.clone();
            async move {
                if let Ok(_guard) = timeout(ms(2 + who), lock.lock()).await {
                    sleep(ms(2)).await;
                }
            }
        })
        .check(move |what| assert!(lock.try_lock().is_some(), "{what}"))
    }
    a_lock_that_is_acquired_and_released: {
        let lock = Rc::new(Lock::new(()));
        let at_work = lock.clone();
        Scene::new(4, move |_| {
            let lock = at_work.clone();
            async move {
                for _ in 0..2 {
                    lock.acquire().await;
                    let held = catch_cancel(yield_now()).await;
                    lock.release().unwrap();
                    if let Err(cancelled) = held {
                        cancelled.resume().await;
                    }
                }
            }
        })
        .beside(async move {
            // A victim that is dropped with the lock in hand leaves it acquired.
            sleep(ms(1)).await;
            while lock.release().is_ok() {
                sleep(ms(1)).await;
            }
        })
    }
    an_event: {
        let event = Rc::new(Event::new());
        let at_work = event.clone();
        Scene::new(4, move |_| {
            let event = at_work.clone();
            async move {
                for _ in 0..3 {
                    event.wait().await;
                    yield_now().await;
                }
            }
        })
        .beside(async move {
            for _ in 0..3 {
                sleep(ms(1)).await;
                event.set();
                event.clear();
            }
        })
    }
    a_semaphore: {
        let (semaphore, inside) = (Rc::new(Semaphore::new(2)), Rc::new(Cell::new(0)));
        let at_work = semaphore.clone();
        Scene::new(5, move |_| {
            let (semaphore, inside) = (at_work.clone(), inside.clone());
            async move {
                for _ in 0..2 {
                    let _permit = semaphore.acquire().await;
                    alone(&inside, 2).await;
                }
            }
        })
        .check(move |what| assert_eq!(semaphore.available(), 2, "{what}"))
    }
    a_bounded_semaphore_whose_permits_come_by_hand: {
        let semaphore = Rc::new(BoundedSemaphore::new(4));
        for _ in 0..4 {
            semaphore.try_acquire().unwrap().forget();
        }
        let (at_work, at_end) = (semaphore.clone(), semaphore.clone());
        Scene::new(4, move |_| {
            let semaphore = at_work.clone();
            async move { semaphore.acquire().await.forget() }
        })
        .beside(async move {
            for _ in 0..4 {
                // All at once, then one in the gap of another's call.
                semaphore.release().unwrap();
                yield_now().await;
            }
        })
        .check(move |what| assert!(at_end.available() <= 1, "{what}: {at_end:?}"))
    }
    a_condition: {
        let tokens = Rc::new(Tokens::default());
        let at_work = tokens.clone();
        Scene::new(4, move |_| at_work.clone().take_one()).beside(tokens.bring_three())
    }
    two_conditions_on_one_lock: {
        let buffer = Rc::new(Buffer::default());
        let at_work = buffer.clone();
        Scene::new(4, move |who| at_work.clone().use_it(who % 2 == 0))
            .beside(buffer.close())
    }
    a_condition_on_a_lock_that_is_acquired: {
        let (lock, changed) = (Rc::new(Lock::new(())), Rc::new(Condition::new()));
        let tokens = Rc::new(Cell::new(0));
        let at_work = (lock.clone(), changed.clone(), tokens.clone());
        let at_end = lock.clone();
        Scene::new(4, move |_| {
            let (lock, changed, tokens) = at_work.clone();
            async move {
                lock.acquire().await;
                while tokens.get() == 0 {
                    if let Err(cancelled) = catch_cancel(changed.wait_raw(&lock)).await {
                        lock.release().expect("it was taken again before the request arrived");
                        cancelled.resume().await;
                    }
                }
                tokens.set(tokens.get() - 1);
                lock.release().unwrap();
            }
        })
        .beside(async move {
            for _ in 0..4 {
                lock.acquire().await;
                tokens.set(tokens.get() + 1);
                changed.notify_one();
                lock.release().unwrap();
                yield_now().await;
            }
        })
        .check(move |what| assert!(at_end.try_lock().is_some(), "{what}: it is held for ever"))
    }
    a_barrier: {
        let barrier = Rc::new(Barrier::new(2));
        let at_work = barrier.clone();
        Scene::new(4, move |who| {
            let barrier = at_work.clone();
            async move {
                for _ in 0..2 {
                    // A victim leaves its round short of one; who waits then does so until all is over.
                    if barrier.wait().await.is_err() {
                        break;
                    }
                    sleep(ms(who)).await;
                }
            }
        })
        .beside(async move {
            sleep(ms(20)).await;
            assert!(barrier.waiting() <= 1, "{barrier:?}: two would have gone on");
            barrier.reset();
            sleep(ms(20)).await;
            barrier.abort();
            yield_now().await;
            barrier.reset();
            assert_eq!((barrier.waiting(), barrier.is_broken()), (0, false));
            let (first, second) = futures_util::join!(barrier.wait(), barrier.wait());
            assert_eq!((first, second), (Ok(0), Ok(1)), "it can be used again");
        })
    }
}
