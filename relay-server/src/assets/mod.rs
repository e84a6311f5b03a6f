//! The page and the browser's half of the relay: files that `cargo xtask` lays out.
//!
//! Each file has two addresses. Under its own name a browser asks each time whether it has changed.
//! Under `/v/VERSION/` and its name a browser keeps it, because another content has another version.
//! The call page names the files it needs in the second way.

mod coding;
mod source;
mod sums;

pub(crate) use self::source::Source;

use std::{fmt::Write as _, sync::Arc};

use axum::{
    extract::{Path, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use tokio::task::spawn_blocking;

use self::{
    coding::{Coding, accepted},
    source::{File, Hash, is_plain},
    sums::{SUMS_FILE, Sums},
};
use crate::server::Shared;

/// The file behind `/`.
const PAGE: &str = "index.html";

/// The type of a page.
const HTML: &str = "text/html; charset=utf-8";

/// What a page of ours may load and connect to: itself. `wasm-unsafe-eval` lets it compile the
/// detector and allows no JavaScript from strings.
const PAGE_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
     worker-src 'self'; connect-src 'self'; style-src 'self'; img-src 'self' data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Only the page itself may ask for the microphone.
const PAGE_PERMISSIONS: &str = "microphone=(self)";

/// For a file under its version: the address never gets another content.
const KEEP: &str = "public, max-age=31536000, immutable";

/// For a file under its own name: asked for each time, sent only when changed.
const ASK: &str = "no-cache";

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");
const TIMING_ALLOW_ORIGIN: HeaderName = HeaderName::from_static("timing-allow-origin");

/// What a request asks for.
#[derive(Clone, Debug)]
struct Wanted {
    path: String,
    /// The version in the address, if there is one.
    version: Option<String>,
    /// The forms that the client takes, best first.
    codings: Vec<Coding>,
}

/// A file in the form in which it is sent.
#[derive(Debug)]
struct Found {
    file: File,
    coding: Coding,
    /// Whether it belongs to the version in the address.
    is_versioned: bool,
}

/// Answers `/` with the call page.
pub(crate) async fn page(shared: State<Arc<Shared>>, headers: HeaderMap) -> Response {
    asset(shared, Path(PAGE.to_owned()), headers).await
}

/// Answers any other path with the file of that name.
pub(crate) async fn asset(
    State(shared): State<Arc<Shared>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(&shared.assets, path, None, &headers).await
}

/// Answers `/v/VERSION/` and a path with the file of that name. For a version that is not here it is
/// the file that is: a page that was open during an update goes on.
pub(crate) async fn versioned_asset(
    State(shared): State<Arc<Shared>>,
    Path((version, path)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    answer(&shared.assets, path, Some(version), &headers).await
}

/// The answer where no file is.
pub(crate) fn missing(path: &str) -> Response {
    let mut response = (StatusCode::NOT_FOUND, advice(path)).into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(ASK));
    harden(headers);
    // A page of another origin is to learn that the file is missing, not that it may not look.
    open_up(headers);
    response
}

async fn answer(
    source: &Source,
    path: String,
    version: Option<String>,
    request: &HeaderMap,
) -> Response {
    let wanted = Wanted {
        path,
        version,
        codings: accepted(request),
    };
    let Some(found) = look_up(source, &wanted).await else {
        return missing(&wanted.path);
    };
    let content_type = content_type(&wanted.path);
    let etag = etag(&found.file.hash);
    let mut response = if has_current(request, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        found.file.data.into_response()
    };
    let headers = response.headers_mut();
    let cache_control = if found.is_versioned { KEEP } else { ASK };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(cache_control));
    headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    if found.coding != Coding::Identity {
        let coding = HeaderValue::from_static(found.coding.name());
        headers.insert(CONTENT_ENCODING, coding);
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(ETAG, etag);
    }
    harden(headers);
    if content_type != HTML {
        open_up(headers);
    }
    response
}

/// Finds a file without keeping calls waiting for the disk.
async fn look_up(source: &Source, wanted: &Wanted) -> Option<Found> {
    match source {
        Source::Bundled => find(source, wanted),
        Source::Folder(_) => {
            let (source, wanted) = (source.clone(), wanted.clone());
            spawn_blocking(move || find(&source, &wanted)).await.ok()?
        }
    }
}

/// Finds a file, in the best of the forms in which it lies there.
fn find(source: &Source, wanted: &Wanted) -> Option<Found> {
    let path = wanted.path.as_str();
    if !is_plain(path) || is_other_form(path) {
        return None;
    }
    let file = source.get(path)?;
    let mut found = Found {
        file,
        coding: Coding::Identity,
        is_versioned: false,
    };
    let sums = source.get(SUMS_FILE);
    let sums = sums.as_ref().and_then(|file| Sums::parse(&file.data));
    let Some(sums) = sums else {
        return Some(found);
    };
    if !sums.contain(path, &found.file.hash) {
        return Some(found);
    }
    found.is_versioned = wanted.version.as_deref() == Some(sums.version());
    for &coding in wanted
        .codings
        .iter()
        .take_while(|coding| **coding != Coding::Identity)
    {
        let form = [path, coding.suffix()].concat();
        let file = source.get(&form);
        if let Some(file) = file.filter(|file| sums.contain(&form, &file.hash)) {
            found.file = file;
            found.coding = coding;
            break;
        }
    }
    Some(found)
}

/// Whether a path names another form of a file, which only its headers explain.
fn is_other_form(path: &str) -> bool {
    [Coding::Brotli, Coding::Gzip]
        .iter()
        .any(|coding| path.ends_with(coding.suffix()))
}

/// Whether the browser has the content already.
fn has_current(request: &HeaderMap, etag: &str) -> bool {
    request
        .get_all(IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|candidate| candidate.trim().trim_start_matches("W/") == etag)
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

/// Lets pages of other origins use a file: the call button stands on pages that are not ours.
fn open_up(headers: &mut HeaderMap) {
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"),
        (TIMING_ALLOW_ORIGIN, "*"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// The type of a file by its name. Browsers refuse modules and wasm under any other.
fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => HTML,
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "ts" | "txt" => "text/plain; charset=utf-8",
        _ => mime_guess::from_path(path)
            .first_raw()
            .unwrap_or("application/octet-stream"),
    }
}

/// Names the content of a file.
fn etag(hash: &Hash) -> String {
    let mut etag = String::from("\"");
    for byte in &hash[..16] {
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
