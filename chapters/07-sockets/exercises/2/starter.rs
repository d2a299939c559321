//! Exercise 2, for you to change.

use std::io;

use chapter_07::UnixStream;
use futures_util::io::{AsyncReadExt, AsyncWriteExt, copy};

/// Passes on what `client` and `server` say to each other. How many bytes went there, and how many came back.
pub async fn proxy(client: UnixStream, server: UnixStream) -> io::Result<(u64, u64)> {
    let (from_client, mut to_client) = client.split();
    let (from_server, mut to_server) = server.split();
    // The whole question, and then the whole answer.
    let there = copy(from_client, &mut to_server).await?;
    to_server.close().await?;
    let back = copy(from_server, &mut to_client).await?;
    to_client.close().await?;
    Ok((there, back))
}
