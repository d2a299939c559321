//! Random programs, run by CPython 3.13 and by `final-runtime`. Not in `.ci/run`, which cannot install that CPython; by hand:
//! `cargo test -p conformance --test cpython -- --ignored`, with `PYTHON` naming the interpreter if it is not `python3.13`,
//! and `SEED` another first program.

use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use conformance::compare::Table;
use conformance::{generate, record};

/// How many programs are made. A few are left out: those that CPython's own recursion ends.
const PROGRAMS: u64 = 1100;

#[test]
#[ignore = "needs CPython 3.13"]
fn a_thousand_random_programs_agree_with_cpython() {
    let seed: u64 = env::var("SEED").map_or(1, |seed| seed.parse().unwrap());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (made, known) = (folder.join("made.jsonl"), folder.join("known.jsonl"));
    let lines = (seed..seed + PROGRAMS).map(|seed| {
        let program = generate::program(seed);
        format!("{{\"id\":\"seed-{seed}\",\"area\":\"generated\",\"program\":{program}}}\n")
    });
    fs::write(&made, lines.collect::<String>()).unwrap();

    let python = env::var("PYTHON").unwrap_or_else(|_| "python3.13".to_owned());
    let oracle = Command::new(&python)
        .arg(here.join("oracle.py"))
        .arg("record")
        .arg(&made)
        .output()
        .unwrap_or_else(|error| {
            panic!("{python} does not run: {error}; set PYTHON to a CPython 3.13")
        });
    fs::write(&known, oracle.stdout).unwrap();

    let mut table = Table::default();
    for record in record::read(&known).unwrap() {
        table.add(&record);
    }
    println!("{table}");
    let first = table
        .failures
        .first()
        .map(|(id, how)| format!("{id}: {how}"));
    assert_eq!(first, None);
    assert!(
        table.compared() >= 1000,
        "{} programs are too few",
        table.compared()
    );
}
