//! The folder that the relay serves: collected in memory, then written where it differs.
//!
//! A running server reads the folder while it changes, so a file appears complete or not at all,
//! and a file that stays as it was is not touched.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    ffi::OsStr,
    fmt::{self, Display},
    fs, io,
    path::{Path, PathBuf},
    process,
};

use anyhow::{Context as _, bail};

/// Contents by path, relative to the folder.
#[derive(Debug, Default)]
pub(super) struct WebFiles(BTreeMap<PathBuf, Vec<u8>>);

/// How many files a synchronization met.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Changes {
    /// New or different ones.
    pub(super) written: usize,
    /// Ones that were right already.
    pub(super) unchanged: usize,
    /// Ones that no longer belong there.
    pub(super) removed: usize,
}

impl WebFiles {
    /// Adds a file by its contents.
    pub(super) fn add(
        &mut self,
        path: impl Into<PathBuf>,
        contents: Vec<u8>,
    ) -> anyhow::Result<()> {
        match self.0.entry(path.into()) {
            Entry::Occupied(entry) => bail!(
                "two files want to be served as /{}: rename one of them",
                entry.key().display()
            ),
            Entry::Vacant(entry) => {
                entry.insert(contents);
                Ok(())
            }
        }
    }

    /// Adds a copy of a file.
    pub(super) fn add_file(
        &mut self,
        path: impl Into<PathBuf>,
        source: &Path,
    ) -> anyhow::Result<()> {
        let contents =
            fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
        self.add(path, contents)
    }

    /// Adds copies of the files below a folder for which `wanted`, given the path below that
    /// folder, holds. Hidden files never belong to a page.
    pub(super) fn add_folder(
        &mut self,
        prefix: impl AsRef<Path>,
        source: &Path,
        wanted: impl Fn(&Path) -> bool,
    ) -> anyhow::Result<()> {
        for path in files_below(source)? {
            let below = path.strip_prefix(source)?;
            if wanted(below) && !is_hidden(below) {
                self.add_file(prefix.as_ref().join(below), &path)?;
            }
        }
        Ok(())
    }

    /// All files in the order of their paths.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&Path, &[u8])> {
        let files = self.0.iter();
        files.map(|(path, contents)| (path.as_path(), contents.as_slice()))
    }

    /// Makes the folder hold these files and no others.
    pub(super) fn sync(&self, folder: &Path) -> anyhow::Result<Changes> {
        fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        let mut changes = Changes::default();
        for path in files_below(folder)? {
            if !self.0.contains_key(path.strip_prefix(folder)?) {
                fs::remove_file(&path)
                    .with_context(|| format!("cannot remove the stale file {}", path.display()))?;
                changes.removed += 1;
                remove_empty_parents(&path, folder);
            }
        }
        for (path, contents) in &self.0 {
            let path = folder.join(path);
            if fs::read(&path).is_ok_and(|present| present == *contents) {
                changes.unchanged += 1;
            } else {
                replace(&path, folder, contents)
                    .with_context(|| format!("cannot write {}", path.display()))?;
                changes.written += 1;
            }
        }
        Ok(changes)
    }
}

impl Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            written,
            unchanged,
            removed,
        } = self;
        write!(
            f,
            "{written} files written, {unchanged} unchanged, {removed} removed"
        )
    }
}

/// Writes beside the folder and moves, so that no reader sees half a file.
fn replace(path: &Path, folder: &Path, contents: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let part = folder.with_extension(format!("part-{}", process::id()));
    fs::write(&part, contents)?;
    fs::rename(&part, path)
}

fn remove_empty_parents(path: &Path, folder: &Path) {
    let parents = path
        .ancestors()
        .skip(1)
        .take_while(|parent| *parent != folder);
    for parent in parents {
        // A folder that still has files refuses, and so do all above it.
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
}

/// Every file below a folder, sorted.
pub(crate) fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("cannot list the folder {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn is_hidden(path: &Path) -> bool {
    path.iter()
        .filter_map(OsStr::to_str)
        .any(|part| part.starts_with('.'))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use tempfile::TempDir;

    use super::*;

    fn web_files(files: &[(&str, &str)]) -> WebFiles {
        let mut collected = WebFiles::default();
        for (path, contents) in files {
            collected.add(*path, contents.as_bytes().to_vec()).unwrap();
        }
        collected
    }

    fn contents(folder: &Path) -> Vec<(String, String)> {
        files_below(folder)
            .unwrap()
            .iter()
            .map(|path| {
                let name = path
                    .strip_prefix(folder)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                (name, fs::read_to_string(path).unwrap())
            })
            .collect()
    }

    fn pairs(files: &[(&str, &str)]) -> Vec<(String, String)> {
        files
            .iter()
            .map(|&(path, text)| (path.to_owned(), text.to_owned()))
            .collect()
    }

    #[test]
    fn makes_the_folder_hold_these_files_and_no_others() {
        let place = TempDir::new().unwrap();
        let folder = place.path().join("web");
        let first = [("a.js", "1"), ("old/deep/b.js", "2"), ("same.js", "3")];
        web_files(&first).sync(&folder).unwrap();
        assert_eq!(contents(&folder), pairs(&first));

        let second = [("a.js", "changed"), ("new/c.js", "4"), ("same.js", "3")];
        let changes = web_files(&second).sync(&folder).unwrap();
        assert_eq!(contents(&folder), pairs(&second));
        assert_eq!(
            changes,
            Changes {
                written: 2,
                unchanged: 1,
                removed: 1
            }
        );
        assert!(!folder.join("old").exists(), "an empty folder was left");
        assert_eq!(
            fs::read_dir(place.path()).unwrap().count(),
            1,
            "a part file was left"
        );
    }

    #[test]
    fn leaves_files_alone_that_are_right() {
        let place = TempDir::new().unwrap();
        let files = web_files(&[("a.js", "1")]);
        files.sync(place.path()).unwrap();
        let path = place.path().join("a.js");
        let written_at = fs::metadata(&path).unwrap().modified().unwrap();
        let changes = files.sync(place.path()).unwrap();
        assert_eq!(
            changes,
            Changes {
                unchanged: 1,
                ..Changes::default()
            }
        );
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), written_at);
    }

    #[test]
    fn collects_a_folder_without_hidden_and_unwanted_files() {
        let place = TempDir::new().unwrap();
        for path in [
            "index.html",
            "tests/a.js",
            "deep/b.js",
            ".hidden/c.js",
            "deep/.d",
        ] {
            let path = place.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let mut files = WebFiles::default();
        let wanted = |path: &Path| !path.starts_with("tests");
        files.add_folder("x", place.path(), wanted).unwrap();
        let paths: Vec<&str> = files.0.keys().map(|path| path.to_str().unwrap()).collect();
        assert_eq!(paths, ["x/deep/b.js", "x/index.html"]);
    }

    #[test]
    fn refuses_two_files_for_one_address() {
        let mut files = web_files(&[("a.js", "1")]);
        let message = files.add("a.js", Vec::new()).unwrap_err().to_string();
        assert!(message.contains("/a.js"), "{message}");
    }
}
