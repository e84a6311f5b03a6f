//! The page and the browser's half of the relay: files that `cargo xtask` lays out.
//!
//! A release build carries them inside the binary; a debug build reads them from disk, so that a
//! changed page needs no new binary.

use std::fmt::Write as _;

use axum::{
    extract::Path,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use rust_embed::{EmbeddedFile, RustEmbed};

/// The file behind `/`.
const PAGE: &str = "index.html";

/// What a page of ours may load and connect to: itself. `wasm-unsafe-eval` lets it compile the
/// detector and allows no JavaScript from strings.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Only the page itself may ask for the microphone.
const PAGE_PERMISSIONS: &str = "microphone=(self)";

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

#[derive(RustEmbed)]
#[folder = "../target/web"]
struct Assets;

/// Answers `/` with the call page.
pub(crate) async fn page(headers: HeaderMap) -> Response {
    asset(Path(PAGE.to_owned()), headers).await
}

/// Answers any other path with the file of that name.
pub(crate) async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    let Some(file) = is_plain(&path).then(|| Assets::get(&path)).flatten() else {
        return missing(&path);
    };
    let etag = etag(&file);
    let is_current = headers
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|candidate| candidate.trim().trim_start_matches("W/") == etag);
    let mut response = if is_current {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        file.data.into_response()
    };
    let headers = response.headers_mut();
    let content_type = content_type(&path);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    // Asked for each time, sent only when changed: page, modules and detector always fit together.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    harden(headers);
    response
}

/// The answer where no file is.
pub(crate) fn missing(path: &str) -> Response {
    let mut response = (StatusCode::NOT_FOUND, advice(path)).into_response();
    harden(response.headers_mut());
    response
}

/// Says how a file that is missing comes to be.
fn advice(path: &str) -> String {
    if path == PAGE {
        return format!(
            "The relay runs, but there is no call page: the file {PAGE} is missing.\n\
             Build the page and start the relay again with:\n\n    cargo xtask run\n"
        );
    }
    format!(
        "There is no file /{} here.\n\
         If the call page needs it, the page is not built completely. Build it with:\n\n    \
         cargo xtask run\n",
        path.escape_debug()
    )
}

/// Headers that every answer of ours carries.
fn harden(headers: &mut HeaderMap) {
    for (name, value) in [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (CONTENT_SECURITY_POLICY, PAGE_POLICY),
        (PERMISSIONS_POLICY, PAGE_PERMISSIONS),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether a path names a file below the folder: no way up, no absolute path, no hidden file.
fn is_plain(path: &str) -> bool {
    !path.contains(['\\', ':', '\0'])
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.'))
}

/// The type of a file by its name. Browsers refuse modules and wasm under any other.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "ts" | "txt" => "text/plain; charset=utf-8",
        _ => mime_guess::from_path(path)
            .first_raw()
            .unwrap_or("application/octet-stream"),
    }
}

/// Names the content of a file.
fn etag(file: &EmbeddedFile) -> String {
    let mut etag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..16] {
        // Writing to a string cannot fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    etag
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

    #[test]
    fn says_how_a_missing_file_comes_to_be() {
        for path in [PAGE, "capture/processor.js"] {
            let advice = advice(path);
            let is_helpful = advice.contains(path) && advice.contains("cargo xtask run");
            assert!(is_helpful, "{advice}");
        }
    }

    #[test]
    fn gives_each_file_the_type_that_browsers_demand() {
        for (path, wanted) in [
            ("index.html", "text/html; charset=utf-8"),
            ("capture/processor.js", "text/javascript; charset=utf-8"),
            (
                "capture/switchboard_capture.d.ts",
                "text/plain; charset=utf-8",
            ),
            ("capture/worklet.simd.wasm", "application/wasm"),
            ("style.css", "text/css; charset=utf-8"),
            ("icon.svg", "image/svg+xml"),
            ("README", "application/octet-stream"),
        ] {
            assert_eq!(content_type(path), wanted, "{path}");
        }
    }
}
