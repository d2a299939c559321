//! The roadmap: a box a chapter, those behind the reader filled, this one lit, those ahead outlined. It is a
//! list that the style sheet lays out as boxes, so it wraps on a small screen and reads aloud in order.

use std::path::Path;

use serde::Deserialize;

use super::questions::read;
use crate::html::escape;
use crate::problem::Problems;
use crate::project::Project;

/// Where the boxes stand.
pub const FILE: &str = "book/roadmap.toml";

/// The boxes.
#[derive(Debug, Default, Deserialize)]
pub struct Roadmap {
    #[serde(default, rename = "chapter")]
    chapters: Vec<Box>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Box {
    number: usize,
    folder: String,
    title: String,
    idea: String,
}

impl Roadmap {
    /// Reads the boxes; without the file there are none.
    ///
    /// # Errors
    ///
    /// The file cannot be understood, or names another folder than a chapter has.
    pub fn read(project: &Project) -> Result<Self, Problems> {
        let roadmap: Roadmap = read(&project.root, FILE)?;
        let mut problems = Problems::new();
        for chapter in &project.chapters {
            let fits = |other: &&Box| other.number == chapter.number;
            match roadmap.chapters.iter().find(fits) {
                Some(other) if other.folder == chapter.folder => {}
                None if roadmap.chapters.is_empty() => {}
                _ => {
                    let message = format!("has no box {} of `{}`", chapter.number, chapter.folder);
                    problems.add(FILE, None, message);
                }
            }
        }
        problems.or(roadmap)
    }

    /// The picture in HTML, with the box of chapter `here` lit; boxes link to chapters that have a page.
    pub fn html(&self, root: &Path, here: Option<usize>) -> String {
        let mut boxes = String::new();
        for chapter in &self.chapters {
            let class = match here {
                Some(here) if chapter.number < here => "done",
                Some(here) if chapter.number == here => "here",
                _ => "ahead",
            };
            let inside = format!(
                "<span class=\"number\">{}</span> <span class=\"title\">{}</span> \
                 <span class=\"idea\">{}</span>",
                chapter.number,
                escape(&chapter.title),
                escape(&chapter.idea),
            );
            let page = root.join("book/src").join(format!("{}.md", chapter.folder));
            let inside = if class == "here" {
                format!("<span class=\"box\" aria-current=\"page\">{inside}</span>")
            } else if page.is_file() {
                format!(
                    "<a class=\"box\" href=\"{}.html\">{inside}</a>",
                    chapter.folder
                )
            } else {
                format!("<span class=\"box\">{inside}</span>")
            };
            boxes.push_str(&format!("<li class=\"{class}\">{inside}</li>\n"));
        }
        format!("<nav class=\"roadmap\" aria-label=\"The chapters\">\n<ol>\n{boxes}</ol>\n</nav>")
    }
}
