//! The numbers of loops: 65535 at once, and used again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use final_runtime::{EventLoop, Outcome, running_loop};

#[test]
fn as_many_loops_as_there_are_numbers_and_again() {
    let mut loops: Vec<_> = (0..u16::MAX).map(|_| EventLoop::new()).collect();
    let refused = catch_unwind(EventLoop::new).unwrap_err();
    let message = refused.downcast_ref::<String>().unwrap();
    assert!(message.contains("while 65535 others are open"), "{message}");

    // One closes, and the next has its number, but not its calls.
    let closed = loops.swap_remove(1234);
    let stale = closed.threadsafe();
    drop(closed);
    let next = EventLoop::new();
    assert_eq!(format!("{:?}", next.threadsafe()), format!("{stale:?}"));
    assert!(
        stale
            .call_soon_threadsafe(|| unreachable!("for another loop"))
            .is_err()
    );
    let handle = next.threadsafe();
    let caller = thread::spawn(move || handle.call_soon_threadsafe(|| running_loop().stop()));
    assert_eq!(next.run_forever(), Outcome::Stopped);
    caller.join().unwrap().unwrap();
    assert!(catch_unwind(AssertUnwindSafe(EventLoop::new)).is_err());
}
