//! Pictures that are drawn by hand: `{{#include pictures/loop.svg}}` puts one into the page itself, where it takes
//! its colours from the page's theme.

use std::fs;
use std::path::Path;

use crate::html::embed;
use crate::page::{Kind, Piece};

/// The picture that a line of a page asks for.
pub fn asked(line: &str) -> Option<&str> {
    let path = line
        .trim()
        .strip_prefix("{{#include ")?
        .strip_suffix("}}")?
        .trim();
    path.ends_with(".svg").then_some(path)
}

/// The pieces without the lines that ask for pictures, for whoever does not know them.
pub fn hidden(pieces: &[Piece]) -> Vec<Piece> {
    let hide = |piece: &Piece| {
        let mut piece = piece.clone();
        if matches!(piece.kind, Kind::Fence { .. })
            || !piece.source.lines().any(|line| asked(line).is_some())
        {
            return piece;
        }
        let line = |line| match asked(line) {
            Some(_) => "\n",
            None => line,
        };
        piece.source = piece.source.split_inclusive('\n').map(line).collect();
        if let Kind::Directive { .. } = piece.kind {
            piece.kind = Kind::Text;
        }
        piece
    };
    pieces.iter().map(hide).collect()
}

/// The picture `path`, relative to `book/src`, as HTML without blank lines.
///
/// # Errors
///
/// It cannot be read.
pub fn html(root: &Path, path: &str) -> Result<String, String> {
    let svg = fs::read_to_string(root.join("book/src").join(path))
        .map_err(|error| format!("the picture {path} cannot be read: {error}"))?;
    Ok(format!("{}\n", embed(&svg).trim()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::scan;

    #[test]
    fn pictures_are_asked_for_within_html_and_alone() {
        assert_eq!(
            asked("  {{#include pictures/a.svg}}\n"),
            Some("pictures/a.svg")
        );
        assert_eq!(asked("{{#include a.md}}"), None);
        let page = "<figure>\n{{#include a.svg}}\n</figure>\n\n{{#include b.svg}}\n{{#roadmap}}\n";
        let hidden = hidden(&scan(page));
        let sources: String = hidden.iter().map(|piece| piece.source.as_str()).collect();
        assert_eq!(sources, "<figure>\n\n</figure>\n\n\n{{#roadmap}}\n");
        assert_eq!(hidden.len(), scan(page).len());
    }
}
