//! The book as its readers have it: built, and served by its own server.

use std::env;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Fallible;

/// How long the book may take to be built from nothing.
const LIMIT: Duration = Duration::from_secs(600);

/// The page that is looked at.
const PAGE: &str = "01-callback-loop.html";

/// The served book. Dropped, the server ends.
pub struct Book {
    server: Child,
    url: String,
}

impl Book {
    /// Builds the book, and serves it at a free port.
    pub fn serve() -> Fallible<Self> {
        // The server itself and no cargo around it, so that to end the one is to end the other.
        let built = cargo()
            .args(["build", "--quiet", "--package", "book"])
            .status();
        if !built.is_ok_and(|status| status.success()) {
            return Err("cargo cannot build the book's tool".to_owned());
        }
        let tool = env::current_exe().map_err(|error| format!("where am I? {error}"))?;
        let tool = tool.with_file_name(format!("book{}", env::consts::EXE_SUFFIX));
        let mut server = Command::new(&tool)
            .args(["serve", "--port", "0"])
            .current_dir(root())
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{} cannot be started: {error}", tool.display()))?;
        let stderr = server.stderr.take();
        let mut book = Self {
            server,
            url: String::new(),
        };
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            // To the end, so that the server is never kept from writing.
            for line in stderr
                .into_iter()
                .flat_map(|pipe| BufReader::new(pipe).lines())
            {
                let _ = line.map(|line| sender.send(line));
            }
        });
        let deadline = Instant::now() + LIMIT;
        let mut said = String::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = match lines.recv_timeout(left) {
                Ok(line) => line,
                Err(error) => {
                    let state = book.server.try_wait();
                    return Err(format!(
                        "the book is not served ({error}; its server: {state:?}); it said:\n{said}"
                    ));
                }
            };
            said.push_str(&line);
            said.push('\n');
            if let Some((_, url)) = line.split_once("the book is at ") {
                book.url = url.trim().to_owned();
                return Ok(book);
            }
            if line.starts_with("the book is broken") {
                return Err(said);
            }
        }
    }

    /// The page at the book's server.
    pub fn served(&self) -> String {
        format!("{}{PAGE}", self.url)
    }

    /// The page in the folder that the book was built into.
    pub fn file(&self) -> String {
        let file = root().join("book/build").join(PAGE);
        format!("file://{}", file.display())
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        // It has nothing to lose, and may be gone already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// The root of the workspace.
pub fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}

/// The cargo that runs this program, in the root of the workspace.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    cargo
}
