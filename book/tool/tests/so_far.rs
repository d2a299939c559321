//! The page that looks back lists every shortcut that a chapter owns up to, and no other.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A shortcut: the chapter, what it does, and why that is wrong.
type Shortcut = (u32, String, String);

fn pages() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src")
}

/// The cells of the lines of a Markdown table, without its head.
fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    let lines = text.lines().filter(|line| line.starts_with("| "));
    let cells = lines.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect());
    cells.filter(|cells: &Vec<&str>| cells[0] != "Ours")
}

/// What chapter `number` made easy for itself.
fn shortcuts(number: u32, page: &str) -> BTreeSet<Shortcut> {
    let (_, section) = page
        .split_once("\n## What we made easy for ourselves\n")
        .expect("its table");
    let (_, table) = section
        .split_once("\n| Ours | Why it is wrong |")
        .expect("its head");
    let table = table.split("\n\n").next().unwrap_or_default();
    let shortcut = |cells: Vec<&str>| (number, cells[0].to_owned(), cells[1].to_owned());
    rows(table).map(shortcut).collect()
}

#[test]
fn each_shortcut_of_chapters_1_to_8_is_on_the_page_that_looks_back() {
    let mut expected = BTreeSet::new();
    for number in 1..=8 {
        let folder = fs::read_dir(pages()).expect("the pages");
        let names = folder.map(|entry| entry.expect("an entry").path());
        let is_chapter = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with(&format!("{number:02}-")))
        };
        let page = names
            .into_iter()
            .find(is_chapter)
            .expect("the chapter's page");
        let page = fs::read_to_string(page).expect("its text");
        expected.extend(shortcuts(number, &page));
    }

    let page = fs::read_to_string(pages().join("so-far.md")).expect("the page");
    let mut found = BTreeSet::new();
    for cells in rows(&page) {
        let chapters = cells[1]
            .split("[")
            .filter_map(|link| link.split(']').next());
        let chapters: Vec<u32> = chapters.filter_map(|number| number.parse().ok()).collect();
        for chapter in chapters {
            // What stands in two chapters has one line, and the reasons of both.
            let reasons = expected.iter().filter(|(number, what, why)| {
                *number == chapter && what == cells[0] && cells[2].contains(why.as_str())
            });
            let why = reasons.map(|(_, _, why)| why.clone()).next();
            found.insert((
                chapter,
                cells[0].to_owned(),
                why.unwrap_or(cells[2].to_owned()),
            ));
        }
    }
    let missing: Vec<_> = expected.difference(&found).collect();
    let foreign: Vec<_> = found.difference(&expected).collect();
    assert!(missing.is_empty(), "so-far.md leaves out {missing:#?}");
    assert!(
        foreign.is_empty(),
        "so-far.md has what no chapter says: {foreign:#?}"
    );
}
