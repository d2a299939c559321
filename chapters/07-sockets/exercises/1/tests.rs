//! The tests of exercise 1, for the starter (`--features try`) and for the solution.

#[cfg_attr(feature = "try", path = "starter.rs")]
#[cfg_attr(not(feature = "try"), path = "solution.rs")]
mod exercise;

use std::net::UdpSocket;
use std::rc::Rc;
use std::time::Duration;

use chapter_07::{EventLoop, Outcome, sleep, timeout};
use exercise::Datagrams;

const MOMENT: Duration = Duration::from_millis(20);

/// What was said, by whoever said it.
fn said(event_loop: &EventLoop) -> Vec<String> {
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| e.note).collect()
}

/// The next datagram as text.
async fn next(datagrams: &mut Datagrams) -> String {
    match datagrams.receive().await {
        Ok((bytes, _)) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => format!("error: {:?}", error.kind()),
    }
}

/// A loop, a socket of it, and a socket of std that can send there.
fn two() -> (Rc<EventLoop>, Datagrams, UdpSocket) {
    let event_loop = Rc::new(EventLoop::new());
    let datagrams = Datagrams::bind(&event_loop, "127.0.0.1:0").expect("a free port");
    let sender = UdpSocket::bind("127.0.0.1:0").expect("a free port");
    let address = datagrams.address().expect("it is bound");
    sender.connect(address).expect("an address");
    (event_loop, datagrams, sender)
}

#[test]
fn what_is_there_is_given_and_each_datagram_stays_whole() {
    let (event_loop, mut datagrams, sender) = two();
    sender.send(b"one").expect("there is room");
    sender.send(b"two, longer").expect("there is room");
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("receiver", async move {
        of_task.say(next(&mut datagrams).await);
        of_task.say(next(&mut datagrams).await);
    });
    assert_eq!(
        said(&event_loop),
        ["one", "two, longer"],
        "left: what was received"
    );
}

#[test]
fn when_nothing_is_there_it_waits() {
    let (event_loop, mut datagrams, sender) = two();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("receiver", async move {
        of_task.say(next(&mut datagrams).await);
    });
    event_loop.call_later("sender", MOMENT, move |_| {
        sender.send(b"late").expect("there is room");
    });
    assert_eq!(
        said(&event_loop),
        ["late"],
        "left: what was received; the datagram was sent after 20 milliseconds"
    );
}

#[test]
fn it_finds_nothing_once_and_then_sleeps() {
    let (event_loop, mut datagrams, sender) = two();
    event_loop.spawn("receiver", async move {
        next(&mut datagrams).await;
    });
    event_loop.call_later("sender", MOMENT, move |_| {
        sender.send(b"late").expect("there is room");
    });
    said(&event_loop);
    let events = event_loop.trace().events().into_iter();
    let empty = events.filter(|e| e.event == "empty").count();
    assert_eq!(empty, 1, "left: how often your socket was found empty");
}

#[test]
fn a_receive_that_is_given_up_has_lost_nothing() {
    let (event_loop, mut datagrams, sender) = two();
    let of_task = Rc::clone(&event_loop);
    event_loop.spawn("receiver", async move {
        let given_up = timeout(&of_task, MOMENT, datagrams.receive()).await;
        of_task.say(if given_up.is_err() { "too late" } else { "?" });
        sleep(&of_task, MOMENT * 2).await;
        of_task.say(next(&mut datagrams).await);
    });
    event_loop.call_later("sender", MOMENT * 2, move |_| {
        sender.send(b"kept").expect("there is room");
    });
    assert_eq!(
        said(&event_loop),
        ["too late", "kept"],
        "left: what the two receives gave; the datagram came between them"
    );
}

#[test]
fn what_is_sent_arrives_and_can_be_answered() {
    let (event_loop, mut one, _) = two();
    let mut other = Datagrams::bind(&event_loop, "127.0.0.1:0").expect("a free port");
    let to = other.address().expect("it is bound");
    let of_other = Rc::clone(&event_loop);
    event_loop.spawn("other", async move {
        match other.receive().await {
            Ok((bytes, from)) => {
                other.send(&bytes, from).await.expect("there is room");
                of_other.say("answered");
            }
            Err(error) => of_other.say(format!("error: {:?}", error.kind())),
        }
    });
    let of_one = Rc::clone(&event_loop);
    event_loop.spawn("one", async move {
        one.send(b"echo", to).await.expect("there is room");
        of_one.say(next(&mut one).await);
    });
    assert_eq!(
        said(&event_loop),
        ["answered", "echo"],
        "left: what the two sockets said"
    );
}
