//! Exercise 2, solved: one function for a direction, called twice, and both polled by one future.

use std::io;

use chapter_07::UnixStream;
use futures_util::future::try_join;
use futures_util::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy};

/// Passes on what `client` and `server` say to each other. How many bytes went there, and how many came back.
pub async fn proxy(client: UnixStream, server: UnixStream) -> io::Result<(u64, u64)> {
    let (from_client, to_client) = client.split();
    let (from_server, to_server) = server.split();
    try_join(
        pass_on(from_client, to_server),
        pass_on(from_server, to_client),
    )
    .await
}

/// Passes on all that comes, and then the end.
async fn pass_on(from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<u64> {
    let count = copy(from, &mut to).await?;
    to.close().await?;
    Ok(count)
}
