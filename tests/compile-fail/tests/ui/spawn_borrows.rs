//! A task may outlive the frame that spawned it, so it cannot borrow from it.

fn main() {
    final_runtime::run(async {
        let name = String::from("tea");
        let task = final_runtime::spawn(async { name.len() });
        task.await.unwrap();
    });
}
