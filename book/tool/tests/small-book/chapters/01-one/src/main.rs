//! Fills a queue and empties it.

use chapter_01::Queue;

fn main() {
    let mut queue = Queue::new();
    queue.push(1);
    queue.push(2);
    println!("{queue}");
    while let Some(entry) = queue.pop() {
        println!("{entry}");
    }
}
