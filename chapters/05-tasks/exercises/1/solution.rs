//! Exercise 1, solved: each hob is a task, and takes the next dish from a list that they share.

use std::cell::RefCell;
use std::rc::Rc;

use chapter_05::{EventLoop, gather};

/// Cooks all `dishes`, at most `hobs` at a time. The results come in the order of `dishes`.
pub async fn cook_all<T: Clone + 'static>(
    event_loop: Rc<EventLoop>,
    hobs: usize,
    dishes: Vec<impl Future<Output = T> + 'static>,
) -> Vec<T> {
    let dishes = Rc::new(RefCell::new(dishes.into_iter().enumerate()));
    let hobs: Vec<_> = (0..hobs)
        .map(|_| {
            let dishes = Rc::clone(&dishes);
            event_loop.spawn("hob", async move {
                let mut cooked = Vec::new();
                loop {
                    let next = dishes.borrow_mut().next();
                    let Some((place, dish)) = next else {
                        return cooked;
                    };
                    cooked.push((place, dish.await));
                }
            })
        })
        .collect();
    let cooked = gather(&event_loop, &hobs).await.expect("no hob fails");
    let mut cooked = cooked.concat();
    cooked.sort_by_key(|(place, _)| *place);
    cooked.into_iter().map(|(_, dish)| dish).collect()
}
