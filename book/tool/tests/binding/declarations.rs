//! `chapter.toml`: what it does not declare has not changed, and what it declares is true.

use super::{PAGE_2, refused, small_book::SmallBook};

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

/// Moves a file of chapter 3, which gets a page.
fn with_a_moved_file(page: &str) -> SmallBook {
    let book = SmallBook::new();
    let declaration = "chapters/03-three/chapter.toml";
    book.edit(declaration, "changes = [", "moves = { \"src/limits.rs\" = \"src/bounds.rs\" }\nchanges = [\"src/bounds.rs\", \"src/lib.rs\", \"src/queue.rs\", ");
    let limits = book.read("chapters/03-three/src/limits.rs");
    book.write(
        "chapters/03-three/src/bounds.rs",
        &limits.replace("n > limit()", "n >= limit()"),
    );
    book.remove("chapters/03-three/src/limits.rs");
    book.edit("chapters/03-three/src/lib.rs", "mod limits;", "mod bounds;");
    book.edit(
        "chapters/03-three/src/queue.rs",
        "crate::limits",
        "crate::bounds",
    );
    let head = "{{#show Cargo.toml package}}\n{{#head src/lib.rs}}\n{{#head src/queue.rs}}\n{{#show src/bounds.rs too_many}}\n";
    book.write("book/src/03-three.md", &format!("{head}{page}"));
    book
}

#[test]
fn a_moved_file_is_compared_with_what_it_was() {
    let book = with_a_moved_file("{{#moved src/limits.rs -> src/bounds.rs}}\n");
    let checked = book.check();
    assert_eq!(checked.problems, [""; 0]);
    assert_eq!(checked.coverage[2], "4 of 4");
}

#[test]
fn a_moved_file_that_no_directive_mentions_is_refused_at_its_declaration() {
    let book = with_a_moved_file("");
    let gist =
        "src/limits.rs moved to src/bounds.rs, and no directive of book/src/03-three.md says so";
    refused(&book, &[("chapters/03-three/chapter.toml", 5, gist)]);
}
