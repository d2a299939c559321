//! An echo server over mio: registered once for both directions, edge-triggered, a slab of connections.

use std::io::{self, ErrorKind, Read, Write};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token};

use super::threads::ignore_interrupt;
use crate::servers::{Kind, announce};

struct Conn {
    stream: TcpStream,
    buffer: Box<[u8]>,
    /// Bytes of `buffer` still to be written back: `sent..end`.
    sent: usize,
    end: usize,
}

/// Serves until killed.
pub fn serve(kind: Kind, size: usize) {
    assert!(matches!(kind, Kind::Echo), "no {kind:?} on the floor");
    let mut poll = Poll::new().expect("poll");
    let mut events = Events::with_capacity(1024);
    let mut listener = TcpListener::bind("127.0.0.1:0".parse().expect("addr")).expect("bind");
    announce(listener.local_addr().expect("addr"));
    poll.registry()
        .register(&mut listener, Token(0), Interest::READABLE)
        .expect("register");
    let mut conns: Vec<Option<Conn>> = vec![None];
    let mut free: Vec<usize> = Vec::new();
    loop {
        poll.poll(&mut events, None)
            .or_else(ignore_interrupt)
            .expect("poll");
        for event in events.iter() {
            let token = event.token().0;
            if token == 0 {
                while let Ok((mut stream, _)) = listener.accept() {
                    let slot = free.pop().unwrap_or_else(|| {
                        conns.push(None);
                        conns.len() - 1
                    });
                    poll.registry()
                        .register(
                            &mut stream,
                            Token(slot),
                            Interest::READABLE | Interest::WRITABLE,
                        )
                        .expect("register");
                    let buffer = vec![0u8; size].into_boxed_slice();
                    conns[slot] = Some(Conn {
                        stream,
                        buffer,
                        sent: 0,
                        end: 0,
                    });
                }
                continue;
            }
            let Some(conn) = conns[token].as_mut() else {
                continue;
            };
            let alive = echo(conn);
            if !alive {
                // Closing the socket takes it out of epoll.
                conns[token] = None;
                free.push(token);
            }
        }
    }
}

/// `None`: would block. `Some(0)`: closed or failed.
fn attempt(result: io::Result<usize>) -> Option<usize> {
    match result {
        Ok(n) => Some(n),
        Err(e) if e.kind() == ErrorKind::WouldBlock => None,
        Err(_) => Some(0),
    }
}

/// Writes what is owed. True when nothing is left; `None` on a dead peer.
fn flush(conn: &mut Conn) -> Option<bool> {
    while conn.sent < conn.end {
        match attempt(conn.stream.write(&conn.buffer[conn.sent..conn.end])) {
            Some(0) => return None,
            Some(n) => conn.sent += n,
            None => return Some(false),
        }
    }
    Some(true)
}

fn echo(conn: &mut Conn) -> bool {
    loop {
        match flush(conn) {
            None => return false,
            Some(false) => return true,
            Some(true) => {}
        }
        match attempt(conn.stream.read(&mut conn.buffer)) {
            None => return true,
            Some(0) => return false,
            Some(n) => {
                (conn.sent, conn.end) = (0, n);
                // A short read has emptied the socket: the next edge will tell.
                if n < conn.buffer.len() {
                    return flush(conn).is_some();
                }
            }
        }
    }
}
