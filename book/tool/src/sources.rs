//! Files of the repository that a page links to: `../../chapters/…`, as an editor and a code host read it.
//! The book holds a page for each, so that the link works for whoever reads the served book.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::built::Built;
use crate::html::escape;
use crate::problem::Problems;
use crate::project::list_files;

/// From a page to the root of the repository.
const UP: &str = "../../";
/// The folder of the built book with the copies.
const FOLDER: &str = "source/";
/// What stands in front of a link's target in Markdown and in HTML.
const OPENINGS: [&str; 3] = ["](", "]: ", "href=\""];

const STYLE: &str = "\
:root { color-scheme: light dark; font: 15px/1.5 \"Open Sans\", system-ui, sans-serif; }
body { margin: 1.5rem auto; max-width: 62rem; padding: 0 1rem; }
p, ul, ol, details { max-width: 44rem; }
h1 { font-size: 1.1rem; }
pre { font: 13px/1.5 \"Source Code Pro\", ui-monospace, monospace; overflow-x: auto; tab-size: 4; }
pre i { color: GrayText; display: inline-block; font-style: normal; margin-right: 1.5em; min-width: 3ch; text-align: right; user-select: none; }
:target { background: Mark; color: MarkText; }";

/// Leads each link out of the book to the page that the book holds of its target.
pub fn link_to_copies(root: &Path, text: &str) -> String {
    let mut copied = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(UP) {
        let (before, target) = rest.split_at(at);
        let is_link = OPENINGS.iter().any(|opening| before.ends_with(opening));
        copied.push_str(before);
        let end = target
            .find(|c: char| c.is_whitespace() || ")#\"".contains(c))
            .unwrap_or(target.len());
        let path = &target[UP.len().min(end)..end];
        if is_link && !path.starts_with("..") {
            copied.push_str(&copy_of(root, path));
        } else {
            copied.push_str(&target[..end]);
        }
        rest = &target[end..];
    }
    copied + rest
}

/// The page of a file, or the list of a folder's files.
fn copy_of(root: &Path, path: &str) -> String {
    match path.trim_end_matches('/') {
        folder if root.join(folder).is_dir() => format!("{FOLDER}{folder}/index.html"),
        file => format!("{FOLDER}{}", copy_of_file(file)),
    }
}

/// The page of a file. mdBook takes `.md.html` for `.html`, whatever one does.
fn copy_of_file(file: &str) -> String {
    format!("{}.html", file.strip_suffix(".md").unwrap_or(file))
}

/// What an author wrote for a link to a copy, at least the beginning of it.
pub fn original(link: &str) -> Option<String> {
    let path = link.strip_prefix(FOLDER)?;
    let path = path
        .strip_suffix("/index.html")
        .or_else(|| path.strip_suffix(".html"))?;
    Some(format!("{UP}{path}"))
}

/// Writes the pages that the book's pages link to. A link to what git does not know stays dead.
pub fn write(root: &Path, built: &Built) -> Problems {
    let mut problems = Problems::new();
    let links = built.pages.values().flat_map(|page| &page.links);
    let copies = links.filter_map(|link| link.split('#').next()?.strip_prefix(FOLDER));
    let wanted: BTreeSet<&str> = copies.collect();
    for copy in wanted {
        let folder = copy.strip_suffix("/index.html");
        let Some(path) = folder.or_else(|| copy.strip_suffix(".html")) else {
            continue;
        };
        // Nothing but files of the repository is handed out, whatever a link says.
        let files = match tracked(root, path) {
            none if none.is_empty() => tracked(root, &format!("{path}.md")),
            files => files,
        };
        let mut put = |copy: &str, html: &str| {
            let file = built.root.join(FOLDER).join(copy);
            let parent = file.parent().map_or(Ok(()), fs::create_dir_all);
            if let Err(error) = parent.and_then(|()| fs::write(&file, html)) {
                problems.add(file, None, format!("cannot be written: {error}"));
            }
        };
        for file in &files {
            if let Ok(text) = fs::read_to_string(root.join(file)) {
                put(&copy_of_file(file), &file_page(file, &text));
            }
        }
        if folder.is_some() && !files.is_empty() {
            put(copy, &folder_page(path, &files));
        }
    }
    problems
}

/// The file `path`, or the files of that folder, as far as they belong to the repository.
fn tracked(root: &Path, path: &str) -> Vec<String> {
    let path = Path::new(path);
    let folder = match (root.join(path).is_file(), path.parent()) {
        (true, Some(parent)) => parent,
        _ => path,
    };
    let mut files = list_files(root, folder).unwrap_or_default();
    files.retain(|file| Path::new(file).starts_with(path));
    files
}

fn file_page(file: &str, text: &str) -> String {
    if file.ends_with(".md") {
        let mut html = String::new();
        let parser = pulldown_cmark::Parser::new_ext(text, pulldown_cmark::Options::ENABLE_TABLES);
        pulldown_cmark::html::push_html(&mut html, parser);
        return document(file, &html);
    }
    let mut lines = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = escape(line);
        lines.push_str(&format!(
            "<span id=\"L{number}\"><i>{number}</i>{line}</span>\n"
        ));
    }
    document(file, &format!("<pre>{lines}</pre>"))
}

fn folder_page(folder: &str, files: &[String]) -> String {
    let mut items = String::new();
    for file in files {
        let name = file
            .strip_prefix(folder)
            .unwrap_or(file)
            .trim_start_matches('/');
        let (copy, name) = (escape(&copy_of_file(name)), escape(name));
        items.push_str(&format!("<li><a href=\"{copy}\">{name}</a></li>\n"));
    }
    document(folder, &format!("<ul>\n{items}</ul>"))
}

fn document(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}\n</style>\n</head>\n<body>\n\
         <h1>{title}</h1>\n{content}\n</body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_out_of_the_book_lead_to_copies() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let text = "[a](../../src/lib.rs#L3), [b](../../src), `../../src` and <a href=\"../../src/\">\n\
             [c]: ../../no.rs\n[d](x.md) [e](../../a/b.md)";
        let expected = "[a](source/src/lib.rs.html#L3), [b](source/src/index.html), `../../src` and \
             <a href=\"source/src/index.html\">\n[c]: source/no.rs.html\n[d](x.md) [e](source/a/b.html)";
        assert_eq!(link_to_copies(root, text), expected);
    }

    #[test]
    fn markdown_is_a_page_and_a_program_is_numbered_lines() {
        let page = file_page(
            "a/README.md",
            "# Title\n\n<details>\n\nHint 1: *try*.\n\n</details>\n",
        );
        assert!(page.contains("<h1>Title</h1>"), "{page}");
        assert!(
            page.contains("<details>\n<p>Hint 1: <em>try</em>.</p>\n</details>"),
            "{page}"
        );
        let page = file_page("a/lib.rs", "fn f() -> Vec<u8>");
        assert!(
            page.contains("<i>1</i>fn f() -&gt; Vec&lt;u8&gt;"),
            "{page}"
        );
    }

    #[test]
    fn a_copy_knows_its_original() {
        assert_eq!(
            original("source/src/lib.rs.html").as_deref(),
            Some("../../src/lib.rs")
        );
        assert_eq!(
            original("source/src/index.html").as_deref(),
            Some("../../src")
        );
        assert_eq!(original("a.html"), None);
    }
}
