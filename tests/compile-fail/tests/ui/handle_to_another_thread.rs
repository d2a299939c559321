//! A callback is called off on its own thread.

fn main() {
    let event_loop = final_runtime::EventLoop::new();
    let handle = event_loop.call_soon(|| ());
    std::thread::scope(|scope| {
        scope.spawn(|| handle.cancel());
    });
}
