//! A server's timers. Each request is given thirty seconds and has its answer after a
//! fifth of one. What piles up?

use std::time::Duration;

use chapter_06::heap::Heap;
use chapter_06::wheel::Wheel;

fn main() {
    let limit = Duration::from_secs(30);
    let (mut lazy, mut pruned, mut wheel) = (Heap::default(), Heap::default(), Wheel::default());
    let mut open = Vec::new();
    println!("second   open  lazy heap  pruned heap  wheel");
    for millisecond in 1..=60_000 {
        let now = Duration::from_millis(millisecond);
        for request in 1..=5 {
            let due = now + limit;
            let timers = (
                lazy.insert(due, ()),
                pruned.insert(due, ()),
                wheel.insert(due, ()),
            );
            open.push(timers);
            if open.len() > 1000 {
                // Some answers take longer than others: no order that a heap could profit from.
                let answered = (millisecond * 7919 + request * 104_729) % 1000;
                let timers = open.swap_remove(answered as usize);
                lazy.cancel(&timers.0);
                pruned.cancel(&timers.1);
                wheel.cancel(timers.2);
            }
        }
        // The lazy heap lets each timer rise to the top, dead or alive.
        let late =
            lazy.take_due(now).len() + pruned.take_due(now).len() + wheel.take_due(now).len();
        assert_eq!(late, 0, "every request is answered in time");
        pruned.prune();
        if [1, 10, 20, 30, 40, 50, 60].contains(&(millisecond / 1000)) && millisecond % 1000 == 0 {
            let (second, open) = (millisecond / 1000, open.len());
            let (lazy, pruned, wheel) = (lazy.len(), pruned.len(), wheel.len());
            println!("{second:>6} {open:>6} {lazy:>10} {pruned:>12} {wheel:>6}");
        }
    }
}
