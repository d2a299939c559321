//! Fills a queue and empties it.

use chapter_02::Queue;

fn main() {
    let mut queue = Queue::new();
    queue.push(1);
    assert!(queue.push(2));
    println!("{queue}");
    while let Some(entry) = queue.pop() {
        println!("{entry}");
    }
}
