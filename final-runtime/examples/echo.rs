//! A TCP echo server and a client that talks to it; with `-- --listen ADDRESS` the server alone, for ever.

use std::io;

use final_runtime::net::{TcpListener, TcpStream};
use final_runtime::{run, spawn};
use futures_util::{AsyncReadExt, AsyncWriteExt};

fn main() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => run(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let address = listener.local_addr()?;
            spawn(serve(listener));
            let mut client = TcpStream::connect(address).await?;
            client.write_all(b"hello, loop\n").await?;
            client.close().await?;
            let mut heard = String::new();
            client.read_to_string(&mut heard).await?;
            print!("{heard}");
            Ok(())
        }),
        ["--listen", address] => {
            let address = address.to_owned();
            run(async move { serve(TcpListener::bind(address)?).await })
        }
        _ => Err(io::Error::other("usage: echo [--listen ADDRESS]")),
    }
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, peer) = listener.accept().await?;
        spawn(async move {
            if let Err(error) = echo(stream).await {
                eprintln!("{peer}: {error}");
            }
        });
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer).await? {
            0 => return stream.close().await,
            length => stream.write_all(&buffer[..length]).await?,
        }
    }
}
