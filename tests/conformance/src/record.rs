//! A program, and what asyncio made of it.

use std::io;
use std::path::Path;

use crate::json::Json;

/// One line of a corpus.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its name.
    pub id: String,
    /// What it is about, in one word.
    pub area: String,
    /// The program.
    pub program: Json,
    /// What asyncio made of it, if that is known.
    pub expected: Option<Json>,
}

/// The records of a file, one a line.
///
/// # Errors
///
/// If the file cannot be read, or a line is no record.
pub fn read(path: &Path) -> io::Result<Vec<Record>> {
    let text = std::fs::read_to_string(path)?;
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let wrong =
                |why: String| io::Error::other(format!("{}:{}: {why}", path.display(), at + 1));
            parse(line).map_err(wrong)
        })
        .collect()
}

fn parse(line: &str) -> Result<Record, String> {
    let json = Json::parse(line)?;
    let text = |key: &str| {
        let value = json.get(key).and_then(Json::as_str);
        value
            .map(str::to_owned)
            .ok_or(format!("a record wants `{key}`"))
    };
    Ok(Record {
        id: text("id")?,
        area: text("area").unwrap_or_default(),
        program: json
            .get("program")
            .cloned()
            .ok_or("a record wants `program`")?,
        expected: json.get("expected").cloned(),
    })
}
