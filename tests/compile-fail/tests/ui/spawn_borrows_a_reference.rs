//! A task may outlive the frame that spawned it: a reference into the frame is refused at the bound.

fn count(words: &[String]) -> final_runtime::Task<usize> {
    final_runtime::spawn(async move { words.len() })
}

fn main() {
    let _ = count;
}
