//! A future that was polled is moved to another place.

use std::pin::pin;
use std::task::{Context, Waker};

async fn wait() {
    let text = String::from("roses");
    let bookmark = &text;
    std::future::pending::<()>().await;
    println!("{bookmark}");
}

fn main() {
    let mut future = pin!(wait());
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    let elsewhere = Box::new(*future);
    drop(elsewhere);
}
