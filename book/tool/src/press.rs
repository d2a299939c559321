//! Prints pages: puts in the place of each directive what it stands for, and verifies each block on the way,
//! so that a page that was printed is a page that is right.

mod fences;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::binding::{self, Bound, Coverage};
use crate::cache::Cache;
use crate::figures::questions::Questions;
use crate::figures::roadmap::Roadmap;
use crate::figures::{chart, recording, timeline};
use crate::html::embed;
use crate::page::{Kind, Piece, scan};
use crate::pictures;
use crate::printed::Printed;
use crate::problem::Problems;
use crate::programs::Programs;
use crate::project::{Chapter, Project};
use crate::python::Python;
use crate::run::Run;
use crate::sources;

/// All that a page may ask for.
#[derive(Debug)]
pub struct Press<'a> {
    project: &'a Project,
    /// The chapters' pages and their programs, by the chapters' numbers.
    bound: BTreeMap<usize, Bound>,
    programs: Programs,
    cache: Cache,
    python: Python,
    questions: Questions,
    roadmap: Roadmap,
    problems: Problems,
}

/// A page while it is printed.
struct Work<'a> {
    chapter: Option<&'a Chapter>,
    file: PathBuf,
    printed: Printed,
    /// What the last Python program and the last illustration did, for the output behind them.
    python: Option<Option<Run>>,
    illustration: Option<Run>,
    /// The sources of the pieces that an author would have to change.
    blessed: Vec<(usize, String)>,
}

impl<'a> Press<'a> {
    /// Builds the chapters' programs and reads the data of the figures. With `fresh`, nothing is believed that
    /// was found out earlier.
    pub fn new(project: &'a Project, fresh: bool) -> Self {
        let packages: Vec<&str> = project
            .chapters
            .iter()
            .map(|chapter| &*chapter.package)
            .collect();
        let (programs, mut problems) = Programs::build(&project.root, &packages);
        problems.extend(binding::continuity(project));
        let mut take = |found: Problems| problems.extend(found);
        let questions = Questions::read(&project.root).map_err(&mut take);
        let roadmap = Roadmap::read(project).map_err(&mut take);
        Self {
            project,
            bound: bound(project),
            programs,
            cache: Cache::new(&project.root, fresh),
            python: Python::find(),
            questions: questions.unwrap_or_default(),
            roadmap: roadmap.unwrap_or_default(),
            problems,
        }
    }

    /// What is wrong before any page is printed: with the programs, and with the data of the figures.
    pub fn problems(&self) -> &Problems {
        &self.problems
    }

    /// The chapters' programs.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// How many lines of each chapter that has a page stand on it, by the chapters' numbers.
    pub fn coverage(&self) -> impl Iterator<Item = (usize, Coverage)> {
        let coverage = |(number, bound): (&usize, &Bound)| (*number, bound.coverage);
        self.bound.iter().map(coverage)
    }

    /// What was found out about them earlier.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Prints `page`, a path relative to `book/src`, with the content `text`.
    pub fn print(&self, page: &Path, text: &str) -> Printed {
        let mut work = Work {
            chapter: self.project.chapter_of_page(page),
            file: Path::new("book/src").join(page),
            printed: Printed::default(),
            python: None,
            illustration: None,
            blessed: Vec::new(),
        };
        let pieces = scan(text);
        let bound = work
            .chapter
            .and_then(|chapter| self.bound.get(&chapter.number));
        work.printed.problems = match bound {
            Some(bound) => bound.problems.clone(),
            None => binding::loose(&work.file, &pictures::hidden(&pieces)),
        };
        for (index, piece) in pieces.iter().enumerate() {
            let markdown = match &piece.kind {
                Kind::Directive { name, arguments } => {
                    self.directive(&mut work, piece, name, arguments)
                }
                Kind::Fence { info, body } => {
                    self.fence(&mut work, index, piece, info.as_deref(), body)
                }
                Kind::Html | Kind::Text => self.text(&mut work, piece),
            };
            work.printed.markdown.push_str(&markdown);
        }
        if !work.blessed.is_empty() {
            let changed = |index| work.blessed.iter().find(|(other, _)| *other == index);
            let source = |(index, piece): (usize, &Piece)| match changed(index) {
                Some((_, source)) => source.clone(),
                None => piece.source.clone(),
            };
            work.printed.blessed = Some(pieces.iter().enumerate().map(source).collect());
        }
        let mut problems = Vec::from_iter(work.printed.problems);
        problems.sort();
        work.printed.problems = problems.into_iter().collect();
        work.printed
    }

    fn directive(&self, work: &mut Work<'_>, piece: &Piece, name: &str, arguments: &str) -> String {
        let html = match name {
            "questions" => {
                let stage = work.chapter.map(|chapter| chapter.stage.as_str());
                self.questions.html(stage)
            }
            "roadmap" => {
                let number = work.chapter.map(|chapter| chapter.number);
                Ok(self.roadmap.html(&self.project.root, number))
            }
            "timeline" => self.timeline(work.chapter, arguments),
            "chart" => match work.chapter {
                Some(chapter) => {
                    chart::html(&self.project.root.join(chapter.path(arguments)), arguments)
                }
                None => Err("this page is no chapter's, so it has no figures".to_owned()),
            },
            "coverage" => Ok(self.coverage_html(work.chapter)),
            "include" if pictures::asked(&piece.source).is_some() => {
                pictures::html(&self.project.root, arguments)
            }
            _ => return self.code(work, piece),
        };
        match html {
            Ok(html) => {
                work.printed.counts.figures += 1;
                embed(&html)
            }
            Err(message) => {
                work.problem(piece.line, message);
                String::new()
            }
        }
    }

    /// What the binding made of a directive; if nothing, it has said why.
    fn code(&self, work: &mut Work<'_>, piece: &Piece) -> String {
        let bound = work
            .chapter
            .and_then(|chapter| self.bound.get(&chapter.number));
        let html = bound.and_then(|bound| bound.html.get(&piece.line));
        work.printed.counts.excerpts += usize::from(html.is_some());
        html.map(|html| embed(html)).unwrap_or_default()
    }

    /// The count of a chapter's lines; on a page of no chapter, of all chapters'.
    fn coverage_html(&self, chapter: Option<&Chapter>) -> String {
        let counted = |number: usize| chapter.is_none_or(|chapter| chapter.number == number);
        let mut total = Coverage::default();
        for (_, coverage) in self.coverage().filter(|(number, _)| counted(*number)) {
            total.shown += coverage.shown;
            total.total += coverage.total;
        }
        format!("<p class=\"coverage\">Lines shown: {total}</p>")
    }

    fn timeline(&self, chapter: Option<&Chapter>, arguments: &str) -> Result<String, String> {
        let mut words = arguments.split_whitespace();
        let binary = words
            .next()
            .ok_or("`timeline` of what? The name of a binary")?;
        let package = package(chapter)?;
        let arguments: Vec<&str> = words.chain(["--trace"]).collect();
        let run = self
            .programs
            .run(&self.cache, package, binary, &arguments)?;
        if let Some(complaint) = run.complaint() {
            return Err(format!("`{binary} {}` {complaint}", arguments.join(" ")));
        }
        let events =
            recording::parse(&run.stdout).map_err(|error| format!("`{binary}`: {error}"))?;
        Ok(timeline::html(
            binary,
            &command(package, binary, &arguments),
            &events,
            &|file| self.source(file),
        ))
    }

    /// The text of a chapter's file; a run may name lines of the standard library as well, which the book has not.
    fn source(&self, file: &str) -> Option<String> {
        let file = file.replace('\\', "/");
        let mut chapters = self.project.chapters.iter();
        chapters.find_map(|chapter| {
            let within = file.strip_prefix("chapters/")?;
            let within = within.strip_prefix(&*chapter.folder)?.strip_prefix('/')?;
            chapter.files.get(within).cloned()
        })
    }

    /// Text and HTML: pictures are put in, links to files of the repository lead to a copy in the book.
    fn text(&self, work: &mut Work<'_>, piece: &Piece) -> String {
        let mut text = String::new();
        for (line, source) in (piece.line..).zip(piece.source.split_inclusive('\n')) {
            let Some(picture) = pictures::asked(source) else {
                text.push_str(source);
                continue;
            };
            match pictures::html(&self.project.root, picture) {
                Ok(html) => {
                    work.printed.counts.figures += 1;
                    text.push_str(&html);
                }
                Err(message) => work.problem(line, message),
            }
        }
        sources::link_to_copies(&self.project.root, &text)
    }
}

/// Binds each page to its program.
fn bound(project: &Project) -> BTreeMap<usize, Bound> {
    let bound = |chapter: &Chapter| {
        let page = project.root.join(chapter.page.as_ref()?);
        // A page that cannot be read is mdBook's to complain of.
        let text = fs::read_to_string(page).unwrap_or_default();
        let pieces = pictures::hidden(&scan(&text));
        Some((chapter.number, binding::bind(project, chapter, &pieces)))
    };
    project.chapters.iter().filter_map(bound).collect()
}

impl Work<'_> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.printed.problems.add(&*self.file, line, message);
    }
}

fn package(chapter: Option<&Chapter>) -> Result<&str, String> {
    let chapter = chapter.ok_or("this page is no chapter's, so there is no program to run")?;
    Ok(&chapter.package)
}

/// What a reader types to run a chapter's program.
fn command(package: &str, binary: &str, arguments: &[&str]) -> String {
    let mut command = format!("cargo run -p {package}");
    if binary != package {
        command.push_str(&format!(" --bin {binary}"));
    }
    if !arguments.is_empty() {
        command.push_str(&format!(" -- {}", arguments.join(" ")));
    }
    command
}
