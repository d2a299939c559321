//! Channels.

use std::cell::RefCell;
use std::rc::Rc;

use final_runtime::channel::{self, Sender};
use final_runtime::sync::Lock;
use final_runtime::{sleep, yield_now};

use crate::{Scene, ms, scenes};

/// Half of the crowd sends two messages each, the others receive, one at a time, until there is nothing more.
fn traffic((tell, hear): (Sender<u64>, channel::Receiver<u64>)) -> Scene {
    let hear = Rc::new(Lock::new(hear));
    let (sent, got) = (Rc::new(RefCell::new(vec![])), Rc::new(RefCell::new(vec![])));
    let (at_work, has_sent, has_got) = (tell, sent.clone(), got.clone());
    let work = move |who: u64| {
        let (tell, hear) = (at_work.clone(), hear.clone());
        let (sent, got) = (has_sent.clone(), has_got.clone());
        async move {
            if who.is_multiple_of(2) {
                for item in [10 * who, 10 * who + 1] {
                    tell.send(item).await.unwrap();
                    sent.borrow_mut().push(item);
                }
                return;
            }
            // The scene keeps a sender: what says that all has come is the count.
            drop(tell);
            loop {
                let mut hear = hear.lock().await;
                let item = hear.recv().await;
                drop(hear);
                match item {
                    Some(END) | None => return,
                    Some(item) => got.borrow_mut().push(item),
                }
                yield_now().await;
            }
        }
    };
    Scene::new(6, work).check(move |what| {
        let (mut sent, mut got) = (sent.take(), got.take());
        sent.sort_unstable();
        got.sort_unstable();
        assert_eq!(sent, got, "{what}");
    })
}

/// Tells a receiver to end.
const END: u64 = 1000;

fn ended(channel: (Sender<u64>, channel::Receiver<u64>)) -> Scene {
    let tell = channel.0.clone();
    traffic(channel).beside(async move {
        sleep(ms(5)).await;
        for _ in 0..3 {
            tell.send(END).await.unwrap();
        }
        // One receiver of three may be gone: then one end is left in the channel.
    })
}

scenes! {
    a_channel_of_one: { ended(channel::bounded(1)) }
    a_channel_of_two: { ended(channel::bounded(2)) }
    a_channel_without_bound: { ended(channel::unbounded()) }
    too_little_room_in_a_channel: {
        let (tell, mut hear) = channel::bounded(1);
        tell.try_send(100).unwrap();
        let waiting = Rc::new(());
        let waits = waiting.clone();
        Scene::new(4, move |who| {
            let (tell, waits) = (tell.clone(), waits.clone());
            async move {
                let _waits = waits;
                let _ = tell.send(who).await;
            }
        })
        .beside(async move {
            for _ in 0..3 {
                hear.try_recv().expect("one of them has sent");
                yield_now().await;
                yield_now().await;
            }
            sleep(ms(1)).await;
            // The scene itself holds two.
            let full = !hear.is_empty();
            assert!(full || Rc::strong_count(&waiting) == 2, "a call for room was lost");
        })
    }
}
