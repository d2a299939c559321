//! A change of one chapter, carried into the later ones.

use std::fs;
use std::path::Path;
use std::process::Command;

use book::binding::continuity;
use book::forward::{self, Carried};
use book::problem::Problems;
use book::project::Project;

/// Four chapters under git: the second is the first, the third changes a line and moves a file, the fourth
/// has left that file behind.
struct Chapters {
    folder: tempfile::TempDir,
}

const LIB: &str = "//! chapter_0N\n\nmod tool;\n\nfn one() {}\n\nfn two() {}\n\nfn three() {}\n";
const TOOL: &str = "fn tool() {\n    let a = 1;\n}\n";

impl Chapters {
    fn new() -> Self {
        let chapters = Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
        };
        chapters.write("Cargo.toml", "[workspace]\n");
        let declarations = [
            "",
            "",
            "changes = [\"src/lib.rs\"]\nmoves = { \"src/tool.rs\" = \"src/tools/a.rs\" }\n",
            "removes = [\"src/tools/a.rs\"]\n",
        ];
        for (number, more) in (1..).zip(declarations) {
            let lib = LIB.replace('N', &number.to_string());
            let lib = if number < 3 {
                lib
            } else {
                lib.replace("fn three() {}", "fn three() {\n    one();\n}")
            };
            chapters.write(&file(number, "src/lib.rs"), &lib);
            match number {
                1 | 2 => chapters.write(&file(number, "src/tool.rs"), TOOL),
                3 => chapters.write(&file(number, "src/tools/a.rs"), TOOL),
                _ => {}
            }
            let package = format!(
                "number = {number}\npackage = \"chapter-0{number}\"\nstage = \"s\"\n{more}"
            );
            chapters.write(&file(number, "chapter.toml"), &package);
        }
        chapters.git(&["init", "-q"]);
        chapters.git(&["add", "."]);
        chapters.git(&[
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@b.example",
            "commit",
            "-qm",
            "All",
        ]);
        assert_eq!(continuity(&chapters.project()), Problems::new());
        chapters
    }

    fn git(&self, arguments: &[&str]) {
        let status = Command::new("git")
            .arg("-C")
            .arg(self.folder.path())
            .args(arguments)
            .status();
        assert!(status.expect("git").success());
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.folder.path().join(file);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.folder.path().join(file)).expect("a file")
    }

    fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.read(file);
        assert!(text.contains(old), "{text}");
        self.write(file, &text.replace(old, new));
    }

    fn project(&self) -> Project {
        Project::open(self.folder.path()).expect("the chapters are sound")
    }

    fn forward(&self, number: usize) -> Carried {
        forward::run(&self.project(), number).expect("the change is carried")
    }
}

fn file(number: usize, name: &str) -> String {
    format!("chapters/0{number}-x/{name}")
}

fn paths(files: &[impl AsRef<Path>]) -> Vec<String> {
    files
        .iter()
        .map(|file| file.as_ref().display().to_string())
        .collect()
}

#[test]
fn a_change_reaches_every_later_chapter_under_its_own_name() {
    let chapters = Chapters::new();
    chapters.edit(
        &file(1, "src/lib.rs"),
        "fn one() {}",
        "fn one() {\n    chapter_01::tool(); // chapter-01\n}",
    );
    let carried = chapters.forward(1);
    assert_eq!(carried.conflicts, Problems::new());
    assert_eq!(
        paths(&carried.written),
        [2, 3, 4].map(|number| file(number, "src/lib.rs"))
    );
    assert_eq!(
        chapters.read(&file(3, "src/lib.rs")),
        "//! chapter_03\n\nmod tool;\n\nfn one() {\n    chapter_03::tool(); // chapter-03\n}\n\nfn two() {}\n\nfn three() {\n    one();\n}\n"
    );
    assert_eq!(continuity(&chapters.project()), Problems::new());
}

#[test]
fn carrying_a_change_again_changes_nothing() {
    let chapters = Chapters::new();
    chapters.edit(
        &file(1, "src/lib.rs"),
        "fn one() {}",
        "fn one() {\n    two();\n}",
    );
    let _ = chapters.forward(1);
    let carried = chapters.forward(1);
    assert_eq!((carried.written.len(), carried.conflicts.len()), (0, 0));
}

#[test]
fn a_file_is_followed_through_its_moves_until_it_is_removed() {
    let chapters = Chapters::new();
    chapters.edit(&file(1, "src/tool.rs"), "let a = 1;", "let a = 2;");
    let carried = chapters.forward(1);
    assert_eq!(carried.conflicts, Problems::new());
    assert_eq!(
        paths(&carried.written),
        [file(2, "src/tool.rs"), file(3, "src/tools/a.rs")]
    );
    assert_eq!(
        chapters.read(&file(3, "src/tools/a.rs")),
        TOOL.replace('1', "2")
    );
    assert_eq!(continuity(&chapters.project()), Problems::new());
}

#[test]
fn earlier_chapters_are_left_alone() {
    let chapters = Chapters::new();
    chapters.edit(&file(2, "src/tool.rs"), "let a = 1;", "let a = 2;");
    assert_eq!(
        paths(&chapters.forward(2).written),
        [file(3, "src/tools/a.rs")]
    );
    assert_eq!(chapters.read(&file(1, "src/tool.rs")), TOOL);
}

#[test]
fn lines_that_both_changed_stay_both_and_the_place_is_named() {
    let chapters = Chapters::new();
    chapters.edit(
        &file(1, "src/lib.rs"),
        "fn three() {}",
        "fn three() {\n    two();\n}",
    );
    chapters.edit(&file(1, "src/lib.rs"), "fn one() {}", "fn one() -> u8 {}");
    let carried = chapters.forward(1);
    let conflicts: Vec<_> = carried.conflicts.iter().map(ToString::to_string).collect();
    let text = chapters.read(&file(3, "src/lib.rs"));
    let mark = 1 + text
        .lines()
        .position(|line| line.starts_with("<<<<<<< chapter 3"))
        .expect("a mark");
    assert_eq!(conflicts.len(), 2, "{conflicts:?}");
    let waits = format!("{}: is as in chapter 3", file(4, "src/lib.rs"));
    assert!(conflicts[1].starts_with(&waits), "{conflicts:?}");
    assert!(
        conflicts[0].starts_with(&format!("{}:{mark}: ", file(3, "src/lib.rs"))),
        "{conflicts:?}"
    );
    assert!(
        text.contains("    one();\n") && text.contains("    two();\n"),
        "{text}"
    );
    assert!(
        text.contains("fn one() -> u8 {}"),
        "what does not collide is carried: {text}"
    );

    let again = chapters.forward(1);
    assert!(
        again.written.is_empty(),
        "a file with marks is not merged again"
    );
    assert!(
        again
            .conflicts
            .to_string()
            .contains("marks of an earlier conflict")
    );
}

#[test]
fn a_decision_is_taken_once_and_carried_on_from_there() {
    let chapters = Chapters::new();
    chapters.edit(
        &file(1, "src/lib.rs"),
        "fn three() {}",
        "fn three() {\n    two();\n}",
    );
    let _ = chapters.forward(1);
    let decided = chapters
        .read(&file(2, "src/lib.rs"))
        .replace("chapter_02", "chapter_03")
        .replace("    two();", "    one();\n    two();");
    chapters.write(&file(3, "src/lib.rs"), &decided);
    let carried = chapters.forward(3);
    assert_eq!(carried.conflicts, Problems::new());
    assert_eq!(
        chapters.read(&file(4, "src/lib.rs")),
        decided.replace("chapter_03", "chapter_04")
    );
}

#[test]
fn a_new_file_appears_and_a_deleted_one_goes_where_it_was_the_same() {
    let chapters = Chapters::new();
    chapters.write(&file(1, "tests/new.rs"), "use chapter_01::one;\n");
    fs::remove_file(chapters.folder.path().join(file(1, "src/tool.rs"))).expect("the file");
    chapters.edit(&file(3, "src/tools/a.rs"), "let a = 1;", "let a = 3;");
    let carried = chapters.forward(1);
    assert_eq!(paths(&carried.deleted), [file(2, "src/tool.rs")]);
    assert_eq!(
        paths(&carried.written),
        [2, 3, 4].map(|number| file(number, "tests/new.rs"))
    );
    assert_eq!(
        chapters.read(&file(4, "tests/new.rs")),
        "use chapter_04::one;\n"
    );
    let conflict = carried.conflicts.to_string();
    assert!(
        conflict.starts_with(&format!(
            "{}: is deleted in chapter 1",
            file(3, "src/tools/a.rs")
        )),
        "{conflict}"
    );
    assert!(
        chapters.read(&file(3, "src/tools/a.rs")).contains("a = 3"),
        "nothing that differs is deleted"
    );
}

#[test]
fn declarations_and_exercises_are_not_carried() {
    let chapters = Chapters::new();
    chapters.write(&file(1, "exercises/1/starter.rs"), "fn a() {}\n");
    chapters.edit(&file(1, "chapter.toml"), "\"s\"", "\"t\"");
    let carried = chapters.forward(1);
    assert!(carried.written.is_empty() && carried.conflicts.is_empty());
}

#[test]
fn a_chapter_that_is_not_there_is_refused() {
    let chapters = Chapters::new();
    let problems = forward::run(&chapters.project(), 9).expect_err("there is none");
    assert_eq!(problems.to_string(), "chapters: there is no chapter 9\n");
}
