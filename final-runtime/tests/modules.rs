//! Whoever opens a module finds the chapter that explains it.

use std::fs;
use std::path::{Path, PathBuf};

/// The crate's modules: a file each, or a folder.
fn modules() -> Vec<PathBuf> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let entries = fs::read_dir(src)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let file = |path: PathBuf| match path.is_dir() {
        true => path.join("mod.rs"),
        false => path,
    };
    entries
        .map(file)
        .filter(|path| !path.ends_with("lib.rs"))
        .collect()
}

#[test]
fn every_module_names_the_chapters_that_explain_it() {
    for path in modules() {
        let text = fs::read_to_string(&path).unwrap();
        let head = text.lines().take_while(|line| line.starts_with("//!"));
        let named = head
            .filter_map(|line| line.strip_prefix("//! In the book: "))
            .last()
            .unwrap_or_else(|| {
                panic!(
                    "{} does not end its head with `In the book: chapter …`",
                    path.display()
                )
            });
        let numbers: Vec<u32> = named
            .split(|letter: char| !letter.is_ascii_digit())
            .filter_map(|number| number.parse().ok())
            .collect();
        assert!(!numbers.is_empty(), "{}: {named}", path.display());
        assert!(
            numbers.iter().all(|number| (1..=15).contains(number)),
            "{}: {named}",
            path.display()
        );
    }
}

#[test]
fn the_map_of_the_crate_page_lists_every_module() {
    let lib = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs")).unwrap();
    let map: String = lib
        .lines()
        .filter(|line| line.starts_with("//! |"))
        .collect();
    for path in modules() {
        let name = match path.ends_with("mod.rs") {
            true => path.parent().unwrap().file_name(),
            false => path.file_stem(),
        };
        let name = name.unwrap().to_str().unwrap();
        assert!(
            map.contains(&format!("`{name}`")),
            "the map of the crate page has no `{name}`"
        );
    }
}

#[test]
fn the_crate_page_lists_where_code_is_unsafe() {
    fn walk(folder: &Path, src: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, src, found);
            } else if fs::read_to_string(&path).unwrap().contains("unsafe {") {
                let name = path.strip_prefix(src).unwrap().with_extension("");
                let name = name.to_str().unwrap();
                found.push(name.strip_suffix("/mod").unwrap_or(name).to_owned());
            }
        }
    }
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&src, &src, &mut found);
    let lib = fs::read_to_string(src.join("lib.rs")).unwrap();
    let list = lib
        .split_once("//! Code that is `unsafe` is in ")
        .unwrap()
        .1;
    let list = list.split_once(" says why").unwrap().0;
    let mut listed: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    found.sort();
    listed.sort();
    assert_eq!(listed, found);
}
