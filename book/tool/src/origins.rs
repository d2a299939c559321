//! Nothing of the book is loaded from another host: no script, style, font or picture. A reader may follow a
//! link to one; the book itself works without a network.

use std::fs;
use std::path::{Path, PathBuf};

use crate::built::Built;
use crate::links::{Source, is_outside};
use crate::problem::Problems;

/// Scripts that mdBook brings along. They hold addresses of other hosts in their comments, and one to run
/// code at, which is asked only by a page that offers to run code.
const BUNDLED: [&str; 7] = [
    "book",
    "clipboard",
    "elasticlunr",
    "highlight",
    "mark",
    "searcher",
    "toc",
];

/// Looks through pages, styles and scripts.
pub fn check(built: &Built, sources: &[Source]) -> Problems {
    let mut problems = Problems::new();
    for (name, page) in &built.pages {
        let source = sources.iter().find(|source| source.built == *name);
        let mut add = |found: &str, message: &str| {
            let position =
                |source: &Source| source.text.lines().position(|line| line.contains(found));
            let line = source.and_then(position).map(|line| line + 1);
            let built = || PathBuf::from("book/build").join(name);
            let file = source.map_or_else(built, |source| source.file.clone());
            problems.add(file, line, message);
        };
        // The other pages once more.
        if name == "print.html" || (name == "index.html" && source.is_none()) {
            continue;
        }
        let styles = page.styles.iter().flat_map(|style| css_addresses(style));
        for address in page.loads.iter().cloned().chain(styles) {
            if is_foreign(&address) {
                add(&address, &loaded(&address));
            }
        }
        for address in page
            .scripts
            .iter()
            .flat_map(|script| script_addresses(script))
        {
            add(&address, &loaded(&address));
        }
        if page.runnable {
            let message = "offers to run code, which another host would do: set \
                 `runnable = false` under [output.html.playground] in book/book.toml";
            add("playground", message);
        }
    }
    for file in &built.files {
        let addresses: fn(&str) -> Vec<String> = match Path::new(file).extension() {
            Some(end) if end == "css" => |text| {
                css_addresses(text)
                    .into_iter()
                    .filter(|address| is_foreign(address))
                    .collect()
            },
            Some(end) if end == "js" && !is_bundled(file) => script_addresses,
            Some(end) if end == "svg" => picture_addresses,
            _ => continue,
        };
        let text = fs::read_to_string(built.root.join(file)).unwrap_or_default();
        for address in addresses(&text) {
            problems.add(
                PathBuf::from("book/build").join(file),
                None,
                loaded(&address),
            );
        }
    }
    problems
}

fn loaded(address: &str) -> String {
    format!("loads `{address}` from another host: the book has to work without a network")
}

/// Whether a browser asks another host for it. `data:` is there already.
fn is_foreign(address: &str) -> bool {
    is_outside(address) && !address.starts_with("data:") && !address.starts_with("about:")
}

fn is_bundled(file: &str) -> bool {
    // mdBook adds a hash of the content: `book-6b4ba6c5.js`, `mark-09e88c2c.min.js`.
    let stem = file.split(['-', '.']).next().unwrap_or_default();
    BUNDLED.contains(&stem)
}

/// What a style sheet fetches: `url(…)` and `@import "…"`.
fn css_addresses(css: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (start, _) in css.match_indices("url(") {
        let inside = css[start + 4..].split(')').next().unwrap_or_default();
        found.push(inside.trim().trim_matches(['"', '\'']).to_owned());
    }
    for (start, _) in css.match_indices("@import") {
        let rest = css[start + 7..].trim_start();
        if let Some(quote @ ('"' | '\'')) = rest.chars().next() {
            found.extend(rest[1..].split(quote).next().map(str::to_owned));
        }
    }
    found
}

/// The addresses of other hosts that a script names; `//` alone is a comment.
fn script_addresses(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for start in [
        "http://", "https://", "ws://", "wss://", "\"//", "'//", "`//",
    ] {
        for (at, _) in script.match_indices(start) {
            let end = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | ')' | ';');
            let address = script[at..].trim_start_matches(['"', '\'', '`']);
            let address = address.split(end).next().unwrap_or_default();
            // A name of a kind of XML is no address.
            if !address.starts_with("http://www.w3.org/") {
                found.push(address.to_owned());
            }
        }
    }
    found
}

/// What a picture fetches.
fn picture_addresses(svg: &str) -> Vec<String> {
    let page = crate::built::Page::read(svg);
    let styles = page.styles.iter().flat_map(|style| css_addresses(style));
    let all = page.loads.iter().cloned().chain(styles);
    all.filter(|address| is_foreign(address)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_style_sheet_fetches_by_url_and_import() {
        let css = "@import 'https://a.example/x.css'; b { background: url( \"//b.example/y\" ) } i { src: url(c.woff2) }";
        let all = css_addresses(css);
        assert_eq!(all, ["//b.example/y", "c.woff2", "https://a.example/x.css"]);
        assert!(is_foreign(&all[0]) && !is_foreign(&all[1]) && is_foreign(&all[2]));
        assert!(!is_foreign("data:image/png;base64,AA"));
    }

    #[test]
    fn a_script_names_hosts_in_quotes() {
        assert_eq!(
            script_addresses("fetch('https://a.example/x'); // note"),
            ["https://a.example/x"]
        );
        assert_eq!(
            script_addresses("load(\"//a.example/x\")"),
            ["//a.example/x"]
        );
        assert!(script_addresses("a('http://www.w3.org/2000/svg') // b").is_empty());
    }

    #[test]
    fn bundled_scripts_are_known_by_name() {
        assert!(is_bundled("book-6b4ba6c5.js") && is_bundled("elasticlunr-ef4e11c1.min.js"));
        assert!(!is_bundled("theme/player-00aa.js") && !is_bundled("bookish.js"));
    }
}
