//! The list of the page's files, `SHA256SUMS`: which version they make together, and what belongs
//! to it.
//!
//! `cargo xtask dist` writes the list beside the files. A file that differs from it was changed by
//! other hands, or is being changed at this moment: it is no part of the version, so no browser may
//! keep it under the version's name.

use std::collections::BTreeMap;

use super::source::Hash;

/// Where the list lies.
pub(super) const SUMS_FILE: &str = "SHA256SUMS";

/// What the first line begins with.
const VERSION_PREFIX: &str = "# version ";

/// The files of one version.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sums<'a> {
    version: &'a str,
    hashes: BTreeMap<&'a str, Hash>,
}

impl<'a> Sums<'a> {
    /// Reads a list: a line with the version, then lines as `sha256sum` writes them. `None` if it
    /// is anything else.
    pub(super) fn parse(list: &'a [u8]) -> Option<Self> {
        let mut lines = str::from_utf8(list).ok()?.lines();
        let version = lines.next()?.strip_prefix(VERSION_PREFIX)?;
        let is_version = (8..=64).contains(&version.len())
            && version.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let hashes: Option<_> = lines
            .map(|line| {
                let (hash, path) = line.split_once("  ")?;
                Some((path, parse_hash(hash)?))
            })
            .collect();
        is_version.then_some(Self {
            version,
            hashes: hashes?,
        })
    }

    /// Whether a file with this content belongs to the version.
    pub(super) fn contain(&self, path: &str, hash: &Hash) -> bool {
        self.hashes.get(path) == Some(hash)
    }

    /// The name of the version, which changes when any file does.
    pub(super) fn version(&self) -> &'a str {
        self.version
    }
}

fn parse_hash(text: &str) -> Option<Hash> {
    let mut hash = Hash::default();
    if text.len() != 2 * hash.len() {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    for (byte, pair) in hash.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = (16 * digit(pair[0])? + digit(pair[1])?) as u8;
    }
    Some(hash)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may panic")]
mod tests {
    use super::*;

    const HASH: &str = "00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff";

    #[test]
    fn reads_what_sha256sum_writes() {
        let text = format!("# version 0123456789abcdef\n{HASH}  capture/a b.js\n");
        let sums = Sums::parse(text.as_bytes()).unwrap();
        assert_eq!(sums.version(), "0123456789abcdef");
        let mut hash: Hash = std::array::from_fn(|n| if n % 2 == 0 { 0 } else { 255 });
        assert!(sums.contain("capture/a b.js", &hash));
        assert!(!sums.contain("capture/a.js", &hash));
        hash[31] = 0;
        assert!(!sums.contain("capture/a b.js", &hash));
    }

    #[test]
    fn takes_no_list_that_is_damaged() {
        for text in [
            "",
            HASH,
            "# version \n",
            "# version ../../x\n",
            "# version 0123456789abcdef\n00ff  a.js\n",
            "# version 0123456789abcdef\n\n",
            &format!("# version 0123456789abcdef\n{HASH} a.js\n"),
            &format!("# version 0123456789abcdef\n+f{}  a.js\n", &HASH[2..]),
            &format!("# version 0123456789abcdef\né{}  a.js\n", &HASH[2..]),
        ] {
            assert_eq!(Sums::parse(text.as_bytes()), None, "{text:?}");
        }
    }
}
