//! The count: each new line of the program stands in a directive of the page, each line that is gone is
//! shown as removed, each item that moved is said to have moved.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use super::change::{Change, File, Removed, Status};
use super::outline::Kind;
use super::shown::{Page, Shown};
use super::source::Source;
use crate::problem::Problems;
use crate::project::key_line;

/// How many of a chapter's new lines its page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// New or changed lines that stand in a directive.
    pub shown: usize,
    /// New or changed lines that are not blank.
    pub total: usize,
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {}", self.shown, self.total)
    }
}

/// What the directives of a page have shown so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    lines: BTreeMap<String, BTreeSet<usize>>,
    removed: BTreeSet<(String, usize)>,
}

impl Tally {
    pub(crate) fn note_lines(&mut self, file: &str, lines: BTreeSet<usize>) {
        self.lines.entry(file.to_owned()).or_default().extend(lines);
    }

    pub(crate) fn note_removed(&mut self, removed: Vec<Removed>) {
        let places = removed
            .into_iter()
            .map(|removed| (removed.file, removed.line));
        self.removed.extend(places);
    }

    /// The coverage, and a problem for each thing that no directive shows.
    pub(crate) fn settle(&self, page: &Page<'_>, path: &Path, problems: &mut Problems) -> Coverage {
        let change = page.change;
        let mut coverage = Coverage::default();
        for file in &change.files {
            if let Some((line, fault)) = &file.source.fault {
                problems.add(change.chapter.path(&file.source.file), *line, fault);
            }
            self.new_lines(change, file, path, &mut coverage, problems);
        }
        self.gone_lines(change, path, problems);
        gone_files(page, path, problems);
        moves(page, path, problems);
        coverage
    }

    fn new_lines(
        &self,
        change: &Change<'_>,
        file: &File,
        page: &Path,
        coverage: &mut Coverage,
        problems: &mut Problems,
    ) {
        let source = &file.source;
        let shown = self.lines.get(&source.file);
        let mut missing = Vec::new();
        for (index, status) in file.status.iter().enumerate() {
            let line = index + 1;
            if *status != Status::New || source.is_blank(line) {
                continue;
            }
            coverage.total += 1;
            if shown.is_some_and(|shown| shown.contains(&line)) {
                coverage.shown += 1;
            } else {
                missing.push(line);
            }
        }
        for run in runs(source, &missing) {
            let (first, last) = run;
            let message = format!(
                "{} of {} {} new in chapter {}, and no directive of {} shows {}: {}",
                count(first, last),
                source.owner(first),
                if first == last { "is" } else { "are" },
                change.chapter.number,
                page.display(),
                if first == last { "it" } else { "them" },
                directive_for(source, first),
            );
            problems.add(change.chapter.path(&source.file), first, message);
        }
    }

    fn gone_lines(&self, change: &Change<'_>, page: &Path, problems: &mut Problems) {
        for (name, source) in &change.old {
            let Some(successor) = change.successor(name) else {
                continue;
            };
            let missing = change.removed.iter().filter(|removed| {
                let place = (removed.file.clone(), removed.line);
                removed.file == *name && !removed.moved && !self.removed.contains(&place)
            });
            let missing: Vec<_> = missing.map(|removed| removed.line).collect();
            for (first, last) in runs(source, &missing) {
                let advice = directive_for_gone(source, &successor.source, first);
                let message = format!(
                    "{} of {} {} gone in chapter {}, and no directive of {} shows that: {advice}",
                    count(first, last),
                    source.owner(first),
                    if first == last { "is" } else { "are" },
                    change.chapter.number,
                    page.display(),
                );
                problems.add(change.old_path(name), first, message);
            }
        }
    }
}

fn gone_files(page: &Page<'_>, path: &Path, problems: &mut Problems) {
    let change = page.change;
    let chapter = change.chapter;
    for name in change
        .old
        .keys()
        .filter(|name| change.successor(name).is_none())
    {
        let said = page
            .shown
            .iter()
            .any(|(_, shown)| matches!(shown, Shown::GoneFile(gone) if gone.file == *name));
        if !said {
            let message = format!(
                "{name} of the chapter before is left behind, and no directive of {} says so: add {{{{#removed {name}}}}}",
                path.display(),
            );
            let line = key_line(&chapter.declaration, "removes");
            problems.add(chapter.path("chapter.toml"), line, message);
        }
    }
}

fn moves(page: &Page<'_>, path: &Path, problems: &mut Problems) {
    let change = page.change;
    let chapter = change.chapter;
    let said = |from: (&str, Option<&str>), to: (&str, Option<&str>)| {
        page.shown.iter().any(|(_, shown)| {
            let Shown::Moved {
                from: said_from,
                to: said_to,
            } = shown
            else {
                return false;
            };
            let is = |said: &super::directive::Place,
                      place: (&str, Option<&str>),
                      source: Option<&Source>| {
                let index = |path: &str| source.and_then(|source| source.outline.find(path).ok());
                said.file == place.0
                    && said.path.is_some() == place.1.is_some()
                    && said.path.as_deref().and_then(index) == place.1.and_then(index)
            };
            let new = change.file(to.0).map(|file| &file.source);
            is(said_from, from, change.old.get(from.0)) && is(said_to, to, new)
        })
    };
    for moved in &change.moved {
        let (Some(old), Some(new)) = (change.old.get(&moved.from.0), change.file(&moved.to.0))
        else {
            continue;
        };
        let old_path = &old.outline.items[moved.from.1].path;
        let item = &new.source.outline.items[moved.to.1];
        if !said(
            (&moved.from.0, Some(old_path)),
            (&moved.to.0, Some(&item.path)),
        ) {
            let message = format!(
                "`{}` has the text that `{old_path}` had in {}, and no directive of {} says that it moved: add {{{{#moved {} {old_path} -> {} {}}}}}",
                item.path,
                moved.from.0,
                path.display(),
                moved.from.0,
                moved.to.0,
                item.path,
            );
            problems.add(chapter.path(&moved.to.0), *item.lines.start(), message);
        }
    }
    for (from, to) in &chapter.moves {
        let program = change.old.contains_key(from) && change.file(to).is_some();
        if program && !said((from, None), (to, None)) {
            let message = format!(
                "{from} moved to {to}, and no directive of {} says so: add {{{{#moved {from} -> {to}}}}}",
                path.display(),
            );
            let line = key_line(&chapter.declaration, "moves");
            problems.add(chapter.path("chapter.toml"), line, message);
        }
    }
}

/// Lines that follow each other, blank ones aside, and belong to the same item.
fn runs(source: &Source, lines: &[usize]) -> Vec<(usize, usize)> {
    let owner = |line| {
        let item = source.outline.at(line)?;
        Some(&source.outline.items[item].path)
    };
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for line in lines {
        match runs.last_mut() {
            Some((_, last))
                if (*last + 1..*line).all(|between| source.is_blank(between))
                    && owner(*last) == owner(*line) =>
            {
                *last = *line;
            }
            _ => runs.push((*line, *line)),
        }
    }
    runs
}

fn count(first: usize, last: usize) -> String {
    if first == last {
        "this line".to_owned()
    } else {
        format!("lines {first} to {last}")
    }
}

/// The directive that would show that a line is gone.
fn directive_for_gone(old: &Source, new: &Source, line: usize) -> String {
    let mut owners = old
        .outline
        .at(line)
        .into_iter()
        .flat_map(|at| old.outline.chain(at));
    // A field that is gone is struck out where its struct is shown.
    let owner = owners.find(|owner| old.outline.items[*owner].kind != Kind::Part);
    let owner = owner.map(|owner| &old.outline.items[owner]);
    match owner {
        Some(item) if matches!(item.kind, Kind::Head | Kind::Tail) => directive_for(old, line),
        Some(item) if new.outline.counterpart(&item.path).is_none() => {
            format!("add {{{{#removed {} {}}}}}", old.file, item.path)
        }
        Some(item) => format!("add {{{{#show {} {}}}}}", new.file, item.path),
        None => format!("add {{{{#show {}}}}}", new.file),
    }
}

/// The directive that would show a line.
fn directive_for(source: &Source, line: usize) -> String {
    let file = &source.file;
    let item = source
        .outline
        .at(line)
        .map(|index| &source.outline.items[index]);
    match item.map(|item| (item.kind, &item.path)) {
        Some((Kind::Head, _)) => format!("add {{{{#head {file}}}}}"),
        Some((Kind::Tail, _)) => format!("add {{{{#tail {file}}}}}"),
        Some((_, path)) => format!("add {{{{#show {file} {path}}}}}"),
        None => format!("add {{{{#show {file}}}}}"),
    }
}
