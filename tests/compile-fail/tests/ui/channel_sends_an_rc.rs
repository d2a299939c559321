//! A channel takes anything; across threads it takes what may cross.

use std::rc::Rc;

fn main() {
    let (tell, _hear) = final_runtime::channel::unbounded();
    std::thread::spawn(move || drop(tell.try_send(Rc::new("tea"))));
}
