//! The exercises of the small book `printing-book/`: each fault planted in them is refused, and the right place is named.

use crate::printing_book::{PAGE, PrintingBook, assert_told};

#[test]
fn a_starter_that_passes_and_a_solution_that_fails_are_refused() {
    let book = PrintingBook::new();
    let folder = "chapters/01-one/exercises/1";
    book.edit(&format!("{folder}/starter.rs"), "    1", "    2");
    book.edit(&format!("{folder}/solution.rs"), "    2", "    1");
    assert_told(
        &book.exercises(),
        &[
            (&format!("{folder}/solution.rs"), "it_is_two"),
            (&format!("{folder}/starter.rs"), "nothing is left to do"),
        ],
    );
}

#[test]
fn a_starter_that_does_not_compile_is_refused_at_its_line() {
    let book = PrintingBook::new();
    let starter = "chapters/01-one/exercises/1/starter.rs";
    book.edit(starter, "    1", "    no");
    let problems = book.exercises();
    let place = book.at(starter, "    no");
    let expected = format!("{place}: does not compile");
    assert!(
        problems
            .iter()
            .any(|problem| problem.starts_with(&expected)),
        "{problems:?}"
    );
}

#[test]
fn an_exercise_is_complete_and_linked() {
    let book = PrintingBook::new();
    let folder = "chapters/01-one/exercises/1";
    std::fs::remove_file(book.path(&format!("{folder}/solution.rs"))).expect("the solution");
    book.edit(
        PAGE,
        "../../chapters/01-one/exercises/1/README.md",
        "front.md",
    );
    let expected = [
        (folder, "has no solution.rs"),
        (PAGE, "does not link to exercise 1"),
    ];
    assert_told(&book.exercises(), &expected);
}
