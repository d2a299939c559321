//! A browser, driven through its DevTools protocol over a pair of pipes: one JSON message after the other, a zero
//! byte behind each. <https://chromedevtools.github.io/devtools-protocol/>

use std::cell::{Cell, RefCell};
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::Fallible;

/// How long the browser may take for anything.
pub const LIMIT: Duration = Duration::from_secs(30);

const ARGUMENTS: [&str; 10] = [
    "--remote-debugging-pipe",
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "about:blank",
];

/// A running browser.
pub struct Browser {
    process: RefCell<Child>,
    input: RefCell<ChildStdin>,
    messages: Receiver<Value>,
    last_id: Cell<u64>,
    /// What the pages reported and nobody has taken yet.
    events: RefCell<Vec<Value>>,
    /// Last, so that it is removed when the browser is gone.
    _profile: TempDir,
}

impl Browser {
    /// Starts the browser with a fresh profile.
    pub fn start() -> Fallible<Self> {
        let program = env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
        let profile = tempfile::tempdir().map_err(|error| format!("no profile: {error}"))?;
        // The browser reads from file descriptor 3 and writes to 4.
        let mut process = Command::new("sh")
            .args([
                "-c",
                "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1",
                "sh",
            ])
            .arg(&program)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .args(ARGUMENTS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("no shell to start a browser from: {error}"))?;
        let (input, output) = (process.stdin.take(), process.stdout.take());
        let (Some(input), Some(output)) = (input, output) else {
            return Err("the browser has no pipes".to_owned());
        };
        let (sender, messages) = mpsc::channel();
        thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let message = serde_json::from_slice(&message).unwrap_or(Value::Null);
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        let browser = Self {
            process: RefCell::new(process),
            input: RefCell::new(input),
            messages,
            last_id: Cell::new(0),
            events: RefCell::default(),
            _profile: profile,
        };
        let hint = format!(
            "cannot start the browser `{program}`: install chromium, or set CHROMIUM to its path"
        );
        browser
            .call(None, "Browser.getVersion", json!({}))
            .map_err(|error| format!("{hint} ({error})"))?;
        Ok(browser)
    }

    /// Has the browser, or the page of a session, do something; gives back the answer.
    pub fn call(&self, session: Option<&str>, method: &str, parameters: Value) -> Fallible<Value> {
        let id = self.last_id.get() + 1;
        self.last_id.set(id);
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = json!(session);
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        let sent = self.input.borrow_mut().write_all(&bytes);
        sent.map_err(|error| format!("{method}: the browser does not listen: {error}"))?;
        let deadline = Instant::now() + LIMIT;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let message = self.messages.recv_timeout(left);
            let mut message = message.map_err(|error| format!("{method}: no answer: {error}"))?;
            if message["id"] != id {
                self.events.borrow_mut().push(message);
            } else if message["error"].is_null() {
                return Ok(message["result"].take());
            } else {
                return Err(format!("{method}: {}", message["error"]));
            }
        }
    }

    /// Takes what the page of `session` has reported until now.
    pub fn take_events(&self, session: &str) -> Vec<Value> {
        let all = self.events.take();
        all.into_iter()
            .filter(|event| event["sessionId"] == session)
            .collect()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let process = self.process.get_mut();
        // A browser that hangs is ended, one that is gone is no harm.
        let asked = b"{\"id\":0,\"method\":\"Browser.close\"}\0";
        let _ = self.input.get_mut().write_all(asked);
        for _ in 0..50 {
            if matches!(process.try_wait(), Ok(Some(_))) {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
        let _ = process.kill();
        let _ = process.wait();
    }
}
