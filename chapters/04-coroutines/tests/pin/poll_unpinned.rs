//! A future that could still be moved is polled.

use std::pin::Pin;
use std::task::{Context, Waker};

async fn wait() {
    std::future::pending::<()>().await;
}

fn main() {
    let mut future = wait();
    let mut context = Context::from_waker(Waker::noop());
    assert!(Pin::new(&mut future).poll(&mut context).is_pending());
}
