//! What asyncio did, `final-runtime` does.

use std::path::{Path, PathBuf};

use conformance::compare::{Table, difference};
use conformance::json::Json;
use conformance::record::{self, Record};

fn corpus() -> Vec<Record> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    // The last are programs of our own generator that once differed.
    let files: [PathBuf; 3] =
        ["hand", "random", "found"].map(|name| folder.join(name).with_extension("jsonl"));
    let records = files.iter().flat_map(|file| record::read(file).unwrap());
    records.collect()
}

#[test]
fn every_program_agrees_in_log_outcome_end_turns_and_unseen_errors() {
    let corpus = corpus();
    let mut table = Table::default();
    corpus.iter().for_each(|record| table.add(record));
    println!("{table}");
    let differences = table
        .failures
        .iter()
        .map(|(id, how)| format!("--- {id}: {how}"));
    let differences: Vec<_> = differences.collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    assert_eq!((corpus.len(), table.compared()), (627, 627));
}

#[test]
fn a_difference_in_any_part_is_found() {
    let corpus = corpus();
    let record = corpus.first().unwrap();
    let actual = conformance::run(&record.program);
    assert_eq!(difference(record.expected.as_ref().unwrap(), &actual), None);
    for part in ["log", "outcome", "end_ms", "iters", "unretrieved"] {
        let spoilt = actual
            .pairs()
            .iter()
            .map(|(key, value)| match &**key == part {
                true => (key.clone(), Json::text("spoilt")),
                false => (key.clone(), value.clone()),
            });
        let found = difference(&Json::Object(spoilt.collect()), &actual).unwrap();
        assert!(found.starts_with(part), "{found}");
    }
}
