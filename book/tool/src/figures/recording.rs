//! A recorded run as a program prints it with `--trace`: one JSON object a line, the first of them the
//! version. And the same run told in sentences, for whoever cannot see the picture.

use serde::Deserialize;

use crate::html::escape;

/// The version of the format that is understood.
const VERSION: u32 = 1;

/// Where an event stands in the picture, in the order of the picture's lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lane {
    /// The kernel.
    Os,
    /// The part of the loop that asks the kernel.
    Reactor,
    /// Work that could run.
    Ready,
    /// The one that has the thread.
    Running,
    /// Work that waits for something to happen.
    Sleeping,
}

impl Lane {
    /// What stands beside the lane.
    pub fn title(self) -> &'static str {
        match self {
            Lane::Os => "OS",
            Lane::Reactor => "reactor",
            Lane::Ready => "ready queue",
            Lane::Running => "running",
            Lane::Sleeping => "sleeping",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Event {
    /// The turn of the loop; 0 is before the first.
    pub turn: u64,
    /// The logical time.
    pub time: u64,
    /// Where it happened.
    pub lane: Lane,
    /// Whose event it is.
    pub task: String,
    /// What happened, in one word.
    pub event: String,
    /// What was said, or nothing.
    pub note: String,
    /// The source file behind it.
    pub file: String,
    /// The line in it.
    pub line: u32,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// Reads the JSON lines of a run.
///
/// # Errors
///
/// A sentence with the first line that cannot be understood.
pub fn parse(text: &str) -> Result<Vec<Event>, String> {
    let mut lines = text.lines().enumerate();
    let first = lines.next().map_or("", |(_, line)| line);
    match serde_json::from_str(first) {
        Ok(Version { version: VERSION }) => {}
        Ok(Version { version }) => {
            return Err(format!(
                "its recorded run has version {version}, known is {VERSION}"
            ));
        }
        Err(_) => {
            return Err(format!(
                "it printed no recorded run: expected {{\"version\":{VERSION}}}, found `{first}`"
            ));
        }
    }
    let mut events: Vec<Event> = Vec::new();
    for (index, line) in lines {
        let event: Event = serde_json::from_str(line).map_err(|error| {
            format!("line {} of its recorded run: {error}: `{line}`", index + 1)
        })?;
        if let Some(last) = events.last()
            && (event.turn < last.turn || event.time < last.time)
        {
            return Err(format!(
                "line {} of its recorded run goes back in time",
                index + 1
            ));
        }
        events.push(event);
    }
    match events.is_empty() {
        true => Err("its recorded run is empty".to_owned()),
        false => Ok(events),
    }
}

/// The run in HTML, a sentence a turn.
pub fn told(events: &[Event]) -> String {
    /// What one task did, before another had its say.
    type Stretch<'a> = (&'a str, Vec<String>);
    let mut turns: Vec<(u64, Vec<Stretch<'_>>)> = Vec::new();
    for event in events {
        if turns.last().is_none_or(|(turn, _)| *turn != event.turn) {
            turns.push((event.turn, Vec::new()));
        }
        let Some((_, stretches)) = turns.last_mut() else {
            continue;
        };
        match stretches.last_mut() {
            Some((task, deeds)) if *task == event.task => deeds.push(deed(event)),
            _ => stretches.push((&event.task, vec![deed(event)])),
        }
    }
    let mut html = String::from("<ul>\n");
    for (turn, stretches) in turns {
        let name = match turn {
            0 => "Before the first turn".to_owned(),
            turn => format!("Turn {turn}"),
        };
        let stretches: Vec<_> = stretches
            .iter()
            .map(|(task, deeds)| format!("{task} {}", enumerated(deeds)))
            .collect();
        html.push_str(&format!(
            "<li>{name}: {}.</li>\n",
            escape(&stretches.join("; "))
        ));
    }
    html + "</ul>"
}

/// An event as a sentence, without its full stop.
pub fn sentence(event: &Event) -> String {
    format!("{} {}", event.task, deed(event))
}

fn deed(event: &Event) -> String {
    let verb = match event.event.as_str() {
        "queued" => "is queued",
        "skipped" => "is skipped",
        "dropped" => "is dropped",
        "cancelled" => "is cancelled",
        "woken" => "is woken",
        "watched" => "is watched",
        "armed" => "is armed",
        "rearmed" => "is watched again",
        "forgotten" => "is forgotten",
        "readable" => "is readable",
        "writable" => "is writable",
        "run" => "runs",
        "returned" => "returns",
        "stop" => "asks the loop to stop",
        other => other,
    };
    match (verb, event.note.as_str()) {
        (verb, "") => verb.to_owned(),
        ("says", note) => format!("says “{note}”"),
        (verb, note) => format!("{verb} {note}"),
    }
}

/// `1 turn`, `2 turns`.
pub fn counted(count: u64, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

fn enumerated(deeds: &[String]) -> String {
    match deeds {
        [] => String::new(),
        [deed] => deed.clone(),
        [deeds @ .., last] => format!("{} and {last}", deeds.join(", ")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::figures) fn event(turn: u64, time: u64, lane: Lane, what: &str) -> Event {
        let mut words = what.splitn(3, ' ').map(str::to_owned);
        let mut word = || words.next().unwrap_or_default();
        Event {
            turn,
            time,
            lane,
            task: word(),
            event: word(),
            note: word(),
            file: "src/main.rs".to_owned(),
            line: 7,
        }
    }

    #[test]
    fn a_run_is_read_line_by_line() {
        let line = r#"{"turn":0,"time":1,"lane":"ready","task":"red","event":"queued","note":"","file":"src/main.rs","line":7}"#;
        let run = parse(&format!("{{\"version\":1}}\n{line}\n"));
        assert_eq!(run, Ok(vec![event(0, 1, Lane::Ready, "red queued")]));
    }

    #[test]
    fn what_is_no_run_is_refused() {
        assert!(parse("turn time\n").is_err_and(|error| error.contains("`turn time`")));
        assert!(parse("{\"version\":2}\n").is_err_and(|error| error.contains("version 2")));
        assert!(parse("{\"version\":1}\n{}\n").is_err_and(|error| error.contains("line 2")));
        assert!(parse("{\"version\":1}\n").is_err());
    }

    #[test]
    fn the_run_is_told_turn_by_turn() {
        let events = [
            event(0, 1, Lane::Ready, "red queued"),
            event(1, 2, Lane::Running, "red run"),
            event(1, 3, Lane::Running, "red says a<b"),
            event(1, 4, Lane::Running, "red returned"),
            event(1, 5, Lane::Ready, "blue skipped"),
        ];
        let expected = "<ul>\n<li>Before the first turn: red is queued.</li>\n\
             <li>Turn 1: red runs, says “a&lt;b” and returns; blue is skipped.</li>\n</ul>";
        assert_eq!(told(&events), expected);
    }

    #[test]
    fn each_event_is_told_as_what_its_task_does_or_has_done_to_it() {
        let events = [
            event(1, 1, Lane::Reactor, "reader rearmed"),
            event(1, 2, Lane::Os, "reader readable"),
            event(1, 3, Lane::Running, "reader run"),
            event(1, 4, Lane::Running, "reader stop"),
            event(1, 5, Lane::Reactor, "reader forgotten"),
            event(1, 6, Lane::Running, "reader returned"),
        ];
        let expected = "<ul>\n<li>Turn 1: reader is watched again, is readable, runs, asks the loop to stop, is forgotten \
             and returns.</li>\n</ul>";
        assert_eq!(told(&events), expected);
    }

    #[test]
    fn one_is_not_counted_in_the_plural() {
        assert_eq!(counted(1, "turn"), "1 turn");
        assert_eq!(counted(0, "turn"), "0 turns");
        assert_eq!(counted(15, "event"), "15 events");
    }
}
