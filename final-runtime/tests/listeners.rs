//! Who waits for a future, and who is taken out of its list.

use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

use final_runtime::{EventLoop, Future, spawn, yield_now};
use futures_util::poll;

#[test]
fn the_id_of_one_futures_callback_takes_nobody_from_another_future() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let heard = Rc::new(RefCell::new(Vec::new()));
        let tell = |name: &'static str| {
            let heard = heard.clone();
            move |_: Future<()>| heard.borrow_mut().push(name)
        };
        let (one, other) = (Future::new(), Future::new());
        // Two who wait for `other` itself, so that the second is in its list, and a callback.
        let (mut first, mut second) = (pin!((&other).into_future()), pin!((&other).into_future()));
        assert!(poll!(first.as_mut()).is_pending());
        assert!(poll!(second.as_mut()).is_pending());
        other.add_done_callback(tell("other"));
        let ids: Vec<_> = (0..8).map(|_| one.add_done_callback(tell("one"))).collect();
        for id in &ids {
            assert!(!other.remove_done_callback(*id), "it is another's");
        }
        let waiting = other.clone();
        let task = spawn(async move { waiting.await.unwrap() });
        yield_now().await;
        other.set_result(()).unwrap();
        assert!(poll!(second).is_ready());
        task.await.unwrap();
        assert_eq!(*heard.borrow(), ["other"]);
        for id in ids {
            assert!(one.remove_done_callback(id));
            assert!(!one.remove_done_callback(id), "it is out already");
        }
    });
    run.unwrap();
}

#[test]
fn the_id_of_a_callback_that_was_queued_at_once_takes_nobody_out() {
    let event_loop = EventLoop::with_virtual_clock();
    let run = event_loop.run_until_complete(async {
        let (done, pending) = (Future::new(), Future::<()>::new());
        done.set_result(()).unwrap();
        let id = done.add_done_callback(|_| ());
        let mut waiting = pin!((&pending).into_future());
        assert!(poll!(waiting.as_mut()).is_pending());
        assert!(!pending.remove_done_callback(id));
        assert!(!done.remove_done_callback(id));
        pending.set_result(()).unwrap();
        assert!(poll!(waiting).is_ready());
    });
    run.unwrap();
}

#[test]
fn futures_of_two_loops_of_a_thread_do_not_share_ids() {
    let (one, other) = (EventLoop::new(), EventLoop::new());
    let (ours, theirs) = (one.create_future::<()>(), other.create_future::<()>());
    let id = ours.add_done_callback(|_| ());
    theirs.add_done_callback(|_| ());
    assert!(!theirs.remove_done_callback(id));
    assert!(ours.remove_done_callback(id));
}
