//! Code blocks: text holds no pasted code.

use super::{PAGE_1, refused, small_book::SmallBook};

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
