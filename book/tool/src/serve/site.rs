//! The built book in memory: what is served never changes under a reader, and no request touches the disk.

use std::collections::HashMap;
use std::path::Path;
use std::{fs, io};

use bytes::Bytes;

/// All files of a built book, by the path that asks for them (`/`, `/01-callback-loop.html`).
pub(super) struct Site {
    files: HashMap<String, File>,
    version: u64,
}

/// One file, ready to be sent.
pub(super) struct File {
    pub(super) content: Bytes,
    pub(super) mime: &'static str,
}

impl Site {
    /// Reads the folder that the book was built into.
    pub(super) fn load(folder: &Path, version: u64) -> io::Result<Self> {
        let mut site = Self {
            files: HashMap::new(),
            version,
        };
        site.load_folder(folder, "/")?;
        Ok(site)
    }

    fn load_folder(&mut self, folder: &Path, url: &str) -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            if path.is_dir() {
                self.load_folder(&path, &format!("{url}{name}/"))?;
                continue;
            }
            let mime = mime(&name);
            let mut content = fs::read(&path)?;
            if mime.starts_with("text/html") {
                content = with_reload_script(&content, self.version);
            }
            let content = Bytes::from(content);
            if name == "index.html" {
                let content = content.clone();
                self.files.insert(url.to_owned(), File { content, mime });
            }
            self.files
                .insert(format!("{url}{name}"), File { content, mime });
        }
        Ok(())
    }

    /// The file that a request's path means.
    pub(super) fn get(&self, path: &str) -> Option<&File> {
        self.files.get(path)
    }
}

/// The page with the script that reloads it when the book was built anew.
pub(super) fn with_reload_script(page: &[u8], version: u64) -> Vec<u8> {
    let script = format!(r#"<script src="/-/reload.js" data-version="{version}" defer></script>"#);
    let page = String::from_utf8_lossy(page);
    match page.rfind("</body>") {
        Some(end) => format!("{}{script}{}", &page[..end], &page[end..]).into_bytes(),
        None => format!("{page}{script}").into_bytes(),
    }
}

/// What a browser has to know of a file, by its ending.
fn mime(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or("") {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "txt" | "md" | "rs" | "toml" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
