//! The command line of the book tool.

use std::env;
use std::io::{self, BufWriter};
use std::path::Path;
use std::process::ExitCode;

use book::attempt::{self, Wish};
use book::press::Press;
use book::problem::Problems;
use book::project::Project;
use book::serve::Address;
use book::{check, forward, preprocess, publish, serve};
use clap::{Args, Parser, Subcommand};

/// Builds, checks and serves the book. Without a command: serves it.
#[derive(Parser)]
#[command(
    name = "book",
    arg_required_else_help = false,
    args_conflicts_with_subcommands = true
)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

#[derive(Subcommand)]
enum Command {
    /// Builds and serves the book, and builds it again when a file changes
    Serve(Serve),
    /// Writes the pages to book/build
    Build,
    /// Runs every check of the book; the exit status tells
    Check {
        /// Writes what the programs print now into the output blocks that differ
        #[arg(long)]
        bless: bool,
    },
    /// Carries the uncommitted change of a chapter into all later chapters
    Forward {
        /// The chapter's number
        chapter: usize,
    },
    /// Tests your work on a chapter's exercises, and says what differed
    Try {
        /// A chapter, such as 1, or one of its exercises, such as 1.2
        which: String,
        /// Shows the next hint instead
        #[arg(long)]
        hint: bool,
        /// Prints the path of the solution instead
        #[arg(long, conflicts_with = "hint")]
        solution: bool,
    },
    /// Prints the pages that mdBook sends, as its preprocessor
    Preprocess {
        #[command(subcommand)]
        question: Option<Question>,
    },
}

#[derive(Subcommand)]
enum Question {
    /// Tells by its exit status whether there is anything to do for a renderer
    Supports {
        /// The renderer's name
        renderer: String,
    },
}

#[derive(Args)]
struct Serve {
    /// The interface to listen on
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// The port to listen on
    #[arg(long, default_value_t = 3000)]
    port: u16,
    /// Opens the book in a browser
    #[arg(long)]
    open: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match arguments.command.unwrap_or(Command::Serve(arguments.serve)) {
        Command::Serve(Serve { host, port, open }) => {
            project().map(|project| serve::serve(&project, &Address { host, port, open }))
        }
        Command::Build => project().map(|project| build(&project)),
        Command::Check { bless } => project().and_then(|project| check_all(&project, bless)),
        Command::Forward { chapter } => project().and_then(|project| carry(&project, chapter)),
        Command::Try {
            which,
            hint,
            solution,
        } => {
            let wish = match (hint, solution) {
                (true, _) => Wish::Hint,
                (_, true) => Wish::Solution,
                _ => Wish::Test,
            };
            project().and_then(|project| try_one(&project, &which, wish))
        }
        Command::Preprocess { question: None } => {
            let output = BufWriter::new(io::stdout().lock());
            preprocess::preprocess(io::stdin().lock(), output).map(|()| ExitCode::SUCCESS)
        }
        Command::Preprocess {
            question: Some(Question::Supports { renderer }),
        } => Ok(match preprocess::supports(&renderer) {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        }),
    };
    done.unwrap_or_else(|problems| {
        eprint!("{problems}");
        ExitCode::FAILURE
    })
}

/// The project that the tool was called in.
fn project() -> Result<Project, Problems> {
    let here = env::current_dir().map_err(|error| {
        let mut problems = Problems::new();
        problems.add(
            ".",
            None,
            format!("the folder that this is called in is gone: {error}"),
        );
        problems
    })?;
    Project::open(Path::new(&here))
}

fn build(project: &Project) -> ExitCode {
    step("building the chapters' programs");
    let press = Press::new(project, false);
    step("printing the pages");
    let report = publish::build(project, &press);
    for problem in &report.edition.not_run {
        eprintln!("warning: {problem}");
    }
    if report.problems.is_empty() {
        eprintln!("{} pages in {}", report.edition.pages, publish::BUILD);
        return ExitCode::SUCCESS;
    }
    eprint!("{}", report.problems);
    eprintln!(
        "{}; {} is as it was",
        counted(report.problems.len()),
        publish::BUILD
    );
    ExitCode::FAILURE
}

fn check_all(project: &Project, bless: bool) -> Result<ExitCode, Problems> {
    let mut checked = check::check(project, step);
    if bless {
        let written = check::bless(project, &checked)?;
        for page in &written {
            eprintln!("{}: outputs written", page.display());
        }
        if !written.is_empty() {
            checked = check::check(project, step);
        }
    }
    let mut problems = checked.problems;
    problems.extend(checked.not_run);
    print!("{problems}{}", checked.summary);
    if problems.is_empty() {
        println!("all is well");
        return Ok(ExitCode::SUCCESS);
    }
    println!("{}", counted(problems.len()));
    Ok(ExitCode::FAILURE)
}

fn carry(project: &Project, chapter: usize) -> Result<ExitCode, Problems> {
    let carried = forward::run(project, chapter)?;
    for file in &carried.written {
        println!("{}: written", file.display());
    }
    for file in &carried.deleted {
        println!("{}: deleted", file.display());
    }
    print!("{}", carried.conflicts);
    if !carried.conflicts.is_empty() {
        println!("{}", counted(carried.conflicts.len()));
        return Ok(ExitCode::FAILURE);
    }
    if carried.written.is_empty() && carried.deleted.is_empty() {
        println!(
            "nothing to carry: no later chapter lacks what chapter {chapter} changed since the last commit"
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn try_one(project: &Project, which: &str, wish: Wish) -> Result<ExitCode, Problems> {
    let passes = attempt::attempt(project, which, wish, &mut io::stdout().lock())?;
    Ok(match passes {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn step(name: &str) {
    eprintln!("… {name}");
}

fn counted(problems: usize) -> String {
    match problems {
        1 => "1 problem".to_owned(),
        problems => format!("{problems} problems"),
    }
}
