//! A child of a scope cannot borrow what ends before the scope does.

fn main() {
    final_runtime::run(async {
        final_runtime::scope(async |s| {
            let short = String::from("tea");
            let child = s.spawn(async { short.len() });
            child.await;
        })
        .await;
    });
}
