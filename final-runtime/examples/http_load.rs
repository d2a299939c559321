//! Sends many requests over many connections at once, checks every answer, and fails if one is lost.
//!
//! `http_load --url http://127.0.0.1:3000/ --requests 600000 --connections 100`. Without `--url` it starts a server of
//! its own and asks that. Every answer must be a 200 with the body of the first one.

use std::cell::{Cell, RefCell};
use std::convert::Infallible;
use std::error::Error;
use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Instant;

use final_runtime::hyper::Timer;
use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{run, spawn};
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode, Uri, server};

type Outcome<T> = Result<T, Box<dyn Error>>;

struct Load {
    url: Option<Uri>,
    requests: u64,
    connections: u64,
}

/// What all connections count together.
#[derive(Default)]
struct Tally {
    /// Requests that nobody has sent yet.
    left: Cell<u64>,
    answered: Cell<u64>,
    bytes: Cell<u64>,
    body: RefCell<Option<Bytes>>,
}

fn main() -> ExitCode {
    match arguments().and_then(|load| run(attack(load))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("http_load: {error}");
            ExitCode::FAILURE
        }
    }
}

fn arguments() -> Outcome<Load> {
    let mut load = Load {
        url: None,
        requests: 10_000,
        connections: 100,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().ok_or(format!("{name} wants a value"))?;
        match name.as_str() {
            "--url" => load.url = Some(value.parse()?),
            "--requests" => load.requests = value.parse()?,
            "--connections" => load.connections = value.parse()?,
            _ => return Err(format!("{name} is none of --url, --requests, --connections").into()),
        }
    }
    Ok(load)
}

async fn attack(load: Load) -> Outcome<()> {
    let (address, path) = match &load.url {
        Some(url) => target(url)?,
        None => (serve()?, "/".to_owned()),
    };
    let tally = Rc::new(Tally::default());
    tally.left.set(load.requests);
    let start = Instant::now();
    let connections: Vec<_> = (0..load.connections)
        .map(|_| spawn(connection(address, path.clone(), tally.clone())))
        .collect();
    let mut broken = Vec::new();
    for connection in connections {
        if let Err(error) = connection.await? {
            broken.push(error);
        }
    }
    let answered = tally.answered.get();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{answered} of {} requests answered over {} connections, {} bytes of bodies, {seconds:.1} s, {:.0} a second",
        load.requests,
        load.connections,
        tally.bytes.get(),
        answered as f64 / seconds
    );
    match broken.first() {
        Some(error) => {
            Err(format!("{} connections broke; the first: {error}", broken.len()).into())
        }
        None if answered != load.requests => Err("answers are missing".into()),
        None => Ok(()),
    }
}

/// The address and the path that a URL means.
fn target(url: &Uri) -> Outcome<(SocketAddr, String)> {
    let host = url.host().ok_or("--url wants http://HOST:PORT/PATH")?;
    let port = url.port_u16().unwrap_or(80);
    let address = (host, port).to_socket_addrs()?.next();
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    Ok((address.ok_or("the host has no address")?, path.to_owned()))
}

/// One connection: asks until no request is left.
async fn connection(address: SocketAddr, path: String, tally: Rc<Tally>) -> Outcome<()> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut sender, driving) = handshake(stream).await?;
    spawn(driving);
    while let Some(left) = tally.left.get().checked_sub(1) {
        tally.left.set(left);
        ask(&mut sender, address, &path, &tally).await?;
    }
    Ok(())
}

async fn ask(
    sender: &mut SendRequest<Empty<Bytes>>,
    address: SocketAddr,
    path: &str,
    tally: &Tally,
) -> Outcome<()> {
    let request = Request::get(path)
        .header("host", address.to_string())
        .body(Empty::new())?;
    sender.ready().await?;
    let response = sender.send_request(request).await?;
    if response.status() != StatusCode::OK {
        return Err(format!("an answer was {}", response.status()).into());
    }
    let body = response.into_body().collect().await?.to_bytes();
    tally.answered.set(tally.answered.get() + 1);
    tally.bytes.set(tally.bytes.get() + body.len() as u64);
    let mut first = tally.body.borrow_mut();
    if *first.get_or_insert_with(|| body.clone()) != body {
        return Err("two answers had different bodies".into());
    }
    Ok(())
}

/// Serves one page, for ever.
fn serve() -> Outcome<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let page = |_| async { Ok::<_, Infallible>(Response::new("page\n".repeat(100))) };
    spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("the listener listens");
            let connection = server::conn::http1::Builder::new()
                .timer(Timer)
                .serve_connection(stream, service_fn(page));
            spawn(connection);
        }
    });
    Ok(address)
}
