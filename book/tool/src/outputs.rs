//! Compares what a page says that a program prints with what it prints, and writes the difference
//! into the page when an author asks for it.
//!
//! A line `…` stands for any number of lines. In a masked block `‹…›` stands for a part of a line.

use crate::run::indent;

/// The line that stands for lines left out.
pub const ELISION: &str = "…";

/// How many lines of a difference are told.
const TOLD: usize = 6;

/// Where a page and a program part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line of the block, from 0.
    pub line: usize,
    /// The lines that differ.
    pub message: String,
}

/// Compares a block with the output.
///
/// # Errors
///
/// The first difference.
pub fn compare(block: &str, output: &str, masked: bool) -> Result<(), Difference> {
    let expected = lines(block);
    let found = lines(output);
    if matches(&expected, &found, masked) {
        return Ok(());
    }
    // What stands in front of the first elision, or all, is compared line by line.
    let same = |(expected, found): &(&&str, &&str)| line_matches(expected, found, masked);
    let agreeing = expected.iter().zip(&found).take_while(same);
    let line = agreeing.take_while(|(line, _)| **line != ELISION).count();
    let elided = expected[..line.min(expected.len())].contains(&ELISION)
        || expected.get(line) == Some(&ELISION);
    let message = if elided {
        missing_part(&expected, &found, masked)
    } else {
        format!(
            "{}{}",
            told('-', &expected[line..]),
            told('+', &found[line..])
        )
    };
    Err(Difference {
        line: line.min(expected.len().saturating_sub(1)),
        message: format!(
            "- is the page, + is the program:\n{}",
            indent(message.trim_end())
        ),
    })
}

/// The block as it has to be for `output`. Elisions and masks stay where it is clear what they stand for.
///
/// # Errors
///
/// A sentence that says why the author has to decide.
pub fn bless(block: &str, output: &str, masked: bool) -> Result<String, String> {
    let expected = lines(block);
    let found = lines(output);
    if matches(&expected, &found, masked) {
        return Ok(block.to_owned());
    }
    let elisions = expected.iter().filter(|line| **line == ELISION).count();
    let blessed: Vec<&str> = match elisions {
        0 => line_by_line(&expected, &found, masked)?,
        1 => {
            let before = expected.iter().take_while(|line| **line != ELISION).count();
            let after = expected.len() - before - 1;
            let Some(rest) = found
                .len()
                .checked_sub(after)
                .filter(|rest| *rest >= before)
            else {
                return Err(
                    "the output has fewer lines than the block shows around its `…`".to_owned(),
                );
            };
            let mut blessed = line_by_line(&expected[..before], &found[..before], masked)?;
            blessed.push(ELISION);
            blessed.extend(line_by_line(
                &expected[before + 1..],
                &found[rest..],
                masked,
            )?);
            blessed
        }
        _ => {
            return Err(
                "with more than one `…` it is not clear which lines to leave out".to_owned(),
            );
        }
    };
    Ok(blessed.iter().map(|line| format!("{line}\n")).collect())
}

fn line_by_line<'a>(
    expected: &[&'a str],
    found: &[&'a str],
    masked: bool,
) -> Result<Vec<&'a str>, String> {
    let has_mask = |line: &&str| masked && line.contains('‹');
    if expected.len() != found.len() && expected.iter().any(has_mask) {
        return Err(
            "the number of lines changed, and it is not clear which ones are masked".to_owned(),
        );
    }
    let mut blessed = Vec::new();
    for (index, line) in found.iter().enumerate() {
        match expected.get(index) {
            Some(old) if line_matches(old, line, masked) => blessed.push(*old),
            Some(old) if has_mask(old) => {
                return Err(format!("`{line}` is not what `{old}` stands for"));
            }
            _ => blessed.push(*line),
        }
    }
    Ok(blessed)
}

/// The lines of a text; trailing line ends make no difference.
fn lines(text: &str) -> Vec<&str> {
    text.trim_end_matches('\n').lines().collect()
}

/// Whether `found` is what `expected` stands for, each elision taking as many lines as it must.
fn matches(expected: &[&str], found: &[&str], masked: bool) -> bool {
    match (expected.split_first(), found.split_first()) {
        (None, None) => true,
        (Some((&ELISION, rest)), _) => {
            (0..=found.len()).any(|skipped| matches(rest, &found[skipped..], masked))
        }
        (Some((line, expected)), Some((other, found))) => {
            line_matches(line, other, masked) && matches(expected, found, masked)
        }
        _ => false,
    }
}

/// Whether `found` is the line `expected`, in which each mask stands for one character or more.
fn line_matches(expected: &str, found: &str, masked: bool) -> bool {
    if !masked {
        return expected == found;
    }
    let Some((before, rest)) = expected.split_once('‹') else {
        return expected == found;
    };
    let Some((_, after)) = rest.split_once('›') else {
        return expected == found;
    };
    found.strip_prefix(before).is_some_and(|found| {
        let ends = found.char_indices().map(|(at, c)| at + c.len_utf8());
        ends.into_iter()
            .any(|end| line_matches(after, &found[end..], masked))
    })
}

/// The first stretch between two elisions that the output does not have.
fn missing_part(expected: &[&str], found: &[&str], masked: bool) -> String {
    let mut from = 0;
    let parts: Vec<&[&str]> = expected.split(|line| *line == ELISION).collect();
    for (index, part) in parts.iter().enumerate() {
        let fits = |at: &usize| matches(part, &found[*at..*at + part.len()], masked);
        let last = found.len().saturating_sub(part.len());
        let at = match index {
            0 => (0..=0).find(|at| at + part.len() <= found.len() && fits(at)),
            _ if index + 1 == parts.len() => (last.max(from)..=last).find(fits),
            _ => (from..=last).find(fits),
        };
        match at {
            Some(at) => from = at + part.len(),
            None => {
                let rest = &found[from.min(found.len())..];
                return format!("{}{}", told('-', part), told('+', rest));
            }
        }
    }
    told('+', found)
}

fn told(sign: char, lines: &[&str]) -> String {
    let mut text: String = lines
        .iter()
        .take(TOLD)
        .map(|line| format!("{sign} {line}\n"))
        .collect();
    if lines.len() > TOLD {
        text.push_str(&format!("{sign} and {} more\n", lines.len() - TOLD));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts_at(block: &str, output: &str) -> Option<usize> {
        compare(block, output, false)
            .err()
            .map(|difference| difference.line)
    }

    #[test]
    fn each_byte_counts() {
        assert_eq!(parts_at("a\nb\n", "a\nb\n"), None);
        assert_eq!(parts_at("a\nb\n", "a\nb \n"), Some(1));
        assert_eq!(parts_at("a\nb\n", "a\n"), Some(1));
        assert_eq!(parts_at("a\n", "a\nb\n"), Some(0));
        assert_eq!(parts_at("", "a\n"), Some(0));
    }

    #[test]
    fn an_elision_stands_for_any_number_of_lines() {
        assert_eq!(parts_at("a\n…\nd\n", "a\nb\nc\nd\n"), None);
        assert_eq!(parts_at("a\n…\nd\n", "a\nd\n"), None);
        assert_eq!(parts_at("…\nb\n…\n", "a\nb\nc\n"), None);
        assert!(parts_at("a\n…\nd\n", "a\nb\nc\n").is_some());
        assert!(parts_at("a\n…\nx\n…\nd\n", "a\nb\nd\n").is_some());
    }

    #[test]
    fn a_missing_part_is_told_alone() {
        let difference = compare("a\n…\nx\n…\nd\n", "a\nb\nd\n", false).expect_err("no x");
        assert!(
            difference.message.contains("- x\n"),
            "{}",
            difference.message
        );
        assert!(
            !difference.message.contains("- a"),
            "{}",
            difference.message
        );
    }

    #[test]
    fn a_mask_stands_for_a_part_of_a_line_in_a_masked_block() {
        assert_eq!(compare("took ‹3› ms\n", "took 17 ms\n", true), Ok(()));
        assert!(compare("took ‹3› ms\n", "took 17 ms\n", false).is_err());
        assert!(compare("took ‹3› ms\n", "took 17 s\n", true).is_err());
        assert!(compare("took ‹3› ms\n", "took  ms\n", true).is_err());
        assert_eq!(compare("‹a› b ‹c›\n", "1 b 2 b 3\n", true), Ok(()));
    }

    #[test]
    fn blessing_writes_what_is_printed_now() {
        assert_eq!(
            bless("old\n", "new\nmore\n", false),
            Ok("new\nmore\n".to_owned())
        );
    }

    #[test]
    fn blessing_keeps_an_elision_whose_place_is_clear() {
        let blessed = bless("a\nb\n…\nz\n", "a\nB\nc\nd\nZ\n", false);
        assert_eq!(blessed, Ok("a\nB\n…\nZ\n".to_owned()));
        assert!(bless("a\n…\nb\n…\nc\n", "x\n", false).is_err());
        assert!(bless("a\nb\n…\nz\n", "a\n", false).is_err());
    }

    #[test]
    fn blessing_keeps_masks() {
        let blessed = bless("‹3› ms\nold\n", "5 ms\nnew\n", true);
        assert_eq!(blessed, Ok("‹3› ms\nnew\n".to_owned()));
        assert!(bless("‹3› ms\n", "5 s\n", true).is_err());
        assert!(bless("‹3› ms\n", "5 ms\nnew\n", true).is_err());
    }
}
