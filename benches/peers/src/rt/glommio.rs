//! glommio, which has io_uring only. Its own yield is another thing: it yields if it must.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use glommio::net::{TcpListener, TcpStream};
use glommio::{LocalExecutor, LocalExecutorBuilder, Placement, Task};

use super::{Runtime, Tcp, Threads, Timers};
use crate::servers;

pub struct Glommio(LocalExecutor);

impl Runtime for Glommio {
    const NAME: &'static str = "glommio";

    type Join<T: 'static> = Task<T>;

    fn new() -> Self {
        let executor = LocalExecutorBuilder::new(Placement::Unbound).make();
        Self(executor.expect("an executor"))
    }

    fn block_on<T: 'static>(&mut self, future: impl Future<Output = T> + 'static) -> T {
        self.0.run(future)
    }

    fn spawn<T: 'static>(future: impl Future<Output = T> + 'static) -> Task<T> {
        glommio::spawn_local(future)
    }

    fn spawn_detached(future: impl Future<Output = ()> + 'static) {
        glommio::spawn_local(future).detach();
    }
}

impl Timers for Glommio {
    async fn sleep(duration: Duration) {
        glommio::timer::sleep(duration).await;
    }
}

impl Threads for Glommio {}

impl Tcp for Glommio {
    type Listener = TcpListener;
    type Stream = TcpStream;

    async fn listen() -> (TcpListener, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        (listener, address)
    }

    async fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
        listener.accept().await.map_err(io::Error::from)
    }

    fn echo(stream: TcpStream, size: usize) -> impl Future<Output = ()> + 'static {
        servers::echo(stream, size)
    }
}
