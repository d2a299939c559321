//! What stands on the page in the place of a directive.

use super::{PAGE_2, QUEUE_1, edit_2_and_3, small_book::SmallBook};

/// The HTML of the directive that contains `text`, on the page of chapter 2.
fn html(book: &SmallBook, text: &str) -> String {
    let checked = book.check();
    assert_eq!(checked.problems, [""; 0]);
    checked.bound[1].html[&book.line(PAGE_2, text)].clone()
}

/// The text of an excerpt's lines, each behind its class.
fn lines(html: &str) -> Vec<String> {
    let code = html.split("hljs\">").nth(1).expect("an excerpt");
    let lines = code.split("<span class=\"line").skip(1);
    let text = |line: &str| {
        let mut text = String::new();
        let mut inside = true;
        for c in line.split("</code>").next().unwrap_or("").chars() {
            match c {
                '<' => inside = false,
                '>' => inside = true,
                c if inside => text.push(c),
                _ => {}
            }
        }
        text
    };
    let line = |line: &str| {
        let (class, rest) = line.split_once('"').expect("a class");
        let rest = rest.split_once('>').expect("the end of a tag").1;
        format!("{}|{}", class.trim(), text(rest).trim_end())
    };
    lines.map(line).collect()
}

#[test]
fn new_lines_are_marked_old_ones_are_pale_and_gone_ones_struck_through() {
    let book = SmallBook::new();
    let shown = html(&book, "#show src/queue.rs Queue::push");
    assert!(
        shown.contains("<span class=\"excerpt-what\">changed</span>"),
        "{shown}"
    );
    let expected = [
        "removed|    /// Puts an entry behind the others.",
        "removed|    pub fn push(&amp;mut self, entry: u32) {",
        "removed|        self.pushed += 1;",
        "new|    /// Puts an entry behind the others, unless they are many.",
        "new|    pub fn push(&amp;mut self, entry: u32) -&gt; bool {",
        "new|        if too_many(self.entries.len() + 1) {",
        "new|            return false;",
        "new|        }",
        "context|        self.entries.push_back(entry);",
        "new|        true",
        "context|    }",
    ];
    assert_eq!(lines(&shown), expected);
}

#[test]
fn lines_far_from_a_change_are_left_out_and_the_gap_is_seen() {
    let book = SmallBook::new();
    let expected = [
        "context|fn main() {",
        "context|    let mut queue = Queue::new();",
        "context|    queue.push(1);",
        "removed|    queue.push(2);",
        "new|    assert!(queue.push(2));",
        "context|    println!(&quot;{queue}&quot;);",
        "context|    while let Some(entry) = queue.pop() {",
        "gap|…",
    ];
    assert_eq!(lines(&html(&book, "src/main.rs main")), expected);
}

#[test]
fn what_is_all_new_needs_no_marks() {
    let book = SmallBook::new();
    let shown = html(&book, "Queue::is_empty");
    assert!(
        shown.starts_with("<figure class=\"excerpt plain\">"),
        "{shown}"
    );
    assert!(
        lines(&shown).iter().all(|line| line.starts_with('|')),
        "{shown}"
    );
    assert!(shown.contains("data-line=\"43\""), "{shown}");
}

#[test]
fn an_item_that_did_not_change_is_shown_whole() {
    let book = SmallBook::new();
    book.edit(
        PAGE_2,
        "The limit has",
        "{{#show src/queue.rs Queue::len}}\n\nThe limit has",
    );
    let shown = html(&book, "Queue::len");
    assert!(shown.contains(">unchanged<"), "{shown}");
    assert_eq!(lines(&shown).len(), 4);
    assert!(
        lines(&shown)
            .iter()
            .all(|line| line.starts_with("context|")),
        "{shown}"
    );
}

#[test]
fn a_renamed_item_is_shown_in_the_place_of_the_old_one() {
    let book = SmallBook::new();
    edit_2_and_3(&book, "src/queue.rs", "pub fn len(", "pub fn waiting(");
    book.edit(
        PAGE_2,
        "{{#removed src/bin",
        "{{#show src/queue.rs Queue::waiting}}\n{{#removed src/bin",
    );
    let shown = html(&book, "Queue::waiting");
    assert!(
        shown.contains("replaces <code class=\"nohighlight\">Queue::len</code>"),
        "{shown}"
    );
    let expected = [
        "context|    /// How many wait.",
        "removed|    pub fn len(&amp;self) -&gt; usize {",
        "new|    pub fn waiting(&amp;self) -&gt; usize {",
        "context|        self.entries.len()",
        "context|    }",
    ];
    assert_eq!(lines(&shown), expected);
}

#[test]
fn a_line_that_went_from_the_middle_of_a_renamed_item_is_shown_there() {
    let book = SmallBook::new();
    book.edit(
        QUEUE_1,
        "        self.entries.len()\n",
        "        self.entries.len()\n        // All of them.\n",
    );
    edit_2_and_3(&book, "src/queue.rs", "pub fn len(", "pub fn waiting(");
    book.edit(
        PAGE_2,
        "{{#removed src/bin",
        "{{#show src/queue.rs Queue::waiting}}\n{{#removed src/bin",
    );
    let shown = html(&book, "Queue::waiting");
    assert!(
        lines(&shown).contains(&"removed|        // All of them.".to_owned()),
        "{shown}"
    );
}

#[test]
fn what_is_removed_or_moved_by_a_directive_of_its_own_is_not_struck_out_twice() {
    let book = SmallBook::new();
    book.edit(
        PAGE_2,
        "{{#removed src/bin",
        "{{#show src/queue.rs impl Queue#1}}\n{{#removed src/bin",
    );
    let shown = html(&book, "impl Queue#1");
    assert!(!lines(&shown).join("\n").contains("drain"), "{shown}");
    book.edit(
        PAGE_2,
        "{{#show src/queue.rs impl Queue#1}}",
        "{{#show src/queue.rs}}",
    );
    let shown = html(&book, "{{#show src/queue.rs}}");
    assert!(!lines(&shown).join("\n").contains("lots * 2"), "{shown}");
}

#[test]
fn a_container_leaves_out_what_is_shown_elsewhere() {
    let book = SmallBook::new();
    let checked = book.check();
    let page = "book/src/01-one.md";
    let shown = &checked.bound[0].html[&book.line(page, "impl Queue#2")];
    assert_eq!(
        lines(shown),
        ["|// Taking out again.", "|", "|impl Queue {", "gap|…", "|}"]
    );
    let shown = &checked.bound[0].html[&book.line(page, "Queue, impl Queue#1")];
    assert!(!lines(shown).join("\n").contains("fn push"), "{shown}");
    assert!(lines(shown).join("\n").contains("fn drain"), "{shown}");
}

#[test]
fn an_excerpt_is_one_block_that_markdown_and_scripts_leave_alone() {
    let book = SmallBook::new();
    book.edit(
        QUEUE_1,
        "let lots = 8;",
        "let lots = \"{{#include x}}<b>\\\n\n\\\"\".len();",
    );
    let checked = book.check();
    for html in checked.bound.iter().flat_map(|bound| bound.html.values()) {
        assert!(html.starts_with("<figure "), "{html}");
        assert!(html.lines().all(|line| !line.trim().is_empty()), "{html}");
        assert!(!html.contains("{{"), "{html}");
        assert!(!html.contains("language-"), "{html}");
        assert!(!html.contains("<b>"), "{html}");
    }
}
