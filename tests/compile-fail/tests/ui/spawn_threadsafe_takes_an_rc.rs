//! What another thread sends to a loop is made there: it takes nothing of this thread along.

use std::rc::Rc;

fn main() {
    let event_loop = final_runtime::EventLoop::new();
    let cup = Rc::new("tea");
    let _ = event_loop
        .threadsafe()
        .spawn_threadsafe(move || async move { cup.len() });
}
