//! Follows every link of the built book: mdBook itself lets a dead one pass.

use std::path::PathBuf;

use crate::built::Built;
use crate::problem::Problems;
use crate::sources;

/// A page's source.
#[derive(Clone, Debug)]
pub struct Source {
    /// The built page, relative to the book's folder.
    pub built: String,
    /// The Markdown, relative to the root of the workspace.
    pub file: PathBuf,
    /// Its text.
    pub text: String,
}

/// Follows the links of all pages; gives back how many there are.
pub fn check(built: &Built, sources: &[Source]) -> (usize, Problems) {
    let mut problems = Problems::new();
    let mut count = 0;
    for (name, page) in &built.pages {
        // Made of the other pages, with their links changed by mdBook.
        if matches!(name.as_str(), "print.html" | "toc.html" | "404.html") {
            continue;
        }
        let source = sources.iter().find(|source| source.built == *name);
        // The first page once more, under another name.
        if name == "index.html" && source.is_none() {
            continue;
        }
        for link in page.links.iter().chain(&page.loads) {
            if is_outside(link) {
                continue;
            }
            count += 1;
            if let Err(reason) = follow(built, name, link) {
                let file = source.map_or_else(
                    || PathBuf::from("book/build").join(name),
                    |s| s.file.clone(),
                );
                let line = source.and_then(|source| line_of(&source.text, link));
                problems.add(
                    file,
                    line,
                    format!("the link to `{link}` is dead: {reason}"),
                );
            }
        }
    }
    (count, problems)
}

/// Whether a link leads out of the book.
pub fn is_outside(link: &str) -> bool {
    let scheme = link.split(['/', '?', '#']).next().unwrap_or_default();
    scheme.contains(':') || link.starts_with("//")
}

fn follow(built: &Built, page: &str, link: &str) -> Result<(), String> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = decoded(path.split('?').next().unwrap_or_default());
    let target = match path.is_empty() {
        true => page.to_owned(),
        false => resolve(page, &path).ok_or("it leads out of the book")?,
    };
    let index = format!(
        "{}index.html",
        if target.is_empty() {
            ""
        } else {
            target.as_str()
        }
    );
    let target = match target.is_empty() || target.ends_with('/') {
        true => index,
        false => target,
    };
    if !built.files.contains(&target) {
        return Err(format!("there is no {target} in the book"));
    }
    match built.pages.get(&target) {
        Some(page) if !anchor.is_empty() && !page.anchors.contains(&decoded(anchor)) => {
            Err(format!("{target} has no place named `{anchor}`"))
        }
        _ => Ok(()),
    }
}

/// The file that `path` means on `page`; none if it leads out of the folder.
fn resolve(page: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = match path.starts_with('/') {
        true => Vec::new(),
        false => page.split('/').collect(),
    };
    parts.pop();
    for part in path.trim_start_matches('/').split('/') {
        match part {
            "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    // A folder ends with a slash, for its last part is empty.
    Some(parts.join("/"))
}

/// `%20` and the like as the characters that they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let code = others.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &others[2..];
            }
            None => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The line of the Markdown in which a link stands, as an author would have written it.
fn line_of(text: &str, link: &str) -> Option<usize> {
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let markdown = path.strip_suffix(".html").map(|stem| format!("{stem}.md"));
    let anchor = if anchor.is_empty() {
        String::new()
    } else {
        format!("#{anchor}")
    };
    let written = [
        sources::original(path),
        markdown.map(|path| path + &anchor),
        Some(link.to_owned()),
        Some(anchor).filter(|anchor| !anchor.is_empty()),
    ];
    let position = |link: String| text.lines().position(|line| line.contains(&link));
    written
        .into_iter()
        .flatten()
        .find_map(position)
        .map(|line| line + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::Page;

    fn built() -> Built {
        let mut built = Built::default();
        for (name, html) in [
            ("a.html", "<h1 id=top></h1>"),
            ("index.html", ""),
            ("sub/b.html", "<h2 id='über'></h2>"),
        ] {
            built.files.insert(name.to_owned());
            built.pages.insert(name.to_owned(), Page::read(html));
        }
        built.files.insert("p.svg".to_owned());
        built
    }

    #[test]
    fn a_link_leads_to_a_file_and_to_a_place_in_it() {
        let built = built();
        for link in [
            "#top",
            "a.html#top",
            "./sub/b.html",
            "p.svg",
            "/a.html",
            "/",
            "sub/b.html#%C3%BCber",
        ] {
            assert_eq!(follow(&built, "a.html", link), Ok(()), "{link}");
        }
        assert_eq!(follow(&built, "sub/b.html", "../a.html"), Ok(()));
        for link in ["#no", "no.html", "sub/", "../a.html", "sub/b.html#top"] {
            assert!(follow(&built, "a.html", link).is_err(), "{link}");
        }
    }

    #[test]
    fn links_to_other_sites_are_not_followed() {
        assert!(is_outside("https://example.org/#a"));
        assert!(is_outside("//example.org"));
        assert!(is_outside("mailto:a@example.org"));
        assert!(!is_outside("a.html#b:c"));
    }

    #[test]
    fn the_line_is_found_as_it_was_written() {
        let text = "a\n[b](b.md#c)\n[s](../../src/x.rs)\n[t](#t)\n";
        assert_eq!(line_of(text, "b.html#c"), Some(2));
        assert_eq!(line_of(text, "source/src/x.rs.html"), Some(3));
        assert_eq!(line_of(text, "#t"), Some(4));
        assert_eq!(line_of(text, "z.html"), None);
    }
}
