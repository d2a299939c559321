//! The servers: an accept loop, an echo over the traits of `futures-io`, and hyper's "hello".

use std::convert::Infallible;
use std::io::Write as _;
use std::net::SocketAddr;

use futures_lite::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, rt};

use crate::rt::Tcp;

#[derive(Clone, Copy, Debug)]
pub enum Kind {
    Echo,
    Http,
}

/// Tells the load generator, which started this process, where to connect to.
pub fn announce(address: SocketAddr) {
    println!("PORT {}", address.port());
    std::io::stdout().flush().expect("stdout is a pipe");
}

/// Serves until killed.
pub fn serve<R: Tcp>(kind: Kind, buffer: usize) {
    R::new().block_on(async move {
        let (listener, address) = R::listen().await;
        announce(address);
        loop {
            match R::accept(&listener).await {
                Ok(stream) => match kind {
                    Kind::Echo => R::spawn_detached(R::echo(stream, buffer)),
                    Kind::Http => R::spawn_detached(R::http(stream)),
                },
                Err(error) => eprintln!("accept: {error}"),
            }
        }
    })
}

pub async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin, size: usize) {
    let mut buffer = vec![0; size];
    while let Ok(n @ 1..) = stream.read(&mut buffer).await
        && stream.write_all(&buffer[..n]).await.is_ok()
    {}
}

async fn hello(_: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let mut response = Response::new(Full::new(Bytes::from_static(b"Hello World\n")));
    let plain = HeaderValue::from_static("text/plain");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    Ok(response)
}

/// One connection. It ends with an error when the load generator leaves.
pub async fn http(io: impl rt::Read + rt::Write + Unpin + 'static) {
    let _ = http1::Builder::new()
        .serve_connection(io, service_fn(hello))
        .await;
}
