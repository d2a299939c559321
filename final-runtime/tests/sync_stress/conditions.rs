//! A condition: whoever is notified takes a token, and no token lies about while somebody waits for one.

use std::cell::Cell;
use std::rc::Rc;

use final_runtime::sync::{Condition, Lock};
use final_runtime::yield_now;

use crate::{Body, Crowd, Random, pause, settle, stress};

#[derive(Default)]
struct Tokens {
    count: Lock<usize>,
    more: Condition,
    taken: Cell<usize>,
}

impl Tokens {
    async fn take(self: Rc<Self>) {
        let guard = self.count.lock().await;
        let mut count = self.more.wait_while(guard, |count| *count == 0).await;
        *count -= 1;
        self.taken.set(self.taken.get() + 1);
        // Another may end this one with the lock in hand; the token is taken.
        yield_now().await;
    }
}

#[test]
fn a_condition() {
    stress(|operations, mut random: Random| async move {
        let (crowd, tokens) = (Crowd::default(), Rc::new(Tokens::default()));
        let mut added = 0;
        for operation in 0..operations {
            let somebody = random.one_of(&crowd.numbers());
            match random.below(9) {
                0..=3 if crowd.numbers().len() < 15 => {
                    let tokens = tokens.clone();
                    crowd.come(|_, _| -> Body { Box::pin(tokens.take()) });
                }
                4 | 5 => {
                    let mut count = tokens.count.lock().await;
                    let more = 1 + random.below(2);
                    *count += more;
                    added += more;
                    // In both ways: with the lock in hand, and without.
                    if random.below(2) == 0 {
                        drop(count);
                    }
                    tokens.more.notify(more);
                }
                6 => {
                    let _count = tokens.count.lock().await;
                    tokens.more.notify_all();
                    yield_now().await;
                }
                _ => {
                    if let Some(who) = somebody {
                        crowd.end(who, random.below(2) == 0);
                    }
                }
            }
            if pause(&mut random).await {
                let count = tokens.count.try_lock();
                let count = *count.unwrap_or_else(|| panic!("operation {operation}: it is held"));
                assert_eq!(count + tokens.taken.get(), added, "operation {operation}");
                let waiting = crowd.numbers().len();
                assert!(
                    count == 0 || waiting == 0,
                    "operation {operation}: {count} for {waiting}"
                );
            }
        }
        for who in crowd.numbers() {
            crowd.end(who, false);
        }
        settle().await;
        assert!(tokens.count.try_lock().is_some());
    });
}
