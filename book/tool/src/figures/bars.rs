//! From the events of a run to the bars of its picture: who was in which lane from which event to which.
//!
//! In the lane *running*, events of one task that follow each other in the lane are one bar; `run` always begins
//! a new one, `returned` ends one, and no bar goes on into the next turn. In the lanes *OS* and *reactor* each
//! event has a bar of its own.
//! In the *ready queue* each `queued` or `woken` begins a bar, unless a wake says that it came `again`: then the task
//! is there already. A bar ends where its task begins to run, or with `skipped`, `dropped` or `cancelled`. The queue
//! is first in, first out, so what stands in front of an entry that runs or is skipped has left it without a word: a
//! ticket whose task has ended. In the lane *sleeping* a bar lasts until its task is next seen in the ready queue
//! or running.

use super::recording::{Event, Lane};

/// How the note of a wake ends that found its task in the queue.
const AGAIN: &str = ", again";

/// A stretch during which a task was in a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The lane.
    pub lane: Lane,
    /// Whose bar it is.
    pub task: String,
    /// The event with which it begins, counted from 0.
    pub from: usize,
    /// The event before which it is over.
    pub to: usize,
    /// Which of the places below each other in its lane it has.
    pub slot: usize,
    /// What happened meanwhile: the event's place, and a word or two.
    pub notes: Vec<(usize, String)>,
    /// What ended it, if that was not the ordinary course.
    pub ended: Option<String>,
}

impl Bar {
    fn new(event: &Event, at: usize) -> Bar {
        Bar {
            lane: event.lane,
            task: event.task.clone(),
            from: at,
            to: at + 1,
            slot: 0,
            notes: Vec::new(),
            ended: None,
        }
    }
}

/// The bars of a run, in the order in which they begin.
pub fn bars(events: &[Event]) -> Vec<Bar> {
    let mut bars: Vec<Bar> = Vec::new();
    // The places in `bars` of those who wait.
    let mut waits: Vec<usize> = Vec::new();
    // Whether the last one that ran may go on.
    let mut running = false;
    for (at, event) in events.iter().enumerate() {
        match event.lane {
            Lane::Os | Lane::Reactor => {
                bars.push(Bar::new(event, at));
                note(&mut bars, event, at);
            }
            Lane::Running => {
                let goes_on = running && event.event != "run" && {
                    let bar = bars.iter().rfind(|bar| bar.lane == Lane::Running);
                    bar.is_some_and(|bar| {
                        bar.task == event.task && events[bar.from].turn == event.turn
                    })
                };
                if !goes_on {
                    end_wait(&mut bars, &mut waits, event, at);
                    bars.push(Bar::new(event, at));
                }
                note(&mut bars, event, at);
                running = event.event != "returned";
            }
            Lane::Ready => {
                let open = waits
                    .iter()
                    .copied()
                    .find(|wait| bars[*wait].lane == Lane::Ready && bars[*wait].task == event.task);
                match (open, event.event.as_str()) {
                    (Some(wait), ended @ ("skipped" | "dropped" | "cancelled")) => {
                        if ended == "skipped" {
                            leave_up_to(wait, &mut bars, &mut waits, at);
                        }
                        waits.retain(|other| *other != wait);
                        bars[wait].to = at + 1;
                        bars[wait].ended = Some(said(event));
                    }
                    // Woken twice, queued once.
                    (Some(_), "woken") if event.note.ends_with(AGAIN) => {}
                    _ => {
                        end_sleep(&mut bars, &mut waits, event, at);
                        waits.push(bars.len());
                        bars.push(Bar::new(event, at));
                    }
                }
            }
            Lane::Sleeping => {
                end_sleep(&mut bars, &mut waits, event, at);
                waits.push(bars.len());
                bars.push(Bar::new(event, at));
            }
        }
    }
    for wait in waits {
        bars[wait].to = events.len();
    }
    give_slots(&mut bars);
    bars
}

/// The last bar of the event's lane goes on to this event, and says so.
fn note(bars: &mut [Bar], event: &Event, at: usize) {
    if let Some(bar) = bars.iter_mut().rfind(|bar| bar.lane == event.lane) {
        bar.to = at + 1;
        let text = said(event);
        if !text.is_empty() {
            bar.notes.push((at, text));
        }
    }
}

/// The task of `event` has the thread: it sleeps no more, and if it begins to run, its oldest entry leaves the queue.
fn end_wait(bars: &mut [Bar], waits: &mut Vec<usize>, event: &Event, at: usize) {
    end_sleep(bars, waits, event, at);
    let is_its_entry =
        |wait: &&usize| bars[**wait].lane == Lane::Ready && bars[**wait].task == event.task;
    if event.event == "run"
        && let Some(entry) = waits.iter().find(is_its_entry).copied()
    {
        leave_up_to(entry, bars, waits, at);
    }
}

/// The entry `last` of the queue leaves it, and with it what stands in front.
fn leave_up_to(last: usize, bars: &mut [Bar], waits: &mut Vec<usize>, at: usize) {
    waits.retain(|wait| {
        // Entries stand in the order in which they came.
        let leaves = bars[*wait].lane == Lane::Ready && *wait <= last;
        if leaves {
            bars[*wait].to = at;
        }
        !leaves
    });
}

fn end_sleep(bars: &mut [Bar], waits: &mut Vec<usize>, event: &Event, at: usize) {
    waits.retain(|wait| {
        let bar = &mut bars[*wait];
        let ends = bar.lane == Lane::Sleeping && bar.task == event.task;
        if ends {
            bar.to = at;
        }
        !ends
    });
}

/// Each bar has the uppermost place that is free in its lane.
fn give_slots(bars: &mut [Bar]) {
    for index in 0..bars.len() {
        let (before, rest) = bars.split_at_mut(index);
        let bar = &mut rest[0];
        let taken = |slot: &usize| {
            before
                .iter()
                .any(|other| other.lane == bar.lane && other.slot == *slot && other.to > bar.from)
        };
        bar.slot = (0..).find(|slot| !taken(slot)).unwrap_or_default();
    }
}

/// What an event says, beside its task's name. That it runs and returns is seen.
fn said(event: &Event) -> String {
    match (event.event.as_str(), event.note.as_str()) {
        ("run" | "returned", note) => note.to_owned(),
        ("says", note) => format!("“{note}”"),
        (event, "") => event.to_owned(),
        (event, note) => format!("{event} {note}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::recording::tests::event;
    use super::*;

    fn short(bars: &[Bar]) -> Vec<String> {
        let short = |bar: &Bar| {
            let ended = bar.ended.as_deref().unwrap_or_default();
            let Bar {
                lane,
                task,
                from,
                to,
                slot,
                ..
            } = bar;
            format!("{} {slot}: {task} {from}..{to} {ended}", lane.title())
                .trim_end()
                .to_owned()
        };
        bars.iter().map(short).collect()
    }

    #[test]
    fn a_callback_is_queued_runs_and_queues_its_next_step() {
        let events = [
            event(0, 1, Lane::Ready, "red queued"),
            event(0, 2, Lane::Ready, "green queued"),
            event(1, 3, Lane::Running, "red run"),
            event(1, 4, Lane::Running, "red says 2"),
            event(1, 5, Lane::Ready, "red queued"),
            event(1, 6, Lane::Running, "red returned"),
            event(1, 7, Lane::Ready, "green skipped"),
            event(2, 8, Lane::Running, "red run"),
            event(2, 9, Lane::Running, "red returned"),
        ];
        let bars = bars(&events);
        let expected = [
            "ready queue 0: red 0..2",
            "ready queue 1: green 1..7 skipped",
            "running 0: red 2..6",
            "ready queue 0: red 4..7",
            "running 0: red 7..9",
        ];
        assert_eq!(short(&bars), expected);
        assert_eq!(bars[2].notes, [(3, "“2”".to_owned())]);
    }

    #[test]
    fn who_sleeps_sleeps_until_it_is_ready() {
        let events = [
            event(1, 1, Lane::Running, "red run"),
            event(1, 2, Lane::Sleeping, "red waits timer"),
            event(1, 3, Lane::Running, "red returned"),
            event(2, 4, Lane::Reactor, "timer fires"),
            event(2, 5, Lane::Ready, "red queued"),
            event(2, 6, Lane::Running, "red run"),
        ];
        let expected = [
            "running 0: red 0..3",
            "sleeping 0: red 1..4",
            "reactor 0: timer 3..4",
            "ready queue 0: red 4..5",
            "running 0: red 5..6",
        ];
        assert_eq!(short(&bars(&events)), expected);
    }

    #[test]
    fn who_is_woken_twice_is_queued_once() {
        let events = [
            event(1, 1, Lane::Ready, "red woken by main"),
            event(1, 2, Lane::Ready, "red woken by main, again"),
            event(2, 3, Lane::Running, "red run"),
            event(2, 4, Lane::Running, "red returned Ready"),
        ];
        let bars = bars(&events);
        assert_eq!(
            short(&bars),
            ["ready queue 0: red 0..2", "running 0: red 2..4"]
        );
        assert_eq!(bars[1].notes, [(3, "Ready".to_owned())]);
    }

    #[test]
    fn without_that_word_each_wake_is_an_entry_and_void_ones_leave_in_their_turn() {
        let events = [
            event(1, 1, Lane::Ready, "red woken by main"),
            event(1, 2, Lane::Ready, "red woken by main"),
            event(1, 3, Lane::Ready, "blue queued"),
            event(2, 4, Lane::Running, "red run"),
            event(2, 5, Lane::Running, "red returned Ready"),
            event(2, 6, Lane::Running, "blue run"),
        ];
        let expected = [
            "ready queue 0: red 0..3",
            "ready queue 1: red 1..5",
            "ready queue 2: blue 2..5",
            "running 0: red 3..5",
            "running 0: blue 5..6",
        ];
        assert_eq!(short(&bars(&events)), expected);
    }

    #[test]
    fn who_goes_on_after_an_interruption_stays_queued() {
        let events = [
            event(1, 1, Lane::Running, "red run"),
            event(1, 2, Lane::Ready, "red queued"),
            event(1, 3, Lane::Running, "main says a"),
            event(1, 4, Lane::Running, "red says b"),
            event(1, 5, Lane::Running, "red returned"),
        ];
        let expected = [
            "running 0: red 0..1",
            "ready queue 0: red 1..5",
            "running 0: main 2..3",
            "running 0: red 3..5",
        ];
        assert_eq!(short(&bars(&events)), expected);
    }

    #[test]
    fn what_is_never_run_stays_queued_to_the_end() {
        let events = [
            event(0, 1, Lane::Ready, "red queued"),
            event(0, 2, Lane::Running, "main says a"),
            event(1, 3, Lane::Running, "main says b"),
        ];
        let expected = [
            "ready queue 0: red 0..3",
            "running 0: main 1..2",
            "running 0: main 2..3",
        ];
        assert_eq!(short(&bars(&events)), expected);
    }
}
