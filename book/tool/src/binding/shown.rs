//! What the directives of a page show: each is looked up in the program, and all of them together
//! decide who shows what, since a container leaves out the members that are shown elsewhere.

use std::collections::BTreeSet;
use std::path::Path;

use super::change::{Change, File, Moved, Removed};
use super::directive::{Directive, Place};
use super::outline::Kind;
use super::source::Source;
use crate::problem::Problems;

/// A directive with its names looked up.
#[derive(Debug)]
pub(crate) enum Shown<'a> {
    /// Parts of a file as it is now.
    Parts { file: &'a File, parts: Vec<Part> },
    /// A file that is left behind.
    GoneFile(&'a Source),
    /// An item that the chapter before had.
    GoneItem(&'a Source, usize),
    /// An item, or a file, that stands elsewhere.
    Moved { from: Place, to: Place },
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    File,
    Head,
    Tail,
    Item(usize),
    /// Lines of an item, from 1 and inclusive, and the quotations that named them.
    Range {
        item: usize,
        lines: (usize, usize),
        from: String,
        to: String,
    },
}

/// All that the directives of one page name.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) change: &'a Change<'a>,
    /// The line of each directive, and what it shows.
    pub(crate) shown: Vec<(usize, Shown<'a>)>,
    /// Items that some directive names: file and index.
    named: BTreeSet<(&'a str, usize)>,
    /// Old items that a `removed` or `moved` names.
    named_gone: BTreeSet<(String, usize)>,
}

impl<'a> Page<'a> {
    /// Looks up every directive; what cannot be found becomes a problem of the page.
    pub(crate) fn new(
        change: &'a Change<'a>,
        directives: Vec<(usize, Directive)>,
        page: &Path,
        problems: &mut Problems,
    ) -> Self {
        let mut shown = Vec::new();
        for (line, directive) in directives {
            match look_up(change, directive) {
                Ok(found) => shown.push((line, found)),
                Err(message) => problems.add(page, line, message),
            }
        }
        let mut named = BTreeSet::new();
        let mut named_gone = BTreeSet::new();
        for (_, shown) in &shown {
            match shown {
                Shown::Parts { file, parts } => {
                    named.extend(parts.iter().filter_map(|part| match part {
                        Part::Item(item) | Part::Range { item, .. } => {
                            Some((file.source.file.as_str(), *item))
                        }
                        _ => None,
                    }))
                }
                Shown::GoneItem(source, item) => named_gone.extend([(source.file.clone(), *item)]),
                Shown::GoneFile(_) | Shown::Moved { .. } => {}
            }
        }
        for moved in &change.moved {
            named.insert((moved.to.0.as_str(), moved.to.1));
            named_gone.insert(moved.from.clone());
        }
        Self {
            change,
            shown,
            named,
            named_gone,
        }
    }

    /// The lines of `file` that `part` shows.
    pub(crate) fn lines(&self, file: &File, part: &Part) -> BTreeSet<usize> {
        let outline = &file.source.outline;
        let of_kind = |kind: Kind| {
            let items = outline.items.iter().filter(move |item| item.kind == kind);
            items.flat_map(|item| item.lines.clone()).collect()
        };
        match part {
            Part::File => (1..=file.status.len()).collect(),
            Part::Head => of_kind(Kind::Head),
            Part::Tail => of_kind(Kind::Tail),
            Part::Range { lines, .. } => (lines.0..=lines.1).collect(),
            Part::Item(index) => {
                let mut lines: BTreeSet<_> = outline.items[*index].lines.clone().collect();
                for (member, item) in outline.items.iter().enumerate() {
                    let container = item.parent.map(|parent| outline.items[parent].kind);
                    let elsewhere = member != *index
                        && container == Some(Kind::Container)
                        && outline.chain(member).any(|around| around == *index)
                        && self.named.contains(&(file.source.file.as_str(), member));
                    if elsewhere {
                        lines.retain(|line| !item.contains(*line));
                    }
                }
                lines
            }
        }
    }

    /// Whether `part` of `file`, which shows `lines`, shows that `removed` is gone: because it is the part
    /// that the line belonged to, or because the line stood among these.
    pub(crate) fn shows_removed(
        &self,
        file: &File,
        part: &Part,
        lines: &BTreeSet<usize>,
        removed: &Removed,
    ) -> bool {
        let Some(place) = &removed.replaced_by else {
            return false;
        };
        if removed.moved || file.was.as_ref() != Some(&removed.file) {
            return false;
        }
        let old = &self.change.old[&removed.file].outline;
        let new = &file.source.outline;
        let owners: Vec<_> = old
            .at(removed.line)
            .map(|at| old.chain(at).collect())
            .unwrap_or_default();
        let kind = owners.first().map(|owner| old.items[*owner].kind);
        let mut below_is_elsewhere = false;
        for owner in owners {
            let now = new.counterpart(&old.items[owner].path);
            match part {
                Part::Item(item) if now == Some(*item) => return !below_is_elsewhere,
                Part::Range { item, lines, .. } if now == Some(*item) => {
                    return (lines.0..=lines.1 + 1).contains(&place.start);
                }
                _ => {}
            }
            let is_named = |now| self.named.contains(&(file.source.file.as_str(), now));
            below_is_elsewhere |= now.is_some_and(is_named)
                || self.named_gone.contains(&(removed.file.clone(), owner));
        }
        match part {
            Part::File => return true,
            Part::Head if kind == Some(Kind::Head) => return true,
            Part::Tail if kind == Some(Kind::Tail) => return true,
            _ if below_is_elsewhere || matches!(kind, Some(Kind::Head | Kind::Tail)) => {
                return false;
            }
            _ => {}
        }
        let full = |line: &usize| !file.source.is_blank(*line);
        let above = (1..place.start).rev().find(full);
        let below = (place.start..=file.status.len()).find(full);
        let among = above.is_some_and(|line| lines.contains(&line))
            && below.is_some_and(|line| lines.contains(&line));
        among || place.clone().any(|line| lines.contains(&line))
    }
}

fn look_up<'a>(change: &'a Change<'a>, directive: Directive) -> Result<Shown<'a>, String> {
    match directive {
        Directive::Show { file, paths, range } => {
            let file = now(change, &file)?;
            let outline = &file.source.outline;
            let mut parts = Vec::new();
            for path in &paths {
                if let Some((line, fault)) = &file.source.fault {
                    return Err(format!(
                        "{} {fault} (line {line}): nothing in it can be named",
                        file.source.file
                    ));
                }
                let item = outline
                    .find(path)
                    .map_err(|fault| format!("{}: {fault}", file.source.file))?;
                parts.push(match &range {
                    None => Part::Item(item),
                    Some((from, to)) => self::range(&file.source, item, from, to)?,
                });
            }
            if parts.is_empty() {
                parts.push(Part::File);
            }
            Ok(Shown::Parts { file, parts })
        }
        Directive::Earlier { .. } => unreachable!("it is not looked up in this chapter's program"),
        Directive::Head { file } => ends(change, &file, Part::Head, Kind::Head),
        Directive::Tail { file } => ends(change, &file, Part::Tail, Kind::Tail),
        Directive::Removed { file, path: None } => match change.old.get(&file) {
            None => Err(format!(
                "the chapter before has no {file} that could be removed"
            )),
            Some(_) if change.file(&file).is_some() => {
                Err(format!("{file} is not removed: it is still there"))
            }
            Some(_) if change.successor(&file).is_some() => Err(format!(
                "{file} is not removed: chapter.toml says that it moved; use `moved`"
            )),
            Some(source) => Ok(Shown::GoneFile(source)),
        },
        Directive::Removed {
            file,
            path: Some(path),
        } => {
            let source = then(change, &file)?;
            let in_old = |fault| format!("{file} of the chapter before: {fault}");
            let item = source.outline.find(&path).map_err(in_old)?;
            let path = &source.outline.items[item].path;
            let still = change.successor(&source.file).and_then(|file| {
                let index = file.source.outline.counterpart(path)?;
                Some((
                    &file.source.file,
                    file.source.outline.items[index].lines.start(),
                ))
            });
            match still {
                Some((file, line)) => Err(format!(
                    "`{path}` is not removed: it is still there, in {file} at line {line}"
                )),
                None => Ok(Shown::GoneItem(source, item)),
            }
        }
        Directive::Moved { from, to } => moved(change, from, to),
    }
}

/// A file as it is now.
fn now<'a>(change: &'a Change<'a>, file: &str) -> Result<&'a File, String> {
    change.file(file).ok_or_else(|| {
        let files: Vec<_> = change
            .files
            .iter()
            .map(|file| file.source.file.as_str())
            .collect();
        format!(
            "the program has no file {file}: it has {}",
            files.join(", ")
        )
    })
}

/// A file of the chapter before, by its path there or its path now.
fn then<'a>(change: &'a Change<'a>, file: &str) -> Result<&'a Source, String> {
    let by_new_path = || {
        change
            .file(file)
            .and_then(|file| change.old.get(file.was.as_ref()?))
    };
    let found = change.old.get(file).or_else(by_new_path);
    found.ok_or_else(|| format!("the chapter before has no file {file}"))
}

fn ends<'a>(
    change: &'a Change<'a>,
    file: &str,
    part: Part,
    kind: Kind,
) -> Result<Shown<'a>, String> {
    let found = now(change, file)?;
    let has = |source: &Source| source.outline.items.iter().any(|item| item.kind == kind);
    let had = found.was.as_ref().is_some_and(|was| has(&change.old[was]));
    if has(&found.source) || had {
        return Ok(Shown::Parts {
            file: found,
            parts: vec![part],
        });
    }
    Err(match kind {
        Kind::Head => format!("{file} has no head: no `//!`, `#![…]`, `use` or `mod` line"),
        _ => format!("{file} has no tail: no comment behind its last item"),
    })
}

fn range(source: &Source, item: usize, from: &str, to: &str) -> Result<Part, String> {
    let path = &source.outline.items[item].path;
    let only = |quotation: &str| {
        let lines = source.outline.items[item].lines.clone();
        let matches: Vec<_> = lines
            .filter(|line| source.line(*line).contains(quotation))
            .collect();
        match matches.as_slice() {
            [line] => Ok(*line),
            [] => Err(format!(
                "no line of `{path}` in {} contains \"{quotation}\"",
                source.file
            )),
            lines => {
                let listed: Vec<_> = lines
                    .iter()
                    .map(|line| format!("{line}: {}", source.line(*line).trim()))
                    .collect();
                Err(format!(
                    "\"{quotation}\" stands in {} lines of `{path}` in {}, quote more of the one that is meant:\n  {}",
                    lines.len(),
                    source.file,
                    listed.join("\n  ")
                ))
            }
        }
    };
    let lines = (only(from)?, only(to)?);
    if lines.0 > lines.1 {
        return Err(format!(
            "\"{from}\" stands in line {}, behind \"{to}\" in line {}",
            lines.0, lines.1
        ));
    }
    Ok(Part::Range {
        item,
        lines,
        from: from.to_owned(),
        to: to.to_owned(),
    })
}

fn moved<'a>(change: &'a Change<'a>, from: Place, to: Place) -> Result<Shown<'a>, String> {
    let (Some(old_path), Some(new_path)) = (&from.path, &to.path) else {
        if change.chapter.moves.get(&from.file) == Some(&to.file) {
            return Ok(Shown::Moved { from, to });
        }
        return Err(format!(
            "chapter.toml does not say that {} moved to {}",
            from.file, to.file
        ));
    };
    let old = then(change, &from.file)?;
    let new = now(change, &to.file)?;
    let in_old = |fault| format!("{} of the chapter before: {fault}", from.file);
    let old_item = old.outline.find(old_path).map_err(in_old)?;
    let in_new = |fault| format!("{}: {fault}", to.file);
    let new_item = new.source.outline.find(new_path).map_err(in_new)?;
    let sought = Moved {
        from: (old.file.clone(), old_item),
        to: (new.source.file.clone(), new_item),
    };
    if change.moved.contains(&sought) {
        return Ok(Shown::Moved { from, to });
    }
    if change.comparable(&old.item_text(old_item))
        != change.comparable(&new.source.item_text(new_item))
    {
        return Err(format!(
            "`{old_path}` and `{new_path}` differ in their text: show the new one, and the old one as removed"
        ));
    }
    Err(format!(
        "`{new_path}` did not move: it stood there in the chapter before, or `{old_path}` still stands where it stood"
    ))
}
