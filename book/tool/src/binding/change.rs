//! What a chapter's program changes against the chapter before: for each line whether it is new, for
//! each old line whether it is gone, and which items stand elsewhere now.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::difference::{Side, difference, without_own_name};
use super::outline::Kind;
use super::source::Source;
use crate::project::{Chapter, Project};

/// A chapter's program against the one before it.
#[derive(Debug)]
pub(crate) struct Change<'a> {
    pub(crate) chapter: &'a Chapter,
    pub(crate) before: Option<&'a Chapter>,
    /// The program's files.
    pub(crate) files: Vec<File>,
    /// The files of the program before; what they turned into is in `files`, or nowhere.
    pub(crate) old: BTreeMap<String, Source>,
    /// Old files and lines that are gone.
    pub(crate) removed: Vec<Removed>,
    /// Items that stand elsewhere with the same text.
    pub(crate) moved: Vec<Moved>,
}

/// A file of the program as it is now.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) source: Source,
    /// Its path in the chapter before, if it is there.
    pub(crate) was: Option<String>,
    /// What each line is, from line 1.
    pub(crate) status: Vec<Status>,
}

/// What a line of the program is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    /// It stood there in the chapter before.
    Same,
    /// It did not.
    New,
    /// It belongs to an item that stood elsewhere.
    Moved,
}

/// A line of the chapter before that is gone.
#[derive(Clone, Debug)]
pub(crate) struct Removed {
    /// The old file, and the line in it, from 1.
    pub(crate) file: String,
    pub(crate) line: usize,
    /// Where it stood in today's file: before the first of these lines, which replaced it if there are any.
    pub(crate) replaced_by: Option<std::ops::Range<usize>>,
    /// Whether it went to another place with its item.
    pub(crate) moved: bool,
}

/// An item that stands elsewhere: file and item, then and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) from: (String, usize),
    pub(crate) to: (String, usize),
}

impl<'a> Change<'a> {
    /// Compares `chapter` with the chapter before it.
    pub(crate) fn of(project: &'a Project, chapter: &'a Chapter) -> Self {
        let before = project.before(chapter);
        let sources = |chapter: &Chapter| -> BTreeMap<String, Source> {
            let files = chapter.program();
            files
                .map(|(file, text)| (file.to_owned(), Source::new(file, text)))
                .collect()
        };
        let mut change = Change {
            chapter,
            before,
            files: Vec::new(),
            old: before.map(sources).unwrap_or_default(),
            removed: Vec::new(),
            moved: Vec::new(),
        };
        for (file, source) in sources(chapter) {
            let moved_from = chapter.moves.iter().find(|(_, to)| **to == file);
            let was = moved_from.map_or(&file, |(from, _)| from);
            let was = change.old.contains_key(was).then(|| was.clone());
            change.compare(source, was);
        }
        change.note_gone_files();
        change.find_moves();
        change
    }

    /// The path of a file of the chapter before, from the root of the workspace.
    pub(crate) fn old_path(&self, file: &str) -> PathBuf {
        self.before
            .map_or_else(|| PathBuf::from(file), |before| before.path(file))
    }

    pub(crate) fn file(&self, file: &str) -> Option<&File> {
        self.files.iter().find(|known| known.source.file == file)
    }

    /// What the old file became.
    pub(crate) fn successor(&self, old: &str) -> Option<&File> {
        self.files
            .iter()
            .find(|file| file.was.as_deref() == Some(old))
    }

    fn compare(&mut self, source: Source, was: Option<String>) {
        let new = self.comparable(&source.text);
        let new: Vec<_> = new.lines().collect();
        let mut status = vec![Status::New; new.len()];
        if let Some(old_source) = was.as_ref().and_then(|was| self.old.get(was)) {
            status.fill(Status::Same);
            let old = self.comparable(&old_source.text);
            let old: Vec<_> = old.lines().collect();
            let hunks = difference(
                Side {
                    source: old_source,
                    lines: &old,
                },
                Side {
                    source: &source,
                    lines: &new,
                },
            );
            for hunk in hunks {
                status[hunk.new.clone()].fill(Status::New);
                let replaced_by = hunk.new.start + 1..hunk.new.end + 1;
                let gone = hunk.old.map(|line| line + 1);
                let gone = gone.filter(|line| !old_source.is_blank(*line));
                self.removed.extend(gone.map(|line| Removed {
                    file: old_source.file.clone(),
                    line,
                    replaced_by: Some(replaced_by.clone()),
                    moved: false,
                }));
            }
        }
        self.files.push(File {
            source,
            was,
            status,
        });
    }

    /// `text` as it compares with the other chapter's.
    pub(crate) fn comparable(&self, text: &str) -> String {
        let before = self.before.unwrap_or(self.chapter);
        without_own_name(text, [&before.package, &self.chapter.package])
    }

    fn note_gone_files(&mut self) {
        for (name, source) in &self.old {
            if self.successor(name).is_some() {
                continue;
            }
            let lines = (1..=source.lines().len()).filter(|line| !source.is_blank(*line));
            let gone: Vec<_> = lines
                .map(|line| Removed {
                    file: name.clone(),
                    line,
                    replaced_by: None,
                    moved: false,
                })
                .collect();
            self.removed.extend(gone);
        }
    }

    /// Pairs each item that is new at its path with one of the same text that is gone from its own.
    fn find_moves(&mut self) {
        let mut gone: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
        for (name, source) in &self.old {
            for index in 0..source.outline.items.len() {
                let text = self.comparable(&source.item_text(index));
                let stayed = self.successor(name).is_some_and(|file| {
                    let now = file
                        .source
                        .outline
                        .counterpart(&source.outline.items[index].path);
                    now.is_some_and(|now| self.comparable(&file.source.item_text(now)) == text)
                });
                if !stayed && can_move(source.outline.items[index].kind) {
                    gone.entry(text).or_default().push((name.clone(), index));
                }
            }
        }
        let mut moved: Vec<Moved> = Vec::new();
        for file in &self.files {
            let outline = &file.source.outline;
            let old = file.was.as_ref().and_then(|was| self.old.get(was));
            for (index, item) in outline.items.iter().enumerate() {
                let inside_moved = outline.chain(index).skip(1).any(|parent| {
                    moved
                        .iter()
                        .any(|moved| moved.to == (file.source.file.clone(), parent))
                });
                if inside_moved || !can_move(item.kind) {
                    continue;
                }
                let text = self.comparable(&file.source.item_text(index));
                let stood = old.is_some_and(|old| {
                    let then = old.outline.counterpart(&item.path);
                    then.is_some_and(|then| self.comparable(&old.item_text(then)) == text)
                });
                let from = gone.get_mut(&text).filter(|_| !stood).and_then(Vec::pop);
                moved.extend(from.map(|from| Moved {
                    from,
                    to: (file.source.file.clone(), index),
                }));
            }
        }
        for moved in &moved {
            let to = self
                .files
                .iter_mut()
                .find(|file| file.source.file == moved.to.0);
            if let Some(file) = to {
                for line in file.source.outline.items[moved.to.1].lines.clone() {
                    file.status[line - 1] = Status::Moved;
                }
            }
            let lines = &self.old[&moved.from.0].outline.items[moved.from.1].lines;
            for removed in &mut self.removed {
                removed.moved |= removed.file == moved.from.0 && lines.contains(&removed.line);
            }
        }
        self.moved = moved;
    }
}

fn can_move(kind: Kind) -> bool {
    matches!(kind, Kind::Container | Kind::Whole)
}
