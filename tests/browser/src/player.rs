//! A player on the page: its parts, and what it shows.

use serde_json::Value;

use crate::Fallible;
use crate::page::Page;
use crate::recording::Moment;

/// The player of the timeline with that number on its page, from 0.
pub struct Player<'a, 'b> {
    page: &'a Page<'b>,
    number: usize,
}

impl<'a, 'b> Player<'a, 'b> {
    /// The player of a timeline.
    pub fn new(page: &'a Page<'b>, number: usize) -> Self {
        Self { page, number }
    }

    /// An expression for an element of its figure.
    pub fn element(&self, selector: &str) -> String {
        let number = self.number;
        format!(
            "document.querySelectorAll('figure.timeline')[{number}].querySelector(`{selector}`)"
        )
    }

    /// An expression for the button with that name.
    pub fn button(&self, name: &str) -> String {
        self.element(&format!("button[aria-label='{name}']"))
    }

    /// All that it shows.
    pub fn shown(&self) -> Fallible<Moment> {
        let shown = self.page.look(&format!(
            "(() => {{ const find = (selector) => {};
                const texts = (elements) => [...elements].map((element) => element.textContent);
                const named = (title) => [...find('.state').children]
                    .find((element) => element.textContent.startsWith(title)).nextElementSibling;
                const line = find('.line.current');
                return {{
                    place: find('.place').textContent,
                    words: find('.told strong').textContent,
                    running: texts(named('Running').querySelectorAll('li')),
                    ready: texts(named('Ready').querySelectorAll('li')),
                    file: find('.excerpt-file').textContent,
                    code: line.textContent,
                    line: Number(line.dataset.line),
                    lines: [...line.parentElement.children].map((line) => Number(line.dataset.line)),
                    bar: find('svg .bar.current title').textContent,
                }}; }})()",
            self.element("${selector}")
        ))?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
        let texts = |value: &Value| list(value).iter().map(text).collect();
        let number = |value: &Value| value.as_u64().unwrap_or_default() as usize;
        // Of the bar's title, what stands in front of its times.
        let bar = text(&shown["bar"]);
        Ok(Moment {
            place: text(&shown["place"]).trim().to_owned(),
            words: text(&shown["words"]),
            running: texts(&shown["running"]),
            ready: texts(&shown["ready"]),
            file: text(&shown["file"]),
            code: text(&shown["code"]),
            lines: (
                number(&shown["line"]),
                list(&shown["lines"]).iter().map(number).collect(),
            ),
            bar: bar.split(',').next().unwrap_or_default().to_owned(),
        })
    }

    /// Fails unless it shows `expected`.
    pub fn shows(&self, expected: &Moment) -> Fallible {
        let shown = self.shown()?;
        match shown == *expected {
            true => Ok(()),
            false => Err(format!("expected {expected:#?},\n    shown is {shown:#?}")),
        }
    }

    /// Waits until the cursor stands in the visible part of the picture: it may have to glide there.
    pub fn cursor_is_seen(&self) -> Fallible {
        self.page
            .wait("the cursor is seen", |_| self.cursor_is_seen_now())
    }

    /// Whether the cursor stands in the visible part of the picture.
    pub fn cursor_is_seen_now(&self) -> Fallible<bool> {
        let seen = self.page.look(&format!(
            "(() => {{ const cursor = {}.getBoundingClientRect(), view = {}.getBoundingClientRect();
                return cursor.width > 0 && cursor.height > 0 && cursor.left >= view.left - 1
                    && cursor.right <= view.right + 1 && cursor.top < view.bottom && cursor.bottom > view.top;
            }})()",
            self.element("svg .cursor"),
            self.element(".scroll")
        ))?;
        Ok(seen == true)
    }
}
