//! Exercise 3, solved: "in" is registered while there is room, "out" while something is kept.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::rc::Rc;

use chapter_02::EventLoop;

/// With so many bytes kept, or more, the relay reads no further.
const LIMIT: usize = 64 * 1024;

/// What both closures share; the sockets close with the last closure that has it.
struct Relay {
    from: UnixStream,
    to: UnixStream,
    kept: RefCell<Vec<u8>>,
    /// Whether "in" was removed because of the limit.
    full: Cell<bool>,
}

/// Passes on to `to` what comes out of `from`, until either of them ends.
pub fn relay(event_loop: &EventLoop, from: UnixStream, to: UnixStream) -> io::Result<()> {
    from.set_nonblocking(true)?;
    to.set_nonblocking(true)?;
    let relay = Relay {
        from,
        to,
        kept: RefCell::default(),
        full: Cell::new(false),
    };
    take_in(event_loop, Rc::new(relay))
}

/// Reads until the limit is reached.
fn take_in(event_loop: &EventLoop, relay: Rc<Relay>) -> io::Result<()> {
    let fd = relay.from.as_raw_fd();
    event_loop.add_reader("in", fd, move |event_loop| {
        let mut buffer = [0; 4096];
        let mut from = &relay.from;
        let count = match from.read(&mut buffer) {
            Ok(count) if count > 0 => count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            // What is kept is passed on by "out", which has the relay, too.
            _ => {
                event_loop.remove_reader(fd);
                return;
            }
        };
        let nothing_was_kept = relay.kept.borrow().is_empty();
        relay.kept.borrow_mut().extend(&buffer[..count]);
        if relay.kept.borrow().len() >= LIMIT {
            relay.full.set(true);
            event_loop.remove_reader(fd);
        }
        if nothing_was_kept && pass_on(event_loop, Rc::clone(&relay)).is_err() {
            event_loop.remove_reader(fd);
        }
    })
}

/// Writes until nothing is kept.
fn pass_on(event_loop: &EventLoop, relay: Rc<Relay>) -> io::Result<()> {
    let fd = relay.to.as_raw_fd();
    event_loop.add_writer("out", fd, move |event_loop| {
        let mut to = &relay.to;
        let written = to.write(&relay.kept.borrow());
        match written {
            Ok(count) => {
                relay.kept.borrow_mut().drain(..count);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => {
                event_loop.remove_reader(relay.from.as_raw_fd());
                event_loop.remove_writer(fd);
                return;
            }
        }
        let kept = relay.kept.borrow().len();
        if kept == 0 {
            event_loop.remove_writer(fd);
        }
        if kept < LIMIT && relay.full.take() {
            // If that fails, "out" passes on what is kept, and the relay ends.
            let _ = take_in(event_loop, Rc::clone(&relay));
        }
    })
}
