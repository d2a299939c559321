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
