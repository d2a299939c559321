//! The server as its reader meets it: a process, spoken to over its socket, while the book changes under it.

#[path = "../printing/printing_book.rs"]
#[allow(dead_code, reason = "these tests need a part of it")]
mod printing_book;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use printing_book::{PAGE, PrintingBook};

/// What takes longer than this will not come any more.
const PATIENCE: Duration = Duration::from_secs(120);

/// A server of `book`, ended when it is dropped.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    /// Starts it on any free port, and waits until it is there.
    fn start(book: &PrintingBook) -> Self {
        let mut process = command(book)
            .args(["--port", "0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the tool was built for this test");
        let said = process.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(said).lines();
        let address = lines
            .by_ref()
            .map(|line| line.expect("a line of text"))
            .find_map(|line| {
                let (_, url) = line.split_once("the book is at http://")?;
                Some(url.trim_end_matches('/').to_owned())
            })
            .expect("the server says where the book is");
        // Somebody has to read on, or the server waits for room to write.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, address }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("the server listens");
        stream
            .set_read_timeout(Some(PATIENCE))
            .expect("a time limit");
        stream
    }

    /// Sends a request, and returns all that comes back until the server hangs up.
    fn ask(&self, method: &str, path: &str) -> String {
        let mut stream = self.connect();
        let host = &self.address;
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .expect("the request is sent");
        let mut answer = Vec::new();
        stream
            .read_to_end(&mut answer)
            .expect("the server hangs up");
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// Opens the stream of news, as each page does.
    fn news(&self) -> impl Iterator<Item = serde_json::Value> {
        let mut stream = self.connect();
        let host = &self.address;
        write!(stream, "GET /-/events HTTP/1.1\r\nHost: {host}\r\n\r\n")
            .expect("the request is sent");
        let lines = BufReader::new(stream).lines();
        lines.filter_map(|line| {
            let line = line.expect("the stream stays open");
            let data = line.strip_prefix("data: ")?;
            Some(serde_json::from_str(data).expect("news are JSON"))
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It fails only if it has ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn command(book: &PrintingBook) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_book"));
    command.current_dir(book.path("")).stdin(Stdio::null());
    command
}

/// Runs the tool to its end.
fn run(book: &PrintingBook, arguments: &[&str]) -> (Output, String) {
    let output = command(book)
        .args(arguments)
        .output()
        .expect("the tool was built for this test");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    (output, said)
}

#[test]
fn pages_are_served_and_other_requests_refused() {
    let book = PrintingBook::new();
    let server = Server::start(&book);

    let page = server.ask("GET", "/01-one.html");
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("content-type: text/html; charset=utf-8"));
    assert!(page.contains(r#"<script src="/-/reload.js""#));
    assert_eq!(server.ask("GET", "/").lines().next(), page.lines().next());
    assert!(
        server
            .ask("GET", "/01-one.html?a=b")
            .starts_with("HTTP/1.1 200")
    );
    assert!(server.ask("GET", "/-/reload.js").contains("EventSource"));

    assert!(
        server
            .ask("GET", "/nowhere.html")
            .starts_with("HTTP/1.1 404")
    );
    assert!(
        server
            .ask("GET", "/../Cargo.toml")
            .starts_with("HTTP/1.1 404")
    );
    let refused = server.ask("POST", "/");
    assert!(refused.starts_with("HTTP/1.1 405"), "{refused}");
    assert!(refused.contains("allow: GET, HEAD"));
    let head = server.ask("HEAD", "/01-one.html");
    assert!(
        head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"),
        "{head}"
    );
}

#[test]
fn a_broken_edit_keeps_the_last_good_book_up_and_a_mended_one_reloads_the_page() {
    let book = PrintingBook::new();
    let server = Server::start(&book);
    let mut news = server.news();
    let first = news.next().expect("the news of now");
    assert!(first["ready"].is_u64(), "{first}");

    let sound = book.read(PAGE);
    book.write(
        PAGE,
        &format!("{sound}\n{{{{#show src/main.rs nobody}}}}\n"),
    );
    let broken = news.by_ref().find(|news| news["building"].is_null());
    let broken = broken.expect("the edit is noticed");
    let why = broken["broken"].as_str().expect("the build fails");
    assert!(why.contains(PAGE) && why.contains("nobody"), "{why}");
    let page = server.ask("GET", "/01-one.html");
    assert!(
        page.starts_with("HTTP/1.1 200") && !page.contains("nobody"),
        "{page}"
    );

    book.write(PAGE, &format!("{sound}\nA new last sentence.\n"));
    let mended = news.by_ref().find(|news| news["building"].is_null());
    let mended = mended.expect("the edit is noticed");
    assert!(
        mended["ready"].as_u64() > first["ready"].as_u64(),
        "{mended}"
    );
    let page = server.ask("GET", "/01-one.html");
    assert!(page.contains("A new last sentence."), "{page}");
}

#[test]
fn a_port_in_use_is_named_with_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = taken.local_addr().expect("its address").port().to_string();
    let (output, said) = run(&PrintingBook::new(), &["--port", &port]);
    assert!(!output.status.success());
    assert!(
        said.contains(&format!("port {port} of 127.0.0.1 is in use")),
        "{said}"
    );
    assert!(said.contains("--port"), "{said}");
}

#[test]
fn an_address_of_somebody_else_is_named_with_what_to_do() {
    let (output, said) = run(&PrintingBook::new(), &["--host", "192.0.2.1"]);
    assert!(!output.status.success());
    assert!(
        said.contains("192.0.2.1 is not an address of this machine"),
        "{said}"
    );
}

#[test]
fn outside_of_a_project_the_tool_says_where_it_looked() {
    let nowhere = tempfile::tempdir().expect("a temporary folder");
    let output = Command::new(env!("CARGO_BIN_EXE_book"))
        .current_dir(nowhere.path())
        .output()
        .expect("the tool was built for this test");
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("chapters") && said.lines().count() == 1,
        "{said}"
    );
}
