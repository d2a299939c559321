//! The tables of a manifest, as items: `dependencies` runs from the comments before its `[dependencies]`
//! to its last line. Keys before the first table are the file's head.

use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use super::outline::{Builder, Kind, Outline};
use crate::project::line_of;

/// The outline of a TOML file.
pub(crate) fn outline(text: &str) -> Outline {
    let mut builder = Builder::new(text);
    let tables = tables(text);
    let end_before = |next: Option<&(usize, String)>| {
        // Comments before a table's header belong to that table.
        let next = next.map_or(usize::MAX, |(line, _)| *line);
        let is_own = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        let before_next = text.lines().take(next - 1);
        before_next
            .enumerate()
            .filter(|(_, line)| is_own(line))
            .last()
            .map_or(0, |(index, _)| index + 1)
    };
    let head = end_before(tables.first());
    if head > 0 {
        builder.add(vec!["head".to_owned()], (1, head), Kind::Head, None);
    }
    for (index, (line, name)) in tables.iter().enumerate() {
        let last = end_before(tables.get(index + 1));
        builder.add(vec![name.clone()], (*line, last), Kind::Whole, None);
    }
    builder.finish()
}

/// The line and the name of each table's header.
fn tables(text: &str) -> Vec<(usize, String)> {
    let mut tables = Vec::new();
    let mut depth = 0;
    let mut fresh_line = true;
    for token in Source::new(text).lex() {
        let start = token.span().start();
        match token.kind() {
            TokenKind::Newline => fresh_line = true,
            TokenKind::Whitespace => {}
            TokenKind::LeftSquareBracket if fresh_line && depth == 0 => {
                let line = text[start..].lines().next().unwrap_or("");
                let header = line.split('#').next().unwrap_or(line).trim();
                let name = header.trim_matches(|c| c == '[' || c == ']').trim();
                tables.push((line_of(text, start), name.to_owned()));
                depth += 1;
                fresh_line = false;
            }
            kind => {
                fresh_line = false;
                match kind {
                    TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => depth += 1,
                    TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => depth -= 1,
                    _ => {}
                }
            }
        }
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_of(text: &str, path: &str) -> (usize, usize) {
        let outline = outline(text);
        let item = &outline.items[outline.find(path).expect(path)];
        (*item.lines.start(), *item.lines.end())
    }

    #[test]
    fn a_table_runs_from_the_comments_before_it_to_its_last_line() {
        let text = "\
cargo-features = []

# The package.
[package] # here
name = \"a\"
keywords = [
    \"[not]\",
[\"nor this\"],
]
text = '''
[neither]
'''

# Bins.

[[bin]]
name = \"x\"
[[bin]]
name = \"y\"

[target.'cfg(unix)'.dependencies]
# The end.
";
        assert_eq!(lines_of(text, "head"), (1, 1));
        assert_eq!(lines_of(text, "package"), (3, 12));
        assert_eq!(lines_of(text, "bin#1"), (14, 17));
        assert_eq!(lines_of(text, "bin#2"), (18, 19));
        assert_eq!(lines_of(text, "target.'cfg(unix)'.dependencies"), (21, 21));
        assert_eq!(lines_of(text, "tail"), (22, 22));
        assert!(outline(text).find("neither").is_err());
    }
}
