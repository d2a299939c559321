//! Builds the book: prints its pages, has mdBook make HTML of them, and looks the result over. Only a book with
//! nothing wrong takes the place of the last one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mdbook_driver::MDBook;
use mdbook_driver::book::BookItem;
use mdbook_driver::config::Config;

use crate::built::Built;
use crate::complaints;
use crate::edition::Edition;
use crate::links::{self, Source};
use crate::origins;
use crate::press::Press;
use crate::problem::Problems;
use crate::project::Project;
use crate::sources;

/// Where the built book lies, relative to the root of the workspace.
pub const BUILD: &str = "book/build";

/// What came of a build.
#[derive(Debug, Default)]
pub struct Report {
    /// What is wrong; with nothing wrong, the book is new.
    pub problems: Problems,
    /// The printed pages.
    pub edition: Edition,
    /// How many links were followed.
    pub links: usize,
}

/// Builds the book of `project` into `book/build`. If anything is wrong, what lay there stays.
pub fn build(project: &Project, press: &Press<'_>) -> Report {
    let build = project.root.join(BUILD);
    let (new, old) = (build.with_extension("new"), build.with_extension("old"));
    let mut report = render(project, press, &new);
    if report.problems.is_empty()
        && let Err(error) = swap(&new, &build, &old)
    {
        let message = format!("the new book cannot take the old one's place: {error}");
        report.problems.add(BUILD, None, message);
    }
    // They are in nobody's way; the next build removes them.
    let _ = fs::remove_dir_all(&new);
    let _ = fs::remove_dir_all(&old);
    report
}

/// Builds the book of `project` into the folder `into`, whatever is wrong with it.
pub fn render(project: &Project, press: &Press<'_>, into: &Path) -> Report {
    let mut report = Report {
        problems: press.problems().clone(),
        ..Report::default()
    };
    let mut fail = |message: String| report.problems.add("book", None, message);
    let mut mdbook = match load(&project.root, into) {
        Ok(mdbook) => mdbook,
        Err(message) => {
            fail(message);
            return report;
        }
    };
    let mut sources = sources_of(&mdbook, &project.root);
    report.edition = Edition::print(project, press, &mut mdbook.book);
    report
        .problems
        .extend(std::mem::take(&mut report.edition.problems));
    let (built, complaints) = complaints::collect(|| mdbook.build());
    for complaint in complaints {
        report
            .problems
            .add("book", None, format!("mdBook says: {complaint}"));
    }
    if let Err(error) = built {
        report.problems.add(
            "book",
            None,
            format!("mdBook cannot build the book: {error:#}"),
        );
        return report;
    }
    match look_over(project, into, &mut sources) {
        Ok((links, problems)) => {
            report.links = links;
            report.problems.extend(problems);
        }
        Err(error) => {
            report.problems.add(
                "book",
                None,
                format!("the built book cannot be read: {error}"),
            );
        }
    }
    report
}

fn load(root: &Path, into: &Path) -> Result<MDBook, String> {
    let book = root.join("book");
    let mut config = Config::from_disk(book.join("book.toml"))
        .map_err(|error| format!("book/book.toml cannot be read: {error:#}"))?;
    config.build.build_dir = into.to_owned();
    // The pages are printed in this process; to call ourselves for it would be a waste.
    config
        .set("preprocessor.binding.renderers", [""; 0])
        .map_err(|error| format!("book/book.toml: {error:#}"))?;
    MDBook::load_with_config(book, config)
        .map_err(|error| format!("mdBook cannot load the book: {error:#}"))
}

/// The pages' sources, as they were before they were printed.
fn sources_of(mdbook: &MDBook, root: &Path) -> Vec<Source> {
    let folder = mdbook.source_dir();
    let folder = folder.strip_prefix(root).unwrap_or(&folder);
    let source = |item: &BookItem| {
        let BookItem::Chapter(page) = item else {
            return None;
        };
        let built = page.path.as_ref()?.with_extension("html");
        Some(Source {
            built: built.to_string_lossy().replace('\\', "/"),
            file: folder.join(page.source_path.as_ref()?),
            text: page.content.clone(),
        })
    };
    mdbook.iter().filter_map(source).collect()
}

fn look_over(
    project: &Project,
    into: &Path,
    sources: &mut [Source],
) -> io::Result<(usize, Problems)> {
    for source in sources.iter_mut() {
        // mdBook's own habit: a README is the page of its folder.
        if let Some(folder) = source.built.strip_suffix("README.html") {
            source.built = format!("{folder}index.html");
        }
    }
    let mut problems = sources::write(&project.root, &Built::read(into)?);
    let built = Built::read(into)?;
    let (count, dead) = links::check(&built, sources);
    problems.extend(dead);
    problems.extend(origins::check(&built, sources));
    Ok((count, problems))
}

fn swap(new: &PathBuf, build: &PathBuf, old: &PathBuf) -> io::Result<()> {
    if build.exists() {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
        fs::rename(build, old)?;
    }
    fs::rename(new, build)
}
