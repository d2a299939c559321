//! A loop stays on its thread.

fn main() {
    let event_loop = final_runtime::EventLoop::new();
    std::thread::spawn(move || event_loop.run_forever());
}
