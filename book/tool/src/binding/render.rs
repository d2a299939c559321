//! Excerpts as HTML. A figure is one block without blank lines, so that Markdown hands it through; its
//! code bears no `language-` class, or mdBook's script would colour it again; and what the excerpt
//! says, it says without colour too: a bar for what is new, a struck line for what is gone.

use std::fmt::Write;

use super::excerpt::{Caption, Excerpt, Row, What};
use super::highlight::Stretch;
use super::source::Source;
use crate::html::escape;

/// The HTML of an excerpt.
pub(crate) fn figure(excerpt: &Excerpt<'_>) -> String {
    let mut html = String::new();
    let plain = matches!(
        excerpt.caption.what,
        What::NewFile | What::New | What::Earlier(_)
    );
    let class = if plain { "excerpt plain" } else { "excerpt" };
    let _ = writeln!(html, "<figure class=\"{class}\">");
    caption(&mut html, &excerpt.caption);
    if !excerpt.rows.is_empty() {
        code(&mut html, excerpt, plain);
    }
    html.push_str("</figure>\n");
    // mdBook would take this for a directive of its own.
    html.replace("{{", "&#123;&#123;")
}

fn caption(html: &mut String, caption: &Caption) {
    let _ = write!(
        html,
        "<figcaption><span class=\"excerpt-file\">{}</span>",
        escape(&caption.file)
    );
    if !caption.names.is_empty() {
        let _ = write!(
            html,
            " <span class=\"excerpt-names\">{}</span>",
            in_code(&caption.names)
        );
    }
    if let Some((from, to)) = &caption.range {
        let (from, to) = (escape(from), escape(to));
        let _ = write!(
            html,
            " <span class=\"excerpt-range\">from <code class=\"nohighlight\">{from}</code> to <code class=\"nohighlight\">{to}</code></span>"
        );
    }
    let _ = writeln!(
        html,
        " <span class=\"excerpt-what\">{}</span></figcaption>",
        what(&caption.what)
    );
}

fn what(what: &What) -> String {
    match what {
        What::NewFile => "new file".to_owned(),
        What::New => "new".to_owned(),
        What::Changed => "changed".to_owned(),
        What::Replaces(items) => format!("replaces {}", in_code(items)),
        What::Same => "unchanged".to_owned(),
        What::Removed => "removed".to_owned(),
        What::Earlier(number) => format!("as in chapter {number}"),
        What::MovedFrom { item: None, file } => {
            format!("moved from {}, but for what is shown", escape(file))
        }
        What::MovedFrom {
            item: Some(item),
            file,
        } => {
            format!(
                "moved unchanged from {} in {}",
                in_code(std::slice::from_ref(item)),
                escape(file)
            )
        }
    }
}

fn in_code(items: &[String]) -> String {
    // A twin's number is for authors.
    let name = |item: &String| escape(item.split('#').next().unwrap_or(item));
    let code = |item: &String| format!("<code class=\"nohighlight\">{}</code>", name(item));
    items.iter().map(code).collect::<Vec<_>>().join(", ")
}

fn code(html: &mut String, excerpt: &Excerpt<'_>, plain: bool) {
    html.push_str("<pre><code class=\"nohighlight hljs\">");
    let stretches = |source: Option<&Source>, number: usize| {
        source
            .map(|source| spans(source.coloured(number)))
            .unwrap_or_default()
    };
    // The end of a line stands inside its element, so that no line of the HTML is ever blank.
    for row in &excerpt.rows {
        let _ = match row {
            Row::Line {
                number,
                new: is_new,
            } => {
                let class = match (plain, is_new) {
                    (true, _) => "line",
                    (false, true) => "line new",
                    (false, false) => "line context",
                };
                let code = stretches(excerpt.source, *number);
                write!(
                    html,
                    "<span class=\"{class}\" data-line=\"{number}\">{code}\n</span>"
                )
            }
            Row::Removed { number } => {
                let code = stretches(excerpt.old, *number);
                let struck = code.trim_start();
                let indent = &code[..code.len() - struck.len()];
                write!(
                    html,
                    "<span class=\"line removed\">{indent}<del>{struck}</del>\n</span>"
                )
            }
            Row::Gap => write!(html, "<span class=\"line gap\">…\n</span>"),
        };
    }
    html.push_str("</code></pre>\n");
}

fn spans(line: &[Stretch]) -> String {
    let mut html = String::new();
    for (class, text) in line {
        let text = escape(text);
        let _ = match class {
            Some(class) => write!(html, "<span class=\"{class}\">{text}</span>"),
            None => write!(html, "{text}"),
        };
    }
    html
}
