//! A future that is settled by hand is settled on its own thread.

fn main() {
    final_runtime::run(async {
        let future = final_runtime::Future::new();
        std::thread::spawn(move || future.set_result(1));
    });
}
