//! Runs a program to its end: its input closed, its output caught, its time limited.

use std::io::{self, Read};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// How long a program of the book may run.
pub const LIMIT: Duration = Duration::from_secs(30);

/// How often the end of a program is asked for.
const PAUSE: Duration = Duration::from_millis(2);

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
    /// How it came to its end.
    pub end: End,
}

/// How a program came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// With exit status 0.
    Success,
    /// With another status; none if a signal ended it.
    Failure(Option<i32>),
    /// It was killed when its time was up.
    Killed,
}

impl Run {
    /// What is wrong with the way in which the program ended, if it should have ended with success.
    pub fn complaint(&self) -> Option<String> {
        let what = match self.end {
            End::Success => return None,
            End::Killed => format!("did not end by itself within {} s", LIMIT.as_secs()),
            End::Failure(Some(status)) => format!("ended with exit status {status}"),
            End::Failure(None) => "was ended by a signal".to_owned(),
        };
        let said = self.stderr.trim_end();
        Some(match tail(said, 6) {
            "" => what,
            said => format!("{what}; it said:\n{}", indent(said)),
        })
    }
}

/// Runs `command` with its input closed, for at most `limit`.
///
/// # Errors
///
/// The program cannot be started.
pub fn run(command: &mut Command, limit: Duration) -> io::Result<Run> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let stdout = child.stdout.take().map(collect);
    let stderr = child.stderr.take().map(collect);
    let deadline = Instant::now() + limit;
    let end = loop {
        if let Some(status) = child.try_wait()? {
            break End::from(status);
        }
        if Instant::now() >= deadline {
            // It may have ended at this very moment; then there is nothing to kill.
            let _ = child.kill();
            child.wait()?;
            break End::Killed;
        }
        thread::sleep(PAUSE);
    };
    // A child of the program's own may hold the pipe open: what came until now is all there is.
    let text = |pipe: Option<mpsc::Receiver<Vec<u8>>>| {
        let mut bytes = Vec::new();
        if let Some(pipe) = pipe {
            let until = Instant::now() + Duration::from_secs(1);
            while let Ok(part) = pipe.recv_timeout(until.saturating_duration_since(Instant::now()))
            {
                bytes.extend(part);
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    };
    Ok(Run {
        stdout: text(stdout),
        stderr: text(stderr),
        end,
    })
}

impl From<ExitStatus> for End {
    fn from(status: ExitStatus) -> Self {
        if status.success() {
            End::Success
        } else {
            End::Failure(status.code())
        }
    }
}

/// Reads a pipe to its end on a thread of its own, so that a full pipe stops nobody.
fn collect(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<Vec<u8>> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut buffer = [0; 8192];
        while let Ok(length @ 1..) = pipe.read(&mut buffer) {
            if sender.send(buffer[..length].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}

/// The last `count` lines of `text`.
pub fn tail(text: &str, count: usize) -> &str {
    let starts: Vec<usize> = text.match_indices('\n').map(|(at, _)| at + 1).collect();
    match starts.len().checked_sub(count) {
        Some(first) if count > 0 => &text[starts[first]..],
        _ => text,
    }
}

/// `text` set in, to stand below a problem's first line.
pub fn indent(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn who_does_not_end_by_itself_is_ended() {
        let mut sleeper = Command::new("sleep");
        let run = run(sleeper.arg("600"), Duration::from_millis(20)).expect("sleep");
        assert_eq!(run.end, End::Killed);
        assert!(
            run.complaint()
                .is_some_and(|complaint| complaint.contains("by itself"))
        );
    }

    #[cfg(unix)]
    #[test]
    fn the_input_is_closed_and_both_outputs_are_kept_apart() {
        let mut shell = Command::new("sh");
        let run = run(
            shell.args(["-c", "cat; echo out; echo err >&2; exit 3"]),
            LIMIT,
        );
        let run = run.expect("sh");
        assert_eq!(
            (run.stdout.as_str(), run.stderr.as_str()),
            ("out\n", "err\n")
        );
        assert_eq!(run.end, End::Failure(Some(3)));
    }

    #[test]
    fn the_tail_is_the_last_lines() {
        assert_eq!(tail("a\nb\nc", 2), "b\nc");
        assert_eq!(tail("a\nb", 2), "a\nb");
        assert_eq!(tail("", 2), "");
    }
}
