//! Where a request arrives, and what may be done with it.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;
use std::time::Duration;

use chapter_08::{
    Cancelled, EventLoop, Failure, Outcome, Promise, Task, UnixStream, catch_cancel, shield, sleep,
};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use futures_util::io::{AsyncReadExt, AsyncWriteExt};
use futures_util::stream::{FuturesUnordered, StreamExt};

const SECOND: Duration = Duration::from_secs(1);

fn event_loop() -> Rc<EventLoop> {
    Rc::new(EventLoop::with_virtual_clock())
}

/// What was said, as "turn who text".
fn said(event_loop: &EventLoop) -> Vec<String> {
    let events = event_loop.trace().events().into_iter();
    let says = events.filter(|e| e.event == "says");
    says.map(|e| format!("{} {} {}", e.turn, e.task, e.note))
        .collect()
}

/// Runs until nothing is left, and asks `task` to end at each of these times, in milliseconds.
fn run_and_ask<T: Clone + 'static>(event_loop: &Rc<EventLoop>, task: &Task<T>, times: &[u64]) {
    for time in times {
        let task = task.clone();
        let ask = move |_: &EventLoop| assert!(task.cancel());
        event_loop.call_later("boss", Duration::from_millis(*time), ask);
    }
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}

/// A step that lets everybody else have a turn.
async fn yield_now(event_loop: &Rc<EventLoop>) {
    sleep(event_loop, Duration::ZERO).await;
}

#[test]
fn the_innermost_scope_catches_what_follows_may_wait_and_resume_hands_it_on_in_the_same_step() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let outer = catch_cancel(&of_task, async {
            let inner = catch_cancel(&of_task, pending::<()>()).await;
            of_task.say("inner");
            sleep(&of_task, SECOND).await;
            of_task.say("has cleaned up");
            inner.expect_err("the body never ends").resume().await
        });
        let outer: Result<(), Cancelled> = outer.await;
        of_task.say("outer");
        drop(outer);
        7
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(
        said(&event_loop),
        ["3 task inner", "5 task has cleaned up", "5 task outer"]
    );
    assert_eq!(task.result(), Some(Ok(7)));
}

#[test]
fn what_nobody_catches_ends_the_task_and_so_does_a_resume_with_no_scope_around() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let caught = catch_cancel(&of_task, pending::<()>()).await;
        caught.expect_err("the body never ends").resume().await
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}

#[test]
fn a_second_request_interrupts_the_clean_up() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let _swallowed = catch_cancel(&of_task, pending::<()>()).await;
        of_task.say("cleans up");
        sleep(&of_task, 5 * SECOND).await;
        of_task.say("is never said");
    });
    run_and_ask(&event_loop, &task, &[1000, 2000]);
    assert_eq!(said(&event_loop), ["3 task cleans up"]);
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(task.cancelling(), 2);
}

#[test]
fn a_request_that_is_swallowed_is_counted_until_it_is_taken_back() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        let _swallowed = catch_cancel(&of_task, pending::<()>()).await;
        7
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(task.result(), Some(Ok(7)));
    assert_eq!(
        (task.cancelling(), task.uncancel(), task.uncancel()),
        (1, 0, 0)
    );
}

#[test]
fn it_travels_to_the_innermost_of_a_chain_of_tasks_and_comes_back_a_turn_a_task() {
    let event_loop = event_loop();
    let of_child = Rc::clone(&event_loop);
    let mut task = event_loop.spawn("child", async move {
        let caught = catch_cancel(&of_child, sleep(&of_child, 9 * SECOND)).await;
        of_child.say("first");
        caught.expect_err("it was asked").resume().await
    });
    for name in ["parent", "grandparent"] {
        let (of_task, inner) = (Rc::clone(&event_loop), task);
        task = event_loop.spawn(name, async move {
            let caught = catch_cancel(&of_task, inner).await;
            of_task.say("then");
            caught
                .expect_err("it comes back as a request")
                .resume()
                .await
        });
    }
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(
        said(&event_loop),
        ["3 child first", "4 parent then", "5 grandparent then"]
    );
    assert_eq!(task.result(), Some(Err(Failure::Cancelled)));
}

#[test]
fn if_the_innermost_swallows_it_nobody_else_hears_of_it() {
    let event_loop = event_loop();
    let of_child = Rc::clone(&event_loop);
    let child = event_loop.spawn("child", async move {
        let _swallowed = catch_cancel(&of_child, pending::<()>()).await;
        7
    });
    let parent = event_loop.try_spawn("parent", child);
    run_and_ask(&event_loop, &parent, &[1000]);
    assert_eq!(parent.result(), Some(Ok(7)));
}

#[test]
fn a_cancel_that_began_elsewhere_comes_as_a_value() {
    let event_loop = event_loop();
    let other = event_loop.spawn("other", pending::<()>());
    let (of_task, awaited) = (Rc::clone(&event_loop), other.clone());
    let task = event_loop.spawn("task", async move {
        let outcome = catch_cancel(&of_task, awaited).await;
        of_task.say(format!("{:?}", outcome.expect("nobody has asked this one")));
    });
    run_and_ask(&event_loop, &other, &[1000]);
    assert_eq!(said(&event_loop), ["4 task Err(Cancelled)"]);
    assert_eq!((task.result(), task.cancelling()), (Some(Ok(())), 0));
}

#[test]
fn tasks_that_wait_for_each_other_in_a_ring_can_be_asked() {
    let event_loop = event_loop();
    let slot = Rc::new(RefCell::new(None));
    let (of_first, second) = (Rc::clone(&event_loop), Rc::clone(&slot));
    let first: Task<u32> = event_loop.try_spawn("first", async move {
        yield_now(&of_first).await;
        let second: Task<u32> = second.take().expect("it was put there");
        second.await
    });
    let second = event_loop.try_spawn("second", first.clone());
    slot.replace(Some(second.clone()));
    run_and_ask(&event_loop, &first, &[1000]);
    assert_eq!(first.result(), Some(Err(Failure::Cancelled)));
    assert_eq!(second.result(), Some(Err(Failure::Cancelled)));
}

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
fn a_request_during_a_step_goes_to_what_the_step_then_waits_for() {
    let event_loop = event_loop();
    let slot = Rc::new(RefCell::new(None));
    let (of_task, own) = (Rc::clone(&event_loop), Rc::clone(&slot));
    let task = event_loop.spawn("task", async move {
        let own: Task<u32> = own.take().expect("it was put there before the run");
        let promise = Promise::<u32>::new(&of_task, "promise");
        let caught = catch_cancel(&of_task, async {
            assert!(own.cancel());
            of_task.say("still here");
            promise.clone().await
        });
        of_task.say(format!("{} {:?}", caught.await.is_err(), promise.result()));
        7
    });
    slot.replace(Some(task.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        ["1 task still here", "2 task true Some(Err(Cancelled))"]
    );
}

#[test]
fn a_body_that_is_ready_in_the_step_that_asks_wins_and_the_next_wait_gets_the_request() {
    let event_loop = event_loop();
    let slot = Rc::new(RefCell::new(None));
    let (of_task, own) = (Rc::clone(&event_loop), Rc::clone(&slot));
    let task = event_loop.spawn("task", async move {
        let own: Task<u32> = own.take().expect("it was put there before the run");
        let first = catch_cancel(&of_task, async { own.cancel() }).await;
        of_task.say(format!("first {}", first.is_ok()));
        let second = catch_cancel(&of_task, sleep(&of_task, SECOND)).await;
        of_task.say(format!("second {}", second.is_ok()));
        7
    });
    slot.replace(Some(task.clone()));
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(
        said(&event_loop),
        ["1 task first true", "2 task second false"]
    );
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
fn a_body_may_end_as_cancelled_by_itself() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task: Task<u32> = event_loop.spawn("task", async move {
        let caught: Result<(), _> = catch_cancel(&of_task, Cancelled::new(&of_task).resume())
            .await
            .map(|never| never);
        of_task.say(caught.is_err());
        Cancelled::new(&of_task).resume().await
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(said(&event_loop), ["1 task true"]);
    assert_eq!(
        (task.result(), task.cancelling()),
        (Some(Err(Failure::Cancelled)), 0)
    );
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

#[test]
fn a_request_goes_once_to_a_task_however_often_the_scope_that_waits_was_polled() {
    let event_loop = event_loop();
    let child = event_loop.spawn("child", pending::<()>());
    let (of_task, awaited) = (Rc::clone(&event_loop), child.clone());
    let task = event_loop.spawn("task", async move {
        let beat = async {
            for _ in 0..3 {
                sleep(&of_task, SECOND / 4).await;
            }
        };
        let (caught, ()) = futures_util::join!(catch_cancel(&of_task, awaited), beat);
        of_task.say(caught.is_err());
    });
    run_and_ask(&event_loop, &task, &[1000]);
    assert_eq!(child.cancelling(), 1);
    assert_eq!(task.result(), Some(Ok(())));
}

#[test]
fn a_request_that_is_taken_back_before_it_was_delivered_is_forgotten() {
    let event_loop = event_loop();
    let of_task = Rc::clone(&event_loop);
    let task = event_loop.spawn("task", async move {
        yield_now(&of_task).await;
        7
    });
    let asked = task.clone();
    event_loop.call_soon("boss", move |_| {
        assert!(asked.cancel());
        assert_eq!(asked.uncancel(), 0);
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    assert_eq!(task.result(), Some(Ok(7)));
}

#[test]
#[should_panic(expected = "a coroutine that was given to `spawn`")]
fn outside_a_task_there_is_nobody_to_ask() {
    let event_loop = event_loop();
    chapter_08::block_on(async {
        let _ = catch_cancel(&event_loop, async {}).await;
    });
}

#[test]
fn what_was_caught_says_so_in_a_word() {
    let event_loop = event_loop();
    let cancelled = chapter_08::Cancelled::new(&event_loop);
    assert_eq!(format!("{:?}", Err::<(), _>(cancelled)), "Err(Cancelled)");
}
