//! mdBook calls the tool as its preprocessor and builds the same pages as the tool itself.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::printing_book::{PAGE, PrintingBook, assert_told};
use mdbook_driver::MDBook;

const TOOL: &str = env!("CARGO_BIN_EXE_book");

/// Has mdBook build the book, with the command in `book.toml` led to the tool under test.
fn build_with_mdbook(book: &PrintingBook) -> Result<(), String> {
    let command = "\"cargo run --quiet --package book -- preprocess\"";
    book.edit("book/book.toml", command, &format!("'{TOOL} preprocess'"));
    let mut mdbook = MDBook::load(book.path("book")).expect("a book");
    mdbook.config.build.build_dir = "stock".into();
    mdbook.build().map_err(|error| format!("{error:#}"))
}

fn files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let entry = entry.expect("an entry");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            files(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
}

#[test]
fn mdbook_builds_the_same_pages_byte_by_byte() {
    let book = PrintingBook::new();
    assert_told(&book.build().0, &[]);
    build_with_mdbook(&book).expect("mdBook builds the book");
    let (mut ours, mut theirs) = (BTreeMap::new(), BTreeMap::new());
    files(&book.path("book/build"), "", &mut ours);
    files(&book.path("book/stock"), "", &mut theirs);
    // The copies of source files are added when mdBook is through.
    ours.retain(|name, _| !name.starts_with("source/"));
    let names = |files: &BTreeMap<String, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs));
    let differing: Vec<_> = ours
        .iter()
        .filter(|(name, file)| theirs[*name] != **file)
        .collect();
    assert!(
        differing.is_empty(),
        "{:?}",
        differing.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    let page = String::from_utf8_lossy(&theirs["01-one.html"]);
    assert!(
        page.contains("$ cargo run -p chapter-01</figcaption>"),
        "{page}"
    );
}

#[test]
fn mdbook_fails_where_the_book_is_wrong() {
    let book = PrintingBook::new();
    book.edit(PAGE, "illustration\n3\n", "illustration\n4\n");
    assert!(build_with_mdbook(&book).is_err_and(|error| error.contains("exited unsuccessfully")));
    let preprocess = |mut command: Command| command.arg("preprocess").output().expect("the tool");
    let output = preprocess(Command::new(TOOL));
    assert!(!output.status.success(), "nothing was sent");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("mdBook, version 0.5, was to send a book")
    );
}

#[test]
fn there_is_something_to_do_for_html_alone() {
    let supports = |renderer: &str| {
        let status = Command::new(TOOL)
            .args(["preprocess", "supports", renderer])
            .status();
        status.expect("the tool").success()
    };
    assert!(supports("html"));
    assert!(!supports("markdown"));
}
