//! smol's parts: async-executor's `LocalExecutor`, driven by async-io.

use std::io;
use std::net::{self, SocketAddr};
use std::time::Duration;

use async_executor::{LocalExecutor, Task};
use async_io::Async;
use smol_hyper::rt::FuturesIo;

use super::{Runtime, Tcp, Threads, Timers};
use crate::servers;

thread_local! {
    static EXECUTOR: &'static LocalExecutor<'static> = Box::leak(Box::default());
}

pub struct Smol;

impl Runtime for Smol {
    const NAME: &'static str = "smol";

    type Join<T: 'static> = Task<T>;

    fn new() -> Self {
        Self
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        async_io::block_on(EXECUTOR.with(|executor| executor.run(future)))
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
        EXECUTOR.with(|executor| executor.spawn(future))
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        Self::spawn(future).detach();
    }

    fn yield_now() -> impl Future<Output = ()> + 'static {
        futures_lite::future::yield_now()
    }
}

impl Timers for Smol {
    async fn sleep(duration: Duration) {
        async_io::Timer::after(duration).await;
    }
}

impl Threads for Smol {}

impl Tcp for Smol {
    type Listener = Async<net::TcpListener>;
    type Stream = Async<net::TcpStream>;

    async fn listen() -> (Self::Listener, SocketAddr) {
        let listener = Self::Listener::bind(([127, 0, 0, 1], 0)).expect("a free port");
        let address = listener.get_ref().local_addr().expect("an address");
        (listener, address)
    }

    async fn accept(listener: &Self::Listener) -> io::Result<Self::Stream> {
        listener.accept().await.map(|(stream, _)| stream)
    }

    fn echo(stream: Self::Stream, size: usize) -> impl Future<Output = ()> + 'static {
        servers::echo(stream, size)
    }

    fn http(stream: Self::Stream) -> impl Future<Output = ()> + 'static {
        servers::http(FuturesIo::new(stream))
    }
}
