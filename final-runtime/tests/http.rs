//! hyper on the loop: server and client, many connections kept alive.

use std::cell::Cell;
use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use final_runtime::hyper::{Executor, Timer};
use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{run, spawn};
use futures_util::{AsyncReadExt, AsyncWriteExt};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::rt::{Executor as _, Timer as _};
use hyper::service::service_fn;
use hyper::{Request, Response, client, server};

/// Sends the body of the request back.
async fn echo(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let body = request.into_body().collect().await.unwrap().to_bytes();
    Ok(Response::new(Full::new(body)))
}

fn serve(header_timeout: Duration) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let connection = server::conn::http1::Builder::new()
                .timer(Timer)
                .header_read_timeout(header_timeout)
                .serve_connection(stream, service_fn(echo));
            // A connection that breaks is seen by its client.
            spawn(async { drop(connection.await) });
        }
    });
    Ok(address)
}

#[test]
fn fifty_connections_kept_alive_get_every_body_back() {
    run(async {
        let address = serve(Duration::from_secs(30)).unwrap();
        let clients: Vec<_> = (0..50_usize)
            .map(|seed| {
                spawn(async move {
                    let stream = TcpStream::connect(address).await.unwrap();
                    let (mut sender, driving) =
                        client::conn::http1::handshake(stream).await.unwrap();
                    spawn(driving);
                    for round in 0..40_usize {
                        let body = vec![b'a' + (round % 26) as u8; seed * round * 50];
                        let request = Request::post("/")
                            .header("host", "localhost")
                            .body(Full::new(Bytes::from(body.clone())))
                            .unwrap();
                        sender.ready().await.unwrap();
                        let response = sender.send_request(request).await.unwrap();
                        let back = response.into_body().collect().await.unwrap().to_bytes();
                        assert_eq!(back, body);
                    }
                })
            })
            .collect();
        for client in clients {
            client.await.unwrap();
        }
    });
}

#[test]
fn a_client_that_never_finishes_its_headers_is_cut_off_by_the_timer() {
    run(async {
        let address = serve(Duration::from_millis(20)).unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nhost: ").await.unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"");
    });
}

#[test]
fn a_timer_of_hypers_that_is_dropped_is_taken_back() {
    let event_loop = final_runtime::EventLoop::with_virtual_clock();
    let start = event_loop.now();
    let run = event_loop.run_until_complete(async {
        let mut sleep = Timer.sleep(Duration::from_secs(60));
        assert!(futures_util::poll!(sleep.as_mut()).is_pending());
        drop(sleep);
        Timer.sleep(Duration::from_secs(1)).await;
    });
    run.unwrap();
    assert_eq!(event_loop.run_forever(), final_runtime::Outcome::Idle);
    assert_eq!(event_loop.now() - start, Duration::from_secs(1));
}

#[test]
fn the_executor_spawns_what_is_not_send() {
    run(async {
        let ran = Rc::new(Cell::new(false));
        let seen = ran.clone();
        Executor.execute(async move { seen.set(true) });
        final_runtime::yield_now().await;
        assert!(ran.get());
    });
}
