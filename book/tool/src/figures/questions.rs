//! The table of three questions, one row a stage, the row of the page's chapter lit; above it the figure of that stage.

use std::fs;
use std::path::Path;

use serde::Deserialize;

use super::stage;
use crate::html::{escape, with_code};
use crate::problem::Problems;
use crate::project::line_of;

/// Where the rows stand.
pub const FILE: &str = "book/questions.toml";

/// The table.
#[derive(Debug, Default, Deserialize)]
pub struct Questions {
    #[serde(default, rename = "stage")]
    stages: Vec<Stage>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stage {
    name: String,
    who: String,
    how: String,
    when: String,
    /// What the figure says of who is running.
    #[serde(default)]
    runs: String,
    /// The parts of the figure that this stage adds or changes.
    #[serde(default)]
    new: Vec<String>,
}

impl Questions {
    /// Reads the rows; without the file there are none.
    ///
    /// # Errors
    ///
    /// The file cannot be understood.
    pub fn read(root: &Path) -> Result<Self, Problems> {
        read(root, FILE)
    }

    /// The table in HTML, with the row `here` lit, and the figure of that stage.
    ///
    /// # Errors
    ///
    /// There is no such row; the figure has no such part.
    pub fn html(&self, here: Option<&str>) -> Result<String, String> {
        if let Some(here) = here
            && !self.stages.iter().any(|stage| stage.name == here)
        {
            let names: Vec<_> = self
                .stages
                .iter()
                .map(|stage| stage.name.as_str())
                .collect();
            return Err(format!(
                "no stage `{here}` in {FILE}; there are: {}",
                names.join(", ")
            ));
        }
        let mut rows = String::new();
        for stage in &self.stages {
            let lit = here == Some(stage.name.as_str());
            let class = if lit {
                r#" class="here" aria-current="true""#
            } else {
                ""
            };
            rows.push_str(&format!(
                "<tr{class}><th scope=\"row\">{}</th>{}{}{}</tr>\n",
                escape(&stage.name),
                cell("Who is running?", &stage.who),
                cell("How does it run?", &stage.how),
                cell("When does it switch?", &stage.when),
            ));
        }
        let figure = self.figure(here)?;
        Ok(format!(
            "{figure}<div class=\"questions\">\n<table>\n<thead><tr><th scope=\"col\">Stage</th>\
             <th scope=\"col\">Who is running?</th><th scope=\"col\">How does it run?</th>\
             <th scope=\"col\">When does it switch?</th></tr></thead>\n<tbody>\n{rows}</tbody>\n\
             </table>\n</div>"
        ))
    }

    /// The figure of the stage `here`; none where no stage names its parts.
    fn figure(&self, here: Option<&str>) -> Result<String, String> {
        let named = |stage: &Stage| here == Some(stage.name.as_str());
        let Some(at) = self.stages.iter().position(named) else {
            return Ok(String::new());
        };
        let stage = &self.stages[at];
        if stage.new.is_empty() {
            return Ok(String::new());
        }
        let names = |stages: &'_ [Stage]| -> Vec<String> {
            stages.iter().flat_map(|stage| stage.new.clone()).collect()
        };
        let before = names(&self.stages[..at]);
        let before: Vec<&str> = before.iter().map(String::as_str).collect();
        let new: Vec<&str> = stage.new.iter().map(String::as_str).collect();
        stage::svg(&before, &new, &stage.runs)
    }
}

/// A cell that repeats its question, for a screen on which the table's head has no place.
fn cell(question: &str, answer: &str) -> String {
    format!(
        "<td data-question=\"{question}\">{}</td>",
        with_code(answer)
    )
}

/// Reads a file of the book's data; one that is not there is empty.
pub(super) fn read<T: Default + for<'a> Deserialize<'a>>(
    root: &Path,
    file: &str,
) -> Result<T, Problems> {
    let mut problems = Problems::new();
    let Ok(text) = fs::read_to_string(root.join(file)) else {
        return Ok(T::default());
    };
    match toml::from_str(&text) {
        Ok(data) => Ok(data),
        Err(error) => {
            let line = error.span().map(|span| line_of(&text, span.start));
            problems.add(
                file,
                line,
                format!("cannot be understood: {}", error.message()),
            );
            Err(problems)
        }
    }
}
