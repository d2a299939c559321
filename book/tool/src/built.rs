//! The built book as a browser would take it: of each page the names in it, the links, and what it loads.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};

/// The files of a built book.
#[derive(Debug, Default)]
pub struct Built {
    /// Its folder.
    pub root: PathBuf,
    /// All files, relative to the folder, with slashes.
    pub files: BTreeSet<String>,
    /// The pages among them.
    pub pages: BTreeMap<String, Page>,
}

/// A page.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The names that a link may lead to.
    pub anchors: BTreeSet<String>,
    /// Where a reader may go from here.
    pub links: BTreeSet<String>,
    /// What a browser fetches to show it.
    pub loads: BTreeSet<String>,
    /// Style sheets and scripts in the page itself.
    pub styles: Vec<String>,
    /// Scripts in the page itself.
    pub scripts: Vec<String>,
    /// Whether mdBook's script would offer to run code, on another host.
    pub runnable: bool,
}

impl Built {
    /// Reads the book in the folder `root`.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn read(root: &Path) -> io::Result<Self> {
        let mut built = Built {
            root: root.to_owned(),
            ..Built::default()
        };
        built.walk(root, "")?;
        for file in &built.files {
            if file.ends_with(".html") {
                let text = fs::read_to_string(root.join(file))?;
                built.pages.insert(file.clone(), Page::read(&text));
            }
        }
        Ok(built)
    }

    fn walk(&mut self, folder: &Path, prefix: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                self.walk(&entry.path(), &format!("{name}/"))?;
            } else {
                self.files.insert(name);
            }
        }
        Ok(())
    }
}

impl Page {
    /// Reads a page's HTML.
    pub fn read(html: &str) -> Page {
        let input = BufferQueue::default();
        input.push_back(StrTendril::from(html));
        let tokenizer = Tokenizer::new(Reader::default(), TokenizerOpts::default());
        let _ = tokenizer.feed(&input);
        tokenizer.end();
        tokenizer.sink.0.into_inner().page
    }
}

#[derive(Default)]
struct Reader(RefCell<Reading>);

#[derive(Default)]
struct Reading {
    page: Page,
    /// Which of the page's lists the text belongs to that comes next.
    text: Option<RawKind>,
}

impl TokenSink for Reader {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut reading = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                let kind = reading.page.take(&tag);
                reading.text = kind.filter(|_| !is_data(&tag));
                if let Some(kind) = kind {
                    return TokenSinkResult::RawData(kind);
                }
            }
            Token::TagToken(_) => reading.text = None,
            Token::CharacterTokens(text) => match reading.text {
                Some(RawKind::ScriptData) => reading.page.scripts.push(text.to_string()),
                Some(_) => reading.page.styles.push(text.to_string()),
                None => {}
            },
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

impl Page {
    /// Notes what a tag has to say; if its content is no HTML, says what it is.
    fn take(&mut self, tag: &Tag) -> Option<RawKind> {
        let element = &*tag.name;
        let is_link = matches!(element, "a" | "area");
        for attribute in &tag.attrs {
            let value = attribute.value.to_string();
            match &*attribute.name.local {
                "id" => drop(self.anchors.insert(value)),
                "name" if is_link => drop(self.anchors.insert(value)),
                "class" => self.runnable |= value.split(' ').any(|class| class == "playground"),
                "href" | "xlink:href" if is_link => drop(self.links.insert(value)),
                "style" => self.styles.push(value),
                "srcset" | "imagesrcset" => self.loads.extend(srcset(&value)),
                "src" | "href" | "xlink:href" | "poster" | "data" | "action" | "formaction"
                | "background" | "manifest" => drop(self.loads.insert(value)),
                _ => {}
            }
        }
        match element {
            "script" => Some(RawKind::ScriptData),
            "style" => Some(RawKind::Rawtext),
            _ => None,
        }
    }
}

/// Whether a script element holds data that a script reads, and so runs nothing itself.
fn is_data(tag: &Tag) -> bool {
    let json = |name: &str, value: &str| name == "type" && value == "application/json";
    let mut attributes = tag.attrs.iter();
    attributes.any(|attribute| json(&attribute.name.local, &attribute.value))
}

/// The addresses in a `srcset`.
fn srcset(value: &str) -> Vec<String> {
    let first = |part: &str| part.split_whitespace().next().map(str::to_owned);
    value.split(',').filter_map(first).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_anchors_links_and_loads() {
        let page = Page::read(
            "<h1 id=top><a class=header href=#top>T</a></h1><img src='a.png'>\
             <script>let a = '<a href=no>';</script>\
             <script type='application/json'>\"<a href=no>\"</script><style>b { color: red }</style>\
             <svg><use xlink:href=\"#x\"></use></svg><link rel=stylesheet href=c.css>",
        );
        assert_eq!(Vec::from_iter(&page.anchors), ["top"]);
        assert_eq!(Vec::from_iter(&page.links), ["#top"]);
        assert_eq!(Vec::from_iter(&page.loads), ["#x", "a.png", "c.css"]);
        assert_eq!(page.scripts.concat(), "let a = '<a href=no>';");
        assert_eq!(page.styles.concat(), "b { color: red }");
    }
}
