//! A lock and a semaphore: who came first has it, of those who did not give up.

use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;

use final_runtime::sync::{BoundedSemaphore, Lock, Semaphore};

use crate::{Body, Crowd, Random, pause, settle, stress};

/// Who has a permit, and who waits, in order.
struct Model {
    free: usize,
    holding: BTreeSet<u64>,
    waiting: VecDeque<u64>,
}

impl Model {
    fn hand_out(&mut self) {
        while self.free > 0
            && let Some(first) = self.waiting.pop_front()
        {
            self.free -= 1;
            self.holding.insert(first);
        }
    }

    fn come(&mut self, who: u64) {
        self.waiting.push_back(who);
        self.hand_out();
    }

    fn leave(&mut self, who: u64) {
        self.waiting.retain(|known| *known != who);
        if self.holding.remove(&who) {
            self.free += 1;
        }
        self.hand_out();
    }
}

type Holding = Rc<RefCell<BTreeSet<u64>>>;

/// Says who has a permit, while it has it.
struct Has(Holding, u64);

impl Has {
    fn one(holding: &Holding, who: u64) -> Self {
        holding.borrow_mut().insert(who);
        Self(holding.clone(), who)
    }
}

impl Drop for Has {
    fn drop(&mut self) {
        self.0.borrow_mut().remove(&self.1);
    }
}

/// Those who come acquire, hold until told to let go, and release; or end somewhere on the way.
async fn trial(
    permits: usize,
    operations: usize,
    mut random: Random,
    work: impl Fn(u64, final_runtime::Future<()>, Holding) -> Body,
    is_free: impl Fn() -> bool,
) {
    let (crowd, holding) = (Crowd::default(), Holding::default());
    let mut model = Model {
        free: permits,
        holding: BTreeSet::new(),
        waiting: VecDeque::new(),
    };
    for operation in 0..operations {
        let holders: Vec<u64> = model.holding.iter().copied().collect();
        let everybody: Vec<u64> = model
            .waiting
            .iter()
            .copied()
            .chain(holders.clone())
            .collect();
        match random.below(8) {
            0..=3 if model.waiting.len() < 12 => {
                let who = crowd.come(|who, let_go| work(who, let_go, holding.clone()));
                model.come(who);
            }
            4 | 5 => {
                if let Some(who) = random.one_of(&holders) {
                    crowd.let_go(who);
                    model.leave(who);
                }
            }
            6 | 7 => {
                if let Some(who) = random.one_of(&everybody) {
                    crowd.end(who, random.below(2) == 0);
                    model.leave(who);
                }
            }
            _ => {}
        }
        assert!(
            holding.borrow().len() <= permits,
            "operation {operation}: too many hold one"
        );
        if pause(&mut random).await {
            assert_eq!(*holding.borrow(), model.holding, "operation {operation}");
            assert_eq!(is_free(), model.free > 0, "operation {operation}");
        }
    }
    for who in crowd.numbers() {
        crowd.end(who, true);
    }
    settle().await;
    assert_eq!(crowd.numbers(), [0; 0]);
    assert!(is_free());
}

#[test]
fn a_lock() {
    stress(|operations, random| {
        let lock = Rc::new(Lock::new(0));
        let at_end = lock.clone();
        let work = move |who, let_go, holding| -> Body {
            let lock = lock.clone();
            Box::pin(async move {
                let mut guard = lock.lock().await;
                let _has = Has::one(&holding, who);
                *guard += 1;
                let _ = let_go.await;
            })
        };
        trial(1, operations, random, work, move || {
            at_end.try_lock().is_some()
        })
    });
}

#[test]
fn a_semaphore() {
    stress(|operations, random| {
        let semaphore = Rc::new(Semaphore::new(3));
        let at_end = semaphore.clone();
        let work = move |who, let_go, holding| -> Body {
            let semaphore = semaphore.clone();
            Box::pin(async move {
                let _permit = semaphore.acquire().await;
                let _has = Has::one(&holding, who);
                let _ = let_go.await;
            })
        };
        trial(3, operations, random, work, move || !at_end.is_locked())
    });
}

#[test]
fn a_bounded_semaphore_never_has_too_many() {
    stress(|operations, random| {
        let semaphore = Rc::new(BoundedSemaphore::new(2));
        let at_end = semaphore.clone();
        let work = move |who, let_go, holding| -> Body {
            let semaphore = semaphore.clone();
            Box::pin(async move {
                let permit = semaphore.acquire().await;
                let _has = Has::one(&holding, who);
                let _ = let_go.await;
                // By hand, now and then.
                if who % 3 == 0 {
                    permit.forget();
                    semaphore.release().expect("one is out");
                }
            })
        };
        trial(2, operations, random, work, move || !at_end.is_locked())
    });
}
