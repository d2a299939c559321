//! The load generator: raw epoll, the same for every server.

mod server;

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::AsRawFd;
use std::time::Duration;

use self::server::Server;
use crate::util;

pub struct Options {
    pub runtime: String,
    pub connections: usize,
    /// More connections, which send nothing after their first request.
    pub idle: usize,
    pub span: Span,
    /// A tool to run the server under, with its arguments.
    pub under: Vec<String>,
}

#[derive(Clone, Copy)]
pub enum Span {
    Seconds(f64),
    /// For a server under a tool that counts.
    Operations(u64),
}

impl Span {
    fn is_over(self, start: &Start, done: u64) -> bool {
        match self {
            Span::Seconds(seconds) => util::wall_ns() >= start.wall + (seconds * 1e9) as u64,
            Span::Operations(operations) => done >= operations,
        }
    }
}

/// What a connection sends, and what ends the answer to it.
pub struct Exchange {
    kind: &'static str,
    request: &'static [u8],
    complete: fn(&[u8]) -> bool,
}

pub const ECHO: Exchange = Exchange {
    kind: "echo",
    request: &[7; 64],
    complete: |answer| answer == [7; 64],
};

pub const HTTP: Exchange = Exchange {
    kind: "http",
    request: b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
    complete: |answer| {
        answer.starts_with(b"HTTP/1.1 200 OK\r\n") && answer.ends_with(b"Hello World\n")
    },
};

/// Larger than a request, so that a short read tells a server that the socket is empty.
const BUFFER: usize = 4096;

/// A connection that the server is known to have accepted: it has answered.
fn connect(address: SocketAddr, exchange: &Exchange) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("connect");
    stream.set_nodelay(true).expect("no delay");
    let patience = Some(Duration::from_secs(10));
    stream.set_read_timeout(patience).expect("a timeout");
    stream.write_all(exchange.request).expect("first request");
    let mut answer = [0; BUFFER];
    let mut got = 0;
    while !(exchange.complete)(&answer[..got]) {
        let n = stream.read(&mut answer[got..]).expect("first answer");
        assert!(n > 0, "the server closed");
        got += n;
    }
    stream
}

/// Closes with a reset, so that no port is kept in TIME_WAIT.
fn reset(stream: TcpStream) {
    let linger = libc::linger {
        l_onoff: 1,
        l_linger: 0,
    };
    let size = size_of::<libc::linger>() as u32;
    // SAFETY: an option's value and its size, on a socket that is open.
    let done = unsafe {
        let value = (&raw const linger).cast();
        libc::setsockopt(
            stream.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_LINGER,
            value,
            size,
        )
    };
    assert_eq!(done, 0, "SO_LINGER");
}

/// Where the clocks stood.
struct Start {
    wall: u64,
    server: u64,
    client: u64,
}

impl Start {
    fn now(server: &Server) -> Self {
        Self {
            server: util::cpu_ns_of(server.pid()),
            client: util::cpu_ns(),
            wall: util::wall_ns(),
        }
    }

    /// Prints what an operation cost since then.
    fn report(self, workload: &str, options: &Options, server: &Server, n: u64, extra: &str) {
        let wall = (util::wall_ns() - self.wall) as f64;
        let cpu = (util::cpu_ns_of(server.pid()) - self.server) as f64;
        let client = (util::cpu_ns() - self.client) as f64;
        println!(
            "{{\"workload\":\"{workload}\",\"runtime\":\"{}\",\"n\":{n},\"size\":{},\"idle\":{},\"ns_per_op\":{:.1},\"cpu_ns_per_op\":{:.1},\"server_share\":{:.3},\"client_share\":{:.3}{extra}}}",
            options.runtime,
            options.connections,
            options.idle,
            wall / n as f64,
            cpu / n as f64,
            cpu / wall,
            client / wall,
        );
    }
}

/// Waits for sockets to become readable.
struct Epoll {
    fd: i32,
    events: Vec<libc::epoll_event>,
}

impl Epoll {
    fn new(streams: &[TcpStream]) -> Self {
        // SAFETY: takes no pointer.
        let fd = unsafe { libc::epoll_create1(0) };
        assert!(fd >= 0, "epoll_create1");
        for (i, stream) in streams.iter().enumerate() {
            let mut event = libc::epoll_event {
                events: (libc::EPOLLIN | libc::EPOLLET) as u32,
                u64: i as u64,
            };
            // SAFETY: both descriptors are open, and `event` is valid for the call.
            let done =
                unsafe { libc::epoll_ctl(fd, libc::EPOLL_CTL_ADD, stream.as_raw_fd(), &mut event) };
            assert_eq!(done, 0, "epoll_ctl");
        }
        let events = vec![libc::epoll_event { events: 0, u64: 0 }; 512];
        Self { fd, events }
    }

    /// The indices of streams that have something to read.
    fn wait(&mut self) -> impl Iterator<Item = usize> {
        let Self { fd, events } = self;
        // SAFETY: `events` is valid for its length.
        let ready =
            unsafe { libc::epoll_wait(*fd, events.as_mut_ptr(), events.len() as i32, 10_000) };
        assert!(ready > 0, "the server fell silent");
        events[..ready as usize]
            .iter()
            .map(|event| event.u64 as usize)
    }
}

impl Drop for Epoll {
    fn drop(&mut self) {
        // SAFETY: ours, and not used after this.
        unsafe { libc::close(self.fd) };
    }
}

/// Every connection has one request in flight.
pub fn closed_loop(options: &Options, exchange: &Exchange) {
    let server = Server::start(options, exchange.kind, BUFFER);
    let connect = |_| connect(server.address, exchange);
    let idle: Vec<TcpStream> = (0..options.idle).map(connect).collect();
    let streams: Vec<TcpStream> = (0..options.connections).map(connect).collect();
    for stream in &streams {
        stream.set_nonblocking(true).expect("non-blocking");
    }
    let mut epoll = Epoll::new(&streams);
    let mut answers = vec![(0, [0; BUFFER]); streams.len()];
    for mut stream in &streams {
        stream.write_all(exchange.request).expect("request");
    }
    let mut run = |span: Span| {
        let start = Start::now(&server);
        let mut done = 0;
        while !span.is_over(&start, done) {
            for i in epoll.wait() {
                let (got, answer) = &mut answers[i];
                match (&streams[i]).read(&mut answer[*got..]) {
                    Ok(0) => panic!("the server closed"),
                    Ok(n) => *got += n,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
                    Err(error) => panic!("read: {error}"),
                }
                if (exchange.complete)(&answer[..*got]) {
                    *got = 0;
                    done += 1;
                    (&streams[i]).write_all(exchange.request).expect("request");
                }
            }
        }
        (start, done)
    };
    if let Span::Seconds(seconds) = options.span {
        run(Span::Seconds(seconds * 0.2)); // warms up
    }
    let (start, done) = run(options.span);
    start.report(exchange.kind, options, &server, done, "");
    drop(idle);
}

/// Connect, one echo, reset; as many at a time as there are to be connections.
pub fn accept(options: &Options) {
    let server = Server::start(options, "echo", BUFFER);
    let round = || {
        let connect = |_| TcpStream::connect(server.address).expect("connect");
        let mut streams: Vec<TcpStream> = (0..options.connections).map(connect).collect();
        for stream in &mut streams {
            stream.write_all(ECHO.request).expect("request");
        }
        for stream in &mut streams {
            let mut answer = [0; ECHO.request.len()];
            stream.read_exact(&mut answer).expect("answer");
            assert!((ECHO.complete)(&answer), "an echo of something else");
        }
        streams.into_iter().for_each(reset);
        options.connections as u64
    };
    let run = |span: Span| {
        let start = Start::now(&server);
        let mut done = 0;
        while !span.is_over(&start, done) {
            done += round();
        }
        (start, done)
    };
    if let Span::Seconds(seconds) = options.span {
        run(Span::Seconds(seconds * 0.2)); // warms up
    }
    let (start, done) = run(options.span);
    start.report("accept", options, &server, done, "");
}

/// Resident bytes of a connection that waits, with its task and a buffer of 64 bytes.
pub fn mem_conn(options: &Options) {
    let server = Server::start(options, "echo", 64);
    let settled = || {
        std::thread::sleep(Duration::from_millis(100));
        util::rss_of(server.pid())
    };
    let connect = |_| connect(server.address, &ECHO);
    let first: Vec<TcpStream> = (0..10).map(connect).collect();
    let before = settled();
    let start = Start::now(&server);
    let streams: Vec<TcpStream> = (0..options.connections).map(connect).collect();
    let bytes = (settled() - before) as f64 / streams.len() as f64;
    let extra = format!(",\"bytes\":{bytes:.1}");
    start.report("mem_conn", options, &server, streams.len() as u64, &extra);
    first.into_iter().chain(streams).for_each(reset);
}
