//! Lines: what is new, gone or moved and stands in no directive is refused at the line.

use super::{PAGE_1, PAGE_2, QUEUE_1, QUEUE_2, edit_2_and_3, refused, small_book::SmallBook};

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
