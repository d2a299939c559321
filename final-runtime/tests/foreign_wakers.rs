//! Wakers of somebody else's, which do whatever they like when they are woken, cloned or dropped.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::Write as _;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use final_runtime::net::TcpListener;
use final_runtime::{
    EventLoop, Future, Outcome, Task, catch_cancel, running_loop, sleep, spawn, yield_now,
};

mod common;

use common::reports::reporting_loop;

type Boxed<T> = Pin<Box<dyn std::future::Future<Output = T>>>;

/// Panics when it is woken.
struct Bomb;

impl Wake for Bomb {
    fn wake(self: Arc<Self>) {
        panic!("in a wake");
    }
}

fn bomb() -> Waker {
    Waker::from(Arc::new(Bomb))
}

fn poll_with<T>(waker: &Waker, future: Pin<&mut impl std::future::Future<Output = T>>) -> Poll<T> {
    future.poll(&mut Context::from_waker(waker))
}

#[test]
fn one_that_panics_when_a_future_is_settled_keeps_nobody_else_from_hearing_of_it() {
    let (event_loop, reports) = reporting_loop();
    let run = event_loop.run_until_complete(async {
        let future = Future::<u8>::new();
        let mut bombed = (&future).into_future();
        assert!(poll_with(&bomb(), Pin::new(&mut bombed)).is_pending());
        let waiting: Vec<Task<u8>> = (0..2)
            .map(|_| {
                let future = future.clone();
                spawn(async move { future.await.unwrap() })
            })
            .collect();
        yield_now().await;
        future.set_result(7).unwrap();
        for task in waiting {
            assert_eq!(task.await.unwrap(), 7);
        }
    });
    assert!(run.is_ok(), "the task that set the result went on: {run:?}");
    assert_eq!(
        *reports.borrow(),
        ["a callback panicked: panicked: in a wake"]
    );
}

#[test]
fn one_that_panics_at_the_end_of_main_does_not_keep_the_loop_from_ending() {
    let (event_loop, reports) = reporting_loop();
    let main = event_loop.spawn(yield_now());
    let mut bombed = (&main).into_future();
    assert!(poll_with(&bomb(), Pin::new(&mut bombed)).is_pending());
    event_loop.call_later(Duration::from_secs(1), || unreachable!("long after main"));
    event_loop.run_until_done(&main).unwrap();
    assert_eq!(reports.borrow().len(), 1);
}

#[test]
fn one_that_panics_in_a_cancel_leaves_the_task_to_be_cancelled_again() {
    let (event_loop, reports) = reporting_loop();
    let run = event_loop.run_until_complete(async {
        let task = spawn(async {
            let mut body = pin!(catch_cancel(std::future::pending::<()>()));
            // The scope keeps the waker of its last poll.
            poll_fn(|_| poll_with(&bomb(), body.as_mut())).await
        });
        yield_now().await;
        assert!(task.cancel());
        assert!(task.cancel(), "the first request is out of the way");
        assert_eq!(task.cancelling(), 2);
        drop(task);
    });
    run.unwrap();
    assert!(!reports.borrow().is_empty());
}

#[test]
fn one_that_panics_at_a_socket_keeps_no_other_reader_of_it_from_the_same_edge() {
    let event_loop = EventLoop::new();
    let reports = Rc::new(RefCell::new(Vec::new()));
    let kept = reports.clone();
    event_loop.set_exception_handler(move |report| kept.borrow_mut().push(report.to_string()));
    let run = event_loop.run_until_complete(async {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut peer = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let stream = Rc::new(stream);
        let mut buffer = [0; 8];
        let mut bombed = Box::pin(stream.read(&mut buffer));
        assert!(poll_with(&bomb(), bombed.as_mut()).is_pending());
        let reading = [(); 2].map(|()| {
            let stream = stream.clone();
            spawn(async move { stream.read(&mut [0; 1]).await.unwrap() })
        });
        yield_now().await;
        peer.write_all(b"ab").unwrap();
        for task in reading {
            assert_eq!(task.await.unwrap(), 1);
        }
        drop(bombed);
    });
    run.unwrap();
    assert_eq!(
        *reports.borrow(),
        ["a callback panicked: panicked: in a wake"]
    );
}

#[test]
fn a_sleeper_and_a_listener_may_be_cloned_and_dropped_by_code_that_calls_the_loop() {
    /// Uses the loop whenever it is cloned or dropped, through the vtable of a waker.
    struct Busy {
        future: Future<u8>,
        calls: Cell<u32>,
    }
    thread_local! {
        static BUSY: RefCell<Option<Rc<Busy>>> = const { RefCell::new(None) };
    }
    fn call() {
        let Some(busy) = BUSY.with_borrow(Clone::clone) else {
            return;
        };
        busy.calls.set(busy.calls.get() + 1);
        running_loop().call_later(Duration::from_secs(1), || ());
        let id = busy.future.add_done_callback(|_| ());
        busy.future.remove_done_callback(id);
    }
    #[allow(
        unsafe_code,
        reason = "only a vtable of one's own sees clones and drops"
    )]
    fn waker() -> Waker {
        use std::task::{RawWaker, RawWakerVTable};
        static VTABLE: RawWakerVTable = RawWakerVTable::new(
            |_| {
                call();
                RawWaker::new(std::ptr::null(), &VTABLE)
            },
            |_| call(),
            |_| (),
            |_| call(),
        );
        // SAFETY: the data is nothing, and the functions look at nothing but a thread local.
        unsafe { Waker::from_raw(RawWaker::new(std::ptr::null(), &VTABLE)) }
    }
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let busy = Rc::new(Busy {
            future: Future::new(),
            calls: Cell::new(0),
        });
        BUSY.set(Some(busy.clone()));
        let mut slept = sleep(Duration::from_secs(2));
        let mut waited = (&busy.future).into_future();
        for _ in 0..3 {
            assert!(poll_with(&waker(), Pin::new(&mut slept)).is_pending());
            assert!(poll_with(&waker(), Pin::new(&mut waited)).is_pending());
        }
        sleep(Duration::from_secs(3)).await;
        assert!(poll_with(&waker(), Pin::new(&mut slept)).is_ready());
        busy.future.set_result(1).unwrap();
        drop(waited);
        BUSY.take();
        assert!(busy.calls.get() > 10);
    });
    run.unwrap();
}

#[test]
fn a_future_of_a_closed_loop_wakes_a_task_of_a_loop_that_has_its_number_now() {
    let closed = EventLoop::with_virtual_clock();
    let past = closed.handle();
    drop(closed);
    // Numbers rest for a thousand loops.
    for _ in 0..2500 {
        let event_loop = EventLoop::with_virtual_clock();
        let future = past.create_future::<u8>();
        let settled = future.clone();
        let run = event_loop.run_until_complete(async move {
            spawn(async move { settled.set_result(1).unwrap() });
            future.await.unwrap()
        });
        assert!(run.is_ok(), "{run:?}");
    }
}

#[test]
fn a_task_that_a_foreign_set_polls_is_woken_through_that_set() {
    use futures_util::StreamExt;
    use futures_util::stream::FuturesUnordered;
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let mut set: FuturesUnordered<Boxed<u64>> = FuturesUnordered::new();
        for n in [3, 1, 2] {
            set.push(Box::pin(async move {
                sleep(Duration::from_secs(n)).await;
                n
            }));
        }
        let mut order = Vec::new();
        while let Some(n) = set.next().await {
            order.push(n);
        }
        order
    });
    assert_eq!(run.unwrap(), [1, 2, 3]);
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
}
