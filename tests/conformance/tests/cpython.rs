//! Random programs, run by CPython 3.13 and by `final-runtime`. Not in `.ci/run`, which cannot install that CPython; by hand:
//! `cargo test --release -p conformance --test cpython -- --ignored --nocapture`, with
//!
//! - `PYTHON`: the interpreter, if it is not `python3.13`;
//! - `SEED`: another first program;
//! - `MINUTES`: how long to go on with fresh programs. Without it, one batch.
//!
//! Each program that differs is kept, with what CPython makes of it, in `differences.jsonl` in cargo's temporary folder for tests.

use std::collections::BTreeMap;
use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use conformance::compare;
use conformance::{generate, record};

/// How many programs a batch has. A few are left out: those that CPython's own recursion ends.
const BATCH: u64 = 1100;

fn number(name: &str) -> Option<u64> {
    let value = env::var(name).ok()?;
    match value.parse() {
        Ok(number) => Some(number),
        Err(_) => panic!("{name} is `{value}`, and wants a number"),
    }
}

#[test]
#[ignore = "needs CPython 3.13"]
fn random_programs_agree_with_cpython() {
    let mut seed = number("SEED").unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(60 * number("MINUTES").unwrap_or(0));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let kept = folder.join("differences.jsonl");
    let mut differences = File::create(&kept).unwrap();
    let (mut compared, mut failed, mut first) = (0, 0, None);
    let mut left_out = BTreeMap::<String, u64>::new();
    loop {
        for (line, record) in batch(seed, folder, &mut left_out) {
            compared += 1;
            let expected = record.expected.as_ref().expect("the oracle recorded it");
            let Some(how) = compare::difference(expected, &conformance::run(&record.program))
            else {
                continue;
            };
            failed += 1;
            println!("--- {}: {how}", record.id);
            writeln!(differences, "{line}").unwrap();
            first.get_or_insert(record.id);
        }
        seed += BATCH;
        if Instant::now() >= end {
            break;
        }
    }
    println!(
        "{} of {compared} agree; the next seed is {seed}",
        compared - failed
    );
    for (why, count) in left_out {
        println!("{count:>6} left out: {why}");
    }
    assert_eq!(
        first,
        None,
        "the programs that differ are in {}",
        kept.display()
    );
    assert!(compared >= 1000, "{compared} programs are too few");
}

/// A batch of programs as CPython runs them: each record, and the line it was read from. Counts the reasons for leaving one out.
fn batch(
    seed: u64,
    folder: &Path,
    left_out: &mut BTreeMap<String, u64>,
) -> Vec<(String, record::Record)> {
    let (made, known) = (folder.join("made.jsonl"), folder.join("known.jsonl"));
    let lines = (seed..seed + BATCH).map(|seed| {
        let program = generate::program(seed);
        format!("{{\"id\":\"seed-{seed}\",\"area\":\"generated\",\"program\":{program}}}\n")
    });
    fs::write(&made, lines.collect::<String>()).unwrap();
    let python = env::var("PYTHON").unwrap_or_else(|_| "python3.13".to_owned());
    let oracle = Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("oracle.py"))
        .arg("record")
        .arg(&made)
        .output()
        .unwrap_or_else(|error| {
            panic!("{python} does not run: {error}; set PYTHON to a CPython 3.13")
        });
    for line in String::from_utf8_lossy(&oracle.stderr).lines() {
        if let Some((_, why)) = line.split_once(" left out: ") {
            *left_out.entry(why.to_owned()).or_default() += 1;
        }
    }
    fs::write(&known, &oracle.stdout).unwrap();
    let records = record::read(&known).unwrap();
    let lines = fs::read_to_string(&known).unwrap();
    let lines: Vec<String> = lines.lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), records.len());
    lines.into_iter().zip(records).collect()
}
