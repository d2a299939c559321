//! Serves the book over hyper, on `final-runtime`: the loop answers requests, a thread beside it builds.
//!
//! - `site`: the built book in memory;
//! - `builder`: the thread that builds, and builds again when a file changes;
//! - `hub`: where the two meet;
//! - `http`: what each request is answered with.

mod builder;
mod http;
mod hub;
mod site;

use std::convert::Infallible;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use final_runtime::hyper::Timer;
use final_runtime::net::{TcpListener, TcpStream};
use hyper::server::conn::http1;
use hyper::service::service_fn;

use self::builder::Builder;
use self::hub::Hub;
use crate::project::Project;

/// How long to wait after a connection could not be accepted: the reason is in most cases that no file
/// descriptor is left, and only time brings one.
const AFTER_A_FAILED_ACCEPT: Duration = Duration::from_millis(100);

/// Where to serve the book.
#[derive(Clone, Debug)]
pub struct Address {
    /// The address of an interface, or a name.
    pub host: String,
    /// The port; 0 takes any that is free.
    pub port: u16,
    /// Whether to open a browser.
    pub open: bool,
}

/// Serves the book of `project` until the process is ended; comes back only if it cannot begin.
pub fn serve(project: &Project, address: &Address) -> ExitCode {
    let root = project.root.clone();
    match final_runtime::run(serve_forever(root, address.clone())) {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("{}", explained(&error, address));
            ExitCode::FAILURE
        }
    }
}

async fn serve_forever(root: PathBuf, address: Address) -> io::Result<Infallible> {
    let listener = TcpListener::bind((address.host.as_str(), address.port))?;
    let url = url(listener.local_addr()?);
    let hub = Arc::new(Hub::new());
    let builder = Builder::new(root, Arc::clone(&hub), url, address.open);
    thread::Builder::new()
        .name("builder".to_owned())
        .spawn(move || builder.run())?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _detached = final_runtime::spawn(talk(stream, Arc::clone(&hub)));
            }
            Err(error) => {
                eprintln!("a connection could not be accepted: {error}");
                final_runtime::sleep(AFTER_A_FAILED_ACCEPT).await;
            }
        }
    }
}

/// Answers the requests of one connection until either side ends it.
async fn talk(stream: TcpStream, hub: Arc<Hub>) {
    // Without it an answer may wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let answer = http::answer(&hub, &request);
        async { Ok::<_, Infallible>(answer) }
    });
    // A peer that breaks off is its own affair.
    let _ = http1::Builder::new()
        .timer(Timer)
        .serve_connection(stream, service)
        .await;
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/")
}

/// What went wrong, and what to do about it.
fn explained(error: &io::Error, address: &Address) -> String {
    let Address { host, port, .. } = address;
    match error.kind() {
        ErrorKind::AddrInUse => {
            format!(
                "port {port} of {host} is in use, perhaps by another `cargo run`: end that one, or choose another port with --port"
            )
        }
        ErrorKind::AddrNotAvailable => {
            format!("{host} is not an address of this machine: choose another with --host")
        }
        ErrorKind::PermissionDenied => {
            format!("port {port} needs privileges: choose one from 1024 on with --port")
        }
        _ => format!("cannot listen on {host}, port {port}: {error}"),
    }
}
