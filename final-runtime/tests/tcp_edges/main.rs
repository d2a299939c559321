//! An edge is told once: whatever a peer does and whenever it does it, nobody who waits is forgotten.

use final_runtime::net::TcpStream;
use futures_util::poll;

mod bytes;
#[path = "../common/mod.rs"]
mod common;
mod ends;
mod several;

/// Has the loop look at its poller, so that what has come is known before the next operation.
async fn look_at_the_poller() {
    for _ in 0..3 {
        final_runtime::sleep(std::time::Duration::from_millis(1)).await;
    }
}

/// Registers the stream and leaves it believed empty.
async fn registered(stream: &TcpStream) {
    assert!(poll!(stream.read(&mut [0; 8])).is_pending());
    look_at_the_poller().await;
}
