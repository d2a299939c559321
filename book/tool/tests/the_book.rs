//! The book itself: this is what holds its text and its programs together.

use std::path::Path;

use book::check;
use book::project::Project;

#[test]
fn the_book_is_sound() {
    let project = Project::open(Path::new(env!("CARGO_MANIFEST_DIR"))).expect("the project");
    let checked = check::check(&project, |step| println!("{step}"));
    for problem in &checked.not_run {
        println!("{problem}");
    }
    println!("{}", checked.summary);
    assert!(checked.problems.is_empty(), "\n{}", checked.problems);
}
