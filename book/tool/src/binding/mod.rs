//! Binds a chapter's page to the chapter's program: the text never holds pasted code, and every line of
//! the program stands on the page.
//!
//! A directive names an item; this module finds it by parsing the source, works out from the chapter
//! before what is new, unchanged, removed or moved, and renders it. What it does not find, and what no
//! directive shows, is a [`Problem`](crate::problem::Problem) with file and line.
//!
//! The rest of the tool calls three functions, which read nothing from the disk:
//!
//! - [`bind`] for the page of a chapter: `bind(&Project, &Chapter, &[Piece]) -> Bound`;
//! - [`loose`] for a page of its own: `loose(&Path, &[Piece]) -> Problems`;
//! - [`continuity`] once for all chapters: `continuity(&Project) -> Problems`.
//!
//! The way of a page: `directive` takes the directives apart, `change` compares the two programs
//! (`source`, `outline`, `items`, `tables`, `difference`), `shown` looks the names up, `excerpt` lays out
//! the rows, `render` and `highlight` write HTML, `coverage` counts.

mod change;
mod continuity;
mod coverage;
mod difference;
mod directive;
mod earlier;
mod excerpt;
pub(crate) mod highlight;
mod items;
mod outline;
mod render;
mod shown;
mod source;
mod tables;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use change::Change;
use coverage::Tally;
use directive::Directive;
use shown::{Page, Shown};

use crate::page::{Kind, Piece};
use crate::problem::Problems;
use crate::project::{Chapter, Project};

pub use continuity::continuity;
pub use coverage::Coverage;

/// What the directives of a chapter's page come to.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// For each directive that shows code, by the line it stands on: a block of HTML without blank lines,
    /// to be put between blank lines in its place.
    pub html: BTreeMap<usize, String>,
    /// How many of the program's new lines the page shows.
    pub coverage: Coverage,
    /// Everything that is wrong between page and program, and what [`loose`] would find.
    pub problems: Problems,
}

/// Binds a chapter's page, cut into `pieces`, to the chapter's program.
///
/// Directives of other parts of the tool are left alone; a name that nobody knows is a problem.
pub fn bind(project: &Project, chapter: &Chapter, pieces: &[Piece]) -> Bound {
    let path = chapter
        .page
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("book/src/{}.md", chapter.folder)));
    let mut problems = loose_pieces(&path, pieces);
    let mut directives = Vec::new();
    let mut html = BTreeMap::new();
    for piece in pieces {
        let Kind::Directive { name, arguments } = &piece.kind else {
            continue;
        };
        match directive::parse(name, arguments) {
            Ok(Some(Directive::Earlier {
                number,
                file,
                paths,
            })) => match earlier::figure(project, chapter, number, &file, &paths) {
                Ok(figure) => drop(html.insert(piece.line, figure)),
                Err(message) => problems.add(&*path, piece.line, message),
            },
            Ok(Some(directive)) => directives.push((piece.line, directive)),
            Ok(None) => {}
            Err(message) => problems.add(&*path, piece.line, message),
        }
    }
    let change = Change::of(project, chapter);
    let page = Page::new(&change, directives, &path, &mut problems);
    let mut tally = Tally::default();
    for (line, shown) in &page.shown {
        let (excerpt, removed) = excerpt::excerpt(&page, shown);
        if let Shown::Parts { file, parts } = shown {
            for part in parts {
                tally.note_lines(&file.source.file, page.lines(file, part));
            }
        }
        tally.note_removed(removed);
        html.insert(*line, render::figure(&excerpt));
    }
    let coverage = tally.settle(&page, &path, &mut problems);
    Bound {
        html,
        coverage,
        problems,
    }
}

/// Checks a page that belongs to no chapter: it may hold no code that nothing checks, and no directive
/// that shows code.
pub fn loose(page: &Path, pieces: &[Piece]) -> Problems {
    let mut problems = loose_pieces(page, pieces);
    for piece in pieces {
        let Kind::Directive { name, arguments } = &piece.kind else {
            continue;
        };
        match directive::parse(name, arguments) {
            Ok(None) => {}
            Ok(Some(_)) => {
                let message =
                    format!("`{name}` shows code of a chapter, and this is no chapter's page");
                problems.add(page, piece.line, message);
            }
            Err(message) => problems.add(page, piece.line, message),
        }
    }
    problems
}

/// Code blocks that nothing checks, and directives that hide in one.
fn loose_pieces(page: &Path, pieces: &[Piece]) -> Problems {
    let mut problems = Problems::new();
    for piece in pieces {
        let Kind::Fence { info, .. } = &piece.kind else {
            continue;
        };
        if let Some(message) = loose_code(info.as_deref().unwrap_or("")) {
            problems.add(page, piece.line, message);
        }
        for (index, line) in piece.source.lines().enumerate() {
            // mdBook itself would put a file's content here.
            if line.replace("\\{{#", "").contains("{{#") {
                let message =
                    "a directive inside a code block: put it on a line of its own, outside";
                problems.add(page, piece.line + index, message);
            }
        }
    }
    problems
}

/// Why a code block with this info string may not stand on a page.
fn loose_code(info: &str) -> Option<&'static str> {
    let mut words = info
        .split(|c: char| c == ',' || c.is_whitespace() || c == '{' || c == '}')
        .filter(|word| !word.is_empty());
    let Some(language) = words.next() else {
        return Some(
            "a code block that does not say what it is: name its language, such as `text`",
        );
    };
    let is_rust = language.eq_ignore_ascii_case("rust") || language.eq_ignore_ascii_case("rs");
    let is_illustration = language == "rust" && words.next() == Some("illustration");
    (is_rust && !is_illustration).then_some(
        "a Rust block that no directive binds: show code of the program with {{#show …}}, or mark a short \
         piece that is not the program `rust,illustration`",
    )
}
