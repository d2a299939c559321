//! Whoever holds a lock stays on its thread.

fn give_away(guard: final_runtime::sync::LockGuard<'static, u32>) {
    std::thread::spawn(move || drop(guard));
}

fn main() {
    let _ = give_away;
}
