//! Waiting for connections.

use std::fmt;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use crate::driver::{Direction, SocketOperation};
use crate::net::TcpStream;
use crate::net::socket::{Socket, Wait};
use crate::shared::Core;

/// A TCP socket that listens.
///
/// asyncio: `asyncio.start_server()` and its `Server`; here the loop over connections is written out.
///
/// ```
/// use final_runtime::net::{TcpListener, TcpStream};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let address = listener.local_addr()?;
///     let client = final_runtime::spawn(TcpStream::connect(address));
///     let (_stream, peer) = listener.accept().await?;
///     let client = client.await.expect("connect does not panic")?;
///     assert_eq!(client.local_addr()?, peer);
///     Ok(())
/// })
/// # }
/// ```
pub struct TcpListener {
    socket: Socket<mio::net::TcpListener>,
}

impl TcpListener {
    /// Listens at `address`; port 0 lets the system choose one. To resolve a name blocks the loop: give numbers.
    ///
    /// asyncio: `asyncio.start_server()`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     assert_ne!(listener.local_addr().unwrap().port(), 0);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// As [`std::net::TcpListener::bind`]: the address is in use, not this machine's, or not allowed. `Unsupported` on a
    /// loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    #[track_caller]
    pub fn bind(address: impl ToSocketAddrs) -> io::Result<Self> {
        let core = Socket::<mio::net::TcpListener>::target("TcpListener::bind")?;
        let listener = std::net::TcpListener::bind(address)?;
        Self::of(core, listener)
    }

    /// Takes over a listening socket of the standard library.
    ///
    /// asyncio: `asyncio.start_server(…, sock=…)`.
    ///
    /// ```
    /// final_runtime::run(async {
    ///     let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    ///     let listener = final_runtime::net::TcpListener::from_std(listener).unwrap();
    ///     assert!(listener.local_addr().is_ok());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the socket cannot be made non-blocking. `Unsupported` on a loop with a virtual clock.
    ///
    /// # Panics
    ///
    /// On a thread whose loop is not running.
    #[track_caller]
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        let core = Socket::<mio::net::TcpListener>::target("TcpListener::from_std")?;
        Self::of(core, listener)
    }

    fn of(core: Rc<Core>, listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = mio::net::TcpListener::from_std(listener);
        Ok(Self {
            socket: Socket::new(core, listener),
        })
    }

    /// Gives the socket back to the standard library, still non-blocking, and still listening.
    ///
    /// asyncio: `loop.remove_reader(sock)`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     let address = listener.local_addr().unwrap();
    ///     let listener: std::net::TcpListener = listener.into_std().unwrap();
    ///     assert_eq!(listener.local_addr().unwrap(), address);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the poller does not let go of it; the socket is then closed.
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        self.socket.into_inner().map(Into::into)
    }

    /// Waits for the next connection.
    ///
    /// asyncio: `loop.sock_accept()`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    ///     let (_stream, peer) = listener.accept().await.unwrap();
    ///     assert_eq!(client.local_addr().unwrap(), peer);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// What the system says of this one connection or of this moment; the listener goes on listening. A server
    /// should go on too: a peer that went away (`ConnectionAborted`) is nothing, and when the process has no file
    /// descriptors left (`EMFILE`), sleep a little before the next try, so that those in use can be closed.
    ///
    /// # Cancel safety
    ///
    /// To drop the wait loses no connection: the system keeps it for the next one. A request ends the wait.
    pub fn accept(&self) -> Accept<'_> {
        Accept {
            wait: self.wait(Some(SocketOperation::Accept)),
            listener: self,
        }
    }

    /// All connections to come, as a stream that never ends. Its errors are those of [`accept`](Self::accept).
    ///
    /// A stream may live on when nobody waits for its next item, so it does not say that its task waits: in the
    /// [task tree](crate::LoopHandle::task_tree) the task is certain to wait for a connection in `accept` only.
    ///
    /// asyncio: `Server.serve_forever()`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    /// use futures_util::StreamExt;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    ///     let stream = listener.incoming().next().await.unwrap().unwrap();
    ///     assert_eq!(stream.peer_addr().unwrap(), client.local_addr().unwrap());
    /// });
    /// ```
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming {
            wait: self.wait(None),
            listener: self,
        }
    }

    /// The address it listens at.
    ///
    /// asyncio: `Server.sockets[0].getsockname()`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     assert!(listener.local_addr().unwrap().ip().is_loopback());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.get().local_addr()
    }

    /// How many hops a packet may take.
    ///
    /// asyncio: `sock.getsockopt(IPPROTO_IP, IP_TTL)`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     assert!(listener.ttl().unwrap() > 0);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn ttl(&self) -> io::Result<u32> {
        self.socket.get().ttl()
    }

    /// Sets how many hops a packet may take, for this socket and those that it accepts from now on.
    ///
    /// asyncio: `sock.setsockopt(IPPROTO_IP, IP_TTL, …)`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     listener.set_ttl(9).unwrap();
    ///     assert_eq!(listener.ttl().unwrap(), 9);
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the system refuses the number.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.socket.get().set_ttl(ttl)
    }

    /// Takes the error that the socket has met and told nobody.
    ///
    /// asyncio: `sock.getsockopt(SOL_SOCKET, SO_ERROR)`.
    ///
    /// ```
    /// use final_runtime::net::TcpListener;
    ///
    /// final_runtime::run(async {
    ///     let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    ///     assert!(listener.take_error().unwrap().is_none());
    /// });
    /// ```
    ///
    /// # Errors
    ///
    /// If the system does not say.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.socket.get().take_error()
    }

    fn wait(&self, what: Option<SocketOperation>) -> Wait<'_, mio::net::TcpListener> {
        Wait::new(&self.socket, Direction::Read, what)
    }

    fn try_accept(&self) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accept = mio::net::TcpListener::accept;
        let (stream, peer) = ready!(self.socket.try_io(Direction::Read, accept))?;
        let socket = Socket::new(self.socket.core().clone(), stream);
        Poll::Ready(Ok((TcpStream::of(socket), peer)))
    }
}

/// For options that are not here, through crates that set them on a descriptor.
impl AsFd for TcpListener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.get().as_fd()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TcpListener")
            .field(self.socket.get())
            .finish()
    }
}

/// The future of [`TcpListener::accept`], where what it does on cancel is said.
///
/// asyncio: the coroutine of `loop.sock_accept()`.
///
/// ```
/// use final_runtime::net::{Accept, TcpListener};
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let mut accept: Accept<'_> = listener.accept();
///     assert!(futures_util::poll!(&mut accept).is_pending(), "nobody has called");
///     Ok(())
/// })
/// # }
/// ```
#[must_use = "futures do nothing unless awaited"]
pub struct Accept<'a> {
    listener: &'a TcpListener,
    wait: Wait<'a, mio::net::TcpListener>,
}

impl std::future::Future for Accept<'_> {
    type Output = io::Result<(TcpStream, SocketAddr)>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let attempt = self.listener.try_accept();
        self.wait.after(attempt, cx)
    }
}

impl fmt::Debug for Accept<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Accept").field(self.listener).finish()
    }
}

/// The stream of [`TcpListener::incoming`].
///
/// asyncio: none by name; `Server.serve_forever()` calls for each.
///
/// ```
/// use final_runtime::net::{Incoming, TcpListener, TcpStream};
/// use futures_util::StreamExt;
///
/// # fn main() -> std::io::Result<()> {
/// final_runtime::run(async {
///     let listener = TcpListener::bind("127.0.0.1:0")?;
///     let client = TcpStream::connect(listener.local_addr()?).await?;
///     let mut incoming: Incoming<'_> = listener.incoming();
///     let stream = incoming.next().await.expect("it never ends")?;
///     assert_eq!(stream.peer_addr()?, client.local_addr()?);
///     Ok(())
/// })
/// # }
/// ```
///
/// # Cancel safety
///
/// To drop it, or a wait for its next connection, loses none: the system keeps it. A request ends the wait.
#[must_use = "streams do nothing unless polled"]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
    wait: Wait<'a, mio::net::TcpListener>,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let attempt = self.listener.try_accept();
        let accepted = ready!(self.wait.after(attempt, cx));
        Poll::Ready(Some(accepted.map(|(stream, _)| stream)))
    }
}

impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Incoming").field(self.listener).finish()
    }
}
