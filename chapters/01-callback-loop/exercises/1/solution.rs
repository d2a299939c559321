//! Exercise 1, solved: what is left to do travels from turn to turn inside the closure.

use chapter_01::EventLoop;

/// Adds up `numbers`, at most `slice` of them a turn, and hands the sum to `done`.
pub fn sum(
    event_loop: &EventLoop,
    numbers: Vec<u64>,
    slice: usize,
    done: impl FnOnce(&EventLoop, u64) + 'static,
) {
    add_slice(event_loop, numbers, slice, 0, done);
}

/// Queues one slice of the work, which queues the next.
fn add_slice(
    event_loop: &EventLoop,
    mut numbers: Vec<u64>,
    slice: usize,
    so_far: u64,
    done: impl FnOnce(&EventLoop, u64) + 'static,
) {
    event_loop.call_soon("sum", move |event_loop| {
        let rest = numbers.split_off(slice.min(numbers.len()));
        let so_far = so_far + numbers.iter().sum::<u64>();
        if rest.is_empty() {
            done(event_loop, so_far);
        } else {
            add_slice(event_loop, rest, slice, so_far, done);
        }
    });
}
