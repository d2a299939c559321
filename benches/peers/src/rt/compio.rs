//! compio on epoll. It has no yield of its own.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use compio::BufResult;
use compio::driver::{DriverType, ProactorBuilder};
use compio::io::{AsyncRead, AsyncWriteExt};
use compio::net::{TcpListener, TcpStream};
use compio::runtime::JoinHandle;

use super::{Runtime, Tcp, Threads, Timers};

pub struct Compio(compio::runtime::Runtime);

pub struct Join<T>(JoinHandle<T>);

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let ended = Pin::new(&mut self.0).poll(cx);
        ended.map(|ended| ended.unwrap_or_else(|_| panic!("the task ends with a value")))
    }
}

impl Runtime for Compio {
    const NAME: &'static str = "compio";

    type Join<T: 'static> = Join<T>;

    fn new() -> Self {
        let mut proactor = ProactorBuilder::new();
        proactor.driver_type(DriverType::Poll);
        let runtime = compio::runtime::Runtime::builder()
            .with_proactor(proactor)
            .build();
        Self(runtime.expect("a runtime"))
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        self.0.block_on(future)
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Join<T> {
        Join(compio::runtime::spawn(future))
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        compio::runtime::spawn(future).detach();
    }
}

impl Timers for Compio {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        compio::time::sleep(duration)
    }
}

impl Threads for Compio {}

impl Tcp for Compio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    async fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        listener.accept().await.map(|(stream, _)| stream)
    }

    async fn echo(mut stream: TcpStream, size: usize) {
        let mut buffer = Vec::with_capacity(size);
        while let BufResult(Ok(1..), read) = stream.read(buffer).await
            && let BufResult(Ok(()), written) = stream.write_all(read).await
        {
            buffer = written;
        }
    }
}
