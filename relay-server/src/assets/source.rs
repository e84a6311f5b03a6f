//! Where the page's files come from.
//!
//! A release build carries them inside the binary; a debug build reads them from disk, so that a
//! changed page needs no new binary.

use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

/// The SHA-256 of a file.
pub(super) type Hash = [u8; 32];

/// Where the page's files come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// `target/web`: in the binary, or on disk in a debug build.
    Bundled,
    /// A folder that is read on each request.
    Folder(PathBuf),
}

/// A file and what names its content.
#[derive(Debug)]
pub(super) struct File {
    pub(super) data: Cow<'static, [u8]>,
    pub(super) hash: Hash,
}

#[derive(RustEmbed)]
#[folder = "../target/web"]
struct Bundle;

impl Source {
    /// The file at a path, which must be [plain](is_plain).
    pub(super) fn get(&self, path: &str) -> Option<File> {
        match self {
            Self::Bundled => Bundle::get(path).map(|file| File {
                hash: file.metadata.sha256_hash(),
                data: file.data,
            }),
            Self::Folder(folder) => read(&folder.join(path)),
        }
    }
}

fn read(path: &Path) -> Option<File> {
    let data = fs::read(path).ok()?;
    Some(File {
        hash: Sha256::digest(&data).into(),
        data: data.into(),
    })
}

/// Whether a path names a file below the folder: no way up, no absolute path, no hidden file.
pub(super) fn is_plain(path: &str) -> bool {
    !path.contains(['\\', ':', '\0'])
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serves_only_what_lies_below_the_folder() {
        for path in ["index.html", "capture/link-worker.js", "capture/a.b.wasm"] {
            assert!(is_plain(path), "{path}");
        }
        for path in [
            "",
            "..",
            "../Cargo.toml",
            "capture/../../Cargo.toml",
            "/etc/passwd",
            "capture//x",
            "capture\\..\\x",
            "C:/x",
            ".git/config",
            "x\0",
        ] {
            assert!(!is_plain(path), "{path}");
        }
    }
}
