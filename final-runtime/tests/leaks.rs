//! What nobody can settle any more is freed, and what somebody can still settle is not.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use final_runtime::{
    EventLoop, Future, JoinError, ReportKind, gather, gather_outcomes, run, spawn, yield_now,
};

/// Counts who holds it, but for the test itself.
#[derive(Clone, Default)]
struct Token(Rc<()>);

impl Token {
    fn holders(&self) -> usize {
        Rc::strong_count(&self.0) - 1
    }

    /// `future` holds it until it is freed.
    fn tie_to<T>(&self, future: &Future<T>) {
        let token = self.clone();
        future.add_done_callback(move |_| drop(token));
    }
}

#[test]
fn a_gather_of_futures_that_nobody_settles_is_freed_with_its_last_handles() {
    run(async {
        let token = Token::default();
        let children = [Future::<i32>::new(), Future::new()];
        let strict: Future<Vec<i32>> = gather(&children);
        let lenient: Future<Vec<Result<i32, JoinError>>> = gather_outcomes(&children);
        let nested: Future<Vec<Vec<i32>>> = gather([&strict]);
        children.iter().for_each(|child| token.tie_to(child));
        token.tie_to(&strict);
        token.tie_to(&lenient);
        token.tie_to(&nested);
        assert_eq!(token.holders(), 5);
        children[0].set_result(1).unwrap();
        yield_now().await;
        yield_now().await;
        assert_eq!(token.holders(), 4);
        drop((strict, lenient, nested));
        drop(children);
        assert_eq!(token.holders(), 0);
    });
}

#[test]
fn a_gather_that_a_dropped_task_waited_for_is_freed() {
    let token = Token::default();
    let event_loop = EventLoop::with_virtual_clock();
    let child = event_loop.create_future::<i32>();
    token.tie_to(&child);
    let waiter = event_loop.spawn(async move { gather::<_, Vec<i32>>([child]).await });
    let _ = event_loop.run_forever();
    assert_eq!(token.holders(), 1);
    event_loop.close();
    assert!(waiter.state() == final_runtime::State::Cancelled);
    assert_eq!(token.holders(), 0);
}

#[test]
fn a_gather_keeps_its_children_as_long_as_somebody_can_ask_them_through_it() {
    run(async {
        let all: Future<Vec<i32>> = gather([Future::new()]);
        yield_now().await;
        assert!(all.cancel(), "its child is there to be cancelled");
        assert!(all.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn a_callback_of_a_gather_runs_though_nobody_holds_the_gather() {
    run(async {
        let heard = Rc::new(RefCell::new(None));
        let ear = heard.clone();
        let all: Future<Vec<i32>> = gather([spawn(async { 1 }), spawn(async { 2 })]);
        all.add_done_callback(move |all| *ear.borrow_mut() = Some(all.result().unwrap().unwrap()));
        drop(all);
        for _ in 0..3 {
            yield_now().await;
        }
        assert_eq!(heard.borrow().as_deref(), Some(&[1, 2][..]));
    });
}

#[test]
fn a_failure_in_a_gather_that_nobody_holds_is_reported_once() {
    let event_loop = EventLoop::with_virtual_clock();
    let heard = Rc::new(Cell::new(0));
    let ear = heard.clone();
    event_loop.set_exception_handler(move |report| {
        assert_eq!((report.kind(), report.task()), (ReportKind::Unseen, None));
        ear.set(ear.get() + 1);
    });
    event_loop.spawn(async {
        let failing = [(), ()].map(|()| final_runtime::try_spawn(async { Err::<i32, _>("no") }));
        drop(gather::<_, Vec<i32>>(failing));
    });
    let _ = event_loop.run_forever();
    assert_eq!(heard.get(), 1);
}
