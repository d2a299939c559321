//! A request to what else a task may wait for, and to several waits at once.

use std::future::pending;
use std::rc::Rc;

use chapter_08::{Outcome, Promise, UnixStream, catch_cancel, shield, sleep};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use futures_util::stream::{FuturesUnordered, StreamExt};

use crate::{SECOND, event_loop, run_and_ask, said, yield_now};

#[test]
fn beside_each_other_in_one_task_each_scope_catches_and_the_task_goes_on() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let scope = |name: &'static str| {
            let of_task = Rc::clone(&of_task);
            async move {
                let caught = catch_cancel(&of_task, sleep(&of_task, 9 * SECOND)).await;
                of_task.say(format!("{name} {}", caught.is_err()));
            }
        };
        futures_util::join!(scope("left"), scope("right"));
        let mut set: FuturesUnordered<_> = ["one", "two"].map(scope).into_iter().collect();
        while let Some(()) = set.next().await {}
    });
    run_and_ask(&event_loop, &task, &[1000, 2000]);
    assert_eq!(
        said(&event_loop),
        [
            "3 task left true",
            "3 task right true",
            "6 task one true",
            "6 task two true"
        ]
    );
    assert_eq!(task.result(), Some(Ok(())));
}

#[test]
fn a_wait_for_a_socket_is_ended_and_no_byte_is_lost() {
    let event_loop = event_loop();
    let (mut near, mut far) = UnixStream::pair(&event_loop).expect("two sockets");
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let mut bytes = [0; 5];
        let caught = catch_cancel(&of_task, near.read(&mut bytes)).await;
        of_task.say(format!("{}", caught.is_err()));
        near.read_exact(&mut bytes).await.expect("all five come");
        of_task.say(String::from_utf8_lossy(&bytes));
    });
    event_loop.call_later("far", 2 * SECOND, {
        let event_loop = Rc::clone(&event_loop);
        move |_| {
            event_loop.spawn("writer", async move {
                far.write_all(b"hello").await.expect("there is room");
            });
        }
    });
    run_and_ask(&event_loop, &task, &[1000]);
    let said: Vec<_> = said(&event_loop)
        .iter()
        .map(|line| line[2..].to_owned())
        .collect();
    assert_eq!(said, ["task true", "task hello"]);
}

#[test]
fn a_request_in_the_turn_in_which_a_sleep_is_over_wins_whichever_timer_is_first() {
    for boss_first in [false, true] {
        let event_loop = event_loop();
        let of_task = Rc::clone(&event_loop);
        let task = event_loop.spawn("task", async move {
            if boss_first {
                yield_now(&of_task).await;
            }
            let slept = catch_cancel(&of_task, sleep(&of_task, SECOND)).await;
            of_task.say(format!("{}", slept.is_ok()));
        });
        let (of_boss, asked) = (Rc::clone(&event_loop), task.clone());
        event_loop.spawn("boss", async move {
            if !boss_first {
                yield_now(&of_boss).await;
            }
            of_boss.call_later("ask", SECOND, move |_| assert!(asked.cancel()));
        });
        assert_eq!(event_loop.run_forever(), Outcome::Idle);
        let said: Vec<_> = said(&event_loop)
            .iter()
            .map(|line| line[2..].to_owned())
            .collect();
        assert_eq!(said, ["task false"], "{boss_first}");
        assert_eq!(event_loop.now(), SECOND);
    }
}

#[test]
fn a_task_says_what_it_waits_for_and_takes_it_back() {
    let event_loop = event_loop();
    let (kettle, of_task) = (
        Promise::<u32>::new(&event_loop, "kettle"),
        Rc::clone(&event_loop),
    );
    let awaited = kettle.clone();
    let task = event_loop.spawn("task", async move {
        let _ = catch_cancel(&of_task, awaited).await;
        pending::<()>().await;
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(task.waits_for(), ["kettle"]);
    kettle.set_result(1).expect("it is settled once");
    assert_eq!(task.waits_for(), ["kettle (settled)"]);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(task.waits_for(), [""; 0]);
}

#[test]
fn a_scope_that_is_dropped_before_it_has_delivered_a_request_leaves_it_to_the_next_wait() {
    let event_loop = event_loop();
    let (other, of_task) = (
        Promise::<u32>::new(&event_loop, "other"),
        Rc::clone(&event_loop),
    );
    let awaited = other.clone();
    let task = event_loop.spawn("task", async move {
        let sleeps = catch_cancel(&of_task, sleep(&of_task, 9 * SECOND));
        let loser = catch_cancel(&of_task, sleeps);
        // The promise is asked first, and it is settled in the turn in which the request comes.
        match select(awaited, loser).await {
            Either::Left((first, _loser)) => of_task.say(format!("{first:?}")),
            Either::Right(_) => of_task.say("the scope was first"),
        }
        let caught = catch_cancel(&of_task, sleep(&of_task, 9 * SECOND)).await;
        of_task.say(caught.is_err());
    });
    event_loop.call_later("both", SECOND, move |_| {
        assert!(task.cancel());
        other
            .set_result(7)
            .expect("a request goes to the innermost scopes alone");
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), ["3 task Ok(7)", "4 task true"]);
}

#[test]
fn in_a_set_of_futures_a_request_wakes_the_scope_itself_also_when_the_task_was_woken_for_another() {
    let event_loop = event_loop();
    let (other, of_task) = (
        Promise::<u32>::new(&event_loop, "other"),
        Rc::clone(&event_loop),
    );
    let awaited = other.clone();
    let task = event_loop.spawn("task", async move {
        let scope = async {
            let caught = catch_cancel(&of_task, pending::<()>()).await;
            of_task.say(caught.is_err());
        };
        let shielded = async { drop(shield(&of_task, &awaited).await) };
        let set = [scope.boxed_local(), shielded.boxed_local()];
        let mut set: FuturesUnordered<_> = set.into_iter().collect();
        while let Some(()) = set.next().await {}
    });
    let asked = task.clone();
    event_loop.call_later("both", SECOND, move |event_loop| {
        other.set_result(7).expect("it is settled once");
        // The shield is settled a turn later, and this is behind it.
        event_loop.call_soon("boss", move |_| assert!(asked.cancel()));
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), ["5 task true"]);
    assert_eq!(task.result(), Some(Ok(())));
}
