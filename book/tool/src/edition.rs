//! A whole edition of the book: all its pages printed. What mdBook does with them afterwards is the same whether
//! it runs in this process or called us as its preprocessor.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use mdbook_driver::book::Book;

use crate::press::Press;
use crate::printed::Counts;
use crate::problem::Problems;
use crate::project::Project;

/// The pages of an edition, and what was found out on the way.
#[derive(Debug, Default)]
pub struct Edition {
    /// What is wrong.
    pub problems: Problems,
    /// What could not be verified on this machine.
    pub not_run: Problems,
    /// Pages as they should be, by their paths relative to `book/src`.
    pub blessed: BTreeMap<PathBuf, String>,
    /// What was verified.
    pub counts: Counts,
    /// How many pages there are.
    pub pages: usize,
    /// Binaries that are meant to fail, by package.
    pub failing: BTreeSet<(String, String)>,
}

impl Edition {
    /// Prints every page of `book`, in place.
    pub fn print(project: &Project, press: &Press<'_>, book: &mut Book) -> Edition {
        let mut edition = Edition::default();
        let mut listed = BTreeSet::new();
        book.for_each_chapter_mut(|page| {
            let Some(source) = page.source_path.clone() else {
                return;
            };
            edition.pages += 1;
            let printed = press.print(&source, &page.content);
            page.content = printed.markdown;
            edition.problems.extend(printed.problems);
            edition.not_run.extend(printed.not_run);
            edition.counts += printed.counts;
            if let Some(chapter) = project.chapter_of_page(&source) {
                let name = |binary| (chapter.package.clone(), binary);
                edition
                    .failing
                    .extend(printed.failing.into_iter().map(name));
            }
            if let Some(text) = printed.blessed {
                edition.blessed.insert(source.clone(), text);
            }
            listed.insert(source);
        });
        for chapter in &project.chapters {
            let page = PathBuf::from(format!("{}.md", chapter.folder));
            if chapter.page.is_some() && !listed.contains(&page) {
                let message = format!(
                    "does not list {}: link the chapter's title to it",
                    page.display()
                );
                edition
                    .problems
                    .add(Path::new("book/src/SUMMARY.md"), None, message);
            }
        }
        edition
    }
}
