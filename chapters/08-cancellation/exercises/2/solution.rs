//! Exercise 2, solved: what was taken out of the buffer lies in a field before anything waits again.

use std::io;
use std::mem;

use futures_util::io::{AsyncBufReadExt, AsyncRead, BufReader};

/// Lines from a stream. A `next` that is dropped loses nothing.
pub struct Lines<R> {
    reader: BufReader<R>,
    half: Vec<u8>,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    /// The lines of `stream`.
    pub fn new(stream: R) -> Self {
        Self {
            reader: BufReader::new(stream),
            half: Vec::new(),
        }
    }

    /// The next line, without its end; none at the end of the stream.
    pub async fn next(&mut self) -> io::Result<Option<String>> {
        loop {
            let there = self.reader.fill_buf().await?;
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = &there[..end.unwrap_or(there.len())];
            self.half.extend_from_slice(part);
            let taken = part.len() + usize::from(end.is_some());
            self.reader.consume_unpin(taken);
            if end.is_some() || (taken == 0 && !self.half.is_empty()) {
                let line = mem::take(&mut self.half);
                return Ok(Some(String::from_utf8_lossy(&line).into_owned()));
            }
            if taken == 0 {
                return Ok(None);
            }
        }
    }
}
