//! The tool as mdBook's preprocessor, for those who call `mdbook build book` themselves.

use std::io::{self, Read, Write};

use crate::edition::Edition;
use crate::press::Press;
use crate::problem::Problems;
use crate::project::Project;

/// Whether there is anything to do for a renderer: directives stand for HTML.
pub fn supports(renderer: &str) -> bool {
    renderer == "html"
}

/// Reads mdBook's book from `input`, prints its pages and writes it to `output`.
///
/// # Errors
///
/// What is wrong with the book, or with what mdBook sent.
pub fn preprocess(input: impl Read, mut output: impl Write) -> Result<(), Problems> {
    let failed = |what: &str, error: &dyn std::fmt::Display| {
        let mut problems = Problems::new();
        problems.add("book/book.toml", None, format!("{what}: {error}"));
        problems
    };
    let parsed = mdbook_preprocessor::parse_input(input);
    let (context, mut book) = parsed.map_err(|error| {
        failed(
            "mdBook, version 0.5, was to send a book",
            &format!("{error:#}"),
        )
    })?;
    let project = Project::open(&context.root)?;
    let press = Press::new(&project, false);
    let mut problems = press.problems().clone();
    let edition = Edition::print(&project, &press, &mut book);
    problems.extend(edition.problems);
    problems.or(())?;
    for problem in edition.not_run {
        eprintln!("warning: {problem}");
    }
    let written = serde_json::to_writer(&mut output, &book).map_err(io::Error::from);
    written
        .and_then(|()| output.flush())
        .map_err(|error| failed("the book cannot be handed back to mdBook", &error))
}
