//! What asyncio did, this chapter does: the corpus of `tests/conformance`, as far as it is made of what the chapter has.
//!
//! Logs, outcomes, the time at the end and the turn of each event are compared. Left out are programs with an op, a mode or an
//! object that the chapter does not have, by the table in [`missing`].

#[path = "conformance/calls.rs"]
mod calls;
#[path = "conformance/ops.rs"]
mod ops;
#[path = "conformance/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use conformance::compare::difference;
use conformance::json::Json;
use conformance::record::{self, Record};

use ops::text;
use world::World;

/// How many random programs are made.
const SEEDS: u64 = 2_000;

fn corpus() -> Vec<Record> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance/corpus");
    let files = ["hand.jsonl", "random.jsonl"];
    let records = files.map(|file| record::read(&folder.join(file)).expect("the corpus is there"));
    records.into_iter().flatten().collect()
}

/// What the program wants and the chapter has not; nothing if it has all.
fn missing(program: &Json) -> Option<String> {
    match program.get("mode").and_then(Json::as_str) {
        None | Some("idle") => {}
        Some(mode) => return Some(format!("a run until something is done, mode `{mode}`")),
    }
    let objects = program.get("objects").map_or(&[][..], Json::pairs);
    let kinds = objects.iter().map(|(_, object)| text(object, "type"));
    if let Some(kind) = kinds.into_iter().find(|kind| *kind != "future") {
        return Some(format!("`{kind}`"));
    }
    missing_op(program)
}

fn missing_op(json: &Json) -> Option<String> {
    let inside = json.pairs().iter().map(|(_, value)| value);
    let inside = json.items().iter().chain(inside);
    lacks(json).or_else(|| inside.into_iter().find_map(missing_op))
}

/// What an op wants by itself and the chapter has not.
fn lacks(json: &Json) -> Option<String> {
    let op = json.get("op").and_then(Json::as_str)?;
    let is = |key: &str| json.get(key).is_some_and(|value| *value != Json::Null);
    match op {
        "spawn" if json.get("eager") == Some(&Json::Bool(true)) => Some("`spawn`, eager".into()),
        "cancel" | "cancel_future" if is("msg") => Some("`cancel` with a message".into()),
        "gather" if is("as") => Some("`gather`, kept for later".into()),
        "timeout" if !is("ms") => Some("`timeout` without a limit, or until a moment".into()),
        "raise" | "raise_cancelled" | "await" | "log" | "time" | "call" | "return" | "repeat"
        | "try" | "add" | "sleep" | "yield" | "spawn" | "cancel" | "uncancel" | "cancelling"
        | "state" | "result" | "exception" | "set_result" | "set_exception" | "cancel_future"
        | "add_done_callback" | "all_tasks" | "gather" | "wait_for" | "shield" | "timeout"
        | "expired" | "taskgroup" | "tg_spawn" | "call_soon" | "call_later" | "call_at"
        | "handle_cancel" | "stop" => None,
        _ => Some(format!("`{op}`")),
    }
}

/// A program without what the chapter has not: ops, objects, modes. Nor does it call routines, which may call themselves, and
/// what ended that may have gone.
fn reduced(json: &Json) -> Json {
    let is_future = |object: &Json| match object.get("type").and_then(Json::as_str) {
        Some(kind) => kind == "future",
        None => true,
    };
    match json {
        Json::List(items) => {
            let calls = |op: &Json| op.get("op").and_then(Json::as_str) == Some("call");
            let kept = items.iter().filter(|op| lacks(op).is_none() && !calls(op));
            Json::list(kept.map(reduced))
        }
        Json::Object(pairs) => {
            let kept = pairs
                .iter()
                .filter(|(key, value)| &**key != "mode" && is_future(value));
            let kept = kept.map(|(key, value)| (key.clone(), reduced(value)));
            Json::Object(kept.collect())
        }
        other => other.clone(),
    }
}

/// How many programs agree, of how many that are made of what the chapter has, of how many there are.
#[derive(Default)]
struct Count {
    agree: usize,
    run: usize,
    all: usize,
}

/// The row of the page's table for areas of which nothing can be run.
const ELSEWHERE: &str =
    "locks, queues, semaphores, barriers, and ten more that the chapter has not";

/// An area of the corpus, as the page's table calls it.
fn about(area: &str) -> &str {
    match area {
        "loop" => "callbacks, turns, timers",
        "future" | "futures" => "futures and their callbacks",
        "task" => "tasks",
        "gather" => "`gather`",
        "shield" => "`shield`",
        "timeout" => "`timeout`",
        "wait_for" => "`wait_for`",
        "taskgroup" => "`TaskGroup`",
        "mixed" => "several of these, and others, mixed at random",
        other => other,
    }
}

#[test]
fn each_program_that_is_made_of_what_the_chapter_has_agrees_with_asyncio() {
    let mut areas: BTreeMap<String, Count> = BTreeMap::new();
    let mut left_out: BTreeMap<String, usize> = BTreeMap::new();
    let mut differences = Vec::new();
    for record in corpus() {
        let count = areas.entry(record.area.clone()).or_default();
        count.all += 1;
        let expected = record
            .expected
            .as_ref()
            .expect("the corpus says what asyncio did");
        let ran = match missing(&record.program) {
            Some(missing) => Err(missing),
            None => World::run(&record.program, expected),
        };
        match ran.map(|actual| difference(expected, &actual)) {
            Err(missing) => *left_out.entry(missing).or_default() += 1,
            Ok(difference) => {
                count.run += 1;
                match difference {
                    None => count.agree += 1,
                    Some(how) => differences.push(format!("--- {}: {how}", record.id)),
                }
            }
        }
    }
    let mut table = String::new();
    for (area, count) in &areas {
        table += &format!(
            "{area:<14} {:>3} of {:>3} run, of {:>3}\n",
            count.agree, count.run, count.all
        );
    }
    for (what, count) in &left_out {
        table += &format!("left out: {count:>3} for {what}\n");
    }
    println!("{table}");
    // The page says the same numbers.
    let page = include_str!("../../../book/src/08-cancellation.md");
    let mut rows: BTreeMap<&str, Count> = BTreeMap::new();
    for (area, count) in &areas {
        let about = if count.run > 0 {
            about(area)
        } else {
            ELSEWHERE
        };
        for row in [about, "all"] {
            let row = rows.entry(row).or_default();
            row.all += count.all;
            row.run += count.run;
            row.agree += count.agree;
        }
    }
    for (about, Count { agree, run, all }) in &rows {
        let agree = if *run > 0 {
            agree.to_string() + " "
        } else {
            String::new()
        };
        let row = format!("\n| {about} | {all} | {run} | {agree}|\n");
        assert!(page.contains(&row), "{row}\n{table}");
    }
    let left = rows["all"].all - rows["all"].run;
    let told = format!("The other {left} want something");
    assert!(page.contains(&told), "{told}");
    let shown = differences.iter().take(5).cloned().collect::<Vec<_>>();
    assert!(
        differences.is_empty(),
        "{} differ\n{}",
        differences.len(),
        shown.join("\n")
    );
}

/// Whether tasks of the program may come to wait for each other in a ring.
fn may_be_a_ring(program: &Json) -> bool {
    let tasks = program.get("tasks").map_or(&[][..], Json::pairs);
    let mut waits: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (task, body) in tasks {
        named_in(body, waits.entry(task).or_default());
    }
    // Whoever waits for one that waits for another waits for that one too.
    for _ in tasks {
        for task in waits.keys().copied().collect::<Vec<_>>() {
            let further = waits[task].iter().filter_map(|other| waits.get(other));
            let further: Vec<&str> = further.flatten().copied().collect();
            waits.entry(task).or_default().extend(further);
        }
    }
    waits.iter().any(|(task, all)| all.contains(task))
}

/// The targets of the ops in a body.
fn named_in<'a>(json: &'a Json, names: &mut BTreeSet<&'a str>) {
    names.extend(json.get("target").and_then(Json::as_str));
    let several = json.get("of").map_or(&[][..], Json::items);
    names.extend(several.iter().filter_map(Json::as_str));
    let inside = json.pairs().iter().map(|(_, value)| value);
    json.items()
        .iter()
        .chain(inside)
        .for_each(|json| named_in(json, names));
}

/// In a ring, a waker that was left in a promise brings a turn in which nothing happens, so turns are not compared.
#[test]
fn random_programs_agree_with_final_runtime_when_they_are_reduced_to_what_the_chapter_has() {
    let mut run = 0;
    for seed in 0..SEEDS {
        let program = reduced(&conformance::generate::program(seed));
        assert_eq!(missing(&program), None, "seed {seed}: {program}");
        let expected = conformance::run(&program);
        if let Ok(actual) = World::run(&program, &expected) {
            run += 1;
            let difference = difference(&expected, &actual).unwrap_or_default();
            let only_turns = difference.starts_with("iters") && may_be_a_ring(&program);
            assert!(
                only_turns || difference.is_empty(),
                "seed {seed}: {program}\n{difference}"
            );
        }
    }
    assert!(run > SEEDS / 2, "{run} of {SEEDS} were run");
}
