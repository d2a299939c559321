use super::super::outline::{Kind, Outline};
use super::outline;

fn parsed(text: &str) -> Outline {
    outline(text).expect("the test's source is Rust")
}

/// Path and lines of each item.
fn listed(text: &str) -> Vec<(String, usize, usize)> {
    let outline = parsed(text);
    let items = outline.items.iter();
    items
        .map(|item| (item.path.clone(), *item.lines.start(), *item.lines.end()))
        .collect()
}

fn lines_of(text: &str, path: &str) -> (usize, usize) {
    let outline = parsed(text);
    let item = &outline.items[outline.find(path).expect(path)];
    (*item.lines.start(), *item.lines.end())
}

/// Items of one line to many, with the path that names each.
const SNIPPETS: [(&str, &str); 12] = [
    ("alpha", "fn alpha() {\n    let a = \"}\";\n}"),
    (
        "Beta",
        "/// Doc.\n/// More.\n#[derive(\n    Debug,\n    Clone,\n)]\npub struct Beta {\n    /// A field.\n    one: u32, // trailing\n    two: u32,\n}",
    ),
    (
        "GAMMA",
        "const GAMMA: &str = r##\"\n}} fn alpha() {\n// \"# no comment\n\n\"##;",
    ),
    ("thread_local!", "thread_local! {\n    static T: u8 = 0;\n}"),
    (
        "impl Delta for Beta",
        "/* A block\n\n   comment. */\nimpl Delta for Beta {\n    fn epsilon() {}\n}",
    ),
    (
        "zeta",
        "mod zeta {\n    //! Inner.\n\n    use super::*;\n\n    // Of eta.\n\n    fn eta() {}\n}",
    ),
    (
        "macro_rules! theta",
        "macro_rules! theta {\n    ({ $x:expr }) => {};\n}",
    ),
    (
        "Iota",
        "enum Iota {\n    Kappa { one: u8 },\n    Lambda(u8),\n}",
    ),
    (
        "impl<T> From<(T, T)> for Mu<T>",
        "impl<T> From<(T, T)> for Mu<T>\nwhere\n    T: Copy,\n{\n    fn from(of: (T, T)) -> Self {\n        Self(of.0)\n    }\n}",
    ),
    (
        "Nu",
        "unsafe trait Nu {\n    type Xi;\n\n    fn omicron(&self);\n}",
    ),
    ("extern \"C\"", "unsafe extern \"C\" {\n    fn pi();\n}"),
    ("Rho", "struct Rho;"),
];

#[test]
fn any_item_behind_any_other_runs_from_its_first_comment_to_its_last_line() {
    let gaps = [
        "\n",
        "\n\n",
        "\n\n// Glued.\n",
        "\n\n// Loose.\n\n// Glued.\n",
        "\n// Under the first.\n\n",
    ];
    for (first_path, first) in SNIPPETS {
        for (second_path, second) in SNIPPETS {
            for gap in gaps {
                for end in ["\n", "\r\n"] {
                    if first_path == second_path {
                        continue;
                    }
                    let text = format!("{first}{gap}{second}\n").replace('\n', end);
                    let first_lines = first.lines().count();
                    let total = text.lines().count();
                    // Every comment between the two belongs to the second.
                    let blank = gap
                        .lines()
                        .skip(1)
                        .take_while(|line| line.is_empty())
                        .count();
                    assert_eq!(lines_of(&text, first_path), (1, first_lines), "{text}");
                    let begin = first_lines + 1 + blank;
                    assert_eq!(lines_of(&text, second_path), (begin, total), "{text}");
                    every_line_has_an_owner(&text);
                }
            }
        }
    }
}

/// What must hold of any outline.
fn every_line_has_an_owner(text: &str) {
    let outline = parsed(text);
    for (index, line) in text.lines().enumerate() {
        let owned = outline.at(index + 1).is_some();
        assert!(
            owned || line.trim().is_empty(),
            "line {} of\n{text}",
            index + 1
        );
    }
    for (index, item) in outline.items.iter().enumerate() {
        if !matches!(item.kind, Kind::Head | Kind::Tail) {
            assert_eq!(
                outline.find(&item.path),
                Ok(index),
                "{} in\n{text}",
                item.path
            );
        }
        if let Some(parent) = item.parent {
            let around = &outline.items[parent];
            assert!(around.contains(*item.lines.start()) && around.contains(*item.lines.end()));
        }
        let next = outline.items[index + 1..]
            .iter()
            .find(|next| next.parent == item.parent);
        if let Some(next) = next {
            // Only what shares a line may meet.
            assert!(
                item.lines.end() <= next.lines.start(),
                "{} and {}",
                item.path,
                next.path
            );
        }
    }
}

#[test]
fn members_have_paths_and_lines_of_their_own() {
    let text = "\
pub struct EventLoop {
    ready: u8,

    /// The record.
    trace: u8,
}

impl EventLoop {
    // Before the first.

    #[track_caller]
    #[cfg(any(
        unix,
    ))]
    pub fn call_soon(&self) {}

    fn trace(&self) {}
    // Behind the last.
}

impl std::fmt::Display for EventLoop {
    fn fmt(&self) {}
}
";
    let own = |path| lines_of(text, path);
    assert_eq!(own("EventLoop"), (1, 6));
    assert_eq!(own("EventLoop::ready"), (2, 2));
    assert_eq!(own("EventLoop::call_soon"), (9, 15));
    assert_eq!(own("impl EventLoop::call_soon"), (9, 15));
    assert_eq!(own("impl EventLoop"), (8, 19));
    assert_eq!(own("impl std::fmt::Display for EventLoop::fmt"), (22, 22));
    assert_eq!(own("impl Display for EventLoop"), (21, 23));
    every_line_has_an_owner(text);
}

#[test]
fn a_method_comes_before_a_field_of_its_name() {
    let text = "struct A {\n    b: u8,\n}\nimpl A {\n    fn b() {}\n}\n";
    assert_eq!(lines_of(text, "A::b"), (5, 5));
    assert_eq!(lines_of(text, "struct A::b"), (2, 2));
    every_line_has_an_owner(text);
}

#[test]
fn the_head_is_every_use_and_mod_line_wherever_it_stands() {
    let text = "\
#!/usr/bin/env run
// A licence.

//! What it is.
#![allow(dead_code)]

use a::{
    b,
};

fn f() {
    use inner::*;
}

/// Documented.
mod c;
extern crate d;
";
    let heads: Vec<_> = listed(text)
        .into_iter()
        .filter(|(path, ..)| path == "head")
        .collect();
    let lines: Vec<_> = heads
        .iter()
        .map(|(_, first, last)| (*first, *last))
        .collect();
    assert_eq!(lines, [(1, 5), (7, 9), (15, 16), (17, 17)]);
    assert_eq!(lines_of(text, "f"), (11, 13));
    every_line_has_an_owner(text);
}

#[test]
fn what_stands_behind_the_last_item_is_the_tail() {
    let text = "fn f() {}\n\n// One.\n\n// Two.\n";
    assert_eq!(listed(text)[1], ("tail".to_owned(), 3, 5));
    assert_eq!(listed("// Nothing else.\n"), [("tail".to_owned(), 1, 1)]);
    assert!(listed("").is_empty());
}

#[test]
fn twins_are_numbered_in_the_order_of_the_file() {
    let text = "\
#[cfg(unix)]
fn f() {}
#[cfg(windows)]
fn f() {}
impl A {}
impl A {}
m! {}
m! {}
";
    let outline = parsed(text);
    assert_eq!(lines_of(text, "f#2"), (3, 4));
    assert_eq!(lines_of(text, "m!#1"), (7, 7));
    let fault = outline.find("impl A").unwrap_err();
    assert!(
        fault.contains("`impl A#1` (line 5) or `impl A#2` (line 6)"),
        "{fault}"
    );
    let fault = outline.find("f#3").unwrap_err();
    assert!(fault.contains("there are 2 items named `f`"), "{fault}");
    every_line_has_an_owner(text);
}

#[test]
fn nested_modules_prefix_the_paths_of_what_is_in_them() {
    let text = "mod a {\n    pub mod b {\n        pub struct C(u8);\n        impl C {\n            fn d() {}\n        }\n    }\n}\n";
    assert_eq!(lines_of(text, "a::b::C::d"), (5, 5));
    assert_eq!(lines_of(text, "a::b::impl C"), (4, 6));
    assert_eq!(lines_of(text, "a::b"), (2, 7));
    assert_eq!(lines_of(text, "a::b::C::0"), (3, 3));
    every_line_has_an_owner(text);
}

#[test]
fn blanks_in_a_path_do_not_matter() {
    let text = "impl<'a, T: Copy> Drop for Guard<'a, T> {}\n";
    for path in [
        "impl Drop for Guard<'a,T>",
        "impl<'a,T:Copy> Drop for Guard<'a, T>",
        "impl  Drop  for Guard",
    ] {
        assert_eq!(lines_of(text, path), (1, 1), "{path}");
    }
}

#[test]
fn a_name_that_is_not_there_brings_up_the_nearest() {
    let text =
        "struct Loop;\nimpl Loop {\n    fn call_soon() {}\n    fn stop() {}\n}\nfn other() {}\n";
    let fault = parsed(text).find("Loop::cal_soon").unwrap_err();
    assert!(
        fault.starts_with("there is no item `Loop::cal_soon`; the nearest are `Loop::call_soon`"),
        "{fault}"
    );
    assert_eq!(
        parsed(text).find("xyzzy").unwrap_err(),
        "there is no item `xyzzy`"
    );
}

#[test]
fn what_is_not_rust_is_a_fault_with_its_line() {
    let (line, fault) = outline("fn a() {}\n\nfn (\n").unwrap_err();
    assert_eq!(line, 3);
    assert!(fault.starts_with("is not Rust: "), "{fault}");
}
