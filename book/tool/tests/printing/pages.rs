//! What stands on the pages besides code, on a small book of its own: `printing-book/`. The sound book is
//! accepted; with one fault planted in it, it is refused, and the right place is named.

use crate::printing_book::{FRONT, PAGE, PrintingBook, assert_told};
use book::check;

/// Whether this machine has Python: without it, what needs it is not run, and says so.
fn has_python() -> bool {
    let version = std::process::Command::new("python3")
        .arg("--version")
        .output();
    version.is_ok_and(|output| output.status.success())
}

#[test]
fn the_sound_book_is_accepted() {
    let (problems, summary) = PrintingBook::new().check();
    assert_told(&problems, &[]);
    assert!(
        summary.contains("2 pages, 4 excerpts, 6 figures"),
        "{summary}"
    );
    assert!(
        summary.contains("5 outputs, 1 Python programs, 2 illustrations"),
        "{summary}"
    );
    assert!(summary.contains("2 programs, 1 exercises"), "{summary}");
    assert!(
        summary.contains("chapter 1: lines shown: 26 of 26"),
        "{summary}"
    );
}

#[test]
fn a_stale_output_is_refused_at_its_line_and_blessed() {
    let book = PrintingBook::new();
    let sound = book.read(PAGE);
    book.edit(PAGE, "one\ntwo\nthree\n```", "one\nzwei\nthree\n```");
    book.refused(&book.at(PAGE, "zwei"), "- zwei\n");

    let project = book.project();
    let checked = check::check(&project, |_| {});
    let written = check::bless(&project, &checked).expect("the page can be written");
    assert_eq!(written, [std::path::Path::new(PAGE)]);
    assert_eq!(book.read(PAGE), sound);
}

#[test]
fn a_program_that_prints_something_else_is_refused_wherever_the_page_shows_it() {
    let book = PrintingBook::new();
    book.edit("chapters/01-one/src/lib.rs", "\"three\"", "\"drei\"");
    let page = book.read(PAGE);
    let outputs: Vec<_> = (1..)
        .zip(page.lines())
        .filter(|(_, line)| *line == "three")
        .collect();
    let places = outputs
        .iter()
        .map(|(line, _)| format!("{PAGE}:{line}"))
        .collect::<Vec<_>>();
    let elided = book.at(PAGE, "…").replace(PAGE, "");
    assert_eq!(
        places.len(),
        2,
        "in the whole output, and behind the elision of {elided}"
    );
    let problems = book.build().0;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].starts_with(&format!("{}: ", places[0])),
        "{problems:?}"
    );
    assert!(
        problems[1].starts_with(&format!("{PAGE}{elided}: ")),
        "{problems:?}"
    );
}

#[test]
fn a_mask_counts_only_in_a_masked_block() {
    let book = PrintingBook::new();
    book.edit(PAGE, "```output clock masked", "```output clock");
    book.refused(&book.at(PAGE, "pid ‹1›"), "- pid ‹1› runs");
}

#[test]
fn a_program_that_is_not_there_is_refused() {
    let book = PrintingBook::new();
    book.edit(PAGE, "```output clock masked", "```output watch masked");
    book.refused(
        &book.at(PAGE, "output watch"),
        "chapter-01 has chapter-01, clock",
    );
}

#[test]
fn a_program_that_fails_is_refused_unless_the_page_says_so() {
    let book = PrintingBook::new();
    let main = "    println!(\"pid {} runs\", std::process::id());\n";
    let fails = "    println!(\"pid {} runs\", std::process::id());\n    std::process::exit(3);\n";
    book.edit("chapters/01-one/src/bin/clock.rs", main, fails);
    book.refused(&book.at(PAGE, "output clock"), "exit status 3");
    let (problems, _) = book.check();
    let place = book.at(PAGE, "output clock");
    let program = ("chapters/01-one/src/bin/clock.rs", "exit status 3");
    assert_told(&problems, &[(&place, "exit status 3"), program]);

    book.edit(
        PAGE,
        "```output clock masked",
        "```output clock masked fails",
    );
    assert_told(&book.check().0, &[]);
}

#[test]
fn a_program_without_a_recorded_run_has_no_timeline() {
    let book = PrintingBook::new();
    book.edit(PAGE, "{{#timeline chapter-01}}", "{{#timeline clock}}");
    book.refused(&book.at(PAGE, "{{#timeline"), "no recorded run");
}

#[test]
fn a_program_that_does_not_compile_is_refused_at_its_line() {
    let book = PrintingBook::new();
    book.edit(
        "chapters/01-one/src/bin/clock.rs",
        "process::id()",
        "process::no()",
    );
    let problems = book.build().0;
    let place = book.at("chapters/01-one/src/bin/clock.rs", "process::no()");
    assert!(
        problems[0].starts_with(&format!("{place}: does not compile")),
        "{problems:?}"
    );
}

#[test]
fn an_illustration_has_to_compile_to_run_and_to_be_refused_as_it_says() {
    let book = PrintingBook::new();
    book.edit(
        PAGE,
        "let words = chapter_01::WORDS;",
        "let words = chapter_01::WORTE;",
    );
    book.edit(PAGE, "drop(word);\n", "");
    book.refused_all(&[
        (
            &book.at(PAGE, "WORTE"),
            "this illustration does not compile",
        ),
        (
            &book.at(PAGE, "```output illustration"),
            "no `rust,illustration,run`",
        ),
        (
            &book.at(PAGE, "compile_fail"),
            "should be refused with E0382",
        ),
    ]);
}

#[test]
fn an_illustration_that_panics_and_one_refused_for_another_reason() {
    let book = PrintingBook::new();
    book.edit(
        PAGE,
        "println!(\"{}\", words.len());",
        "panic!(\"{}\", words.len());",
    );
    book.edit(PAGE, "drop(word);", "drop(wort);");
    book.refused_all(&[
        (&book.at(PAGE, "illustration,run"), "exit status 101"),
        (
            &book.at(PAGE, "```output illustration"),
            "no `rust,illustration,run`",
        ),
        (&book.at(PAGE, "drop(wort)"), "found [E0425]"),
    ]);
}

#[test]
fn the_output_of_an_illustration_is_compared() {
    let book = PrintingBook::new();
    book.edit(PAGE, "illustration\n3\n", "illustration\n4\n");
    let place = book.at(PAGE, "```output illustration");
    let problems = book.build().0;
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(
        problems[0].contains("- 4\n") && !problems[0].starts_with(&place),
        "{problems:?}"
    );
}

#[test]
fn the_words_of_the_compiler_are_compared() {
    let book = PrintingBook::new();
    let said = "```output illustration\nerror[E0382]: borrow of moved value: `word`\n --> illustration.rs:3:12\n…\n```\n";
    let block = "println!(\"{word}\");\n```\n";
    book.edit(PAGE, block, &format!("{block}\n{said}"));
    assert_told(&book.build().0, &[]);
    book.edit(PAGE, "illustration.rs:3:12", "illustration.rs:2:6");
    book.refused(
        &book.at(PAGE, " --> illustration.rs:2:6"),
        "-  --> illustration.rs:2:6\n",
    );
}

#[test]
fn a_python_program_has_to_run_and_to_print_what_the_page_says() {
    let book = PrintingBook::new();
    book.edit(PAGE, "    print(word)", "    print(wort)");
    let (problems, not_run) = book.build();
    if has_python() {
        let place = book.at(PAGE, "print(wort)");
        assert!(
            problems[0].starts_with(&format!("{place}: ")),
            "{problems:?}"
        );
        assert!(problems[0].contains("NameError"), "{problems:?}");
        assert_eq!(not_run, [""; 0]);
    } else {
        let place = book.at(PAGE, "```python");
        assert_eq!(problems, [""; 0]);
        assert_told(&not_run, &[(&place, "not run: needs python3")]);
    }
}

#[test]
fn a_dead_link_a_missing_place_and_a_missing_file_are_refused() {
    let book = PrintingBook::new();
    book.edit(FRONT, "01-one.md#the-words", "01-one.md#no-words");
    book.edit(FRONT, "../../chapters/01-one", "../../chapters/09-nine");
    book.edit(
        PAGE,
        "[back](front.md)",
        "[back](back.md) ![picture](pictures/no.svg)",
    );
    let place = book.at(PAGE, "back.md");
    let mut problems = book.build().0;
    problems.sort();
    assert_told(
        &problems,
        &[
            (&place, "there is no back.html"),
            (&place, "there is no pictures/no.svg"),
            (&book.at(FRONT, "#no-words"), "no place named `no-words`"),
            (
                &book.at(FRONT, "09-nine"),
                "there is no source/chapters/09-nine",
            ),
        ],
    );
}

#[test]
fn nothing_is_loaded_from_another_host() {
    let book = PrintingBook::new();
    book.edit(
        FRONT,
        "</figure>\n",
        "</figure>\n\n<img src=\"https://example.org/a.png\" alt=\"a\">\n",
    );
    book.write(
        "book/theme/book.css",
        "@import url(//example.org/font.css);\n",
    );
    let mut problems = book.build().0;
    problems.sort();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(
        problems[0].starts_with("book/build/theme/book-"),
        "{problems:?}"
    );
    assert!(
        problems[0].contains("`//example.org/font.css`"),
        "{problems:?}"
    );
    assert!(
        problems[1].starts_with(&book.at(FRONT, "a.png")),
        "{problems:?}"
    );
}

#[test]
fn what_mdbook_only_warns_of_is_refused() {
    let book = PrintingBook::new();
    book.edit(FRONT, "<figure>", "<figure><b>");
    book.refused_all(&[
        (
            "book",
            "unexpected HTML end tag `</figure>` found in `front.md`",
        ),
        ("book", "unclosed HTML tag `<b>` found in `front.md`"),
        ("book", "unclosed HTML tag `<figure>` found in `front.md`"),
    ]);
}

#[test]
fn a_picture_that_is_not_there_is_refused() {
    let book = PrintingBook::new();
    book.edit(FRONT, "pictures/dot.svg", "pictures/line.svg");
    book.refused(&book.at(FRONT, "line.svg"), "cannot be read");
}

#[test]
fn a_page_that_the_summary_leaves_out_is_refused() {
    let book = PrintingBook::new();
    book.edit("book/src/SUMMARY.md", "01-one.md", "");
    book.edit(FRONT, "[chapter 1](01-one.md#the-words)", "Chapter 1");
    let problems = book.build().0;
    assert!(
        problems[0].starts_with("book/src/SUMMARY.md: "),
        "{problems:?}"
    );
    assert!(problems[0].contains("01-one.md"), "{problems:?}");
}

#[test]
fn a_chapter_without_a_page_has_to_compile_too() {
    let book = PrintingBook::new();
    book.edit(FRONT, "[chapter 1](01-one.md#the-words)", "Chapter 1");
    book.edit("book/src/SUMMARY.md", "01-one.md", "");
    std::fs::remove_file(book.path(PAGE)).expect("the page");
    assert_told(&book.build().0, &[]);
    let good = book.read("book/build/front.html");
    book.edit("chapters/01-one/src/lib.rs", "3] =", "2] =");
    book.edit(FRONT, "# Front", "# Back");
    let problems = book.build().0;
    let place = book.at("chapters/01-one/src/lib.rs", "2] =");
    assert!(
        problems[0].starts_with(&format!("{place}: does not compile")),
        "{problems:?}"
    );
    assert_eq!(book.read("book/build/front.html"), good);
}

#[test]
fn a_broken_book_leaves_the_last_good_one_where_it_is() {
    let book = PrintingBook::new();
    assert_told(&book.build().0, &[]);
    let good = book.read("book/build/front.html");
    assert!(
        book.path("book/build/source/chapters/01-one/src/lib.rs.html")
            .is_file()
    );

    book.edit(FRONT, "# Front", "# Back");
    book.edit(FRONT, "01-one.md#the-words", "01-one.md#no-words");
    assert_eq!(book.build().0.len(), 1);
    assert_eq!(book.read("book/build/front.html"), good);

    book.edit(FRONT, "01-one.md#no-words", "01-one.md#the-words");
    assert_told(&book.build().0, &[]);
    assert!(book.read("book/build/front.html").contains("Back</a></h1>"));
    assert!(!book.path("book/build.old").exists() && !book.path("book/build.new").exists());
}
