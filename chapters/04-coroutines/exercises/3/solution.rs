//! Exercise 3, solved: the page lives in a block without an `.await`, and one byte of it goes on.

use std::rc::Rc;

use chapter_04::{EventLoop, Promise};

/// A page's bytes.
const PAGE: usize = 1024;

/// Says the sum of a page when its number is there, then delivers it when there is paper.
pub async fn report(event_loop: Rc<EventLoop>, number: Promise<u8>, paper: Promise<()>) {
    let number = number.await.expect("nobody breaks this promise");
    let (first, last) = {
        let page = page_of(&event_loop, number);
        let sum: u32 = page.iter().map(|&byte| u32::from(byte)).sum();
        event_loop.say(format!("sum {sum}"));
        (page[0], page[PAGE - 1])
    };
    deliver(&event_loop, first, last, paper).await;
    event_loop.say("delivered");
}

/// Says the first byte, and when there is paper, the last.
async fn deliver(event_loop: &EventLoop, first: u8, last: u8, paper: Promise<()>) {
    event_loop.say(format!("first byte {first}"));
    paper.await.expect("nobody breaks this promise");
    event_loop.say(format!("last byte {last}"));
}

fn page_of(event_loop: &EventLoop, number: u8) -> [u8; PAGE] {
    event_loop.say("makes a page");
    let mut page = [number; PAGE];
    page[PAGE - 1] = 7;
    page
}
