//! What is called in another thread takes nothing of this one along.

use std::rc::Rc;

fn main() {
    final_runtime::run(async {
        let cup = Rc::new("tea");
        final_runtime::to_thread(move || cup.len()).await.unwrap();
    });
}
