//! One fixed line diff. Items that both files have, in the same order, are compared with each other, and so is an
//! item with one whose place it takes if half of their lines agree: it was renamed. No other two are compared; so a
//! closing brace never passes for that of another item, and what is between two of them stays there.
//! Within, it is the Patience diff, with each insertion or deletion where a person would see it.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::outline::Kind;
use super::source::Source;

/// Lines of the old text that lines of the new text replace; either range may be empty. Lines count
/// from 0 here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hunk {
    pub(crate) old: Range<usize>,
    pub(crate) new: Range<usize>,
}

/// A file, and its lines as they compare with those of another chapter.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) source: &'a Source,
    pub(crate) lines: &'a [&'a str],
}

/// What differs between two versions of a file.
pub(crate) fn difference(old: Side<'_>, new: Side<'_>) -> Vec<Hunk> {
    let (old_blocks, new_blocks) = (blocks(old), blocks(new));
    let labels = |blocks: &[Block]| {
        blocks
            .iter()
            .map(|block| block.label.clone())
            .collect::<Vec<_>>()
    };
    let (old_labels, new_labels) = (labels(&old_blocks), labels(&new_blocks));
    let compare = |old_range: Range<usize>, new_range: Range<usize>| {
        plain(&old.lines[old_range.clone()], &new.lines[new_range.clone()])
            .into_iter()
            .map(move |hunk| Hunk {
                old: hunk.old.start + old_range.start..hunk.old.end + old_range.start,
                new: hunk.new.start + new_range.start..hunk.new.end + new_range.start,
            })
    };
    let mut hunks = Vec::new();
    let span = |blocks: &[Block], range: Range<usize>, end: usize| {
        let start = |index: usize| blocks.get(index).map_or(end, |block| block.start);
        start(range.start)..start(range.end)
    };
    let old_span = |range| span(&old_blocks, range, old.lines.len());
    let new_span = |range| span(&new_blocks, range, new.lines.len());
    for operation in capture_diff_slices(Algorithm::Patience, &old_labels, &new_labels) {
        match operation {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } => {
                for block in 0..len {
                    let (old, new) = (old_index + block, new_index + block);
                    hunks.extend(compare(old_span(old..old + 1), new_span(new..new + 1)));
                }
            }
            other => {
                let (old_range, new_range) = (other.old_range(), other.new_range());
                let (mut old_at, mut new_at) = (old_range.start, new_range.start);
                for index in new_range.clone() {
                    let renamed = |before: &usize| {
                        is_alike(
                            &old.lines[old_span(*before..*before + 1)],
                            &new.lines[new_span(index..index + 1)],
                        )
                    };
                    if let Some(before) = (old_at..old_range.end).find(renamed) {
                        hunks.push(Hunk {
                            old: old_span(old_at..before),
                            new: new_span(new_at..index),
                        });
                        hunks.extend(compare(
                            old_span(before..before + 1),
                            new_span(index..index + 1),
                        ));
                        (old_at, new_at) = (before + 1, index + 1);
                    }
                }
                hunks.push(Hunk {
                    old: old_span(old_at..old_range.end),
                    new: new_span(new_at..new_range.end),
                });
            }
        }
    }
    hunks.retain(|hunk| !hunk.old.is_empty() || !hunk.new.is_empty());
    hunks
}

/// Whether at least half of the lines agree, those aside that have nothing but braces.
fn is_alike(old: &[&str], new: &[&str]) -> bool {
    let speaks = |line: &&&str| line.contains(char::is_alphanumeric);
    let agree = capture_diff_slices(Algorithm::Patience, old, new)
        .into_iter()
        .filter(|operation| matches!(operation, DiffOp::Equal { .. }))
        .flat_map(|operation| &old[operation.old_range()])
        .filter(speaks)
        .count();
    let count = |lines: &[&str]| lines.iter().filter(speaks).count();
    agree > 0 && agree * 2 >= count(old).max(count(new))
}

/// Lines from `start` on, up to the next block, that belong to the same item.
struct Block {
    /// The item's path; a container's header and its brace are two blocks.
    label: String,
    start: usize,
}

fn blocks(side: Side<'_>) -> Vec<Block> {
    let outline = &side.source.outline;
    let mut blocks: Vec<Block> = Vec::new();
    for (index, line) in side.lines.iter().enumerate() {
        if line.trim().is_empty() && index > 0 {
            continue;
        }
        let whole = outline.at(index + 1).and_then(|at| {
            outline
                .chain(at)
                .find(|item| outline.items[*item].kind != Kind::Part)
        });
        let label = whole.map_or_else(String::new, |item| {
            let item = &outline.items[item];
            let is_end = item.kind == Kind::Container && *item.lines.end() == index + 1;
            // What is the first of twins here may be alone there.
            let path = item.path.replace("#1::", "::");
            let path = path.strip_suffix("#1").unwrap_or(&path);
            format!("{path}{}", if is_end { "}" } else { "" })
        });
        if blocks.last().is_none_or(|last| last.label != label) {
            blocks.push(Block {
                label,
                start: index,
            });
        }
    }
    blocks
}

/// The diff of two stretches of lines.
fn plain(old: &[&str], new: &[&str]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for operation in capture_diff_slices(Algorithm::Patience, old, new) {
        if let DiffOp::Equal { .. } = operation {
            continue;
        }
        let (old, new) = (operation.old_range(), operation.new_range());
        match hunks.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                last.old.end = old.end;
                last.new.end = new.end;
            }
            _ => hunks.push(Hunk { old, new }),
        }
    }
    for index in 0..hunks.len() {
        let before = index.checked_sub(1).map(|index| &hunks[index]);
        let floor = before.map_or((0, 0), |hunk| (hunk.old.end, hunk.new.end));
        let after = hunks.get(index + 1);
        let ceiling = after.map_or((old.len(), new.len()), |hunk| {
            (hunk.old.start, hunk.new.start)
        });
        let hunk = &mut hunks[index];
        let by = if hunk.old.is_empty() {
            slide(new, hunk.new.clone(), floor.1..ceiling.1)
        } else if hunk.new.is_empty() {
            slide(old, hunk.old.clone(), floor.0..ceiling.0)
        } else {
            continue;
        };
        hunk.old = shifted(&hunk.old, by);
        hunk.new = shifted(&hunk.new, by);
    }
    hunks
}

fn shifted(range: &Range<usize>, by: isize) -> Range<usize> {
    range.start.saturating_add_signed(by)..range.end.saturating_add_signed(by)
}

/// How far to move `run` within `room`, where it would say the same thing, so that it does not begin
/// with the end of something, or else begins behind a blank line.
fn slide(lines: &[&str], run: Range<usize>, room: Range<usize>) -> isize {
    let mut places = vec![run.clone()];
    let mut up = run.clone();
    while up.start > room.start && lines[up.start - 1] == lines[up.end - 1] {
        up = shifted(&up, -1);
        places.push(up.clone());
    }
    let mut down = run.clone();
    while down.end < room.end && lines[down.start] == lines[down.end] {
        down = shifted(&down, 1);
        places.push(down.clone());
    }
    let score = |run: &Range<usize>| {
        let closes = |line: &&str| line.trim_start().starts_with(['}', ')', ']']);
        let first = lines[run.clone()]
            .iter()
            .find(|line| !line.trim().is_empty());
        let after_blank = run.start > 0 && lines[run.start - 1].trim().is_empty();
        (!first.is_some_and(closes), after_blank)
    };
    // The lowest of the best places, as other tools have it.
    let best = places.iter().max_by_key(|run| (score(run), run.start));
    best.map_or(0, |best| best.start as isize - run.start as isize)
}

/// `text` with the names of two chapters' packages made one, so that a line in which only the crate's
/// own name differs is the same line.
pub(crate) fn without_own_name(text: &str, packages: [&str; 2]) -> String {
    packages.iter().fold(text.to_owned(), |text, package| {
        text.replace(package, "chapter-\u{0}")
            .replace(&package.replace('-', "_"), "chapter_\u{0}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The new text's new lines, and the old text's removed lines.
    fn changed(old: &str, new: &str) -> (Vec<String>, Vec<String>) {
        let (old, new) = (Source::new("a.rs", old), Source::new("a.rs", new));
        let (old_lines, new_lines) = (old.lines(), new.lines());
        let hunks = difference(
            Side {
                source: &old,
                lines: &old_lines,
            },
            Side {
                source: &new,
                lines: &new_lines,
            },
        );
        let pick = |lines: &[&str], range: &Range<usize>| {
            let lines = lines[range.clone()]
                .iter()
                .map(|line| line.trim().to_owned());
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>()
        };
        let new = hunks
            .iter()
            .flat_map(|hunk| pick(&new_lines, &hunk.new))
            .collect();
        let old = hunks
            .iter()
            .flat_map(|hunk| pick(&old_lines, &hunk.old))
            .collect();
        (new, old)
    }

    #[test]
    fn an_inserted_item_is_new_from_its_first_line_to_its_own_brace() {
        let old = "fn a() {\n    x();\n}\n\n#[test]\nfn c() {\n    x();\n}\n";
        let new = "fn a() {\n    x();\n}\n\n#[test]\nfn b() {\n    x();\n}\n\n#[test]\nfn c() {\n    x();\n}\n";
        let (new, old) = changed(old, new);
        assert_eq!(new, ["#[test]", "fn b() {", "x();", "}"]);
        assert!(old.is_empty());
    }

    #[test]
    fn an_item_that_goes_takes_its_own_lines_while_its_neighbour_changes() {
        let old =
            "impl A {\n    fn a() {\n        x();\n    }\n\n    fn b() {\n        y();\n    }\n}\n";
        let new = "impl A {\n    fn a() {\n        x();\n        true\n    }\n}\n";
        let (new, old) = changed(old, new);
        assert_eq!(new, ["true"]);
        assert_eq!(old, ["fn b() {", "y();", "}"]);
    }

    #[test]
    fn an_item_in_the_place_of_another_borrows_no_line_of_it() {
        let old = "fn a() {\n    x();\n}\n\nfn z() {}\n";
        let new = "fn b() {\n    y();\n}\n\nfn c() {\n    y();\n}\n\nfn z() {}\n";
        let (new, old) = changed(old, new);
        assert_eq!(new, ["fn b() {", "y();", "}", "fn c() {", "y();", "}"]);
        assert_eq!(old, ["fn a() {", "x();", "}"]);
    }

    #[test]
    fn a_renamed_item_is_compared_with_the_old_one_whatever_is_new_beside_it() {
        let old = "/// X.\nfn a() {\n    x();\n}\n\nfn z() {}\n";
        let new = "fn n() {\n    y();\n}\n\n/// X.\nfn b() {\n    x();\n}\n\nfn z() {}\n";
        let (new, old) = changed(old, new);
        assert_eq!(new, ["fn n() {", "y();", "}", "fn b() {"]);
        assert_eq!(old, ["fn a() {"]);
    }

    #[test]
    fn a_first_twin_leaves_the_header_of_the_other_unchanged() {
        let old = "impl A {\n    fn a() {}\n}\n";
        let new = "impl A {\n    fn a() {}\n}\n\nimpl A {\n    fn b() {}\n}\n";
        assert_eq!(changed(old, new).0, ["impl A {", "fn b() {}", "}"]);
        assert!(changed(old, new).1.is_empty());
    }

    #[test]
    fn within_an_item_an_insertion_does_not_begin_with_the_end_of_something() {
        let old = "fn a() {\n    if x {\n        y();\n    }\n}\n";
        let new = "fn a() {\n    if x {\n        y();\n    }\n    if z {\n        y();\n    }\n}\n";
        assert_eq!(changed(old, new).0, ["if z {", "y();", "}"]);
    }

    #[test]
    fn only_the_crate_s_own_name_is_left_out_of_the_comparison() {
        let packages = ["chapter-01", "chapter-02"];
        let same =
            |a: &str, b: &str| without_own_name(a, packages) == without_own_name(b, packages);
        assert!(same("use chapter_01::A;", "use chapter_02::A;"));
        assert!(!same("use chapter_01::A;", "use chapter-02::A;"));
        assert!(!same("use chapter_01::A;", "use chapter_03::A;"));
    }
}
