//! What a directive looks like on the page, before it is HTML: its rows, and what its caption says.

use std::collections::BTreeSet;
use std::ops::Range;

use super::change::{File, Removed, Status};
use super::outline::Kind;
use super::shown::{Page, Part, Shown};
use super::source::Source;

/// Lines of context around a change.
const CONTEXT: usize = 2;

/// A piece of a program, ready to be rendered.
#[derive(Debug)]
pub(crate) struct Excerpt<'a> {
    /// The file that numbered lines are of; none for what is gone.
    pub(crate) source: Option<&'a Source>,
    /// The file that removed lines are of.
    pub(crate) old: Option<&'a Source>,
    pub(crate) rows: Vec<Row>,
    pub(crate) caption: Caption,
}

/// A row of an excerpt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    /// A line of the program, from 1.
    Line { number: usize, new: bool },
    /// A line of the chapter before.
    Removed { number: usize },
    /// Lines that are left out.
    Gap,
}

/// What stands above an excerpt.
#[derive(Debug)]
pub(crate) struct Caption {
    pub(crate) file: String,
    /// The items by their paths.
    pub(crate) names: Vec<String>,
    pub(crate) range: Option<(String, String)>,
    pub(crate) what: What,
}

/// What the excerpt is, against the chapter before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    NewFile,
    New,
    Changed,
    /// New, in the place of items that are gone.
    Replaces(Vec<String>),
    Same,
    Removed,
    /// Of the chapter with that number.
    Earlier(usize),
    /// Unchanged, but it stood there.
    MovedFrom {
        file: String,
        item: Option<String>,
    },
}

/// What a directive shows, and which lines that are gone it shows as removed.
pub(crate) fn excerpt<'a>(page: &Page<'a>, shown: &Shown<'a>) -> (Excerpt<'a>, Vec<Removed>) {
    match shown {
        Shown::Parts { file, parts } => parts_of(page, file, parts),
        Shown::GoneFile(source) => gone_file(page, source),
        Shown::GoneItem(source, item) => gone_item(page, source, *item),
        Shown::Moved { from, to } => {
            let caption = Caption {
                file: to.file.clone(),
                names: to.path.iter().cloned().collect(),
                range: None,
                what: What::MovedFrom {
                    file: from.file.clone(),
                    item: from.path.clone(),
                },
            };
            (
                Excerpt {
                    source: None,
                    old: None,
                    rows: Vec::new(),
                    caption,
                },
                Vec::new(),
            )
        }
    }
}

fn gone_file<'a>(page: &Page<'a>, source: &'a Source) -> (Excerpt<'a>, Vec<Removed>) {
    let removed = page
        .change
        .removed
        .iter()
        .filter(|removed| removed.file == source.file);
    let caption = Caption {
        file: source.file.clone(),
        names: Vec::new(),
        range: None,
        what: What::Removed,
    };
    let excerpt = Excerpt {
        source: None,
        old: Some(source),
        rows: Vec::new(),
        caption,
    };
    (excerpt, removed.cloned().collect())
}

fn gone_item<'a>(page: &Page<'a>, source: &'a Source, item: usize) -> (Excerpt<'a>, Vec<Removed>) {
    let item = &source.outline.items[item];
    let removed = page.change.removed.iter();
    let removed =
        removed.filter(|removed| removed.file == source.file && item.contains(removed.line));
    let lines = item.lines.clone().map(|number| Row::Removed { number });
    let caption = Caption {
        file: source.file.clone(),
        names: vec![item.path.clone()],
        range: None,
        what: What::Removed,
    };
    let excerpt = Excerpt {
        source: None,
        old: Some(source),
        rows: lines.collect(),
        caption,
    };
    (excerpt, removed.cloned().collect())
}

/// A row at its place: removed lines stand before the line that they stood before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Placed {
    at: usize,
    is_line: bool,
    number: usize,
}

fn parts_of<'a>(page: &Page<'a>, file: &'a File, parts: &[Part]) -> (Excerpt<'a>, Vec<Removed>) {
    let mut kept = BTreeSet::new();
    let mut all_removed: Vec<Removed> = Vec::new();
    let mut all_lines = BTreeSet::new();
    for part in parts {
        let lines = page.lines(file, part);
        let removed = page.change.removed.iter();
        let removed = removed.filter(|removed| page.shows_removed(file, part, &lines, removed));
        let removed: Vec<_> = removed.cloned().collect();
        let rows = in_order(&lines, &removed);
        kept.extend(match part {
            Part::Range { .. } => rows,
            _ => with_context(file, rows),
        });
        all_removed.extend(removed);
        all_lines.extend(lines);
    }
    let rows = with_gaps(file, &kept, &all_lines);
    let caption = caption(page, file, parts, &rows, &all_removed);
    let old = file.was.as_ref().map(|was| &page.change.old[was]);
    (
        Excerpt {
            source: Some(&file.source),
            old,
            rows,
            caption,
        },
        all_removed,
    )
}

fn in_order(lines: &BTreeSet<usize>, removed: &[Removed]) -> Vec<Placed> {
    let first = lines.first().copied().unwrap_or(1);
    let behind = lines.last().map_or(1, |last| last + 1);
    let gone = removed.iter().map(|removed| {
        let at = removed
            .replaced_by
            .as_ref()
            .map_or(first, |place| place.start);
        Placed {
            at: at.clamp(first, behind),
            is_line: false,
            number: removed.line,
        }
    });
    let here = lines.iter().map(|line| Placed {
        at: *line,
        is_line: true,
        number: *line,
    });
    let rows: BTreeSet<_> = gone.chain(here).collect();
    rows.into_iter().collect()
}

/// Of rows among which something changed, the changed ones and a little around them.
fn with_context(file: &File, rows: Vec<Placed>) -> Vec<Placed> {
    let changed = |row: &Placed| !row.is_line || file.status[row.number - 1] == Status::New;
    if !rows.iter().any(changed) {
        return rows;
    }
    let near = |index: usize| {
        let from = index.saturating_sub(CONTEXT);
        let to = (index + CONTEXT).min(rows.len() - 1);
        rows[from..=to].iter().any(changed)
    };
    let kept = |index: usize| {
        // A gap of one line would take as much room as the line.
        let alone = (index == 0 || near(index - 1)) && (index + 1 == rows.len() || near(index + 1));
        near(index) || alone
    };
    (0..rows.len())
        .filter(|index| kept(*index))
        .map(|index| rows[index])
        .collect()
}

/// The rows of an excerpt, with a gap where lines were left out that are not blank.
fn with_gaps(file: &File, kept: &BTreeSet<Placed>, all: &BTreeSet<usize>) -> Vec<Row> {
    let blank = |number: usize| file.source.is_blank(number);
    let left_out = |lines: Range<usize>| all.range(lines).any(|line| !blank(*line));
    let mut rows: Vec<Row> = Vec::new();
    let mut next = None;
    for placed in kept {
        let (at, number) = (placed.at, placed.number);
        let skipped = next.unwrap_or(at)..at;
        if skipped.clone().any(|line| !blank(line)) || next.is_none() && left_out(0..at) {
            rows.push(Row::Gap);
        } else if let Some(number) = skipped.clone().next() {
            rows.push(Row::Line { number, new: false });
        }
        let new = |number: usize| file.status[number - 1] == Status::New && !blank(number);
        rows.push(match placed.is_line {
            true => Row::Line {
                number,
                new: new(number),
            },
            false => Row::Removed { number },
        });
        next = Some(at + usize::from(placed.is_line));
    }
    if left_out(next.unwrap_or(0)..usize::MAX) {
        rows.push(Row::Gap);
    }
    let is_blank = |row: &Row| matches!(row, Row::Line { number, .. } if blank(*number));
    let at_edge = |index: usize| {
        let gap = |row: Option<&Row>| row.is_none_or(|row| *row == Row::Gap);
        gap(index.checked_sub(1).and_then(|before| rows.get(before))) || gap(rows.get(index + 1))
    };
    let kept = (0..rows.len()).filter(|index| !(is_blank(&rows[*index]) && at_edge(*index)));
    let mut kept: Vec<_> = kept.map(|index| rows[index]).collect();
    kept.dedup_by(|row, before| *row == Row::Gap && *before == Row::Gap);
    kept
}

fn caption(
    page: &Page<'_>,
    file: &File,
    parts: &[Part],
    rows: &[Row],
    removed: &[Removed],
) -> Caption {
    let source = &file.source;
    let mut range = None;
    let mut names = Vec::new();
    for part in parts {
        match part {
            // The line numbers say it.
            Part::File | Part::Head | Part::Tail => {}
            Part::Item(item) => names.push(source.outline.items[*item].path.clone()),
            Part::Range { item, from, to, .. } => {
                names.push(source.outline.items[*item].path.clone());
                range = Some((from.clone(), to.clone()));
            }
        }
    }
    let is_new = |row: &Row| match row {
        Row::Line { new, number } => *new || source.is_blank(*number),
        Row::Removed { .. } => false,
        Row::Gap => true,
    };
    let replaced = replaced(page, file, removed);
    let what = if file.was.is_none() && parts == [Part::File] {
        What::NewFile
    } else if !replaced.is_empty() {
        What::Replaces(replaced)
    } else if rows.iter().all(is_new) {
        What::New
    } else if rows
        .iter()
        .all(|row| matches!(row, Row::Line { new: false, .. } | Row::Gap))
    {
        What::Same
    } else {
        What::Changed
    };
    Caption {
        file: source.file.clone(),
        names,
        range,
        what,
    }
}

/// The items that are gone of which `removed` has lines.
fn replaced(page: &Page<'_>, file: &File, removed: &[Removed]) -> Vec<String> {
    let mut replaced = Vec::new();
    for removed in removed {
        let old = &page.change.old[&removed.file].outline;
        let Some(item) = old.at(removed.line).map(|index| &old.items[index]) else {
            continue;
        };
        let gone = file.source.outline.counterpart(&item.path).is_none();
        if gone && can_be_replaced(item.kind) && !replaced.contains(&item.path) {
            replaced.push(item.path.clone());
        }
    }
    replaced
}

fn can_be_replaced(kind: Kind) -> bool {
    matches!(kind, Kind::Container | Kind::Whole)
}
