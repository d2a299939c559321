//! `try`, on a small workspace of its own: what a reader is told of their work.

use std::fs;
use std::path::Path;
use std::process::Command;

use book::attempt::{Wish, attempt};
use book::project::Project;
use tempfile::TempDir;

const README: &str = "# Exercise 1: say it twice\n\nDouble the words.\n\nHint 1: words\ncan be cloned.\n\nHint 2: `flat_map`.\n";

const STARTER: &str = "pub fn twice(words: &[&str]) -> Vec<String> {\n    words.iter().map(|w| w.to_string()).collect()\n}\n";

const SOLUTION: &str = "pub fn twice(words: &[&str]) -> Vec<String> {\n    words.iter().flat_map(|w| [w.to_string(), w.to_string()]).collect()\n}\n";

const TESTS: &str = "#[cfg_attr(feature = \"try\", path = \"starter.rs\")]\n\
     #[cfg_attr(not(feature = \"try\"), path = \"solution.rs\")]\nmod exercise;\nuse exercise::twice;\n\n\
     #[test]\nfn two_words_are_four() {\n    assert_eq!(twice(&[\"a\", \"b\"]), [\"a\", \"a\", \"b\", \"b\"]);\n}\n\n\
     #[test]\nfn nothing_stays_nothing() {\n    assert_eq!(twice(&[]), [\"\"; 0]);\n}\n";

const WORKSPACE: &str =
    "[workspace]\nresolver = \"3\"\nmembers = [\"chapters/*\", \"chapters/*/exercises\"]\n";

const EXERCISES: &str = "[package]\nname = \"chapter-01-exercises\"\nedition = \"2024\"\nautotests = false\n\
     [features]\ntry = []\n[lib]\npath = \"lib.rs\"\n[[test]]\nname = \"exercise-1\"\npath = \"1/tests.rs\"\n";

/// A workspace with one chapter, and one exercise in it.
struct Book {
    folder: TempDir,
}

impl Book {
    fn new() -> Self {
        let book = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        let chapter = "number = 1\npackage = \"chapter-01\"\nstage = \"one\"\n";
        let package = "[package]\nname = \"chapter-01\"\nedition = \"2024\"\n";
        for (file, text) in [
            ("Cargo.toml", WORKSPACE),
            (".gitignore", "/target\n"),
            ("chapters/01-one/chapter.toml", chapter),
            ("chapters/01-one/Cargo.toml", package),
            ("chapters/01-one/src/lib.rs", ""),
            ("chapters/01-one/exercises/Cargo.toml", EXERCISES),
            ("chapters/01-one/exercises/lib.rs", ""),
            ("chapters/01-one/exercises/1/README.md", README),
            ("chapters/01-one/exercises/1/solution.rs", SOLUTION),
            ("chapters/01-one/exercises/1/tests.rs", TESTS),
        ] {
            book.write(file, text);
        }
        book.work(STARTER);
        book
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.folder.path().join(file);
        fs::create_dir_all(file.parent().expect("a folder")).expect("made");
        fs::write(file, text).expect("written");
    }

    /// Puts something into `starter.rs`.
    fn work(&self, text: &str) {
        self.write("chapters/01-one/exercises/1/starter.rs", text);
    }

    fn git(&self, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b.example", "-C"]);
        let run = git.arg(self.folder.path()).args(arguments).output();
        assert!(
            run.is_ok_and(|run| run.status.success()),
            "git {arguments:?}"
        );
    }

    /// Whether all is well, and what was said.
    fn said(&self, which: &str, wish: Wish) -> (bool, String) {
        let project = Project::open(self.folder.path()).expect("a project");
        let mut out = Vec::new();
        match attempt(&project, which, wish, &mut out) {
            Ok(well) => (well, String::from_utf8(out).expect("text")),
            Err(problems) => (false, problems.to_string()),
        }
    }
}

#[test]
fn a_reader_is_told_what_differs_until_nothing_does() {
    let book = Book::new();
    let place = Path::new("chapters/01-one/exercises/1");
    let starter = place.join("starter.rs").display().to_string();

    let (passes, said) = book.said("1", Wish::Test);
    assert!(!passes);
    let expected = format!(
        "Exercise 1.1: say it twice\n  FAILED  two words are four\n          at {}:8\n          \
         - yours, + expected\n            a\n          + a\n          + b\n            b\n  \
         ok      nothing stays nothing\n  1 of 2 tests pass\n  a hint: cargo run -- try 1.1 --hint\n\n\
         0 of 1 exercises pass\n",
        place.join("tests.rs").display()
    );
    assert_eq!(said, expected);

    book.git(&["init", "-q"]);
    book.git(&["add", "."]);
    book.git(&["commit", "-q", "-m", "given"]);
    let (_, said) = book.said("1.1", Wish::Test);
    let remark = format!("1 of 2 tests pass; {starter} is as it was given");
    assert!(said.contains(&remark), "{said}");

    book.work(&STARTER.replace("w.to_string()", "w.nothing()"));
    let (passes, said) = book.said("1.1", Wish::Test);
    assert!(!passes && said.contains("error[E0599]"), "{said}");
    assert!(
        said.contains(&format!("{starter} does not compile")),
        "{said}"
    );

    book.work("pub fn twice(_: &[&str]) -> Vec<String> {\n    std::process::exit(0)\n}\n");
    let (passes, said) = book.said("1.1", Wish::Test);
    assert!(!passes && said.contains("0 of 2 tests pass\n"), "{said}");

    book.work(SOLUTION);
    let (passes, said) = book.said("1", Wish::Test);
    assert!(passes, "{said}");
    assert!(
        said.ends_with("  2 of 2 tests pass\n\n1 of 1 exercises pass\n"),
        "{said}"
    );
}

#[test]
fn hints_come_one_at_a_time() {
    let book = Book::new();
    let hint = || book.said("1", Wish::Hint).1;
    assert_eq!(hint(), "Exercise 1.1, hint 1 of 2\nwords can be cloned.\n");
    assert_eq!(hint(), "Exercise 1.1, hint 2 of 2\n`flat_map`.\n");
    let all = "Exercise 1.1: these were all its hints.\n\nwords can be cloned.\n\n`flat_map`.\n\n\
         Where the solution is: cargo run -- try 1.1 --solution\n";
    assert_eq!(hint(), all);
    assert_eq!(hint(), all);
    let solution = Path::new("chapters/01-one/exercises/1/solution.rs");
    let expected = format!("{}\n", solution.display());
    assert_eq!(book.said("1.1", Wish::Solution), (true, expected));
}

#[test]
fn what_there_is_not_is_said() {
    let book = Book::new();
    for (which, expected) in [
        ("1.7", "there is no exercise 1.7: chapter 1 has 1.1"),
        ("2", "there is no chapter 2 yet"),
        ("one", "`one` is no exercise: expected a chapter such as 1"),
    ] {
        let (well, said) = book.said(which, Wish::Test);
        assert!(!well && said.contains(expected), "{said}");
    }
}
