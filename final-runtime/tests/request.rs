//! The way of a request through what tasks wait for: how deep it may go, and in which order it asks.

use std::cell::RefCell;
use std::future::pending;
use std::rc::Rc;

use final_runtime::{EventLoop, Future, State, Task, catch_cancel, gather, spawn, yield_now};

#[test]
fn a_chain_of_a_hundred_thousand_tasks_and_gathers_is_cancelled_without_a_deep_stack() {
    let event_loop = EventLoop::with_virtual_clock();
    let main = event_loop.run_until_complete(async {
        let mut last = spawn(pending::<()>());
        let watched = last.future();
        for _ in 0..100_000 {
            let inner = last;
            last = spawn(async move {
                let _: Vec<()> = gather([inner]).await.unwrap();
            });
        }
        yield_now().await;
        last.cancel();
        assert_eq!(watched.state(), State::Pending, "it takes its own turn");
        assert!(last.await.unwrap_err().is_cancelled());
        assert_eq!(watched.state(), State::Cancelled);
    });
    main.unwrap();
}

#[test]
fn a_request_asks_all_that_hangs_on_one_child_before_the_next_child() {
    type Log = Rc<RefCell<Vec<&'static str>>>;
    /// A task that waits for ever, and says when a request has arrived.
    fn leaf(name: &'static str, log: &Log) -> Task<()> {
        let log = log.clone();
        spawn(async move {
            let _ = catch_cancel(pending::<()>()).await;
            log.borrow_mut().push(name);
        })
    }
    let log = Log::default();
    let event_loop = EventLoop::with_virtual_clock();
    let shared = log.clone();
    let main = event_loop.run_until_complete(async move {
        let through = {
            let (a, b) = (leaf("a", &shared), leaf("b", &shared));
            spawn(async move { drop(gather::<_, Vec<()>>([a, b]).await) })
        };
        let nested: Future<Vec<()>> = gather([leaf("c", &shared), leaf("d", &shared)]);
        let nested = spawn(async move { drop(nested.await) });
        let all: Future<Vec<()>> = gather([through, nested, leaf("e", &shared)]);
        let root = spawn(async move { drop(all.await) });
        yield_now().await;
        yield_now().await;
        root.cancel();
        let _ = root.await;
    });
    main.unwrap();
    assert_eq!(*log.borrow(), ["a", "b", "c", "d", "e"]);
}
