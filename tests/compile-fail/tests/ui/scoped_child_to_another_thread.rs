//! A child of a scope stays on the thread of its scope.

fn main() {
    final_runtime::run(async {
        final_runtime::scope(async |s| {
            let child = s.spawn(async { 1 });
            std::thread::spawn(move || drop(child));
        })
        .await;
    });
}
