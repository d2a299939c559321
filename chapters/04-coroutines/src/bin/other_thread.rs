//! A future without a loop: `block_on` polls it on this thread, and another thread wakes this one.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU8, Ordering::SeqCst};
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;

use chapter_04::block_on;

/// Zero until the other thread has put a number here.
static NUMBER: AtomicU8 = AtomicU8::new(0);

fn main() {
    let (wakers, asked) = mpsc::channel::<Waker>();
    let other = thread::spawn(move || {
        let waker = asked.recv().expect("the first poll sends its waker");
        NUMBER.store(5, SeqCst);
        waker.wake();
    });

    let number = poll_fn(|context| match NUMBER.load(SeqCst) {
        0 => {
            println!("poll: Pending");
            // It fails if a waker was sent before: one wake is all that is needed.
            let _ = wakers.send(context.waker().clone());
            Poll::Pending
        }
        number => {
            println!("poll: Ready");
            Poll::Ready(number)
        }
    });
    let sum = block_on(async { 1 + number.await });
    println!("sum {sum}");
    other.join().expect("the other thread has done its part");
}
