//! What a test came to, for somebody who has to mend their work: what differed, line by line, and where.

use std::time::Duration;

use similar::{Algorithm, ChangeTag, capture_diff_slices, group_diff_ops};

use crate::run::{End, Run, tail};

/// How many equal items are shown before and behind one that differs.
const AROUND: usize = 3;

/// How many lines of a difference are shown at most.
const LINES: usize = 40;

/// What a test came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Passed,
    /// Where it failed, if that is known, and what is to be said of it.
    Failed(Option<String>, Vec<String>),
}

impl Verdict {
    /// Of a test that ran by itself, for at most `limit`.
    pub(super) fn of(run: &Run, limit: Duration) -> Self {
        match run.end {
            End::Success if run.stdout.contains("test result: ok. 1 passed") => Self::Passed,
            End::Success => {
                let line = "ended the whole process before the test was over".to_owned();
                Self::Failed(None, vec![line])
            }
            End::Killed => {
                let seconds = limit.as_secs();
                let line = format!("came to no end within {seconds} s, and was ended");
                Self::Failed(None, vec![line])
            }
            End::Failure(_) => match panic(&run.stderr) {
                Some((place, message)) => Self::Failed(Some(place), explained(message)),
                None => {
                    let said = format!("{}\n{}", run.stdout.trim(), run.stderr.trim());
                    let said = tail(said.trim(), 12).lines().map(str::to_owned);
                    Self::Failed(None, said.collect())
                }
            },
        }
    }

    pub(super) fn passed(&self) -> bool {
        *self == Self::Passed
    }

    /// The verdict on the test `name`, set in.
    pub(super) fn told(&self, name: &str) -> String {
        let name = name.replace('_', " ");
        match self {
            Self::Passed => format!("  ok      {name}\n"),
            Self::Failed(place, lines) => {
                let mut told = format!("  FAILED  {name}\n");
                if let Some(place) = place {
                    told.push_str(&format!("          at {place}\n"));
                }
                for line in lines {
                    told.push_str(format!("          {line}").trim_end());
                    told.push('\n');
                }
                told
            }
        }
    }
}

/// Place and message of the first panic in what a program wrote to standard error.
fn panic(stderr: &str) -> Option<(String, &str)> {
    let (_, rest) = stderr.split_once(" panicked at ")?;
    let (place, message) = rest.split_once(":\n")?;
    let ends = ["\nnote: run with `RUST_BACKTRACE", "\n\nthread '"];
    let ends = ends.iter().filter_map(|end| message.find(end));
    let message = &message[..ends.min().unwrap_or(message.len())];
    // Without the column: it helps nobody.
    let place = place.rsplit_once(':').map_or(place, |(place, _)| place);
    Some((place.to_owned(), message.trim_end()))
}

/// A panic's message in lines. The two sides of an `assert_eq!` are set against each other.
fn explained(message: &str) -> Vec<String> {
    let lines = |text: &str| text.lines().map(str::to_owned).collect();
    let Some((said, left, right)) = sides(message) else {
        return lines(message);
    };
    let mut explained: Vec<String> = said.map(lines).unwrap_or_default();
    match (items(left), items(right)) {
        (Some(left), Some(right)) => {
            explained.push("- yours, + expected".to_owned());
            explained.extend(difference(&left, &right));
        }
        _ => explained.extend([format!("yours:    {left}"), format!("expected: {right}")]),
    }
    explained
}

/// Of a failed `assert_eq!`: what its author says, if anything, and both sides.
fn sides(message: &str) -> Option<(Option<&str>, &str, &str)> {
    let rest = message.strip_prefix("assertion `left == right` failed")?;
    let (said, rest) = rest.split_once("\n  left: ")?;
    let (left, right) = rest.split_once("\n right: ")?;
    Some((said.strip_prefix(": "), left, right))
}

/// The two lists in one: what both have, what only the left has, what only the right has.
fn difference(left: &[String], right: &[String]) -> Vec<String> {
    if left.is_empty() {
        let missing = right.iter().map(|item| format!("+ {item}"));
        return std::iter::once("- (nothing)".to_owned())
            .chain(missing)
            .collect();
    }
    let changes = capture_diff_slices(Algorithm::Myers, left, right);
    let mut lines = Vec::new();
    for group in group_diff_ops(changes, AROUND) {
        let begins = group.first().is_some_and(|op| op.old_range().start > 0);
        if begins || !lines.is_empty() {
            lines.push("…".to_owned());
        }
        for change in group.iter().flat_map(|op| op.iter_changes(left, right)) {
            let mark = match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            };
            lines.push(format!("{mark} {}", change.value()));
        }
    }
    if lines.len() > LINES {
        lines.truncate(LINES);
        lines.push("… and more".to_owned());
    }
    lines
}

/// The items of a list as `{:?}` prints it; none if it is no list.
fn items(debug: &str) -> Option<Vec<String>> {
    let inside = debug.strip_prefix('[')?.strip_suffix(']')?;
    let mut items = Vec::new();
    let mut item = String::new();
    let mut depth = 0;
    let mut rest = inside;
    while let Some(c) = rest.chars().next() {
        let taken = quoted(rest).unwrap_or(c.len_utf8());
        let (piece, behind) = rest.split_at(taken);
        rest = behind;
        match c {
            '[' | '(' | '{' => depth += 1,
            ']' | ')' | '}' => depth -= 1,
            ',' if depth == 0 => {
                items.push(std::mem::take(&mut item));
                continue;
            }
            _ => {}
        }
        item.push_str(piece);
    }
    if !inside.is_empty() {
        items.push(item);
    }
    Some(items.iter().map(|item| unquoted(item.trim())).collect())
}

/// The length of the string or character that `text` begins with.
fn quoted(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    let end = text[1..].char_indices().find(|(_, c)| {
        let ends = *c == quote && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map(|(at, _)| at + 2)
}

/// A string as it was before `{:?}` put it in quotation marks; anything else as it is.
fn unquoted(item: &str) -> String {
    let inside = item
        .strip_prefix('"')
        .and_then(|item| item.strip_suffix('"'));
    inside.map_or_else(
        || item.to_owned(),
        |inside| inside.replace("\\\"", "\"").replace("\\\\", "\\"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(stderr: &str) -> Verdict {
        let run = Run {
            stdout: String::new(),
            stderr: stderr.to_owned(),
            end: End::Failure(Some(101)),
        };
        Verdict::of(&run, Duration::from_secs(1))
    }

    #[test]
    fn two_lists_are_set_against_each_other() {
        let verdict = failed(
            "\nthread 'order' (77) panicked at chapters/01-a/exercises/1/tests.rs:35:5:\n\
             assertion `left == right` failed\n  left: [\"1 a: b, c\", \"2 x\"]\n right: [\"1 a: b, c\", \"3 \\\"y\\\"\"]\n\
             note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace\n",
        );
        let told = "  FAILED  each in turn\n          at chapters/01-a/exercises/1/tests.rs:35\n          \
             - yours, + expected\n            1 a: b, c\n          - 2 x\n          + 3 \"y\"\n";
        assert_eq!(verdict.told("each_in_turn"), told);
    }

    #[test]
    fn single_values_stand_below_each_other_behind_what_the_test_says() {
        let said = "assertion `left == right` failed: the sum\n  left: 3\n right: Some([4])";
        assert_eq!(
            explained(said),
            ["the sum", "yours:    3", "expected: Some([4])"]
        );
    }

    #[test]
    fn a_list_with_nothing_in_it_says_so() {
        let said = "assertion `left == right` failed\n  left: []\n right: [1, 2]";
        assert_eq!(
            explained(said),
            ["- yours, + expected", "- (nothing)", "+ 1", "+ 2"]
        );
    }

    #[test]
    fn of_long_lists_only_what_is_near_a_difference_is_shown() {
        let left: Vec<String> = (0..100).map(|item| item.to_string()).collect();
        let mut right = left.clone();
        right[50] = "here".to_owned();
        let expected = [
            "…", "  47", "  48", "  49", "- 50", "+ here", "  51", "  52", "  53",
        ];
        assert_eq!(difference(&left, &right), expected);
        assert_eq!(difference(&left, &["x".to_owned()]).len(), LINES + 1);
    }

    #[test]
    fn any_other_panic_is_told_in_its_own_words_and_only_the_first() {
        let verdict = failed(
            "thread 'a' panicked at a.rs:1:2:\nit is registered still\n\nthread 'a' panicked at b.rs:3:4:\nmore\n",
        );
        let lines = vec!["it is registered still".to_owned()];
        assert_eq!(verdict, Verdict::Failed(Some("a.rs:1".to_owned()), lines));
    }

    #[test]
    fn commas_within_an_item_do_not_part_it() {
        let debug = "[(1, \"a\"), Say { at: ['[', ','] }, \"x, [y\"]";
        let expected = ["(1, \"a\")", "Say { at: ['[', ','] }", "x, [y"];
        assert_eq!(items(debug).expect("a list"), expected);
        assert_eq!(items("[]"), Some(Vec::new()));
        assert_eq!(items("7"), None);
    }

    #[test]
    fn a_test_without_an_end_is_ended() {
        let run = Run {
            stdout: String::new(),
            stderr: String::new(),
            end: End::Killed,
        };
        let told = Verdict::of(&run, Duration::from_secs(10)).told("it_ends");
        assert!(
            told.contains("FAILED  it ends") && told.contains("no end within 10 s"),
            "{told}"
        );
    }
}
