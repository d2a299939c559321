//! A wait without a timer: it asks the clock in every turn whether the time has come.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use chapter_06::{EventLoop, Outcome};

fn main() {
    let event_loop = Rc::new(EventLoop::new());
    event_loop.trace().close();
    let (of_task, asked) = (Rc::clone(&event_loop), Rc::new(Cell::new(0)));
    let counter = Rc::clone(&asked);
    let due = event_loop.now() + Duration::from_millis(100);
    event_loop.spawn("tea", async move {
        poll_fn(|context| {
            if of_task.now() >= due {
                return Poll::Ready(());
            }
            counter.set(counter.get() + 1);
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await;
    });
    assert_eq!(event_loop.run_forever(), Outcome::Idle);
    println!("asked {} times in vain", asked.get());
}
