//! The id of a done callback stays on the thread of its future, where no other has it.

fn main() {
    final_runtime::run(async {
        let future = final_runtime::Future::<()>::new();
        let id = future.add_done_callback(|_| ());
        std::thread::spawn(move || drop(id));
    });
}
