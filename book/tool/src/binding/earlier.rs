//! Code of an earlier chapter, to stand beside this one's. It is not counted here: that chapter's own page shows it.

use std::collections::BTreeSet;

use super::excerpt::{Caption, Excerpt, Row, What};
use super::render;
use super::source::Source;
use crate::project::{Chapter, Project};

/// The HTML of items of `file` as they stand in chapter `number`, before `chapter`.
///
/// # Errors
///
/// Which of them is not there.
pub(crate) fn figure(
    project: &Project,
    chapter: &Chapter,
    number: usize,
    file: &str,
    paths: &[String],
) -> Result<String, String> {
    let is_earlier = |other: &&Chapter| other.number == number && other.number < chapter.number;
    let earlier = project.chapters.iter().find(is_earlier);
    let earlier = earlier.ok_or_else(|| format!("there is no chapter {number} before this one"))?;
    let text = earlier.files.get(file);
    let text = text.ok_or_else(|| format!("chapter {number} has no file {file}"))?;
    let source = Source::new(file, text);
    let mut lines = BTreeSet::new();
    for path in paths {
        let item = source.outline.find(path);
        let item = item.map_err(|fault| format!("{file} of chapter {number}: {fault}"))?;
        lines.extend(source.outline.items[item].lines.clone());
    }
    let excerpt = Excerpt {
        source: Some(&source),
        old: None,
        rows: rows(&source, &lines),
        caption: Caption {
            file: file.to_owned(),
            names: paths.to_vec(),
            range: None,
            what: What::Earlier(number),
        },
    };
    Ok(render::figure(&excerpt))
}

/// The lines, with one blank line or a gap where others are left out.
fn rows(source: &Source, lines: &BTreeSet<usize>) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut next = None;
    for &number in lines {
        let mut skipped = next.unwrap_or(number)..number;
        if skipped.clone().any(|line| !source.is_blank(line)) {
            rows.push(Row::Gap);
        } else if let Some(number) = skipped.next() {
            rows.push(Row::Line { number, new: false });
        }
        rows.push(Row::Line { number, new: false });
        next = Some(number + 1);
    }
    rows
}
