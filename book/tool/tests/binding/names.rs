//! Names and quotations in directives: what they do not find, or find twice, is refused at the directive.

use super::{
    LIB_2, PAGE_1, PAGE_2, QUEUE_1, QUEUE_2, edit_2_and_3, refused, small_book::SmallBook,
};

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
