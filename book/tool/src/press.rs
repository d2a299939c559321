//! Prints pages: puts in the place of each directive what it stands for, and verifies each block on the way,
//! so that a page that was printed is a page that is right.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::blocks::{Block, Illustration, Output};
use crate::cache::Cache;
use crate::figures::questions::Questions;
use crate::figures::roadmap::Roadmap;
use crate::figures::{recording, timeline};
use crate::html::{embed, escape};
use crate::illustrations;
use crate::outputs::{self, ELISION};
use crate::page::{Kind, Piece, scan};
use crate::problem::Problems;
use crate::programs::Programs;
use crate::project::{Chapter, Project};
use crate::python::{self, Python};
use crate::run::Run;
use crate::sources;

/// All that a page may ask for.
#[derive(Debug)]
pub struct Press<'a> {
    project: &'a Project,
    programs: Programs,
    cache: Cache,
    python: Python,
    questions: Questions,
    roadmap: Roadmap,
}

/// A page, printed.
#[derive(Debug, Default)]
pub struct Printed {
    /// The Markdown that mdBook gets to see.
    pub markdown: String,
    /// What is wrong with it.
    pub problems: Problems,
    /// What could not be verified on this machine.
    pub not_run: Problems,
    /// The page as an author could have written it: with the outputs of today. None if there is nothing to
    /// change.
    pub blessed: Option<String>,
    /// What was verified.
    pub counts: Counts,
    /// The binaries that the page expects to fail.
    pub failing: BTreeSet<String>,
}

/// How much was verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Directives that stand for code.
    pub excerpts: usize,
    /// Pictures and tables.
    pub figures: usize,
    /// Blocks of output.
    pub outputs: usize,
    /// Python programs.
    pub python: usize,
    /// Pieces of Rust that are not the program.
    pub illustrations: usize,
}

impl std::ops::AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.excerpts += other.excerpts;
        self.figures += other.figures;
        self.outputs += other.outputs;
        self.python += other.python;
        self.illustrations += other.illustrations;
    }
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
    pub fn new(project: &'a Project, fresh: bool) -> (Self, Problems) {
        let packages: Vec<&str> = project
            .chapters
            .iter()
            .map(|chapter| &*chapter.package)
            .collect();
        let (programs, mut problems) = Programs::build(&project.root, &packages);
        let mut take = |found: Problems| problems.extend(found);
        let press = Self {
            project,
            programs,
            cache: Cache::new(&project.root, fresh),
            python: Python::find(),
            questions: Questions::read(&project.root)
                .map_err(&mut take)
                .unwrap_or_default(),
            roadmap: Roadmap::read(project)
                .map_err(&mut take)
                .unwrap_or_default(),
        };
        (press, problems)
    }

    /// The chapters' programs.
    pub fn programs(&self) -> &Programs {
        &self.programs
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

    fn code(&self, work: &mut Work<'_>, piece: &Piece) -> String {
        work.printed.counts.excerpts += 1;
        piece.source.replace("{{#", "`{{ #").replace("}}", "}}`")
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
        ))
    }

    fn fence(
        &self,
        work: &mut Work<'_>,
        index: usize,
        piece: &Piece,
        info: Option<&str>,
        body: &str,
    ) -> String {
        let block = match Block::parse(info.unwrap_or_default()) {
            Ok(block) => block,
            Err(message) => {
                work.problem(piece.line, message);
                return String::new();
            }
        };
        match block {
            Block::Output(output) => self.output(work, index, piece, &output, body),
            Block::OutputOfPython => {
                work.printed.counts.outputs += 1;
                match work.python.take() {
                    Some(Some(run)) => work.compare(index, piece, body, &run.stdout, false),
                    Some(None) => {}
                    None => work.problem(piece.line, "no Python program stands before this output"),
                }
                embed(&shown_output("$ python3", body, false))
            }
            Block::OutputOfIllustration => {
                work.printed.counts.outputs += 1;
                match work.illustration.take() {
                    Some(run) => work.compare(index, piece, body, &run.stdout, false),
                    None => work.problem(
                        piece.line,
                        "no `rust,illustration,run` that ran to its end stands before this output",
                    ),
                }
                embed(&shown_output("prints", body, false))
            }
            Block::Python => {
                self.python(work, piece, body);
                captioned("python", "Python", "python", body)
            }
            Block::Illustration(illustration) => {
                self.illustration(work, piece, &illustration, body);
                let caption = match &illustration {
                    Illustration::Refused(code) => {
                        format!("Not part of the program; the compiler refuses it with {code}")
                    }
                    _ => "Not part of the program".to_owned(),
                };
                captioned("illustration", &caption, "rust", body)
            }
            Block::Other => piece.source.clone(),
        }
    }

    fn output(
        &self,
        work: &mut Work<'_>,
        index: usize,
        piece: &Piece,
        output: &Output,
        body: &str,
    ) -> String {
        work.printed.counts.outputs += 1;
        let arguments: Vec<&str> = output.arguments.iter().map(String::as_str).collect();
        let run = package(work.chapter).and_then(|package| {
            let run = self
                .programs
                .run(&self.cache, package, &output.binary, &arguments)?;
            Ok((package, run))
        });
        let (package, run) = match run {
            Ok(found) => found,
            Err(message) => {
                work.problem(piece.line, message);
                return String::new();
            }
        };
        match (run.complaint(), output.fails) {
            (Some(complaint), false) => {
                work.problem(piece.line, format!("`{}` {complaint}", output.binary));
            }
            (None, true) => {
                let message = format!("`{}` is to fail, and ended with success", output.binary);
                work.problem(piece.line, message);
            }
            _ => {}
        }
        if output.fails {
            work.printed.failing.insert(output.binary.clone());
        }
        work.compare(index, piece, body, &run.stdout, output.masked);
        let command = format!("$ {}", command(package, &output.binary, &arguments));
        embed(&shown_output(&command, body, output.masked))
    }

    fn python(&self, work: &mut Work<'_>, piece: &Piece, body: &str) {
        work.printed.counts.python += 1;
        let run = match self.python.run(&self.cache, body) {
            Ok(run) => run,
            Err(message) => return work.problem(piece.line, message),
        };
        match &run {
            None => {
                let message = "this Python program was not run: needs python3";
                work.printed.not_run.add(&*work.file, piece.line, message);
            }
            Some(run) => {
                if let Some(complaint) = run.complaint() {
                    let line = piece.line + python::failed_line(&run.stderr).unwrap_or(0);
                    work.problem(line, format!("this Python program {complaint}"));
                }
            }
        }
        work.python = Some(run);
    }

    fn illustration(
        &self,
        work: &mut Work<'_>,
        piece: &Piece,
        illustration: &Illustration,
        body: &str,
    ) {
        work.printed.counts.illustrations += 1;
        let (programs, cache) = (&self.programs, &self.cache);
        match illustrations::verify(programs, cache, work.chapter, illustration, body) {
            Ok(run) => work.illustration = run,
            Err(fault) => {
                let line = piece.line + fault.line.unwrap_or(0);
                work.problem(line, format!("this illustration {}", fault.message));
            }
        }
    }

    /// Text and HTML: pictures are put in, links to files of the repository lead to a copy in the book.
    fn text(&self, work: &mut Work<'_>, piece: &Piece) -> String {
        let mut text = String::new();
        for (line, source) in (piece.line..).zip(piece.source.split_inclusive('\n')) {
            let Some((before, rest)) = source.split_once("{{#") else {
                text.push_str(source);
                continue;
            };
            match rest
                .trim_end()
                .strip_suffix("}}")
                .and_then(|rest| rest.strip_prefix("include "))
            {
                Some(picture) if before.trim().is_empty() && picture.ends_with(".svg") => {
                    match fs::read_to_string(self.project.root.join("book/src").join(picture)) {
                        Ok(svg) => {
                            work.printed.counts.figures += 1;
                            text.push_str(embed(&svg).trim_start());
                            text.truncate(text.trim_end().len());
                            text.push('\n');
                        }
                        Err(error) => {
                            work.problem(
                                line,
                                format!("the picture {picture} cannot be read: {error}"),
                            );
                        }
                    }
                }
                _ => {
                    let message = "a directive stands alone, from the first column of its line, \
                         and outside of HTML; within HTML there is only `{{#include pictures/….svg}}`";
                    work.problem(line, message);
                }
            }
        }
        sources::link_to_copies(&self.project.root, &text)
    }
}

impl Work<'_> {
    fn problem(&mut self, line: usize, message: impl Into<String>) {
        self.printed.problems.add(&*self.file, line, message);
    }

    /// Compares an output block with the output, and notes what the block should be.
    fn compare(&mut self, index: usize, piece: &Piece, body: &str, output: &str, masked: bool) {
        let Err(difference) = outputs::compare(body, output, masked) else {
            return;
        };
        let line = piece.line + 1 + difference.line;
        let mut message = format!(
            "this is not what the program prints; {}",
            difference.message
        );
        match outputs::bless(body, output, masked).and_then(|body| with_body(piece, &body)) {
            Ok(source) => {
                message.push_str("\n    `check --bless` writes what it prints into the page");
                self.blessed.push((index, source));
            }
            Err(reason) => message.push_str(&format!("\n    mend it by hand: {reason}")),
        }
        self.problem(line, message);
    }
}

/// The source of a fenced block with another body.
fn with_body(piece: &Piece, body: &str) -> Result<String, String> {
    let mut lines = piece.source.split_inclusive('\n');
    let (Some(first), Some(last)) = (lines.next(), lines.next_back()) else {
        return Err("the block has no closing fence".to_owned());
    };
    if !first.starts_with(['`', '~']) || !last.starts_with(['`', '~']) {
        return Err("the block is part of a list or a quotation".to_owned());
    }
    Ok(format!("{first}{body}{last}"))
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

fn shown_output(command: &str, body: &str, masked: bool) -> String {
    let mut lines = String::new();
    for line in body.split_inclusive('\n') {
        if line.trim_end() == ELISION {
            lines.push_str("<span class=\"elided\" title=\"lines left out\">…</span>\n");
        } else if masked {
            let line = escape(line).replace(
                '‹',
                "<span class=\"masked\" title=\"varies from run to run\">‹",
            );
            lines.push_str(&line.replace('›', "›</span>"));
        } else {
            lines.push_str(&escape(line));
        }
    }
    let command = escape(command);
    format!(
        "<figure class=\"output\"><figcaption>{command}</figcaption><pre><samp>{lines}</samp></pre></figure>"
    )
}

fn captioned(class: &str, caption: &str, language: &str, body: &str) -> String {
    let (caption, body) = (escape(caption), escape(body));
    embed(&format!(
        "<figure class=\"{class}\"><figcaption>{caption}</figcaption><pre>\
         <code class=\"language-{language}\">{body}</code></pre></figure>"
    ))
}
