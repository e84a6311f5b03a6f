//! What makes the folder fast to load: a version in the addresses, and compressed copies.
//!
//! Pages refer to their files below `/v/VERSION/`, where VERSION stands for all contents together,
//! so a browser may keep those files for ever. `SHA256SUMS` names the version and every file; the
//! relay compresses nothing and promises only what is listed there.

use std::{fmt::Write as _, fs, io::Write as _, path::Path};

use anyhow::Context as _;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use super::files::WebFiles;
use crate::{
    hash::sha256_hex,
    workspace::{Workspace, write_file},
};

/// The list of all files, at the root.
const LIST: &str = "SHA256SUMS";

/// Smaller files are not worth a compressed copy.
const MIN_COMPRESSED_BYTES: usize = 1_024;

/// The version's length in hexadecimal digits.
const VERSION_DIGITS: usize = 16;

/// How brotli and gzip are asked to do their best.
const BROTLI_QUALITY: i32 = 11;
const BROTLI_WINDOW_BITS: i32 = 22;

/// Adds the version, the compressed copies and the list.
pub(super) fn publish(workspace: &Workspace, files: WebFiles) -> anyhow::Result<WebFiles> {
    let version = version(&files);
    let mut published = WebFiles::default();
    for (path, contents) in files.iter() {
        let contents = if path
            .extension()
            .is_some_and(|extension| extension == "html")
        {
            with_version(path, contents, &version)?
        } else {
            contents.to_vec()
        };
        if contents.len() > MIN_COMPRESSED_BYTES {
            for (extension, compressed) in compressed(workspace, &contents)? {
                if compressed.len() < contents.len() {
                    published.add(format!("{}.{extension}", path.display()), compressed)?;
                }
            }
        }
        published.add(path, contents)?;
    }
    let list = list(&published, &version)?;
    published.add(LIST, list.into_bytes())?;
    Ok(published)
}

/// Stands for all contents together.
fn version(files: &WebFiles) -> String {
    let mut hash = Sha256::new();
    for (path, contents) in files.iter() {
        hash.update(with_slashes(path));
        hash.update([0]);
        hash.update(Sha256::digest(contents));
    }
    let digits = hash
        .finalize()
        .iter()
        .fold(String::new(), |mut digits, byte| {
            // Writing to a string cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        });
    digits[..VERSION_DIGITS].to_owned()
}

/// A page whose relative addresses lead to the versioned files.
fn with_version(path: &Path, page: &[u8], version: &str) -> anyhow::Result<Vec<u8>> {
    let page = std::str::from_utf8(page)
        .with_context(|| format!("the page {} is not UTF-8", path.display()))?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => with_slashes(folder) + "/",
        _ => String::new(),
    };
    Ok(page
        .replace("=\"./", &format!("=\"/v/{version}/{folder}"))
        .into_bytes())
}

/// The contents in each encoding. Brotli at its best takes seconds, so what was compressed once is
/// kept in the build folder.
fn compressed(
    workspace: &Workspace,
    contents: &[u8],
) -> anyhow::Result<[(&'static str, Vec<u8>); 2]> {
    let name = sha256_hex(contents);
    let kept = |extension: &str, compress: fn(&[u8]) -> anyhow::Result<Vec<u8>>| {
        let path = workspace.target(format!("compressed/{name}.{extension}"));
        if let Ok(present) = fs::read(&path) {
            return Ok(present);
        }
        let compressed = compress(contents)?;
        write_file(&path, &compressed)?;
        anyhow::Ok(compressed)
    };
    Ok([("br", kept("br", brotli)?), ("gz", kept("gz", gzip)?)])
}

fn brotli(contents: &[u8]) -> anyhow::Result<Vec<u8>> {
    let parameters = brotli::enc::BrotliEncoderParams {
        quality: BROTLI_QUALITY,
        lgwin: BROTLI_WINDOW_BITS,
        size_hint: contents.len(),
        ..Default::default()
    };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &contents[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip(contents: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(contents)?;
    Ok(encoder.finish()?)
}

fn list(files: &WebFiles, version: &str) -> anyhow::Result<String> {
    let mut list = format!("# version {version}\n");
    for (path, contents) in files.iter() {
        writeln!(list, "{}  {}", sha256_hex(contents), with_slashes(path))?;
    }
    Ok(list)
}

/// A path as it stands in an address.
fn with_slashes(path: &Path) -> String {
    let parts = path.iter().map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    fn files(contents: &[(&str, &[u8])]) -> WebFiles {
        let mut files = WebFiles::default();
        for (path, contents) in contents {
            files.add(*path, contents.to_vec()).unwrap();
        }
        files
    }

    #[test]
    fn the_version_follows_every_name_and_every_byte() {
        let version = |contents| version(&files(contents));
        let first = version(&[("a.js", b"1"), ("b.js", b"2")]);
        assert_eq!(first.len(), VERSION_DIGITS);
        assert_eq!(first, version(&[("b.js", b"2"), ("a.js", b"1")]));
        assert_ne!(first, version(&[("a.js", b"1"), ("b.js", b"3")]));
        assert_ne!(first, version(&[("a.js", b"1"), ("c.js", b"2")]));
    }

    #[test]
    fn a_page_refers_to_versioned_files() {
        let page = br#"<script src="./main.js"></script><a href="https://example.org/">"#;
        let root = with_version(Path::new("index.html"), page, "12").unwrap();
        assert!(
            String::from_utf8(root)
                .unwrap()
                .contains(r#"src="/v/12/main.js""#)
        );
        let below = with_version(Path::new("desk/index.html"), page, "12").unwrap();
        let below = String::from_utf8(below).unwrap();
        assert!(below.contains(r#"src="/v/12/desk/main.js""#), "{below}");
        assert!(below.contains("https://example.org/"), "{below}");
    }

    #[test]
    fn the_list_names_the_version_and_the_digest_of_each_file() {
        let list = list(&files(&[("a/b.js", b"abc")]), "12").unwrap();
        let digest = sha256_hex(b"abc");
        assert_eq!(list, format!("# version 12\n{digest}  a/b.js\n"));
    }

    #[test]
    fn compression_gives_something_smaller_that_unpacks_to_the_same() {
        let contents = b"the same words again and again ".repeat(100);
        let packed = brotli(&contents).unwrap();
        assert!(packed.len() < contents.len() / 10);
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &packed[..], &mut unpacked).unwrap();
        assert_eq!(unpacked, contents);

        let packed = gzip(&contents).unwrap();
        let mut unpacked = Vec::new();
        std::io::copy(
            &mut flate2::read::GzDecoder::new(&packed[..]),
            &mut unpacked,
        )
        .unwrap();
        assert_eq!(unpacked, contents);
    }
}
