//! The colours of the tasks in a picture. A task that is named after a colour has it, and nobody else is drawn red,
//! blue or green. The others share out what is left, each beginning at a place that its name decides: so most tasks
//! have the same colour in all pictures. What belongs to every run has a colour of its own: the loop and its clock, and the
//! limit of a timeout.

use super::recording::Event;

/// Colours, by the names that tasks go by if they are named after one. The style sheet knows them.
const HUES: [(&str, &[&str]); 9] = [
    ("blue", &["blue"]),
    ("red", &["red"]),
    ("green", &["green"]),
    ("amber", &["amber", "yellow", "orange"]),
    ("violet", &["violet", "purple"]),
    ("teal", &["teal", "cyan"]),
    ("pink", &["pink"]),
    ("olive", &["olive", "limit"]),
    ("grey", &["main", "grey", "gray", "loop", "clock"]),
];

/// For tasks that are named after no colour.
const FREE: [&str; 4] = ["amber", "violet", "teal", "pink"];

/// Each task of a run, and its colour.
pub fn hues(events: &[Event]) -> Vec<(&str, &'static str)> {
    let mut names: Vec<&str> = Vec::new();
    for event in events {
        if !names.contains(&event.task.as_str()) {
            names.push(&event.task);
        }
    }
    let is_free = |hue: &&str| !names.iter().any(|name| own(name) == Some(hue));
    let free: Vec<&'static str> = FREE.into_iter().filter(is_free).collect();
    let mut hues: Vec<(&str, &'static str)> = Vec::new();
    for name in names {
        let start: usize = name.bytes().map(usize::from).sum();
        let mut places = (0..free.len()).map(|place| free[(start + place) % free.len()]);
        let unused = |hue: &&str| !hues.iter().any(|(_, taken)| taken == hue);
        let first = places.clone().next();
        let hue = own(name).or_else(|| places.find(unused)).or(first);
        hues.push((name, hue.unwrap_or("grey")));
    }
    hues
}

fn own(name: &str) -> Option<&'static str> {
    let mut hues = HUES.iter();
    hues.find(|(_, words)| words.contains(&name))
        .map(|(hue, _)| *hue)
}

#[cfg(test)]
mod tests {
    use super::super::recording::Lane;
    use super::super::recording::tests::event;
    use super::*;

    fn hues_of(names: &str) -> Vec<&'static str> {
        let queued = |name: &str| event(0, 1, Lane::Ready, &format!("{name} queued"));
        let events: Vec<Event> = names.split(' ').map(queued).collect();
        hues(&events).into_iter().map(|(_, hue)| hue).collect()
    }

    #[test]
    fn who_is_named_after_a_colour_has_it() {
        assert_eq!(
            hues_of("red blue green main"),
            ["red", "blue", "green", "grey"]
        );
        assert_eq!(hues_of("bell teal")[1], "teal");
        assert_ne!(hues_of("bell teal")[0], "teal");
    }

    #[test]
    fn a_limit_is_told_from_whom_it_limits_and_a_clock_from_those_it_wakes() {
        let hues = hues_of("beat client server sleep limit clock");
        assert_eq!(hues[4..], ["olive", "grey"]);
        assert!(!hues[..4].contains(&"olive") && !hues[..4].contains(&"grey"));
    }

    #[test]
    fn nobody_else_is_red_blue_or_green_even_where_nobody_has_that_name() {
        let hues = hues_of("a b c d e f g h");
        assert!(
            !hues
                .iter()
                .any(|hue| ["red", "blue", "green"].contains(hue)),
            "{hues:?}"
        );
    }

    #[test]
    fn four_tasks_without_a_colour_s_name_have_four_colours() {
        let mut hues = hues_of("a e i m");
        hues.sort_unstable();
        assert_eq!(hues, ["amber", "pink", "teal", "violet"]);
    }

    #[test]
    fn a_task_has_the_same_colour_in_another_run() {
        assert_eq!(
            hues_of("red green blue bell").last(),
            hues_of("hog red bell").last()
        );
    }
}
