//! The binding of text and code, on a small book of its own: `tests/small-book/`. The sound book is accepted;
//! with one drift planted in it, it is refused, and the right place is named.

mod blocks;
mod declarations;
mod html;
mod lines;
mod names;
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
