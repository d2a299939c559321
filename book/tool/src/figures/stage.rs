//! The figure beside the table of three questions: the same picture of the loop in every chapter, what is new in this
//! stage drawn thick, what is still to come dashed.

use crate::html::escape;

/// A box of the picture, or an arrow.
enum Shape {
    /// Left and top edge, width, and the words inside.
    Box(u32, u32, u32, &'static str),
    /// A path that ends at an arrow's head; and where its words begin.
    Arrow(&'static str, &'static str, Option<(u32, u32)>),
}

/// All parts that the loop will ever have in this book: the name that `questions.toml` uses, what it is, how it is drawn.
const PARTS: [(&str, &str, Shape); 12] = [
    (
        "threads",
        "other threads",
        Shape::Box(10, 16, 110, "other threads"),
    ),
    (
        "inbox",
        "wakes from other threads",
        Shape::Arrow("M120 36C230 36 240 96 272 104", "", None),
    ),
    ("kernel", "the kernel", Shape::Box(10, 94, 90, "kernel")),
    ("reactor", "the reactor", Shape::Box(140, 94, 90, "reactor")),
    (
        "ready_sockets",
        "sockets that are ready",
        Shape::Arrow("M100 114H132M230 114H272", "", None),
    ),
    ("timers", "the timers", Shape::Box(140, 172, 90, "timers")),
    (
        "due",
        "timers that are due",
        Shape::Arrow("M230 192C250 192 248 132 272 124", "", None),
    ),
    (
        "ready",
        "the ready queue",
        Shape::Box(280, 94, 120, "ready queue"),
    ),
    ("running", "what runs", Shape::Box(480, 94, 150, "")),
    (
        "call_soon",
        "call_soon",
        Shape::Arrow("M555 94C555 34 340 34 340 86", "call_soon", Some((418, 42))),
    ),
    (
        "sleeping",
        "what sleeps",
        Shape::Box(390, 200, 110, "sleeping"),
    ),
    (
        "wake",
        "wake",
        Shape::Arrow(
            "M555 134C555 180 545 220 508 220M390 220C350 220 340 190 340 142",
            "wake",
            Some((296, 186)),
        ),
    ),
];
/// How high a box is.
const HEIGHT: u32 = 40;

/// The picture: `before` and `new` name parts, and `runs` is who is running.
///
/// # Errors
///
/// A name that is no part of the picture.
pub(super) fn svg(before: &[&str], new: &[&str], runs: &str) -> Result<String, String> {
    for name in before.iter().chain(new) {
        if !PARTS.iter().any(|(part, ..)| part == name) {
            let known: Vec<_> = PARTS.iter().map(|(part, ..)| *part).collect();
            let known = known.join(", ");
            return Err(format!(
                "the figure has no part `{name}`; there are: {known}"
            ));
        }
    }
    let mut drawn = String::new();
    for (name, _, shape) in &PARTS {
        let class = match (new.contains(name), before.contains(name)) {
            (true, _) => "new",
            (false, true) => "done",
            (false, false) => "ahead",
        };
        drawn.push_str(&format!("<g class=\"{class}\">{}</g>\n", shape.svg(runs)));
    }
    let told = |names: &[&str]| {
        let parts = PARTS.iter().filter(|(part, ..)| names.contains(part));
        parts
            .map(|(_, what, _)| *what)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let old: Vec<&str> = before
        .iter()
        .filter(|name| !new.contains(name))
        .copied()
        .collect();
    let mut words = format!("Running: {runs}. New in this stage: {}.", told(new));
    if !old.is_empty() {
        words.push_str(&format!(" There before: {}.", told(&old)));
    }
    Ok(format!(
        "<figure class=\"stage\">\n<div class=\"scroll\">\n<svg viewBox=\"0 0 640 252\" role=\"img\" aria-label=\"{}\">\n{drawn}\
         <path class=\"turn\" d=\"M400 114H472\"/><path class=\"head\" d=\"M480 114l-10-6v12z\"/>\n</svg>\n</div>\n\
         <figcaption>Thick: new in this stage. Dashed: still to come.</figcaption>\n</figure>\n",
        escape(&words)
    ))
}

impl Shape {
    fn svg(&self, runs: &str) -> String {
        match self {
            Self::Box(x, y, width, words) => {
                let words = if words.is_empty() { runs } else { words };
                let (middle, base) = (x + width / 2, y + HEIGHT / 2 + 5);
                format!(
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{HEIGHT}\" rx=\"4\"/>\
                     <text x=\"{middle}\" y=\"{base}\" text-anchor=\"middle\">{}</text>",
                    escape(words)
                )
            }
            Self::Arrow(path, words, place) => {
                let heads: String = path[1..].split('M').map(head).collect();
                let words = place.map_or(String::new(), |(x, y)| {
                    format!("<text x=\"{x}\" y=\"{y}\">{words}</text>")
                });
                format!("<path class=\"way\" d=\"{path}\"/>{heads}{words}")
            }
        }
    }
}

/// The head of an arrow: it points on in the direction of the path's last piece.
fn head(path: &str) -> String {
    let numbers = |text: &str| -> Vec<i32> {
        let numbers = text.split([' ', 'C', 'H']).filter(|word| !word.is_empty());
        numbers.filter_map(|word| word.parse().ok()).collect()
    };
    let points = numbers(path);
    let (end, from) = match path.contains('C') {
        true => ((points[6], points[7]), (points[4], points[5])),
        false => ((points[2], points[1]), (points[0], points[1])),
    };
    let (dx, dy) = ((end.0 - from.0) as f32, (end.1 - from.1) as f32);
    let turned = dy.atan2(dx).to_degrees().round();
    format!(
        "<path class=\"head\" transform=\"translate({} {}) rotate({turned})\" d=\"M8 0l-10-6v12z\"/>",
        end.0, end.1
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_new_done_or_ahead() {
        let svg = svg(&["ready", "running"], &["running", "reactor"], "a & b").expect("a picture");
        let class = |words: &str| {
            let group = svg
                .lines()
                .find(|line| line.contains(&format!(">{words}</text>")));
            let group = group.unwrap_or_else(|| panic!("{words} in {svg}"));
            group.split('"').nth(1).expect("a class").to_owned()
        };
        assert_eq!(class("ready queue"), "done");
        assert_eq!(class("a &amp; b"), "new");
        assert_eq!(class("reactor"), "new");
        assert_eq!(class("timers"), "ahead");
        assert!(
            svg.contains(
                "New in this stage: the reactor, what runs. There before: the ready queue."
            )
        );
    }

    #[test]
    fn a_part_that_nobody_knows_is_refused() {
        let error = svg(&[], &["rector"], "").expect_err("no such part");
        assert!(
            error.contains("`rector`") && error.contains("reactor"),
            "{error}"
        );
    }

    #[test]
    fn an_arrow_points_where_its_path_goes() {
        assert!(head("100 114H132").contains("translate(132 114) rotate(0)"));
        assert!(head("555 94C555 34 340 34 340 86").contains("translate(340 86) rotate(90)"));
    }
}
