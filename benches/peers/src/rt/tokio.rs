//! tokio's `LocalRuntime`.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, LocalRuntime};
use tokio::task::{self, JoinHandle};

use super::{Runtime, Tcp, Threads, Timers};
use crate::servers;

pub struct Tokio(LocalRuntime);

pub struct Join<T>(JoinHandle<T>);

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let ended = Pin::new(&mut self.0).poll(cx);
        ended.map(|ended| ended.expect("the task ends with a value"))
    }
}

impl Runtime for Tokio {
    const NAME: &'static str = "tokio";

    type Join<T: 'static> = Join<T>;

    fn new() -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(Default::default());
        Self(runtime.expect("a runtime"))
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        self.0.block_on(future)
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Join<T> {
        Join(task::spawn_local(future))
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        task::spawn_local(future);
    }

    fn yield_now() -> impl Future<Output = ()> + 'static {
        task::yield_now()
    }
}

impl Timers for Tokio {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        tokio::time::sleep(duration)
    }
}

impl Threads for Tokio {}

impl Tcp for Tokio {
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
        let mut buffer = vec![0; size];
        while let Ok(n @ 1..) = stream.read(&mut buffer).await
            && stream.write_all(&buffer[..n]).await.is_ok()
        {}
    }

    fn http(stream: TcpStream) -> impl Future<Output = ()> + 'static {
        servers::http(TokioIo::new(stream))
    }
}
