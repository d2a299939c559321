//! Runs the programs of some files: a result line each, or with `--compare` the table of areas.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use conformance::compare::Table;
use conformance::json::Json;
use conformance::record;

/// How many differences are shown in full.
const SHOWN: usize = 5;

fn main() -> io::Result<ExitCode> {
    let (options, files): (Vec<_>, Vec<_>) = std::env::args()
        .skip(1)
        .partition(|argument| argument.starts_with("--"));
    let compare = match options.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] if !files.is_empty() => false,
        ["--compare"] if !files.is_empty() => true,
        _ => {
            eprintln!("usage: conformance [--compare] FILE.jsonl…");
            return Ok(ExitCode::FAILURE);
        }
    };
    let mut table = Table::default();
    let mut out = io::stdout().lock();
    for file in files {
        for record in record::read(Path::new(&file))? {
            if compare {
                table.add(&record);
                continue;
            }
            let mut pairs = vec![("id".into(), Json::text(&record.id))];
            match conformance::unsupported(&record.program)[..] {
                [] => pairs.extend_from_slice(conformance::run(&record.program).pairs()),
                [op, ..] => pairs.push(("unsupported".into(), op.into())),
            }
            writeln!(out, "{}", Json::Object(pairs.into()))?;
        }
    }
    if compare {
        for (id, difference) in table.failures.iter().take(SHOWN) {
            writeln!(out, "--- {id}: {difference}")?;
        }
        write!(out, "{table}")?;
    }
    Ok(ExitCode::from(u8::from(!table.failures.is_empty())))
}
