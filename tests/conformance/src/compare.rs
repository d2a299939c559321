//! Where two results differ, and the table of areas.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::json::Json;
use crate::record::Record;

/// What of a result is compared.
const PARTS: [&str; 5] = ["log", "outcome", "end_ms", "iters", "unretrieved"];

/// Says where `actual` differs from `expected`; nothing if it does not.
pub fn difference(expected: &Json, actual: &Json) -> Option<String> {
    let part = PARTS
        .iter()
        .find(|part| expected.get(part) != actual.get(part))?;
    let (want, got) = (expected.get(part)?, actual.get(part)?);
    let mut text = format!("{part} differs\n");
    if matches!(*part, "log" | "iters") {
        write_entries(&mut text, part, expected, actual);
    } else {
        let _ = write!(text, "  want {want}\n  got  {got}\n");
    }
    Some(text)
}

/// The entries before the first that differs, then that one as it should be and as it is.
fn write_entries(text: &mut String, part: &str, expected: &Json, actual: &Json) {
    let column =
        |result: &Json, of: &str| result.get(of).map_or(vec![], |list| list.items().to_vec());
    let (want, got) = (column(expected, part), column(actual, part));
    let first = (0..).find(|&at| want.get(at) != got.get(at)).unwrap_or(0);
    let line = |result: &Json, at: usize| {
        let (log, turns) = (column(result, "log"), column(result, "iters"));
        let entry = log.get(at).map_or("nothing".to_owned(), Json::to_string);
        format!(
            "{:>4} {entry}",
            turns.get(at).map_or("-".to_owned(), Json::to_string)
        )
    };
    for at in first.saturating_sub(6)..first {
        let _ = writeln!(text, "       {}", line(expected, at));
    }
    for at in first..first + 3 {
        let _ = writeln!(text, "  want {}", line(expected, at));
    }
    for at in first..first + 3 {
        let _ = writeln!(text, "  got  {}", line(actual, at));
    }
}

/// How many programs of each area agree.
#[derive(Debug, Default)]
pub struct Table {
    areas: BTreeMap<String, (usize, usize)>,
    /// The differences, by id.
    pub failures: Vec<(String, String)>,
}

impl Table {
    /// Runs a record, and counts it.
    pub fn add(&mut self, record: &Record) {
        let Some(expected) = &record.expected else {
            return;
        };
        let area = self.areas.entry(record.area.clone()).or_default();
        area.1 += 1;
        match difference(expected, &crate::run(&record.program)) {
            None => area.0 += 1,
            Some(difference) => self.failures.push((record.id.clone(), difference)),
        }
    }

    /// How many programs were compared.
    pub fn compared(&self) -> usize {
        self.areas.values().map(|(_, all)| all).sum()
    }
}

impl std::fmt::Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (area, (equal, all)) in &self.areas {
            writeln!(f, "{area:<14} {equal:>5} of {all}")?;
        }
        let equal = self.compared() - self.failures.len();
        writeln!(f, "{:<14} {equal:>5} of {}", "all", self.compared())
    }
}
