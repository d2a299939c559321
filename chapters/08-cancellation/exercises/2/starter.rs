//! Exercise 2, for you to change.

use std::io;

use futures_util::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Lines from a stream. A `next` that is dropped loses nothing.
pub struct Lines<R> {
    reader: BufReader<R>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of `stream`.
    pub fn new(stream: R) -> Self {
        let reader = BufReader::new(stream);
        Self { reader }
    }

    /// The next line, without its end; none at the end of the stream.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        // The half of a line is in here when this is dropped.
        let mut line = Vec::new();
        let count = self.reader.read_until(b'\n', &mut line).await?;
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok((count > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }
}
