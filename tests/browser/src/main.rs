//! Opens chapter 1 in a real browser and steps through its recorded run: what the player shows is compared,
//! event by event, with what the chapter's program prints.
//!
//! `cargo run -p browser-test` needs Chromium (Debian: `chromium`; another one by its path in the variable
//! `CHROMIUM`), and fails without it. It is a program and not a `#[test]`, because `cargo test` needs cargo alone.

mod book;
mod browser;
mod page;
mod player;
mod recording;
mod statements;

use std::process::ExitCode;

use book::Book;
use browser::Browser;
use recording::Moment;

/// What goes wrong, in a sentence.
type Fallible<T = ()> = Result<T, String>;

fn main() -> ExitCode {
    match run() {
        Ok(0) => ExitCode::SUCCESS,
        Ok(failed) => {
            println!("{failed} statements do not hold");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("browser-test: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Tries all statements, each in a browser page of its own; gives back how many do not hold.
fn run() -> Fallible<usize> {
    let browser = Browser::start()?;
    let book = Book::serve()?;
    let run = recording::record()?;
    let mut failed = 0;
    for (origin, address) in [("served", book.served()), ("from a file", book.file())] {
        for (name, statement) in statements::ALL {
            match tried(&browser, &address, *statement, &run) {
                Ok(()) => println!("{name}, {origin} ... ok"),
                Err(error) => {
                    failed += 1;
                    println!("{name}, {origin} ... FAILED\n    {error}");
                }
            }
        }
    }
    Ok(failed)
}

fn tried(
    browser: &Browser,
    address: &str,
    statement: statements::Statement,
    run: &[Moment],
) -> Fallible {
    let mut page = page::Page::new(browser, address)?;
    statement(&mut page, run)?;
    page.close()
}
