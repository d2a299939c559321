//! Where a suspended function keeps its variables: in the future. What lives across an
//! `.await` makes it larger.

use std::future;

/// The page is needed after the wait too.
async fn across() -> usize {
    let page = [1_u8; 1000];
    future::ready(()).await;
    page.len()
}

/// The page is gone before the wait.
async fn before() -> usize {
    let length = {
        let page = [1_u8; 1000];
        page.len()
    };
    future::ready(()).await;
    length
}

fn main() {
    println!("across: {} bytes", size_of_val(&across()));
    println!("before: {} bytes", size_of_val(&before()));
}
