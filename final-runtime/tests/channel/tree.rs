//! What the tree of tasks tells of waits at a channel.

use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread;
use std::time::Duration;

use final_runtime::channel;
use final_runtime::{EventLoop, WaitsFor, run, sleep, yield_now};

#[test]
fn a_task_says_which_side_of_a_channel_it_waits_at() {
    let event_loop = EventLoop::with_virtual_clock();
    let (tell, mut hear) = channel::bounded(1);
    let (full, _kept) = channel::bounded(1);
    let (answer, answered) = channel::oneshot::<u8>();
    event_loop.spawn(async move { hear.recv().await.is_none_or(|_: u8| false) });
    event_loop.spawn(async move {
        full.send(1).await.unwrap();
        full.send(2).await.unwrap();
    });
    event_loop.spawn(answered);
    let _ = event_loop.run_forever();
    let tree = event_loop.task_tree();
    let waits: Vec<_> = tree.tasks.iter().map(|task| &task.waits_for[..]).collect();
    let (message, room) = ([WaitsFor::ChannelMessage], [WaitsFor::ChannelRoom]);
    assert_eq!(waits, [&message[..], &room, &message]);
    let text = tree.to_string();
    assert!(text.contains("waits for a message of a channel"), "{text}");
    assert!(text.contains("waits for room in a channel"), "{text}");
    drop((tell, answer));
}

#[test]
fn a_wait_that_is_over_is_told_no_more() {
    let event_loop = EventLoop::with_virtual_clock();
    let (tell, mut hear) = channel::unbounded::<u8>();
    event_loop.spawn(async move {
        {
            let mut first = pin!(hear.recv());
            let mut short = pin!(sleep(Duration::from_millis(1)));
            std::future::poll_fn(|cx| {
                assert!(first.as_mut().poll(cx).is_pending());
                short.as_mut().poll(cx)
            })
            .await;
        }
        std::future::pending::<()>().await;
    });
    let _ = event_loop.run_forever();
    assert_eq!(
        event_loop.task_tree().tasks[0].waits_for,
        [WaitsFor::Unknown]
    );
    drop(tell);
}

#[test]
fn a_wait_that_goes_on_elsewhere_is_told_here_until_it_is_over_there() {
    let event_loop = EventLoop::new();
    let (tell, mut hear) = channel::unbounded();
    let (give, given) = mpsc::channel();
    let mut waits = Some(Box::pin(async move { hear.recv().await }));
    event_loop.spawn(std::future::poll_fn(move |cx| {
        if let Some(mut waits) = waits.take() {
            assert!(waits.as_mut().poll(cx).is_pending());
            give.send(waits).unwrap();
        }
        Poll::<()>::Pending
    }));
    let says = || {
        event_loop.run_until_complete(yield_now()).unwrap();
        event_loop.task_tree().tasks[0].waits_for.clone()
    };
    assert_eq!(says(), [WaitsFor::ChannelMessage]);
    let other = thread::spawn(move || run(given.recv().unwrap()));
    tell.try_send("tea").unwrap();
    assert_eq!(other.join().unwrap(), Some("tea"));
    assert_eq!(says(), [WaitsFor::Unknown]);
}
