//! What the player of a recorded run shows, worked out when the book is built: of each event the words, its place
//! in the picture, who is where, and the line of source behind it. `book/theme/player.js` only shows it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bars::Bar;
use super::layout::Row;
use super::recording::{Event, sentence};
use super::state::state;
use crate::binding::highlight;
use crate::html::json_script;

/// How many lines stand around the one that is meant.
const AROUND: usize = 3;

/// A row of the picture, in the picture's own measure.
#[derive(Debug)]
pub struct Place {
    /// Its events and where they stand.
    pub row: Row,
    /// What stands left of its first event.
    pub margin: f64,
    /// Its upper edge.
    pub top: f64,
    /// Its lower edge.
    pub bottom: f64,
}

#[derive(Serialize)]
struct Player<'a> {
    /// Name and colour.
    tasks: &'a [(&'a str, &'static str)],
    files: Vec<File>,
    events: Vec<Shown>,
}

/// The lines that are needed of a file, each once.
#[derive(Default, Serialize)]
struct File {
    name: String,
    lines: BTreeMap<usize, Vec<Stretch>>,
}

/// A stretch of a line: text, or text and its colour.
#[derive(Serialize)]
#[serde(untagged)]
enum Stretch {
    Plain(String),
    Coloured(String, &'static str),
}

#[derive(Serialize)]
struct Shown {
    words: String,
    turn: u64,
    time: u64,
    /// Left, top, width and height of its place in the picture.
    place: [i64; 4],
    /// The bar that it is a part of.
    bar: Option<usize>,
    /// Of `files`; none if the line is not one of a chapter's.
    file: Option<usize>,
    line: u32,
    /// Of `tasks`, as all that follows.
    running: Option<usize>,
    ready: Vec<usize>,
    sleeping: Vec<usize>,
}

/// The script element with all that the player shows. `source` gives the text of a file that an event names.
pub fn html(
    events: &[Event],
    bars: &[Bar],
    tasks: &[(&str, &'static str)],
    places: &[Place],
    source: &dyn Fn(&str) -> Option<String>,
) -> String {
    let index = |task: &str| tasks.iter().position(|(name, _)| *name == task);
    let indices = |names: &[&str]| names.iter().copied().filter_map(index).collect();
    let mut excerpts = Excerpts {
        source,
        known: Vec::new(),
    };
    let shown = |(at, event): (usize, &Event)| {
        let state = state(events, bars, at);
        Shown {
            words: sentence(event),
            turn: event.turn,
            time: event.time,
            place: place(places, at),
            bar: bar_of(bars, event, at),
            file: excerpts.take(&event.file, event.line as usize),
            line: event.line,
            running: state.running.and_then(index),
            ready: indices(&state.ready),
            sleeping: indices(&state.sleeping),
        }
    };
    let events = events.iter().enumerate().map(shown).collect();
    let files = excerpts.known.into_iter().map(|known| known.file).collect();
    json_script(&Player {
        tasks,
        files,
        events,
    })
}

fn place(places: &[Place], at: usize) -> [i64; 4] {
    let place = places.iter().find(|place| place.row.events.contains(&at));
    place.map_or([0; 4], |place| {
        let (from, to) = (place.row.x(at), place.row.x(at + 1));
        let height = place.bottom - place.top;
        [place.margin + from, place.top, to - from, height].map(|length| length.round() as i64)
    })
}

/// The bar that an event begins, else the one that it ends, else the one that it falls into.
fn bar_of(bars: &[Bar], event: &Event, at: usize) -> Option<usize> {
    let mine = |bar: &&Bar| {
        bar.lane == event.lane && bar.task == event.task && bar.from <= at && at < bar.to
    };
    let begins = |bar: &Bar| mine(&bar) && bar.from == at;
    let ends = |bar: &Bar| mine(&bar) && bar.ended.is_some() && bar.to == at + 1;
    let position = |fits: &dyn Fn(&Bar) -> bool| bars.iter().position(fits);
    position(&begins)
        .or_else(|| position(&ends))
        .or_else(|| position(&|bar| mine(&bar)))
}

/// The source files as far as they were asked for.
struct Excerpts<'a> {
    source: &'a dyn Fn(&str) -> Option<String>,
    known: Vec<Known>,
}

struct Known {
    path: String,
    /// All lines of the file; none if there is no such file.
    all: Vec<Vec<highlight::Stretch>>,
    file: File,
}

impl Excerpts<'_> {
    /// Takes a line of a file and those around it; gives back which file that is.
    fn take(&mut self, path: &str, line: usize) -> Option<usize> {
        let index = match self.known.iter().position(|known| known.path == path) {
            Some(index) => index,
            None => {
                let text = (self.source)(path)?;
                self.known.push(Known {
                    path: path.to_owned(),
                    all: highlight::lines(path, text.trim_end()),
                    file: File {
                        name: within_chapter(path),
                        lines: BTreeMap::new(),
                    },
                });
                self.known.len() - 1
            }
        };
        let Known { all, file, .. } = &mut self.known[index];
        let last = all.len().min(line + AROUND);
        for number in line.saturating_sub(AROUND).max(1)..=last {
            let line = || stretches(&all[number - 1]);
            file.lines.entry(number).or_insert_with(line);
        }
        Some(index)
    }
}

/// A line, with what is plain in one piece.
fn stretches(line: &[highlight::Stretch]) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (class, text) in line {
        let class = class.and_then(|class| class.strip_prefix("hljs-"));
        match (class, stretches.last_mut()) {
            (Some(class), _) => stretches.push(Stretch::Coloured(text.clone(), class)),
            (None, Some(Stretch::Plain(plain))) => plain.push_str(text),
            (None, _) => stretches.push(Stretch::Plain(text.clone())),
        }
    }
    stretches
}

/// `src/main.rs` for `chapters/01-callback-loop/src/main.rs`.
fn within_chapter(path: &str) -> String {
    let path = path.replace('\\', "/");
    let mut parts = path.splitn(3, '/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("chapters"), Some(_), Some(file)) => file.to_owned(),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::bars::bars;
    use super::super::recording::Lane;
    use super::super::recording::tests::event;
    use super::*;

    fn player(events: &[Event], source: &dyn Fn(&str) -> Option<String>) -> Value {
        let places = [Place {
            row: Row::evenly(events.len(), 10.0),
            margin: 90.0,
            top: 5.0,
            bottom: 105.0,
        }];
        let tasks = [("red", "red"), ("main", "grey")];
        let html = html(events, &bars(events), &tasks, &places, source);
        let (_, json) = html.split_once('>').expect("a tag");
        let json = json.strip_suffix("</script>").expect("its end");
        serde_json::from_str(json).expect("JSON")
    }

    fn run() -> [Event; 4] {
        [
            event(0, 1, Lane::Ready, "red queued"),
            event(1, 2, Lane::Running, "red run"),
            event(1, 3, Lane::Running, "red returned"),
            event(1, 4, Lane::Running, "main says </script>"),
        ]
    }

    #[test]
    fn an_event_has_its_words_its_place_its_bar_and_the_state_it_leaves() {
        let player = player(&run(), &|_| None);
        let expected = json!({
            "words": "red runs", "turn": 1, "time": 2, "place": [100, 5, 10, 100], "bar": 1,
            "file": null, "line": 7, "running": 0, "ready": [], "sleeping": []
        });
        assert_eq!(player["events"][1], expected);
        assert_eq!(player["events"][0]["ready"], json!([0]));
        assert_eq!(player["events"][3]["words"], "main says “</script>”");
    }

    #[test]
    fn the_lines_of_a_file_are_there_once_and_only_those_around_what_ran() {
        let mut events = run();
        events[1].line = 8;
        events[2].line = 20;
        events[3].file = "/rustc/library/core/src/cell.rs".to_owned();
        let text: String = (1..=20).map(|line| format!("let x = {line};\n")).collect();
        let player = player(&events, &|path| {
            path.starts_with("src/").then(|| text.clone())
        });
        let files = player["files"].as_array().expect("files");
        assert_eq!(files.len(), 1);
        let numbers = files[0]["lines"].as_object().expect("lines").keys();
        let mut numbers: Vec<u32> = numbers
            .map(|line| line.parse().expect("a number"))
            .collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [4, 5, 6, 7, 8, 9, 10, 11, 17, 18, 19, 20]);
        let seventh = json!([["let", "keyword"], " x = ", ["7", "number"], ";"]);
        assert_eq!(files[0]["lines"]["7"], seventh);
        assert_eq!(player["events"][2]["file"], 0);
        assert_eq!(player["events"][3]["file"], Value::Null);
    }

    #[test]
    fn a_file_goes_by_its_path_within_the_chapter() {
        assert_eq!(within_chapter("chapters/01-a/src/bin/b.rs"), "src/bin/b.rs");
        assert_eq!(within_chapter("chapters\\01-a\\src\\b.rs"), "src/b.rs");
        assert_eq!(within_chapter("/rustc/x.rs"), "/rustc/x.rs");
    }
}
