//! final-runtime, through its public names alone.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{EventLoop, Task};

use super::{Runtime, Tcp, Threads, Timers};
use crate::servers;

pub struct FinalRt(EventLoop);

/// A task's end, which has to be a value: no workload cancels or panics.
pub struct Join<T: 'static>(Task<T>);

impl<T> Future for Join<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        let ended = Pin::new(&mut self.0).poll(cx);
        ended.map(|ended| ended.expect("the task ends with a value"))
    }
}

impl Runtime for FinalRt {
    const NAME: &'static str = "final_rt";

    type Join<T: 'static> = Join<T>;

    fn new() -> Self {
        Self(EventLoop::new())
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        self.0
            .run_until_complete(future)
            .expect("the run ends with a value")
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Join<T> {
        Join(final_runtime::spawn(future))
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        drop(final_runtime::spawn(future));
    }

    fn yield_now() -> impl Future<Output = ()> + 'static {
        final_runtime::yield_now()
    }
}

impl Timers for FinalRt {
    fn sleep(duration: Duration) -> impl Future<Output = ()> + 'static {
        final_runtime::sleep(duration)
    }
}

impl Threads for FinalRt {}

impl Tcp for FinalRt {
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

    fn echo(stream: TcpStream, size: usize) -> impl Future<Output = ()> + 'static {
        servers::echo(stream, size)
    }

    fn http(stream: TcpStream) -> impl Future<Output = ()> + 'static {
        servers::http(stream)
    }
}
