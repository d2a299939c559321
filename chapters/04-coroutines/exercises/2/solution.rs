//! Exercise 2, solved: each poll asks both, and a result is kept until the other is there.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;

/// Waits for both, and gives both results.
pub async fn both<A: Future, B: Future>(a: A, b: B) -> (A::Output, B::Output) {
    let (mut a, mut b) = (pin!(a), pin!(b));
    let (mut of_a, mut of_b) = (None, None);
    poll_fn(|context| {
        if of_a.is_none()
            && let Poll::Ready(output) = a.as_mut().poll(context)
        {
            of_a = Some(output);
        }
        if of_b.is_none()
            && let Poll::Ready(output) = b.as_mut().poll(context)
        {
            of_b = Some(output);
        }
        if of_a.is_none() || of_b.is_none() {
            return Poll::Pending;
        }
        let results = of_a.take().zip(of_b.take());
        Poll::Ready(results.expect("both are there"))
    })
    .await
}
