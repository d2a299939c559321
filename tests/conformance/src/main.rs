//! Runs the programs of some files: a result line each, or with `--compare` the table of areas. `--generate SEED COUNT`
//! prints random programs instead.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use conformance::compare::Table;
use conformance::json::Json;
use conformance::record;

/// How many differences are shown in full.
const SHOWN: usize = 5;

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--generate", seed, count] => {
            let (Ok(seed), Ok(count)) = (seed.parse(), count.parse()) else {
                return Ok(usage());
            };
            generate(seed, count)
        }
        ["--compare", ref files @ ..] if !files.is_empty() => run(files, true),
        [first, ..] if !first.starts_with("--") => run(&arguments, false),
        _ => Ok(usage()),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: conformance [--compare] FILE.jsonl…, or conformance --generate SEED COUNT");
    ExitCode::FAILURE
}

/// Prints random programs, as records without a result.
fn generate(seed: u64, count: u64) -> io::Result<ExitCode> {
    let mut out = io::stdout().lock();
    for seed in seed..seed + count {
        let record = [
            ("id".into(), Json::text(&format!("seed-{seed}"))),
            ("area".into(), "generated".into()),
            ("program".into(), conformance::generate::program(seed)),
        ];
        writeln!(out, "{}", Json::Object(record.into()))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn run(files: &[&str], compare: bool) -> io::Result<ExitCode> {
    let mut table = Table::default();
    let mut out = io::stdout().lock();
    for file in files {
        for record in record::read(Path::new(file))? {
            if compare {
                table.add(&record);
                continue;
            }
            let mut pairs = vec![("id".into(), Json::text(&record.id))];
            pairs.extend_from_slice(conformance::run(&record.program).pairs());
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
