//! A chart of measured figures: panels side by side, both axes logarithmic, a line a structure that was measured. The
//! figures stand in a file of the chapter, with the command that wrote it, the machine and the date.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde::Deserialize;

use crate::html::escape;

/// A panel in CSS pixels, and the margins around its axes.
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = 52.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 44.0;
/// The least distance between the names of two lines.
const APART: f64 = 15.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Chart {
    command: String,
    machine: String,
    date: String,
    x: String,
    y: String,
    panel: Vec<Panel>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Panel {
    title: String,
    line: BTreeMap<String, Vec<(f64, f64)>>,
}

/// The powers of ten between which an axis lies.
struct Axis {
    from: i32,
    to: i32,
    /// Where its ends are drawn.
    ends: (f64, f64),
}

/// The chart of `file` in HTML, with the same figures as tables below it.
///
/// # Errors
///
/// The file cannot be read or understood, or has a figure that no logarithmic axis can show.
pub fn html(file: &Path, name: &str) -> Result<String, String> {
    let text =
        fs::read_to_string(file).map_err(|error| format!("`{name}` cannot be read: {error}"))?;
    let chart: Chart = toml::from_str(&text).map_err(|error| format!("`{name}`: {error}"))?;
    let points = || {
        chart
            .panel
            .iter()
            .flat_map(|panel| panel.line.values().flatten())
    };
    if points().next().is_none() || points().any(|(x, y)| *x <= 0.0 || *y <= 0.0) {
        return Err(format!("`{name}` needs figures, each above zero"));
    }
    let x = Axis::new(points().map(|(x, _)| *x), (LEFT, WIDTH - RIGHT));
    let y = Axis::new(points().map(|(_, y)| *y), (HEIGHT - BOTTOM, TOP));
    let mut html = format!(
        "<figure class=\"chart\">\n<figcaption>Measured with <code>{}</code> on {}, {}. Both axes are logarithmic.</figcaption>\n\
         <div class=\"panels\">\n",
        escape(&chart.command),
        escape(&chart.machine),
        escape(&chart.date),
    );
    for panel in &chart.panel {
        html.push_str(&panel.svg(&chart, &x, &y));
    }
    html.push_str("</div>\n<details><summary>The same in numbers</summary>\n");
    for panel in &chart.panel {
        html.push_str(&panel.table(&chart));
    }
    Ok(html + "</details>\n</figure>")
}

impl Axis {
    fn new(values: impl Iterator<Item = f64>, ends: (f64, f64)) -> Self {
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values {
            (from, to) = (from.min(value.log10()), to.max(value.log10()));
        }
        let (from, to) = (from.floor() as i32, to.ceil() as i32);
        let to = to.max(from + 1);
        Self { from, to, ends }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from);
        self.ends.0 + share * (self.ends.1 - self.ends.0)
    }

    fn marks(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|power| 10_f64.powi(power))
    }
}

impl Panel {
    fn svg(&self, chart: &Chart, x: &Axis, y: &Axis) -> String {
        let summary = format!(
            "{}: {} over {}, a line each for {}. The numbers are in the table below.",
            self.title,
            chart.y,
            chart.x,
            Vec::from_iter(self.line.keys().map(String::as_str)).join(", "),
        );
        let summary = escape(&summary);
        let mut svg = format!(
            "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{summary}\">\n<title>{summary}</title>\n\
             <text class=\"title\" x=\"{LEFT}\" y=\"18\">{}</text>\n",
            escape(&self.title)
        );
        for mark in x.marks() {
            let at = x.place(mark);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{at:.1} {:.1}V{TOP}\"></path><text class=\"mark\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{}</text>",
                HEIGHT - BOTTOM,
                HEIGHT - BOTTOM + 16.0,
                number(mark),
            );
        }
        for mark in y.marks() {
            let at = y.place(mark);
            let _ = writeln!(
                svg,
                "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{:.1}\"></path><text class=\"mark\" text-anchor=\"end\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                at + 4.0,
                number(mark),
            );
        }
        let _ = writeln!(
            svg,
            "<text class=\"mark\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 8.0,
            escape(&chart.x),
        );
        let _ = writeln!(
            svg,
            "<text class=\"mark\" text-anchor=\"middle\" transform=\"translate(13 {:.1}) rotate(-90)\">{}</text>",
            (TOP + HEIGHT - BOTTOM) / 2.0,
            escape(&chart.y),
        );
        let mut names = Vec::new();
        for (index, (name, points)) in self.line.iter().enumerate() {
            let mut way = String::new();
            let mut dots = String::new();
            for (at, (px, py)) in points.iter().enumerate() {
                let (px, py) = (x.place(*px), y.place(*py));
                let _ = write!(way, "{}{px:.1} {py:.1}", if at == 0 { 'M' } else { 'L' });
                let _ = write!(
                    dots,
                    "<circle cx=\"{px:.1}\" cy=\"{py:.1}\" r=\"3\"></circle>"
                );
            }
            let _ = writeln!(
                svg,
                "<g class=\"line line-{}\"><path d=\"{way}\"></path>{dots}</g>",
                index % 5
            );
            if let Some((_, last)) = points.last() {
                names.push((y.place(*last), index, name));
            }
        }
        // From the top downwards, none closer to the one above than a line of text.
        names.sort_by(|one, other| one.0.total_cmp(&other.0));
        let mut above = f64::NEG_INFINITY;
        for (at, index, name) in names {
            above = at.max(above + APART);
            let _ = writeln!(
                svg,
                "<text class=\"line line-{}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                index % 5,
                WIDTH - RIGHT + 8.0,
                above + 4.0,
                escape(name),
            );
        }
        svg + "</svg>\n"
    }

    fn table(&self, chart: &Chart) -> String {
        let mut columns: Vec<f64> = self.line.values().flatten().map(|(x, _)| *x).collect();
        columns.sort_by(f64::total_cmp);
        columns.dedup();
        let mut html = format!(
            "<table><caption>{}, {}</caption><thead><tr><th>{}</th>",
            escape(&self.title),
            escape(&chart.y),
            escape(&chart.x)
        );
        for x in &columns {
            let _ = write!(html, "<th>{}</th>", number(*x));
        }
        html.push_str("</tr></thead><tbody>\n");
        for (name, points) in &self.line {
            let _ = write!(html, "<tr><th scope=\"row\">{}</th>", escape(name));
            for x in &columns {
                let point = points.iter().find(|(other, _)| other == x);
                let y = point.map_or(String::new(), |(_, y)| number(y.round()));
                let _ = write!(html, "<td>{y}</td>");
            }
            html.push_str("</tr>\n");
        }
        html + "</tbody></table>\n"
    }
}

/// A whole number with its thousands apart.
fn number(value: f64) -> String {
    let digits = format!("{value}");
    let mut number = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && !digits.contains('.') {
            number.push(',');
        }
        number.push(digit);
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("figures.toml");
        fs::write(&file, text).expect("the folder is new");
        html(&file, "figures.toml")
    }

    const HEAD: &str = "command = \"measure\"\nmachine = \"a <slow> one\"\ndate = \"2026-11-25\"\nx = \"timers\"\ny = \"ns\"\n";

    #[test]
    fn a_chart_says_with_what_where_and_when_it_was_measured() {
        let chart = drawn(&format!(
            "{HEAD}[[panel]]\ntitle = \"t\"\nline.a = [[100, 20.4], [1000, 2000]]\n"
        ))
        .expect("a good file");
        assert!(chart.contains("<code>measure</code> on a &lt;slow&gt; one, 2026-11-25"));
        assert!(
            chart.contains("<th scope=\"row\">a</th><td>20</td><td>2,000</td>"),
            "{chart}"
        );
    }

    #[test]
    fn a_figure_lies_where_its_logarithm_says() {
        let axis = Axis::new([10.0, 1000.0].into_iter(), (0.0, 200.0));
        assert_eq!(
            [10.0, 100.0, 1000.0].map(|value| axis.place(value)),
            [0.0, 100.0, 200.0]
        );
        assert_eq!(Vec::from_iter(axis.marks()), [10.0, 100.0, 1000.0]);
    }

    #[test]
    fn a_file_without_figures_or_with_a_zero_is_refused() {
        assert!(drawn(&format!("{HEAD}panel = []\n")).is_err());
        let zero = drawn(&format!(
            "{HEAD}[[panel]]\ntitle = \"t\"\nline.a = [[100, 0]]\n"
        ));
        assert!(zero.is_err_and(|error| error.contains("above zero")));
        assert!(drawn("x = 1\n").is_err_and(|error| error.contains("figures.toml")));
    }
}
