//! Colours: cuts a file into pieces with the class names that mdBook's own themes colour. Done when the
//! book is built, so the pages need no script for it, and a comment or string that runs over several
//! lines keeps its colour in an excerpt that begins in its middle.

use std::ops::Range;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use toml_parser::lexer::TokenKind;

/// A stretch of a line, and its class.
pub(crate) type Stretch = (Option<&'static str>, String);

const KEYWORDS: [&str; 39] = [
    "as",
    "async",
    "await",
    "break",
    "const",
    "continue",
    "crate",
    "dyn",
    "else",
    "enum",
    "extern",
    "fn",
    "for",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro_rules",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "ref",
    "return",
    "self",
    "Self",
    "static",
    "struct",
    "super",
    "trait",
    "type",
    "union",
    "unsafe",
    "use",
    "where",
    "while",
    "yield",
];

const PRIMITIVES: [&str; 17] = [
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16",
    "u32", "u64", "u128", "usize",
];

/// The lines of a file, each in stretches.
pub(crate) fn lines(file: &str, text: &str) -> Vec<Vec<Stretch>> {
    let mut marks = Vec::new();
    if file.ends_with(".rs") {
        // What is not Rust stays plain; the check of the items has said so.
        if let Ok(tokens) = text.parse::<TokenStream>() {
            rust(text, tokens, &mut marks);
            comments(text, &mut marks);
        }
    } else if file.ends_with(".toml") {
        toml(text, &mut marks);
    }
    marks.sort_by_key(|(range, _)| (range.start, range.end));
    cut(text, &marks)
}

type Marks = Vec<(Range<usize>, Option<&'static str>)>;

fn rust(text: &str, tokens: TokenStream, marks: &mut Marks) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut index = 0;
    while index < tokens.len() {
        let range = tokens[index].span().byte_range();
        let next = tokens.get(index + 1);
        let after = tokens.get(index + 2);
        match &tokens[index] {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let is_doc = text[range.clone()].starts_with('/');
                let inner = matches!(next, Some(TokenTree::Punct(next)) if next.as_char() == '!');
                let group = if inner { after } else { next };
                match group {
                    Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                        let end = group.span().byte_range().end;
                        let class = if is_doc { "hljs-comment" } else { "hljs-meta" };
                        marks.push((range.start..end, Some(class)));
                        index += if inner { 2 } else { 1 };
                    }
                    _ => marks.push((range, None)),
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '\'' => {
                let end = next.map_or(range.end, |name| name.span().byte_range().end);
                marks.push((range.start..end, Some("hljs-symbol")));
                index += 1;
            }
            TokenTree::Punct(_) => marks.push((range, None)),
            TokenTree::Ident(name) => {
                let name = name.to_string();
                let before = index
                    .checked_sub(1)
                    .map(|before| tokens[before].to_string());
                let calls = matches!((next, after), (Some(TokenTree::Punct(bang)), Some(TokenTree::Group(_) | TokenTree::Ident(_))) if bang.as_char() == '!');
                marks.push((range, word(&name, before.as_deref(), calls)));
            }
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                let is_number = literal.starts_with(|c: char| c.is_ascii_digit());
                let class = if is_number {
                    "hljs-number"
                } else {
                    "hljs-string"
                };
                marks.push((range, Some(class)));
            }
            TokenTree::Group(group) => {
                marks.push((group.span_open().byte_range(), None));
                rust(text, group.stream(), marks);
                marks.push((group.span_close().byte_range(), None));
            }
        }
        index += 1;
    }
}

fn word(name: &str, before: Option<&str>, calls_macro: bool) -> Option<&'static str> {
    match before {
        Some("fn" | "struct" | "enum" | "trait" | "mod" | "type" | "union") => Some("hljs-title"),
        _ if name == "true" || name == "false" => Some("hljs-literal"),
        _ if KEYWORDS.contains(&name) && name != "union" => Some("hljs-keyword"),
        _ if PRIMITIVES.contains(&name) => Some("hljs-type"),
        _ if calls_macro => Some("hljs-built_in"),
        _ => None,
    }
}

/// What stands between two tokens and is not blank is a comment.
fn comments(text: &str, marks: &mut Marks) {
    marks.sort_by_key(|(range, _)| (range.start, range.end));
    let mut end = 0;
    let mut found = Vec::new();
    let behind = (text.len()..text.len(), None);
    for (range, _) in marks.iter().chain([&behind]) {
        if let Some(between) = text.get(end..range.start) {
            let start = end + between.len() - between.trim_start().len();
            let stop = end + between.trim_end().len();
            if start < stop {
                found.push((start..stop, Some("hljs-comment")));
            }
        }
        end = end.max(range.end);
    }
    marks.extend(found);
}

fn toml(text: &str, marks: &mut Marks) {
    let tokens = toml_parser::Source::new(text).lex().into_vec();
    let mut before_equals = true;
    let mut in_header = false;
    let mut depth = 0;
    for token in tokens {
        let range = token.span().start()..token.span().end();
        let class = match token.kind() {
            TokenKind::Newline => {
                before_equals = depth == 0;
                in_header = false;
                None
            }
            TokenKind::Equals => {
                before_equals = false;
                None
            }
            TokenKind::LeftSquareBracket if before_equals && depth == 0 => {
                in_header = true;
                None
            }
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => {
                depth += 1;
                None
            }
            TokenKind::RightSquareBracket | TokenKind::RightCurlyBracket => {
                depth -= i32::from(!in_header);
                None
            }
            TokenKind::Comment => Some("hljs-comment"),
            TokenKind::Atom if in_header => Some("hljs-section"),
            TokenKind::Atom if before_equals => Some("hljs-attr"),
            TokenKind::Atom => Some("hljs-literal"),
            TokenKind::LiteralString
            | TokenKind::BasicString
            | TokenKind::MlLiteralString
            | TokenKind::MlBasicString => Some("hljs-string"),
            _ => None,
        };
        if class.is_some() {
            marks.push((range, class));
        }
    }
}

/// Cuts the text at the marks and at the ends of its lines.
fn cut(text: &str, marks: &Marks) -> Vec<Vec<Stretch>> {
    let mut lines = vec![Vec::new()];
    let mut push = |class, piece: &str| {
        for (index, part) in piece.split('\n').enumerate() {
            if index > 0 {
                lines.push(Vec::new());
            }
            let part = part.trim_end_matches('\r');
            if let (Some(line), false) = (lines.last_mut(), part.is_empty()) {
                line.push((class, part.to_owned()));
            }
        }
    };
    let mut end = 0;
    for (range, class) in marks {
        // A mark inside one that is taken already, as in an attribute, or off the text, adds nothing.
        if range.start < end || text.get(range.clone()).is_none() {
            continue;
        }
        push(None, &text[end..range.start]);
        push(*class, &text[range.clone()]);
        end = range.end;
    }
    push(None, &text[end..]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(file: &str, text: &str) -> Vec<Vec<(&'static str, String)>> {
        let lines = lines(file, text);
        let joined: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|(_, text)| text.as_str()).collect())
            .collect();
        assert_eq!(joined.join("\n"), text.replace('\r', ""), "nothing is lost");
        let marked = |line: Vec<Stretch>| {
            let stretches = line.into_iter();
            stretches
                .filter_map(|(class, text)| Some((class?, text)))
                .collect()
        };
        lines.into_iter().map(marked).collect()
    }

    #[test]
    fn words_literals_and_comments_have_their_classes() {
        let text = "/// Doc.\n#[must_use] // why\nfn run<'a>(n: u32) {\n    say!(\"{{#x}}\", 1, true);\n}\n";
        let found = classes("a.rs", text);
        assert_eq!(found[0], [("hljs-comment", "/// Doc.".to_owned())]);
        assert_eq!(found[1][0], ("hljs-meta", "#[must_use]".to_owned()));
        assert_eq!(found[1][1], ("hljs-comment", "// why".to_owned()));
        let third: Vec<_> = found[2]
            .iter()
            .map(|(class, text)| (*class, text.as_str()))
            .collect();
        assert_eq!(
            third,
            [
                ("hljs-keyword", "fn"),
                ("hljs-title", "run"),
                ("hljs-symbol", "'a"),
                ("hljs-type", "u32")
            ]
        );
        let fourth: Vec<_> = found[3]
            .iter()
            .map(|(class, text)| (*class, text.as_str()))
            .collect();
        assert_eq!(
            fourth,
            [
                ("hljs-built_in", "say"),
                ("hljs-string", "\"{{#x}}\""),
                ("hljs-number", "1"),
                ("hljs-literal", "true")
            ]
        );
    }

    #[test]
    fn what_runs_over_several_lines_keeps_its_class_on_each() {
        let found = classes(
            "a.rs",
            "/* one\r\n   two */\r\nconst A: &str = r#\"a\n\nb\"#;\n// ünïcode\nfn f() {}",
        );
        assert_eq!(found[1], [("hljs-comment", "   two */".to_owned())]);
        assert_eq!(found[4], [("hljs-string", "b\"#".to_owned())]);
        assert_eq!(found[5], [("hljs-comment", "// ünïcode".to_owned())]);
        assert_eq!(found[6][0], ("hljs-keyword", "fn".to_owned()));
    }

    #[test]
    fn a_manifest_is_coloured_lightly() {
        let found = classes(
            "Cargo.toml",
            "[package] # the\nname = \"a\"\nautobins = false\n",
        );
        assert_eq!(
            found[0],
            [
                ("hljs-section", "package".to_owned()),
                ("hljs-comment", "# the".to_owned())
            ]
        );
        assert_eq!(
            found[1],
            [
                ("hljs-attr", "name".to_owned()),
                ("hljs-string", "\"a\"".to_owned())
            ]
        );
        assert_eq!(found[2][1], ("hljs-literal", "false".to_owned()));
    }

    #[test]
    fn what_is_not_rust_stays_plain() {
        assert!(classes("a.rs", "fn ( {").iter().all(Vec::is_empty));
    }
}
