//! Chapter 1 with a socket: the callback asks in every turn whether something has come. The thread
//! never rests. With `--wait` the bytes come from another thread, a tenth of a second later, and
//! what is counted is the asking.

use std::cell::Cell;
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::thread;
use std::time::Duration;

use chapter_02::{EventLoop, Outcome};

fn main() -> io::Result<()> {
    let event_loop = EventLoop::new();
    let (near, mut far) = UnixStream::pair()?;
    near.set_nonblocking(true)?;
    let in_vain = Rc::new(Cell::new(0));
    ask(&event_loop, near, Rc::clone(&in_vain));

    if std::env::args().any(|argument| argument == "--wait") {
        // Nothing of what follows is written down: there will be a line for each time it asks.
        event_loop.trace().close();
        let sender = thread::spawn(move || {
            thread::sleep(Duration::from_millis(100));
            far.write_all(b"hello")
        });
        assert_eq!(event_loop.run_forever(), Outcome::Idle);
        sender.join().expect("the sender does not panic")?;
        println!("asked {} times in vain", in_vain.get());
    } else {
        send_in(&event_loop, 2, far);
        assert_eq!(event_loop.run_forever(), Outcome::Idle);
        event_loop.trace().report();
    }
    Ok(())
}

/// Reads if it can, and else asks again in the next turn.
fn ask(event_loop: &EventLoop, mut near: UnixStream, in_vain: Rc<Cell<u64>>) {
    event_loop.call_soon("asker", move |event_loop| match near.read(&mut [0; 16]) {
        Ok(count) => event_loop.say(format!("{count} bytes at last")),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            event_loop.say("nothing yet");
            in_vain.set(in_vain.get() + 1);
            ask(event_loop, near, in_vain);
        }
        Err(error) => panic!("reading from a socket pair: {error}"),
    });
}

/// Sends five bytes, in its turn of that number.
fn send_in(event_loop: &EventLoop, turns: u32, mut far: UnixStream) {
    event_loop.call_soon("sender", move |event_loop| {
        if turns > 1 {
            send_in(event_loop, turns - 1, far);
        } else {
            far.write_all(b"hello")
                .expect("five bytes fit into a socket");
            event_loop.say("sent");
        }
    });
}
