//! Exercise 3, solved: one limit around the line, and a reader that ends a byte behind the longest one.

use std::io::{self, ErrorKind};
use std::rc::Rc;
use std::time::Duration;

use chapter_07::{EventLoop, timeout};
use futures_util::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt};

/// The longest line that is taken, without its `\n`.
pub const MOST: usize = 80;

/// The next line, if it comes within `limit` and is not too long; none at the end.
pub async fn next_line(
    event_loop: &Rc<EventLoop>,
    reader: &mut (impl AsyncBufRead + Unpin),
    limit: Duration,
) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let mut no_more = reader.take(MOST as u64 + 1);
    let read = no_more.read_until(b'\n', &mut line);
    let count = timeout(event_loop, limit, read)
        .await
        .map_err(|elapsed| io::Error::new(ErrorKind::TimedOut, elapsed))??;
    if count == 0 {
        return Ok(None);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if line.len() > MOST {
        let told = format!("a line of more than {MOST} bytes");
        return Err(io::Error::new(ErrorKind::InvalidData, told));
    }
    let line = String::from_utf8(line);
    line.map(Some)
        .map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
}
