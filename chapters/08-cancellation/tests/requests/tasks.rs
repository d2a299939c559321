//! A request to a task that waits for a task.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use chapter_08::{Failure, Task, catch_cancel, sleep};

use crate::{SECOND, event_loop, run_and_ask, said, yield_now};

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
