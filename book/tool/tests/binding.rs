//! The binding of text and code, on a small book of its own: `small-book/`. The sound book is accepted;
//! with one drift planted in it, it is refused, and the right place is named.

mod small_book;

use small_book::SmallBook;

const PAGE_1: &str = "book/src/01-one.md";
const PAGE_2: &str = "book/src/02-two.md";
const QUEUE_1: &str = "chapters/01-one/src/queue.rs";
const QUEUE_2: &str = "chapters/02-two/src/queue.rs";
const LIB_2: &str = "chapters/02-two/src/lib.rs";

/// Asserts that the book has exactly these problems: place, and what the message contains.
#[track_caller]
fn refused(book: &SmallBook, expected: &[(&str, usize, &str)]) {
    let problems = book.check().problems;
    let place = |(file, line, _): &(&str, usize, &str)| match line {
        0 => format!("{file}: "),
        line => format!("{file}:{line}: "),
    };
    let listed = problems.join("\n");
    assert_eq!(problems.len(), expected.len(), "{listed}");
    for (problem, expected) in problems.iter().zip(expected) {
        let place = place(expected);
        assert!(
            problem.starts_with(&place),
            "expected {place}… in\n{listed}"
        );
        assert!(
            problem.contains(expected.2),
            "expected {:?} in\n{listed}",
            expected.2
        );
    }
}

/// Makes the same edit in chapters 2 and 3, so that only the page is behind.
fn edit_2_and_3(book: &SmallBook, file: &str, old: &str, new: &str) {
    book.edit(&format!("chapters/02-two/{file}"), old, new);
    book.edit(&format!("chapters/03-three/{file}"), old, new);
}

#[test]
fn the_sound_book_is_accepted_with_every_line_shown() {
    let checked = SmallBook::new().check();
    assert_eq!(checked.problems, [""; 0]);
    assert_eq!(checked.coverage, ["72 of 72", "21 of 21"]);
}

#[test]
fn a_renamed_item_is_refused_at_the_directive_that_names_it() {
    let book = SmallBook::new();
    edit_2_and_3(&book, "src/queue.rs", "fn is_empty", "fn is_idle");
    let line = book.line(PAGE_2, "Queue::is_empty");
    let code = book.line(QUEUE_2, "/// Whether none waits");
    let directive = (
        PAGE_2,
        line,
        "there is no item `Queue::is_empty`; the nearest are `Queue::is_idle`",
    );
    let uncovered = (QUEUE_2, code, "lines 43 to 46 of `Queue::is_idle`");
    refused(&book, &[directive, uncovered]);
}

#[test]
fn a_change_of_a_comment_alone_is_refused_at_the_comment() {
    let book = SmallBook::new();
    edit_2_and_3(
        &book,
        "src/queue.rs",
        "/// Takes the first entry out.",
        "/// Takes the oldest entry out.",
    );
    let now = book.line(QUEUE_2, "/// Takes the oldest");
    let then = book.line(QUEUE_1, "/// Takes the first");
    refused(
        &book,
        &[
            (
                QUEUE_2,
                now,
                "this line of `Queue::pop` is new in chapter 2",
            ),
            (
                QUEUE_1,
                then,
                "this line of `Queue::pop` is gone in chapter 2",
            ),
        ],
    );
}

#[test]
fn a_move_without_its_directive_is_refused_at_the_item_that_moved() {
    let book = SmallBook::new();
    let directive = "{{#moved src/queue.rs limit -> src/limits.rs limit}}\n";
    book.edit(PAGE_2, directive, "");
    let line = book.line("chapters/02-two/src/limits.rs", "/// How many entries");
    refused(
        &book,
        &[("chapters/02-two/src/limits.rs", line, directive.trim())],
    );
}

#[test]
fn a_moved_item_that_was_changed_on_the_way_is_refused() {
    let book = SmallBook::new();
    edit_2_and_3(&book, "src/limits.rs", "lots * 2", "lots * 3");
    let limits = "chapters/02-two/src/limits.rs";
    refused(
        &book,
        &[
            (
                PAGE_2,
                book.line(PAGE_2, "#moved"),
                "`limit` and `limit` differ in their text",
            ),
            (limits, 3, "lines 3 to 8 of `limit` are new"),
            (
                QUEUE_1,
                book.line(QUEUE_1, "/// How many entries"),
                "{{#removed src/queue.rs limit}}",
            ),
        ],
    );
}

#[test]
fn a_path_that_twins_share_is_refused_with_the_spelling_of_each() {
    let book = SmallBook::new();
    book.edit(PAGE_1, "impl Queue#2", "impl Queue");
    let gist =
        "`impl Queue` names 2 items: write `impl Queue#1` (line 14) or `impl Queue#2` (line 32)";
    let second = book.line(QUEUE_1, "// Taking out again");
    refused(
        &book,
        &[
            (PAGE_1, book.line(PAGE_1, "impl Queue}}"), gist),
            (QUEUE_1, second, "lines 32 to 34 of `impl Queue#2`"),
            (QUEUE_1, 44, "this line of `impl Queue#2`"),
        ],
    );
}

#[test]
fn a_method_that_two_impls_have_is_refused_with_the_spelling_of_each() {
    let book = SmallBook::new();
    let twins = "#[cfg(unix)]\n    pub fn pop(&mut self) -> Option<u32> {\n        None\n    }\n\n    /// Takes the first";
    book.edit(QUEUE_1, "/// Takes the first", twins);
    let problems = book.check().problems;
    let place = format!("{PAGE_1}:{}: ", book.line(PAGE_1, "Queue::pop"));
    assert!(problems[0].starts_with(&place), "{problems:?}");
    assert!(
        problems[0].contains("`Queue::pop#1` (line 35) or `Queue::pop#2` (line 40)"),
        "{problems:?}"
    );
}

#[test]
fn a_change_of_use_alone_is_refused_at_the_line() {
    let book = SmallBook::new();
    let lines = "use std::collections::VecDeque;\nuse std::fmt;\n\nuse crate";
    edit_2_and_3(
        &book,
        "src/queue.rs",
        lines,
        &lines.replace("::fmt", "::fmt::{self, Write as _}"),
    );
    book.edit(PAGE_2, "{{#head src/queue.rs}}\n", "");
    refused(
        &book,
        &[
            (
                QUEUE_2,
                4,
                "lines 4 to 6 of `head` are new in chapter 2, and no directive of book/src/02-two.md shows them: add {{#head src/queue.rs}}",
            ),
            (QUEUE_1, 4, "this line of `head` is gone in chapter 2"),
        ],
    );
}

#[test]
fn a_deleted_file_is_refused_where_it_should_be_declared() {
    let book = SmallBook::new();
    book.edit(
        "chapters/02-two/chapter.toml",
        "removes = [\"src/bin/hog.rs\"]",
        "removes = []",
    );
    book.edit(PAGE_2, "{{#removed src/bin/hog.rs}}\n", "");
    let declaration = "chapters/02-two/chapter.toml";
    let line = book.line(declaration, "removes");
    refused(
        &book,
        &[
            (
                declaration,
                line,
                "no directive of book/src/02-two.md says so: add {{#removed src/bin/hog.rs}}",
            ),
            (
                declaration,
                line,
                "chapters/01-one/src/bin/hog.rs is not in this chapter any more",
            ),
        ],
    );
}

#[test]
fn a_quotation_that_stands_in_two_lines_is_refused_with_both() {
    let book = SmallBook::new();
    book.edit(PAGE_1, "to \"pushed += 1\"", "to \"self.\"");
    let gist = "\"self.\" stands in 2 lines of `Queue::push` in src/queue.rs, quote more of the one that is meant:\n  22: self.pushed += 1;\n  23: self.entries.push_back(entry);";
    refused(&book, &[(PAGE_1, book.line(PAGE_1, "to \"self.\""), gist)]);
}

#[test]
fn a_quotation_that_stands_nowhere_or_behind_the_other_is_refused() {
    let book = SmallBook::new();
    book.edit(PAGE_1, "from \"pub fn push\"", "from \"pub fn pull\"");
    let line = book.line(PAGE_1, "pub fn pull");
    refused(
        &book,
        &[(
            PAGE_1,
            line,
            "no line of `Queue::push` in src/queue.rs contains \"pub fn pull\"",
        )],
    );
    book.edit(PAGE_1, "from \"pub fn pull\"", "from \"push_back\"");
    refused(
        &book,
        &[(
            PAGE_1,
            line,
            "\"push_back\" stands in line 23, behind \"pushed += 1\" in line 22",
        )],
    );
}

#[test]
fn code_that_no_directive_binds_is_refused() {
    let book = SmallBook::new();
    for info in ["rust", "rust,ignore", "rs", "Rust", "rust noplayground", ""] {
        let book = SmallBook::new();
        book.edit(PAGE_1, "rust,illustration", info);
        refused(
            &book,
            &[(PAGE_1, book.line(PAGE_1, "```"), "code block")]
                .map(|(file, line, _)| (file, line, "lock")),
        );
    }
    book.edit(
        PAGE_1,
        "The rest.\n",
        "> ```rust\n> let a = 1;\n> ```\n\n    let b = 2;\n",
    );
    let line = book.line(PAGE_1, "> ```rust");
    refused(
        &book,
        &[
            (PAGE_1, line, "a Rust block that no directive binds"),
            (
                PAGE_1,
                line + 4,
                "a code block that does not say what it is",
            ),
        ],
    );
}

#[test]
fn a_directive_inside_a_code_block_is_refused() {
    let book = SmallBook::new();
    book.edit(
        PAGE_1,
        "The rest.\n",
        "```text\n\\{{#escaped}}\n{{#include ../../x.rs}}\n```\n",
    );
    let line = book.line(PAGE_1, "{{#include");
    refused(&book, &[(PAGE_1, line, "a directive inside a code block")]);
}

#[test]
fn a_directive_inside_a_comment_shows_nothing() {
    let book = SmallBook::new();
    book.edit(
        PAGE_1,
        "{{#tail src/lib.rs}}",
        "<!--\n{{#tail src/lib.rs}}\n-->",
    );
    refused(
        &book,
        &[("chapters/01-one/src/lib.rs", 7, "add {{#tail src/lib.rs}}")],
    );
}

#[test]
fn an_unknown_directive_and_an_unknown_file_are_refused() {
    let book = SmallBook::new();
    book.edit(
        PAGE_1,
        "The rest.\n",
        "{{#inclde src/lib.rs}}\n{{#show src/lip.rs}}\n{{#tail src/main.rs}}\n",
    );
    let line = book.line(PAGE_1, "inclde");
    refused(
        &book,
        &[
            (
                PAGE_1,
                line,
                "there is no directive `inclde`: known are show, head",
            ),
            (
                PAGE_1,
                line + 1,
                "the program has no file src/lip.rs: it has Cargo.toml, src/bin/hog.rs",
            ),
            (PAGE_1, line + 2, "src/main.rs has no tail"),
        ],
    );
}

#[test]
fn a_line_that_no_directive_shows_is_refused_at_the_line() {
    let book = SmallBook::new();
    book.edit(PAGE_1, "{{#tail src/lib.rs}}\n", "");
    book.edit(PAGE_1, "{{#show src/queue.rs Queue::len}}\n", "");
    book.edit(PAGE_1, "{{#show src/queue.rs impl Queue#2}}\n", "");
    let problems = book.check();
    assert_eq!(problems.coverage[0], "64 of 72");
    let first = book.line(QUEUE_1, "// Taking");
    refused(
        &book,
        &[
            ("chapters/01-one/src/lib.rs", 7, "add {{#tail src/lib.rs}}"),
            (QUEUE_1, first, "add {{#show src/queue.rs impl Queue#2}}"),
            (QUEUE_1, first + 8, "lines 40 to 43 of `Queue::len`"),
            (QUEUE_1, first + 12, "this line of `impl Queue#2`"),
        ],
    );
}

#[test]
fn context_and_an_unchanged_item_count_for_nothing() {
    let book = SmallBook::new();
    book.edit(
        PAGE_2,
        "{{#show src/queue.rs Queue::push}}",
        "{{#show src/queue.rs Queue::new}}",
    );
    let checked = book.check();
    assert_eq!(checked.coverage[1], "15 of 21");
}

#[test]
fn a_removed_line_that_is_not_shown_is_refused_at_its_old_place() {
    let book = SmallBook::new();
    book.edit(PAGE_2, "{{#removed src/queue.rs Queue::drain}}\n", "");
    book.edit(PAGE_2, "{{#show src/queue.rs Queue}}\n", "");
    refused(
        &book,
        &[
            (
                QUEUE_1,
                10,
                "lines 10 to 11 of `Queue::pushed` are gone in chapter 2, and no directive of book/src/02-two.md shows that: add {{#show src/queue.rs Queue}}",
            ),
            (QUEUE_1, 26, "add {{#removed src/queue.rs Queue::drain}}"),
        ],
    );
}

#[test]
fn what_is_still_there_was_not_removed() {
    let book = SmallBook::new();
    book.edit(
        PAGE_2,
        "The limit has",
        "{{#removed src/queue.rs Queue::pop}}\n{{#removed src/lib.rs}}\n\nThe limit has",
    );
    let line = book.line(PAGE_2, "Queue::pop");
    refused(
        &book,
        &[
            (
                PAGE_2,
                line,
                "`Queue::pop` is not removed: it is still there, in src/queue.rs at line 33",
            ),
            (
                PAGE_2,
                line + 1,
                "src/lib.rs is not removed: it is still there",
            ),
        ],
    );
}

#[test]
fn a_file_that_differs_without_being_declared_is_refused_at_the_line() {
    let book = SmallBook::new();
    book.edit(
        "chapters/03-three/src/lib.rs",
        "pub use queue::Queue;",
        "pub use crate::queue::Queue;",
    );
    refused(
        &book,
        &[(
            "chapters/03-three/src/lib.rs",
            6,
            "differs from chapters/02-two/src/lib.rs here",
        )],
    );
}

#[test]
fn a_file_that_appears_without_being_declared_is_refused() {
    let book = SmallBook::new();
    book.write("chapters/03-three/src/more.rs", "//! More.\n");
    refused(
        &book,
        &[("chapters/03-three/src/more.rs", 0, "name it in `adds`")],
    );
}

#[test]
fn a_declaration_that_is_not_true_is_refused_at_its_line() {
    let book = SmallBook::new();
    let declaration = "chapters/03-three/chapter.toml";
    book.edit(
        declaration,
        "adds = []\n",
        "adds = [\n  \"src/gone.rs\",\n  \"src/lib.rs\",\n]\n",
    );
    book.edit(declaration, "changes = [", "changes = [\"src/queue.rs\", ");
    book.edit(
        declaration,
        "removes = []",
        "removes = [\"src/limits.rs\", \"src/never.rs\"]",
    );
    refused(
        &book,
        &[
            (
                declaration,
                5,
                "`adds` names src/gone.rs, which is not here",
            ),
            (
                declaration,
                6,
                "`adds` names src/lib.rs, which is in chapters/02-two already",
            ),
            (
                declaration,
                9,
                "`removes` names src/limits.rs, which is still here",
            ),
            (
                declaration,
                9,
                "`removes` names src/never.rs, which is not in chapters/02-two either",
            ),
            (
                declaration,
                8,
                "`changes` names src/queue.rs, which is the same as in chapters/02-two",
            ),
        ],
    );
}

#[test]
fn a_file_that_is_not_rust_is_refused_at_the_fault() {
    let book = SmallBook::new();
    edit_2_and_3(&book, "src/lib.rs", "mod queue;", "mod mod queue;");
    let problems = book.check().problems;
    assert!(
        problems
            .iter()
            .any(|problem| problem.starts_with(&format!("{LIB_2}:4: is not Rust:"))),
        "{problems:?}"
    );
}

#[test]
fn a_broken_chapter_is_one_clear_message_each() {
    let book = SmallBook::new();
    book.edit("chapters/02-two/chapter.toml", "number = 2", "number = two");
    book.remove("chapters/03-three/chapter.toml");
    let problems = book.check().problems;
    assert!(
        problems[0].starts_with("chapters/02-two/chapter.toml:1: is not a chapter's declaration"),
        "{problems:?}"
    );
    assert!(
        problems[1].starts_with("chapters/03-three: has no chapter.toml"),
        "{problems:?}"
    );
    assert_eq!(problems.len(), 2);
}
