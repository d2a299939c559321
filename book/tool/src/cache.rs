//! What programs printed the last time, so that an edit of a page runs nothing again. An entry's key
//! holds everything that the run depends on; entries live under the target folder and go with it.

use std::env;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::run::Run;

/// The store of runs.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    fresh: bool,
}

impl Cache {
    /// The store of the workspace at `root`. A `fresh` one forgets what was and only remembers anew: a
    /// check runs everything.
    pub fn new(root: &Path, fresh: bool) -> Self {
        let folder = target(root).join("book").join("runs");
        Self { folder, fresh }
    }

    /// What was remembered under `key`, else what `run` returns, remembered from now on.
    ///
    /// # Errors
    ///
    /// Those of `run`.
    pub fn get<E>(&self, key: impl Hash, run: impl FnOnce() -> Result<Run, E>) -> Result<Run, E> {
        let mut hasher = DefaultHasher::new();
        key.hash(&mut hasher);
        let file = self.folder.join(format!("{:016x}.json", hasher.finish()));
        if !self.fresh
            && let Ok(text) = fs::read_to_string(&file)
            && let Ok(run) = serde_json::from_str(&text)
        {
            return Ok(run);
        }
        let run = run()?;
        // A store that cannot be written costs time, nothing else.
        if let Ok(text) = serde_json::to_string(&run)
            && fs::create_dir_all(&self.folder).is_ok()
        {
            let _ = fs::write(&file, text);
        }
        Ok(run)
    }
}

/// The folder that cargo builds into.
pub fn target(root: &Path) -> PathBuf {
    let folder = env::var_os("CARGO_TARGET_DIR").filter(|folder| !folder.is_empty());
    root.join(folder.unwrap_or_else(|| "target".into()))
}

/// What tells one build of a file from the next: a linker never writes the same file twice.
pub fn stamp(file: &Path) -> (PathBuf, u64, u128) {
    let data = fs::metadata(file).ok();
    let length = data.as_ref().map_or(0, fs::Metadata::len);
    let changed = data.and_then(|data| data.modified().ok());
    let since = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    (
        file.to_owned(),
        length,
        since.map_or(0, |since| since.as_nanos()),
    )
}
