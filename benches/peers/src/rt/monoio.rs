//! monoio on epoll. It has no yield of its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use monoio::io::{AsyncReadRent, AsyncWriteRentExt};
use monoio::net::{TcpListener, TcpStream};
use monoio::task::JoinHandle;
use monoio::time::TimeDriver;
use monoio::{LegacyDriver, RuntimeBuilder};

use super::{Runtime, Tcp, Threads, Timers};

pub struct Monoio(monoio::Runtime<TimeDriver<LegacyDriver>>);

impl Runtime for Monoio {
    const NAME: &'static str = "monoio";

    type Join<T: 'static> = JoinHandle<T>;

    fn new() -> Self {
        let runtime = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build();
        Self(runtime.expect("a runtime"))
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        self.0.block_on(future)
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> JoinHandle<T> {
        monoio::spawn(future)
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        monoio::spawn(future);
    }
}

impl Timers for Monoio {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        monoio::time::sleep(duration)
    }
}

impl Threads for Monoio {}

impl Tcp for Monoio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    async fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        listener.accept().await.map(|(stream, _)| stream)
    }

    async fn echo(mut stream: TcpStream, size: usize) {
        let mut buffer = Vec::with_capacity(size);
        while let (Ok(1..), read) = stream.read(buffer).await
            && let (Ok(_), written) = stream.write_all(read).await
        {
            buffer = written;
        }
    }
}
