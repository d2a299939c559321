//! What the author writes: the directives that show code, taken apart. CONTRIBUTING.md lists them.

/// A directive of this module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Directive {
    /// `show FILE`, `show FILE PATH, PATH`, `show FILE PATH from "a" to "b"`.
    Show {
        file: String,
        paths: Vec<String>,
        range: Option<(String, String)>,
    },
    /// `earlier NUMBER FILE PATH, PATH`
    Earlier {
        number: usize,
        file: String,
        paths: Vec<String>,
    },
    /// `head FILE`
    Head { file: String },
    /// `tail FILE`
    Tail { file: String },
    /// `removed FILE`, `removed FILE PATH`
    Removed { file: String, path: Option<String> },
    /// `moved FILE PATH -> FILE PATH`, `moved FILE -> FILE`
    Moved { from: Place, to: Place },
}

/// A file, or an item of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) path: Option<String>,
}

/// The directives that other parts of the tool render.
const OTHERS: [&str; 5] = ["questions", "roadmap", "timeline", "chart", "coverage"];

/// Takes a directive apart; none if it is one for another part of the tool.
///
/// # Errors
///
/// What is wrong with it, and how it is written.
pub(crate) fn parse(name: &str, arguments: &str) -> Result<Option<Directive>, String> {
    let directive = match name {
        "show" => show(arguments)?,
        "earlier" => earlier(arguments)?,
        "head" => Directive::Head {
            file: only_file(name, arguments)?,
        },
        "tail" => Directive::Tail {
            file: only_file(name, arguments)?,
        },
        "removed" => {
            let place = place(arguments).ok_or(
                "`removed` names a file, or a file and an item: {{#removed src/a.rs Item}}",
            )?;
            Directive::Removed {
                file: place.file,
                path: place.path,
            }
        }
        "moved" => moved(arguments)?,
        other if OTHERS.contains(&other) => return Ok(None),
        other => {
            return Err(format!(
                "there is no directive `{other}`: known are show, head, tail, removed, moved, earlier, {}",
                OTHERS.join(", ")
            ));
        }
    };
    Ok(Some(directive))
}

fn only_file(name: &str, arguments: &str) -> Result<String, String> {
    match place(arguments) {
        Some(Place { file, path: None }) => Ok(file),
        _ => Err(format!(
            "`{name}` names one file and nothing else: {{{{#{name} src/a.rs}}}}"
        )),
    }
}

fn place(text: &str) -> Option<Place> {
    let text = text.trim();
    let (file, path) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let path = path.trim();
    (!file.is_empty()).then(|| Place {
        file: file.to_owned(),
        path: (!path.is_empty()).then(|| path.to_owned()),
    })
}

fn show(arguments: &str) -> Result<Directive, String> {
    const FORM: &str =
        "a range is written {{#show src/a.rs Item from \"first line\" to \"last line\"}}";
    let (named, range) = match arguments.split_once(" from \"") {
        None => (arguments, None),
        Some((named, quoted)) => {
            let quoted = quoted.strip_suffix('"').ok_or(FORM)?;
            let mut parts = quoted.split("\" to \"");
            let (Some(from), Some(to), None) = (parts.next(), parts.next(), parts.next()) else {
                return Err(FORM.to_owned());
            };
            if from.trim().is_empty() || to.trim().is_empty() {
                return Err(format!("a quotation is empty: {FORM}"));
            }
            (named, Some((from.to_owned(), to.to_owned())))
        }
    };
    let Some(Place { file, path }) = place(named) else {
        return Err(
            "`show` names a file, and items of it: {{#show src/a.rs Item, Item::method}}"
                .to_owned(),
        );
    };
    let paths = path.as_deref().map(split_paths).unwrap_or_default();
    if paths.iter().any(String::is_empty) {
        return Err(format!(
            "`show {arguments}`: an item's name is missing beside a comma"
        ));
    }
    if range.is_some() && paths.len() != 1 {
        return Err(format!("a range lies inside one item: {FORM}"));
    }
    Ok(Directive::Show { file, paths, range })
}

fn earlier(arguments: &str) -> Result<Directive, String> {
    const FORM: &str =
        "an earlier chapter's items are named {{#earlier 2 src/a.rs Item, Item::method}}";
    let (number, named) = arguments.split_once(char::is_whitespace).ok_or(FORM)?;
    let number = number.parse().map_err(|_| FORM)?;
    match show(named) {
        Ok(Directive::Show {
            file,
            paths,
            range: None,
        }) if !paths.is_empty() => Ok(Directive::Earlier {
            number,
            file,
            paths,
        }),
        _ => Err(FORM.to_owned()),
    }
}

/// Splits at the commas that are not inside brackets: `impl From<(A, B)> for C, D` names two items.
fn split_paths(paths: &str) -> Vec<String> {
    let mut split = vec![String::new()];
    let mut depth = 0_i32;
    let mut before = ' ';
    for c in paths.chars() {
        match c {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        before = c;
        match split.last_mut() {
            Some(last) if c != ',' || depth > 0 => last.push(c),
            _ => split.push(String::new()),
        }
    }
    split.iter().map(|path| path.trim().to_owned()).collect()
}

fn moved(arguments: &str) -> Result<Directive, String> {
    const FORM: &str = "`moved` is written {{#moved src/a.rs Old -> src/b.rs New}}";
    // A path may hold an arrow of its own, as in `impl Call for fn() -> u8`; a file follows the right one.
    let is_file = |text: &str| text.starts_with("src/") || text.starts_with("Cargo.toml");
    let arrows = arguments.match_indices(" -> ");
    let halves = arrows.map(|(at, arrow)| (&arguments[..at], arguments[at + arrow.len()..].trim()));
    let (from, to) = halves.into_iter().find(|(_, to)| is_file(to)).ok_or(FORM)?;
    let (from, to) = (place(from).ok_or(FORM)?, place(to).ok_or(FORM)?);
    if from.path.is_some() != to.path.is_some() {
        return Err(format!(
            "{FORM}, or for a whole file {{{{#moved src/a.rs -> src/b.rs}}}}"
        ));
    }
    Ok(Directive::Moved { from, to })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(arguments: &str) -> (Vec<String>, Option<(String, String)>) {
        match parse("show", arguments) {
            Ok(Some(Directive::Show { paths, range, .. })) => (paths, range),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn several_items_are_split_at_commas_outside_of_brackets() {
        let (paths, _) = shown("src/a.rs impl From<(A, B)> for fn(A, B) -> C, D::new");
        assert_eq!(paths, ["impl From<(A, B)> for fn(A, B) -> C", "D::new"]);
    }

    #[test]
    fn quotations_may_hold_quotation_marks() {
        let (_, range) = shown(r#"src/a.rs f from "say("a")" to "}""#);
        assert_eq!(range, Some((r#"say("a")"#.to_owned(), "}".to_owned())));
    }

    #[test]
    fn half_a_range_or_a_range_of_two_items_is_refused() {
        assert!(parse("show", r#"src/a.rs f from "a""#).is_err());
        assert!(parse("show", r#"src/a.rs f, g from "a" to "b""#).is_err());
        assert!(parse("show", r#"src/a.rs from "a" to "b""#).is_err());
    }

    #[test]
    fn an_earlier_chapters_items_need_its_number_and_their_names() {
        let directive = parse("earlier", "2 src/main.rs accept, read");
        let Ok(Some(Directive::Earlier { number, paths, .. })) = directive else {
            panic!("{directive:?}");
        };
        assert_eq!((number, paths.len()), (2, 2));
        for wrong in [
            "src/main.rs accept",
            "2 src/main.rs",
            "2",
            r#"2 src/a.rs f from "a" to "b""#,
        ] {
            assert!(parse("earlier", wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = parse("include", "src/a.rs").unwrap_err();
        assert!(
            error.contains("show, head, tail, removed, moved, earlier, questions"),
            "{error}"
        );
    }

    #[test]
    fn the_arrow_of_a_move_is_the_one_before_a_file() {
        let directive = parse(
            "moved",
            "src/a.rs impl A for fn() -> u8 -> src/b.rs impl A for fn() -> u8",
        );
        let Ok(Some(Directive::Moved { from, to })) = directive else {
            panic!("{directive:?}");
        };
        assert_eq!(from.path.as_deref(), Some("impl A for fn() -> u8"));
        assert_eq!((to.file.as_str(), to.path), ("src/b.rs", from.path));
    }
}
