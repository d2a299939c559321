//! Serves the book. Not there yet.

use std::process::ExitCode;

use crate::project::Project;

/// Where to serve the book.
#[derive(Clone, Debug)]
pub struct Address {
    /// The address of an interface, or a name.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether to open a browser.
    pub open: bool,
}

/// Serves the book of `project`.
pub fn serve(_project: &Project, _address: &Address) -> ExitCode {
    eprintln!("the server is not there yet; `cargo run -- build` writes the pages to book/build");
    ExitCode::FAILURE
}
