//! A call in another thread may outlive the frame that waits for it, so it borrows nothing from there.

fn main() {
    final_runtime::run(async {
        let cup = String::from("tea");
        final_runtime::to_thread(|| cup.len()).await.unwrap();
        drop(cup);
    });
}
