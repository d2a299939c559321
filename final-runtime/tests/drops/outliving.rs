//! What goes with its loop, and what outlives it.

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use final_runtime::{
    EventLoop, Future, JoinError, Outcome, RunError, State, current_task, running_loop, sleep,
};
use futures_util::FutureExt;

use crate::counted;

#[test]
fn a_callback_that_holds_its_own_handle_goes_with_its_loop() {
    let drops = Rc::new(Cell::new(0));
    let event_loop = EventLoop::with_virtual_clock();
    let own = Rc::new(RefCell::new(None));
    let (held, counted) = (own.clone(), counted(&drops));
    own.replace(Some(event_loop.call_soon(move || drop((held, counted)))));
    drop(own);
    drop(event_loop);
    assert_eq!(drops.get(), 1);
}

#[test]
fn handles_wakers_and_sleeps_outlive_their_loop() {
    let event_loop = EventLoop::with_virtual_clock();
    let kept = Rc::new(RefCell::new(None));
    let keep = kept.clone();
    let mut task = event_loop.spawn(async move {
        let mut slept = Box::pin(sleep(Duration::from_secs(9)));
        assert!(futures_util::poll!(slept.as_mut()).is_pending());
        let waker = poll_fn(|cx| Poll::Ready(cx.waker().clone())).await;
        keep.replace(Some((slept, waker, current_task())));
        pending::<u8>().await
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    let future = task.future();
    let handle = event_loop.handle();
    drop(event_loop);
    let (slept, waker, reference) = kept.take().unwrap();
    waker.wake_by_ref();
    drop(slept);
    assert_eq!(reference.unwrap().state(), State::Cancelled);
    assert!(
        (&mut task)
            .now_or_never()
            .unwrap()
            .unwrap_err()
            .is_cancelled()
    );
    assert!(future.await_now().unwrap_err().is_cancelled());
    assert_eq!(handle.all_tasks(), []);
    waker.wake();
}

trait AwaitNow<T> {
    fn await_now(self) -> Result<T, JoinError>;
}

impl<T: Clone> AwaitNow<T> for Future<T> {
    fn await_now(self) -> Result<T, JoinError> {
        self.into_future().now_or_never().unwrap()
    }
}

#[test]
fn a_loop_that_is_dropped_inside_a_future_that_its_own_close_drops_is_closed_once() {
    let event_loop = Rc::new(EventLoop::with_virtual_clock());
    let held = event_loop.clone();
    let task = event_loop.spawn(async move {
        let _held = held;
        running_loop();
        pending::<()>().await
    });
    assert!(matches!(
        event_loop.run_until_done(&task),
        Err(RunError::Idle(_))
    ));
    event_loop.close();
    assert!(event_loop.is_closed());
    assert_eq!(Rc::strong_count(&event_loop), 1);
}
