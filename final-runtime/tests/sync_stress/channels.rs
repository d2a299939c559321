//! Channels: what comes out is what a plain queue gives, each message once; one loop here, threads in `channel_threads`.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use final_runtime::channel::{self, Receiver, Sender, TryRecvError, TrySendError};

use crate::{Body, Crowd, Random, pause, settle, stress};

/// What happened to the channel does so here, too.
#[derive(Default)]
struct Model {
    items: RefCell<VecDeque<u64>>,
    /// Messages that wait for room, in order; those who have ended are skipped.
    line: RefCell<VecDeque<u64>>,
    receiving: Cell<bool>,
    /// The receiver, while nobody receives.
    receiver: RefCell<Option<Receiver<u64>>>,
}

impl Model {
    fn was_sent(&self, item: u64) {
        self.items.borrow_mut().push_back(item);
    }

    fn was_got(&self, item: Option<u64>) {
        assert_eq!(self.items.borrow_mut().pop_front(), item);
    }
}

/// Stands in the line.
struct InLine<'a>(&'a Model, u64);

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.line.borrow_mut().retain(|item| *item != self.1);
    }
}

/// Has the receiver, and gives it back.
struct Has<'a>(&'a Model, Option<Receiver<u64>>);

impl<'a> Has<'a> {
    fn it(model: &'a Model) -> Self {
        model.receiving.set(true);
        Self(model, model.receiver.take())
    }
}

impl Drop for Has<'_> {
    fn drop(&mut self) {
        self.0.receiving.set(false);
        self.0.receiver.replace(self.1.take());
    }
}

async fn trial(capacity: usize, operations: usize, mut random: Random) {
    let mut left = operations;
    let mut item = 0;
    while left > 0 {
        let (tell, hear) = match capacity {
            0 => channel::unbounded(),
            capacity => channel::bounded(capacity),
        };
        let (crowd, model) = (Crowd::default(), Rc::new(Model::default()));
        model.receiver.replace(Some(hear));
        let life = left.min(500 + random.below(1000));
        for operation in 0..life {
            item += 1;
            one(&crowd, &tell, &model, item, capacity, &mut random);
            if pause(&mut random).await {
                check(&model, capacity, operation);
            }
        }
        left -= life;
        settle().await;
        check(&model, capacity, life);
        for who in crowd.numbers() {
            crowd.end(who, false);
        }
        settle().await;
        assert_eq!(crowd.numbers(), [0; 0]);
        drop(tell);
        let mut hear = model.receiver.take().unwrap();
        while let Ok(item) = hear.try_recv() {
            model.was_got(Some(item));
        }
        assert_eq!(hear.try_recv(), Err(TryRecvError::Closed));
        model.was_got(None);
    }
}

fn one(
    crowd: &Crowd,
    tell: &Sender<u64>,
    model: &Rc<Model>,
    item: u64,
    capacity: usize,
    random: &mut Random,
) {
    let (at_work, seen) = (tell.clone(), model.clone());
    match random.below(12) {
        0..=3 if model.line.borrow().len() < 10 => {
            crowd.come(|_, _| -> Body {
                Box::pin(async move {
                    if at_work.try_send(item).is_err() {
                        seen.line.borrow_mut().push_back(item);
                        let _in_line = InLine(&seen, item);
                        at_work.send(item).await.unwrap();
                        assert_eq!(seen.line.borrow().front(), Some(&item), "in order");
                    }
                    seen.was_sent(item);
                })
            });
        }
        4..=6 if !model.receiving.get() => {
            crowd.come(|_, _| -> Body {
                Box::pin(async move {
                    if seen.receiving.get() {
                        return;
                    }
                    let mut has = Has::it(&seen);
                    let item = has.1.as_mut().unwrap().recv().await;
                    seen.was_got(item);
                })
            });
        }
        7 => match tell.try_send(item) {
            Ok(()) => model.was_sent(item),
            Err(TrySendError::Full(back)) => {
                assert_eq!(back, item);
                let taken = model.items.borrow().len() + model.line.borrow().len();
                assert!(taken >= capacity, "there is room");
            }
            Err(TrySendError::Closed(_)) => unreachable!("not yet"),
        },
        8 if !model.receiving.get() => {
            let mut has = Has::it(model);
            match has.1.as_mut().unwrap().try_recv() {
                Ok(item) => model.was_got(Some(item)),
                Err(why) => {
                    assert_eq!(why, TryRecvError::Empty);
                    model.was_got(None);
                }
            }
        }
        _ => {
            if let Some(who) = random.one_of(&crowd.numbers()) {
                crowd.end(who, random.below(2) == 0);
            }
        }
    }
}

/// Nothing moves any more: nobody waits for what is there.
fn check(model: &Model, capacity: usize, operation: usize) {
    let what = format!("operation {operation}");
    let items = model.items.borrow().len();
    assert!(items == 0 || !model.receiving.get(), "{what}");
    let full = capacity > 0 && items == capacity;
    assert!(full || model.line.borrow().is_empty(), "{what}");
    if let Some(receiver) = &*model.receiver.borrow() {
        assert_eq!(receiver.len(), items, "{what}");
    }
}

#[test]
fn a_channel() {
    stress(|operations, random| trial(3, operations, random));
}

#[test]
fn a_channel_of_one() {
    stress(|operations, random| trial(1, operations, random));
}

#[test]
fn a_channel_without_bound() {
    stress(|operations, random| trial(0, operations, random));
}
