//! What a file consists of: a tree of items, each with its lines and with the paths that name it.
//! `items.rs` makes one of a Rust file, `tables.rs` of a manifest; both hand over what they find in the
//! order of the file, and the lines between two items come to the second one here.

use std::ops::RangeInclusive;

/// The items of one file, a container before its members, in the order of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outline {
    pub(crate) items: Vec<Item>,
}

/// An item: something that a directive can name, or a part of the file's head or tail.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// How the tool names it: unique within the file.
    pub(crate) path: String,
    /// Every spelling that means it; the best is the first.
    keys: Vec<Key>,
    /// From its first comment or attribute to its last line; lines count from 1.
    pub(crate) lines: RangeInclusive<usize>,
    pub(crate) kind: Kind,
    /// The container, as an index into the outline.
    pub(crate) parent: Option<usize>,
}

/// A spelling of a path, and the same without the blanks that mean nothing.
#[derive(Clone, Debug)]
struct Key {
    spelling: String,
    normal: String,
}

/// What kind of thing an item is, as far as the rule tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `//!`, `#![…]`, `use`, `mod x;`: shown by `head`.
    Head,
    /// The comments behind the last item: shown by `tail`.
    Tail,
    /// An impl, trait, mod or extern block: shows what is not shown elsewhere.
    Container,
    /// A function, struct, …: shown whole.
    Whole,
    /// An associated type or constant in a trait impl: its text says nothing without the impl.
    Associated,
    /// A field or a variant.
    Part,
}

impl Key {
    fn new(spelling: String) -> Self {
        let normal = normal(&spelling);
        Self { spelling, normal }
    }
}

impl Item {
    pub(crate) fn contains(&self, line: usize) -> bool {
        self.lines.contains(&line)
    }
}

impl Outline {
    /// The items that a path without blanks spells, in the order of the file. A field steps back behind a method of its
    /// name, which is what Rust means by the path.
    fn spelled(&self, normal: &str) -> Vec<usize> {
        let named = |index: &usize| {
            self.items[*index]
                .keys
                .iter()
                .any(|key| key.normal == normal)
        };
        let all: Vec<_> = (0..self.items.len()).filter(named).collect();
        let is_part = |index: &usize| self.items[*index].kind == Kind::Part;
        if all.iter().any(|index| !is_part(index)) {
            return all.into_iter().filter(|index| !is_part(index)).collect();
        }
        all
    }

    /// The item that a directive's `path` names.
    ///
    /// # Errors
    ///
    /// What is wrong with the path, and which would be right.
    pub(crate) fn find(&self, path: &str) -> Result<usize, String> {
        let numbered = path.rsplit_once('#');
        let numbered =
            numbered.and_then(|(name, number)| Some((name, number.parse::<usize>().ok()?)));
        let (name, number) = numbered.map_or((path, None), |(name, number)| (name, Some(number)));
        let found = self.spelled(&normal(name));
        match (found.as_slice(), number) {
            ([], _) => Err(self.nothing_named(name)),
            ([only], None) => Ok(*only),
            (found, None) => {
                let spell = |index: &usize| {
                    let item = &self.items[*index];
                    format!("`{}` (line {})", item.path, item.lines.start())
                };
                let candidates: Vec<_> = found.iter().map(spell).collect();
                Err(format!(
                    "`{name}` names {} items: write {}",
                    found.len(),
                    candidates.join(" or ")
                ))
            }
            (found, Some(number)) => found.get(number.wrapping_sub(1)).copied().ok_or_else(|| {
                format!(
                    "`{path}`: there are {} items named `{name}`, counted from #1",
                    found.len()
                )
            }),
        }
    }

    fn nothing_named(&self, path: &str) -> String {
        let nearest = self.nearest(path);
        if nearest.is_empty() {
            return format!("there is no item `{path}`");
        }
        let names: Vec<_> = nearest.iter().map(|name| format!("`{name}`")).collect();
        format!(
            "there is no item `{path}`; the nearest are {}",
            names.join(", ")
        )
    }

    /// Up to three paths that look like `path`: by their last name first, then as a whole.
    fn nearest(&self, path: &str) -> Vec<&str> {
        let last = |path: &str| path.rsplit("::").next().unwrap_or(path).to_owned();
        let mut scored: Vec<(f32, &str)> = self
            .items
            .iter()
            .filter(|item| !matches!(item.kind, Kind::Head | Kind::Tail))
            .map(|item| {
                let score = likeness(&last(path), &last(&item.path)) + likeness(path, &item.path);
                (score, item.path.as_str())
            })
            .filter(|(score, _)| *score > 0.9)
            .collect();
        scored.sort_by(|a, b| b.0.total_cmp(&a.0));
        scored.into_iter().take(3).map(|(_, path)| path).collect()
    }

    /// The innermost item that `line` belongs to.
    pub(crate) fn at(&self, line: usize) -> Option<usize> {
        (0..self.items.len())
            .rev()
            .find(|index| self.items[*index].contains(line))
    }

    /// `index` and the containers around it, from the inside out.
    pub(crate) fn chain(&self, index: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(index), |index| self.items[*index].parent)
    }

    /// The item that another version of the file has at `path`, a path that the tool made. An item that
    /// got its first twin there, or lost it, is the first of the twins.
    pub(crate) fn counterpart(&self, path: &str) -> Option<usize> {
        let at = |path: &str| self.items.iter().position(|item| item.path == path);
        let other = path
            .strip_suffix("#1")
            .map_or_else(|| format!("{path}#1"), str::to_owned);
        at(path).or_else(|| at(&other))
    }
}

/// How alike two names are, from 0 to 1.
fn likeness(a: &str, b: &str) -> f32 {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let operations = similar::capture_diff_slices(similar::Algorithm::Myers, &a, &b);
    similar::diff_ratio(&operations, a.len(), b.len())
}

/// A path without the blanks that mean nothing.
fn normal(path: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut normal = String::new();
    let mut blank = false;
    for c in path.trim().chars() {
        if c.is_whitespace() {
            blank = true;
            continue;
        }
        if blank && is_word(c) && normal.ends_with(is_word) {
            normal.push(' ');
        }
        blank = false;
        normal.push(c);
    }
    normal
}

/// Collects the items of a file, and gives each the comments before it.
pub(crate) struct Builder<'a> {
    lines: Vec<&'a str>,
    items: Vec<Item>,
    /// The last line that belongs to something already.
    taken: usize,
}

impl<'a> Builder<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self {
            lines: text.lines().collect(),
            items: Vec::new(),
            taken: 0,
        }
    }

    /// Adds the next item, whose own text runs from line `first` to line `last`.
    pub(crate) fn add(
        &mut self,
        keys: Vec<String>,
        (first, last): (usize, usize),
        kind: Kind,
        parent: Option<usize>,
    ) -> usize {
        // What shares a line with the item before it begins where it begins.
        let blank = |line: &usize| self.lines[line - 1].trim().is_empty();
        let begin = (self.taken + 1..first)
            .find(|line| !blank(line))
            .unwrap_or(first);
        self.taken = self.taken.max(last);
        self.items.push(Item {
            path: String::new(),
            keys: keys.into_iter().map(Key::new).collect(),
            lines: begin..=last,
            kind,
            parent,
        });
        self.items.len() - 1
    }

    /// Notes that the lines up to `line` belong to a container's header.
    pub(crate) fn enter(&mut self, line: usize) {
        self.taken = line;
    }

    /// Notes that the lines up to the end of item `index` belong to it.
    pub(crate) fn leave(&mut self, index: usize) {
        self.taken = *self.items[index].lines.end();
    }

    /// The outline: what is left behind the last item is the tail, and twins get their numbers.
    pub(crate) fn finish(mut self) -> Outline {
        let last = self.lines.iter().rposition(|line| !line.trim().is_empty());
        let last = last.map_or(0, |index| index + 1);
        if self.taken < last {
            self.add(vec!["tail".to_owned()], (last, last), Kind::Tail, None);
        }
        let mut outline = Outline { items: self.items };
        for index in 0..outline.items.len() {
            outline.items[index].path = outline.unique(index);
        }
        outline
    }
}

impl Outline {
    /// A path that means item `index` and no other.
    fn unique(&self, index: usize) -> String {
        let item = &self.items[index];
        let first = &item.keys[0];
        if matches!(item.kind, Kind::Head | Kind::Tail) {
            return first.spelling.clone();
        }
        let only = |key: &&Key| self.spelled(&key.normal) == [index];
        if let Some(key) = item.keys.iter().find(only) {
            return key.spelling.clone();
        }
        let twins = self.spelled(&first.normal);
        let place = twins.iter().position(|twin| *twin == index).unwrap_or(0);
        format!("{}#{}", first.spelling, place + 1)
    }
}
