//! A task's handle stays on the thread of its loop.

fn main() {
    final_runtime::run(async {
        let task = final_runtime::spawn(async { 1 });
        std::thread::spawn(move || drop(task));
    });
}
