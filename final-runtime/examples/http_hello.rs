//! hyper on the loop: an HTTP server and a client; with `-- --listen ADDRESS` the server alone, for ever.

use std::convert::Infallible;
use std::error::Error;

use final_runtime::hyper::Timer;
use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{run, spawn};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let stream = TcpStream::connect(listener.local_addr()?).await?;
            spawn(async { serve(listener).await.expect("the listener listens") });
            ask(stream).await
        }),
        ["--listen", address] => {
            let address = address.to_owned();
            run(async move { serve(TcpListener::bind(address)?).await })
        }
        _ => Err("usage: http_hello [--listen ADDRESS]".into()),
    }
}

async fn serve(listener: TcpListener) -> Outcome {
    loop {
        let (stream, peer) = listener.accept().await?;
        spawn(async move {
            let connection = server::conn::http1::Builder::new()
                .timer(Timer)
                .serve_connection(stream, service_fn(hello));
            if let Err(error) = connection.await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

async fn hello(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    let path = request.uri().path();
    Ok(Response::new(format!("hello from {path}\n")))
}

async fn ask(stream: TcpStream) -> Outcome {
    let (mut sender, connection) = client::conn::http1::handshake(stream).await?;
    spawn(connection);
    let request = Request::get("/loop")
        .header("host", "localhost")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    println!("{}", response.status());
    let body = response.into_body().collect().await?.to_bytes();
    print!("{}", String::from_utf8_lossy(&body));
    Ok(())
}
