//! Whoever looks up a public item finds an example that runs, what it is in asyncio, and what it does on cancel.

use std::fs;
use std::path::{Path, PathBuf};

/// What may stand before the keyword of a declaration.
const MODIFIERS: [&str; 4] = ["const", "async", "unsafe", "extern"];

/// A public item of the sources.
struct Item {
    place: String,
    name: String,
    /// It stands in a module, and not in a type.
    outermost: bool,
    is_type: bool,
    is_async: bool,
    documentation: String,
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, into),
            false => into.push(path),
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    files(&src, &mut paths);
    paths.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let path = path.strip_prefix(&src).unwrap();
        (path.display().to_string(), text)
    };
    paths.into_iter().map(read).collect()
}

/// What a line declares, if it is public: its words from the keyword on.
fn declared(line: &str) -> Option<Vec<&str>> {
    let rest = line.trim_start().strip_prefix("pub ")?;
    let words = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    let keyword = words.iter().find(|word| !MODIFIERS.contains(word))?;
    let keywords = ["fn", "struct", "enum", "trait", "type", "static"];
    keywords.contains(keyword).then_some(words)
}

fn items() -> Vec<Item> {
    let mut items = Vec::new();
    for (path, text) in sources() {
        let mut documentation = String::new();
        for (number, line) in (1..).zip(text.lines()) {
            if let Some(said) = line.trim_start().strip_prefix("///") {
                documentation += said;
                documentation += "\n";
                continue;
            }
            if let Some(words) = declared(line) {
                let keyword = words.iter().position(|word| !MODIFIERS.contains(word));
                let keyword = keyword.unwrap();
                items.push(Item {
                    place: format!("{path}:{number}"),
                    name: words[keyword + 1].to_owned(),
                    outermost: line.starts_with("pub"),
                    is_type: ["struct", "enum"].contains(&words[keyword]),
                    is_async: words[..keyword].contains(&"async"),
                    documentation: documentation.clone(),
                });
            }
            // Attributes stand between an item and what is said of it.
            if line.trim().is_empty() || line.ends_with(['{', '}', ';']) {
                documentation.clear();
            }
        }
    }
    assert!(items.len() > 200, "the sources are read wrongly");
    items
}

/// Those of which `holds` is not true.
fn without(what: &str, holds: impl Fn(&Item) -> bool) {
    let all = items();
    let missing = all.iter().filter(|item| !holds(item));
    let missing: Vec<String> = missing
        .map(|item| format!("{} `{}`", item.place, item.name))
        .collect();
    assert!(
        missing.is_empty(),
        "without {what}:\n{}",
        missing.join("\n")
    );
}

#[test]
fn every_public_item_has_an_example() {
    without("an example", |item| item.documentation.contains("```"));
}

#[test]
fn every_public_item_of_a_module_says_what_it_is_in_asyncio() {
    without("its counterpart in asyncio", |item| {
        !item.outermost || item.documentation.contains("asyncio")
    });
}

#[test]
fn every_future_says_what_it_does_on_cancel() {
    let futures: Vec<String> = sources()
        .iter()
        .flat_map(|(_, text)| text.lines())
        .filter_map(|line| line.strip_prefix("impl")?.split_once("Future for "))
        .map(|(_, of)| of.split(['<', ' ']).next().unwrap().to_owned())
        .collect();
    assert!(futures.len() > 9, "{futures:?}");
    without("what it does on cancel", |item| {
        let waits = item.is_async || item.is_type && futures.contains(&item.name);
        !waits || item.documentation.to_lowercase().contains("cancel")
    });
}
