//! A page cut into directives, fenced blocks and the text between them. The pieces' sources, one behind
//! the other, are the page again, so whoever replaces some of them leaves the rest as it was.

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::project::line_of;

/// A part of a page: whole lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its first line in the page, from 1.
    pub line: usize,
    /// As it stands in the page, line ends included.
    pub source: String,
    /// What it is.
    pub kind: Kind,
}

/// What a piece of a page is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `{{#name arguments}}`, alone on its line, from the line's first column.
    Directive {
        /// Such as `show`.
        name: String,
        /// What stands between the name and the closing braces, trimmed.
        arguments: String,
    },
    /// A code block.
    Fence {
        /// The info string; none for a block that is indented and has no fence.
        info: Option<String>,
        /// What is inside, without the fence, and without the marks of a list or quotation around it.
        body: String,
    },
    /// Text that Markdown takes as HTML, so that no directive in it is one.
    Html,
    /// Everything else.
    Text,
}

/// Lines of a page, from 1 and inclusive, that are code or HTML.
struct Block {
    first: usize,
    last: usize,
    kind: Kind,
}

/// Cuts a page into its pieces.
pub fn scan(page: &str) -> Vec<Piece> {
    let blocks = blocks(page);
    let mut blocks = blocks.iter().peekable();
    let mut pieces: Vec<Piece> = Vec::new();
    for (line, source) in (1..).zip(page.split_inclusive('\n')) {
        while blocks.next_if(|block| block.last < line).is_some() {}
        let block = blocks.peek().filter(|block| block.first <= line);
        let (kind, begins) = match block {
            Some(block) => (block.kind.clone(), line == block.first),
            None => match directive(source) {
                Some(directive) => (directive, true),
                None => (Kind::Text, false),
            },
        };
        match pieces.last_mut() {
            Some(last) if !begins && last.kind == kind => last.source.push_str(source),
            _ => pieces.push(Piece {
                line,
                source: source.to_owned(),
                kind,
            }),
        }
    }
    pieces
}

/// The directive that `line` consists of.
fn directive(line: &str) -> Option<Kind> {
    let inner = line.trim_end().strip_prefix("{{#")?.strip_suffix("}}")?;
    let (name, arguments) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
    Some(Kind::Directive {
        name: name.to_owned(),
        arguments: arguments.trim().to_owned(),
    })
}

/// The blocks of code and HTML, as mdBook's own parser sees them.
fn blocks(page: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM;
    let mut blocks = Vec::new();
    let mut code: Option<(Option<String>, String)> = None;
    for (event, range) in Parser::new_ext(page, options).into_offset_iter() {
        let kind = match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                code = Some((Some(info.trim().to_owned()), String::new()));
                continue;
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                code = Some((None, String::new()));
                continue;
            }
            Event::Text(text) => {
                if let Some((_, body)) = &mut code {
                    body.push_str(&text);
                }
                continue;
            }
            Event::End(TagEnd::CodeBlock) => match code.take() {
                Some((info, body)) => Kind::Fence { info, body },
                None => continue,
            },
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => Kind::Html,
            _ => continue,
        };
        // A tag within a line of text says nothing about the lines around it.
        let within_a_line = !page[range.clone()].trim_end().contains('\n');
        if kind == Kind::Html && within_a_line {
            continue;
        }
        let end = range.start + page[range.clone()].trim_end_matches('\n').len();
        let first = line_of(page, range.start);
        let last = line_of(page, end);
        blocks.push(Block { first, last, kind });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(page: &str) -> Vec<(usize, Kind)> {
        let pieces = scan(page);
        let sources: String = pieces.iter().map(|piece| piece.source.as_str()).collect();
        assert_eq!(sources, page, "the pieces make up the page");
        pieces.into_iter().map(|p| (p.line, p.kind)).collect()
    }

    fn directive(name: &str, arguments: &str) -> Kind {
        Kind::Directive {
            name: name.to_owned(),
            arguments: arguments.to_owned(),
        }
    }

    fn fence(info: &str, body: &str) -> Kind {
        Kind::Fence {
            info: Some(info.to_owned()),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_directive_stands_alone_on_its_line() {
        let page = "# One\n\n{{#show src/a.rs f from \"a  b\" to \"}}\"}}\n{{#questions}}\nin {{#show x}} text\n  {{#show x}}\n";
        let shown = directive("show", "src/a.rs f from \"a  b\" to \"}}\"");
        let expected = [
            (1, Kind::Text),
            (3, shown),
            (4, directive("questions", "")),
            (5, Kind::Text),
        ];
        assert_eq!(kinds(page), expected);
    }

    #[test]
    fn a_directive_inside_a_fence_is_text_of_the_fence() {
        let page = "a\n````text\n```\n{{#show x}}\n```\n````\n{{#show y}}";
        let expected = [
            (1, Kind::Text),
            (2, fence("text", "```\n{{#show x}}\n```\n")),
            (7, directive("show", "y")),
        ];
        assert_eq!(kinds(page), expected);
    }

    #[test]
    fn fences_of_tildes_and_fences_side_by_side() {
        let page = "~~~rust,illustration\nfn f() {}\n~~~\n```output a -- --trace\n```\n\n```\nopen";
        let expected = [
            (1, fence("rust,illustration", "fn f() {}\n")),
            (4, fence("output a -- --trace", "")),
            (6, Kind::Text),
            (7, fence("", "open")),
        ];
        assert_eq!(kinds(page), expected);
    }

    #[test]
    fn fences_in_lists_and_quotations_are_found() {
        let page = "- item\n\n  ```rust\n  fn f() {}\n  ```\n\n> ```python\n> x = 1\n> ```\n";
        let expected = [
            (1, Kind::Text),
            (3, fence("rust", "fn f() {}\n")),
            (6, Kind::Text),
            (7, fence("python", "x = 1\n")),
        ];
        assert_eq!(kinds(page), expected);
    }

    #[test]
    fn an_indented_block_is_code_without_info() {
        let page = "text\n\n    fn f() {}\n\nmore\n";
        let kinds = kinds(page);
        let body = "fn f() {}\n".to_owned();
        assert_eq!(kinds[1], (3, Kind::Fence { info: None, body }));
        assert_eq!(kinds.len(), 3);
    }

    #[test]
    fn a_directive_in_a_comment_would_hide_lines_and_is_none() {
        let page =
            "<!--\n{{#show src/a.rs}}\n-->\n\n<details>\n\n{{#show src/b.rs}}\n\n</details>\n";
        let expected = [
            (1, Kind::Html),
            (4, Kind::Text),
            (7, directive("show", "src/b.rs")),
            (8, Kind::Text),
        ];
        assert_eq!(kinds(page), expected);
    }

    #[test]
    fn windows_line_ends_are_kept() {
        let page = "a\r\n{{#head src/a.rs}}\r\n```text\r\nx\r\n```\r\n";
        let expected = [
            (1, Kind::Text),
            (2, directive("head", "src/a.rs")),
            (3, fence("text", "x\n")),
        ];
        assert_eq!(kinds(page), expected);
    }
}
