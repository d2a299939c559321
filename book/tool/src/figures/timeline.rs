//! The picture of a recorded run: lanes from top to bottom, time from left to right, a column a turn. A run
//! that is too wide goes on in another row. Time is drawn by events, and an event gets as much room
//! as the words need that stand over it.

use std::fmt::Write;

use super::bars::{Bar, bars};
use super::hues::hues;
use super::layout::{PADDING, Row, label, rows, shortened, turns};
use super::player::{self, Place};
use super::recording::{Event, Lane, counted, told};
use crate::html::escape;

/// The widest row, in CSS pixels: the page's column.
const WIDTH: f64 = 840.0;
/// The column with the names of the lanes.
const MARGIN: f64 = 96.0;
/// Height of a bar with one line, and of one with a second line for what was said.
const LOW: f64 = 21.0;
const HIGH: f64 = 37.0;
/// Between places of a lane, and between lanes.
const GAP: f64 = 4.0;
const LANE_GAP: f64 = 11.0;
/// The line with the turns' names, the one with the times, and between rows.
const HEAD: f64 = 22.0;
const FOOT: f64 = 18.0;
const ROW_GAP: f64 = 16.0;

/// A run, ready to be drawn.
struct Picture<'a> {
    events: &'a [Event],
    bars: Vec<Bar>,
    /// The lanes that occur.
    lanes: Vec<Lane>,
    tasks: Vec<(&'a str, &'static str)>,
}

/// The picture in HTML, with the same in words below it, and what a player needs. `name` is the program's,
/// `source` gives the text of a file that an event names.
pub fn html(
    name: &str,
    command: &str,
    events: &[Event],
    source: &dyn Fn(&str) -> Option<String>,
) -> String {
    let bars = bars(events);
    let mut lanes: Vec<Lane> = bars.iter().map(|bar| bar.lane).collect();
    lanes.sort();
    lanes.dedup();
    let picture = Picture {
        events,
        lanes,
        tasks: hues(events),
        bars,
    };
    let turns = events.last().map_or(0, |event| event.turn);
    let summary = format!(
        "Timeline of {name}: {} in {}. The same in words is below the picture.",
        counted(events.len() as u64, "event"),
        counted(turns, "turn"),
    );
    let (svg, places) = picture.svg(&summary);
    format!(
        "<figure class=\"timeline\">\n<figcaption>Recorded run of <code>{}</code></figcaption>\n\
         <div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"{}\">\n{}</div>\n\
         <details><summary>The same in words</summary>\n{}</details>\n{}\n</figure>",
        escape(command),
        escape(&summary),
        svg,
        told(events),
        player::html(events, &picture.bars, &picture.tasks, &places, source),
    )
}

impl Picture<'_> {
    /// The drawing, and where its rows stand.
    fn svg(&self, summary: &str) -> (String, Vec<Place>) {
        let mut drawn = String::new();
        let mut places = Vec::new();
        let mut y = 0.0;
        for row in rows(self.events, &self.bars, WIDTH - MARGIN) {
            let (top, bottom) = (y, self.row(&row, y, &mut drawn));
            places.push(Place {
                row,
                margin: MARGIN,
                top,
                bottom,
            });
            y = bottom + ROW_GAP;
        }
        let widths = places.iter().map(|place| place.row.width());
        let width = widths.fold(0.0, f64::max) + MARGIN + 1.0;
        let height = y - ROW_GAP;
        let summary = escape(summary);
        let svg = format!(
            "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             role=\"img\" aria-label=\"{summary}\">\n<title>{summary}</title>\n{drawn}</svg>\n"
        );
        (svg, places)
    }

    /// Draws a row from `top` downwards, and gives back where it ends.
    fn row(&self, row: &Row, top: f64, svg: &mut String) -> f64 {
        let x = |at: usize| MARGIN + row.x(at);
        let (left, right) = (MARGIN, x(row.events.end));
        let shown = |bar: &&Bar| bar.from < row.events.end && bar.to > row.events.start;
        let mut tops = Vec::new();
        let mut y = top + HEAD + 4.0;
        for lane in &self.lanes {
            let within = self
                .bars
                .iter()
                .filter(|bar| bar.lane == *lane && shown(bar));
            let places = within.map(|bar| bar.slot + 1).max().unwrap_or(1);
            let height = places as f64 * (height(*lane) + GAP) - GAP;
            tops.push((*lane, y));
            let middle = y + height / 2.0 + 4.0;
            let title = lane.title();
            let _ = writeln!(
                svg,
                "<rect class=\"lane\" x=\"{left}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"></rect>",
                y - 4.0,
                right - left,
                height + 8.0
            );
            let _ = writeln!(
                svg,
                "<text class=\"lane\" x=\"{:.1}\" y=\"{middle:.1}\">{title}</text>",
                left - 10.0
            );
            y += height + LANE_GAP;
        }
        let bottom = y - LANE_GAP + 4.0;
        for (turn, range) in turns(self.events, &row.events) {
            let x = x(range.start);
            let _ = writeln!(
                svg,
                "<path class=\"turn\" d=\"M{x:.1} {top:.1}V{bottom:.1}\"></path>"
            );
            let _ = writeln!(
                svg,
                "<text class=\"turn\" x=\"{:.1}\" y=\"{:.1}\">{turn}</text>",
                x + 5.0,
                top + 13.0
            );
        }
        let top_of = |bar: &Bar| {
            let lane = tops.iter().find(|(lane, _)| *lane == bar.lane);
            lane.map_or(top, |(_, top)| {
                top + bar.slot as f64 * (height(bar.lane) + GAP)
            })
        };
        for bar in self.bars.iter().filter(shown) {
            self.ways(bar, row, &x, &top_of, svg);
        }
        for (index, bar) in self.bars.iter().enumerate() {
            if shown(&bar) {
                self.bar(index, row, &x, top_of(bar), svg);
            }
        }
        self.times(row, &x, bottom, svg);
        bottom + FOOT
    }

    /// The ways between lanes: from whoever queued a bar, and to its run.
    fn ways(
        &self,
        bar: &Bar,
        row: &Row,
        x: &impl Fn(usize) -> f64,
        top_of: &impl Fn(&Bar) -> f64,
        svg: &mut String,
    ) {
        let hue = self.hue(&bar.task);
        let mut way = |at: usize, other: &Bar| {
            let (one, two) = (top_of(bar), top_of(other));
            let (from, to) = match one < two {
                true => (one + height(bar.lane), two),
                false => (two + height(other.lane), one),
            };
            let x = x(at) + 0.75;
            let _ = writeln!(
                svg,
                "<path class=\"way {hue}\" d=\"M{x:.1} {from:.1}V{to:.1}\"></path>"
            );
        };
        if !matches!(bar.lane, Lane::Ready | Lane::Sleeping) {
            return;
        }
        let within = |at: &usize| row.events.contains(at);
        if let Some(from) = Some(bar.from).filter(within) {
            let causes =
                |other: &&Bar| other.lane == Lane::Running && other.from < from && from < other.to;
            if let Some(cause) = self.bars.iter().find(causes) {
                way(from, cause);
            }
        }
        if let Some(to) = Some(bar.to).filter(within) {
            let follows =
                |other: &&Bar| other.from == to && other.task == bar.task && other.lane != bar.lane;
            if let Some(next) = self.bars.iter().find(follows) {
                way(to, next);
            }
        }
    }

    fn bar(&self, index: usize, row: &Row, x: &impl Fn(usize) -> f64, top: f64, svg: &mut String) {
        let bar = &self.bars[index];
        let (from, to) = (x(bar.from), x(bar.to));
        let hue = self.hue(&bar.task);
        let gone = if bar.ended.is_some() { " gone" } else { "" };
        let event = &self.events[bar.from];
        let time = |at: usize| self.events.get(at).map_or(event.time, |event| event.time);
        let title = format!(
            "{}: {}, time {} to {}, {}:{}",
            bar.task,
            bar.lane.title(),
            event.time,
            time(bar.to - 1),
            event.file,
            event.line
        );
        let _ = write!(
            svg,
            "<g class=\"bar {hue}{gone}\" data-bar=\"{index}\"><title>{}</title><rect x=\"{:.1}\" y=\"{top:.1}\" \
             width=\"{:.1}\" height=\"{:.1}\" rx=\"3\"></rect>",
            escape(&title),
            from + 0.75,
            to - from - 1.5,
            height(bar.lane),
        );
        let text = |svg: &mut String, class: &str, x: f64, line: f64, text: &str| {
            let (x, y, text) = (x + PADDING / 2.0, top + line, escape(text));
            let _ = write!(
                svg,
                "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
            );
        };
        text(svg, "name", from, 15.0, &label(bar));
        for (at, note) in bar.notes.iter().filter(|(at, _)| row.events.contains(at)) {
            text(svg, "note", x(*at), 30.0, &shortened(note));
        }
        svg.push_str("</g>\n");
    }

    /// A mark and the time at each event; events at the same time share one.
    fn times(&self, row: &Row, x: &impl Fn(usize) -> f64, bottom: f64, svg: &mut String) {
        let _ = writeln!(
            svg,
            "<text class=\"lane time\" x=\"{:.1}\" y=\"{:.1}\">time</text>",
            MARGIN - 10.0,
            bottom + 14.0
        );
        for at in row.events.clone() {
            let (x, time) = (x(at), self.events[at].time);
            let same = at > row.events.start && self.events[at - 1].time == time;
            let _ = writeln!(
                svg,
                "<path class=\"tick\" d=\"M{x:.1} {bottom:.1}v3\"></path>"
            );
            if !same {
                let _ = writeln!(
                    svg,
                    "<text class=\"time\" x=\"{x:.1}\" y=\"{:.1}\">{time}</text>",
                    bottom + 14.0
                );
            }
        }
    }

    fn hue(&self, task: &str) -> &'static str {
        let found = self.tasks.iter().find(|(name, _)| *name == task);
        found.map_or("grey", |(_, hue)| hue)
    }
}

fn height(lane: Lane) -> f64 {
    match lane {
        Lane::Ready | Lane::Sleeping => LOW,
        Lane::Os | Lane::Reactor | Lane::Running => HIGH,
    }
}
