//! TCP over the loopback interface, both ends on one loop: most of it is the kernel's.

mod common;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{EventLoop, spawn};
use futures_util::{AsyncReadExt, AsyncWriteExt};

use common::run;

const MESSAGES: u64 = 100;

/// Sends back what it reads.
async fn echo(mut stream: TcpStream) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = stream.read(&mut buffer).await {
        stream.write_all(&buffer[..n]).await.unwrap();
    }
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap())
        .await
        .unwrap();
    let (server, _) = listener.accept().await.unwrap();
    (client, server)
}

fn tcp(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("tcp");
    let event_loop = EventLoop::new();
    group.bench_function("connect, accept, close", |bencher| {
        run(bencher, &event_loop, || async { drop(pair().await) });
    });
    group.throughput(Throughput::Elements(MESSAGES));
    group.bench_function("echo", |bencher| {
        run(bencher, &event_loop, || async {
            let (mut client, server) = pair().await;
            let server = spawn(echo(server));
            let mut buffer = [7; 64];
            for _ in 0..MESSAGES {
                client.write_all(&buffer).await.unwrap();
                client.read_exact(&mut buffer).await.unwrap();
            }
            drop(client);
            server.await.unwrap();
        });
    });
    group.finish();
}

criterion_group!(benches, tcp);
criterion_main!(benches);
