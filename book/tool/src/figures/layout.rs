//! Where the events of a run stand in its picture: rows that fit the page, and in a row each event as far left as
//! the words over it allow. Time is drawn by events, for a logical clock has no other measure.

use std::ops::Range;

use super::bars::Bar;
use super::recording::Event;

/// The width of a letter: labels are set in a monospaced face of 12 px.
pub const LETTER: f64 = 7.25;
/// Between a bar's edge and its label, twice.
pub const PADDING: f64 = 10.0;
/// The least room of an event, and the room around its time.
const STEP: f64 = 13.0;
const TIME_GAP: f64 = 6.0;
/// The longest note that is drawn whole.
const NOTE: usize = 40;

/// A row: some events, and where each of them and the end stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The events, counted from 0.
    pub events: Range<usize>,
    x: Vec<f64>,
}

impl Row {
    /// Where an event stands; one that is not in the row, at the row's edge.
    pub fn x(&self, at: usize) -> f64 {
        let Range { start, end } = self.events;
        self.x[at.clamp(start, end) - start]
    }

    /// A row whose events all have the same room.
    #[cfg(test)]
    pub fn evenly(events: usize, room: f64) -> Row {
        let x = (0..=events).map(|at| at as f64 * room).collect();
        Row {
            events: 0..events,
            x,
        }
    }

    /// Where the row ends.
    pub fn width(&self) -> f64 {
        self.x(self.events.end)
    }
}

/// Cuts a run into rows of at most `room`: whole turns as long as they fit, and a turn only if it has to be.
pub fn rows(events: &[Event], bars: &[Bar], room: f64) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut from = 0;
    while from < events.len() {
        let row = |to| row(events, bars, from..to);
        let fitting = (from + 1..=events.len()).map(row);
        let fitting: Vec<Row> = fitting.take_while(|row| row.width() <= room).collect();
        let is_whole = |row: &&Row| {
            let to = row.events.end;
            to == events.len() || events[to].turn != events[to - 1].turn
        };
        let whole = fitting.iter().rfind(is_whole).or(fitting.last());
        let next = whole.cloned().unwrap_or_else(|| row(from + 1));
        from = next.events.end;
        rows.push(next);
    }
    rows
}

fn row(events: &[Event], bars: &[Bar], range: Range<usize>) -> Row {
    let mut needs: Vec<(usize, usize, f64)> = Vec::new();
    let mut need = |from: usize, to: usize, text: &str| {
        if from < range.end && to > range.start {
            let width = text.chars().count() as f64 * LETTER + PADDING;
            needs.push((from.max(range.start), to.min(range.end), width));
        }
    };
    for bar in bars {
        need(bar.from, bar.to, &label(bar));
        for (index, (at, note)) in bar.notes.iter().enumerate() {
            if range.contains(at) {
                let next = bar.notes.get(index + 1).map_or(bar.to, |(next, _)| *next);
                need(*at, next, &shortened(note));
            }
        }
    }
    for (turn, range) in turns(events, &range) {
        need(range.start, range.end, &turn);
    }
    let mut x = vec![0.0];
    for end in range.start + 1..=range.end {
        let digits = events[end - 1].time.to_string().len() as f64;
        let least = x[end - range.start - 1] + STEP.max(digits * LETTER + TIME_GAP);
        let wanted = needs.iter().filter(|(_, to, _)| *to == end);
        let wanted = wanted.map(|(from, _, width)| x[from - range.start] + width);
        x.push(wanted.fold(least, f64::max));
    }
    Row { events: range, x }
}

/// The turns of a stretch: the words over each, and its events.
pub fn turns(events: &[Event], stretch: &Range<usize>) -> Vec<(String, Range<usize>)> {
    let mut turns: Vec<(String, Range<usize>)> = Vec::new();
    for at in stretch.clone() {
        let turn = events[at].turn;
        match turns.last_mut() {
            Some((_, range)) if events[range.start].turn == turn => range.end = at + 1,
            _ => {
                let name = match turn {
                    0 => "before".to_owned(),
                    turn => format!("turn {turn}"),
                };
                turns.push((name, at..at + 1));
            }
        }
    }
    turns
}

/// What stands on a bar.
pub fn label(bar: &Bar) -> String {
    match &bar.ended {
        Some(ended) => format!("{}: {ended}", bar.task),
        None => bar.task.clone(),
    }
}

/// A note as it is drawn.
pub fn shortened(note: &str) -> String {
    match note.char_indices().nth(NOTE) {
        Some((end, _)) => format!("{}…", &note[..end]),
        None => note.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bars::bars;
    use super::super::recording::Lane;
    use super::super::recording::tests::event;
    use super::*;

    fn run() -> Vec<Event> {
        (0..30)
            .map(|at| event(at / 10, at, Lane::Running, "main says something"))
            .collect()
    }

    #[test]
    fn words_have_room() {
        let events = run();
        let bars = bars(&events);
        let row = row(&events, &bars, 0..10);
        for at in 0..10 {
            let room = row.x(at + 1) - row.x(at);
            assert!(
                room >= "“something”".chars().count() as f64 * LETTER,
                "event {at}: {room}"
            );
        }
    }

    #[test]
    fn each_event_has_room_for_its_time() {
        let events: Vec<Event> = (995..1005)
            .map(|time| event(1, time, Lane::Reactor, "a"))
            .collect();
        let row = row(&events, &[], 0..10);
        for (at, event) in events.iter().enumerate() {
            let digits = event.time.to_string().len() as f64;
            assert!(row.x(at + 1) - row.x(at) > digits * LETTER, "event {at}");
        }
    }

    #[test]
    fn rows_hold_whole_turns_as_long_as_they_fit() {
        let events = run();
        let bars = bars(&events);
        let turn = row(&events, &bars, 0..10).width();
        let ends = |room: f64| -> Vec<usize> {
            let rows = rows(&events, &bars, room);
            rows.iter().map(|row| row.events.end).collect()
        };
        assert_eq!(ends(turn * 3.0), [30]);
        assert_eq!(ends(turn * 2.9), [20, 30]);
        assert_eq!(ends(turn * 1.5), [10, 20, 30]);
        assert_eq!(ends(turn * 0.75), [7, 10, 17, 20, 27, 30]);
    }
}
