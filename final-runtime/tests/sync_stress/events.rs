//! An event and a barrier.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

use final_runtime::sync::{Barrier, Event};

use crate::{Body, Crowd, Random, pause, settle, stress};

#[test]
fn an_event() {
    stress(|operations, mut random: Random| async move {
        let (crowd, event) = (Crowd::default(), Rc::new(Event::new()));
        let passed = Rc::new(RefCell::new(BTreeSet::new()));
        // Who waits; and who came, was not called off before the event was set, and so must have passed, or not.
        let (mut waiting, mut may_pass) = (BTreeSet::new(), BTreeSet::new());
        for operation in 0..operations {
            let somebody = random.one_of(&crowd.numbers());
            match random.below(8) {
                0..=2 => {
                    let (event, passed) = (event.clone(), passed.clone());
                    let set = event.is_set();
                    let who = crowd.come(|who, _| -> Body {
                        Box::pin(async move {
                            event.wait().await;
                            passed.borrow_mut().insert(who);
                        })
                    });
                    // A new task first looks in the next turn.
                    settle().await;
                    match set {
                        true => may_pass.insert(who),
                        false => waiting.insert(who),
                    };
                }
                3 => {
                    event.set();
                    may_pass.append(&mut waiting);
                }
                4 => event.clear(),
                5 => {
                    event.set();
                    event.clear();
                    may_pass.append(&mut waiting);
                }
                _ => {
                    if let Some(who) = somebody {
                        crowd.end(who, random.below(2) == 0);
                        waiting.remove(&who);
                        may_pass.remove(&who);
                    }
                }
            }
            if pause(&mut random).await {
                let left: BTreeSet<u64> = crowd.numbers().into_iter().collect();
                assert_eq!(left, waiting, "operation {operation}: those who wait");
                assert_eq!(
                    passed.take(),
                    std::mem::take(&mut may_pass),
                    "operation {operation}"
                );
            }
        }
        event.set();
        settle().await;
        assert_eq!(crowd.numbers(), [0; 0]);
    });
}

#[test]
fn a_barrier() {
    stress(|operations, mut random: Random| async move {
        const PARTIES: usize = 3;
        let (crowd, barrier) = (Crowd::default(), Rc::new(Barrier::new(PARTIES)));
        let together = Rc::new(Cell::new(0));
        for operation in 0..operations {
            let somebody = random.one_of(&crowd.numbers());
            match random.below(40) {
                0 => barrier.reset(),
                1 => {
                    barrier.abort();
                    barrier.reset();
                }
                2..=13 => {
                    if let Some(who) = somebody {
                        crowd.end(who, random.below(2) == 0);
                    }
                }
                _ => {
                    let (barrier, together) = (barrier.clone(), together.clone());
                    crowd.come(|_, _| -> Body {
                        Box::pin(async move {
                            if let Ok(index) = barrier.wait().await {
                                assert!(index < PARTIES);
                                together.set(together.get() + 1);
                            }
                        })
                    });
                }
            }
            if pause(&mut random).await {
                assert!(
                    barrier.waiting() < PARTIES,
                    "operation {operation}: {barrier:?}"
                );
                // All others have passed, were told, or ended.
                assert_eq!(
                    crowd.numbers().len(),
                    barrier.waiting(),
                    "operation {operation}"
                );
            }
        }
        assert!(
            together.get() > operations / 100,
            "hardly anybody met anybody"
        );
        barrier.abort();
        settle().await;
        assert_eq!(crowd.numbers(), [0; 0]);
    });
}
