//! Serves the page and everything it loads, from this machine only.

use std::{
    fs,
    net::SocketAddr,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use anyhow::Result;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
};

/// What makes a page cross-origin isolated: only then has it a clock of 5 us.
const ISOLATED: [(&str, &str); 2] = [
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-embedder-policy", "require-corp"),
];

/// An address and the folder behind it; the first one that fits is taken.
pub(crate) type Mount = (&'static str, PathBuf);

/// Serves folders on a free port for as long as the program runs.
pub(crate) async fn serve(mounts: Vec<Mount>) -> Result<SocketAddr> {
    let app = Router::new().fallback(answer).with_state(Arc::new(mounts));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn answer(State(mounts): State<Arc<Vec<Mount>>>, uri: Uri) -> Response {
    let Some(path) = locate(&mounts, uri.path()) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    match fs::read(&path) {
        Ok(bytes) => {
            let content_type = [(header::CONTENT_TYPE, content_type(&path))];
            (ISOLATED, content_type, bytes).into_response()
        }
        Err(_) => (
            StatusCode::NOT_FOUND,
            format!("{} is missing", path.display()),
        )
            .into_response(),
    }
}

/// The file behind an address. One that climbs out of its folder has none.
fn locate(mounts: &[Mount], address: &str) -> Option<PathBuf> {
    let (rest, folder) = mounts
        .iter()
        .find_map(|(prefix, folder)| Some((address.strip_prefix(prefix)?, folder)))?;
    let relative = Path::new(if rest.is_empty() { "index.html" } else { rest });
    let stays_inside = relative
        .components()
        .all(|component| matches!(component, Component::Normal(_)));
    stays_inside.then(|| folder.join(relative))
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html",
        Some("js" | "mjs") => "text/javascript",
        Some("wasm") => "application/wasm",
        Some("wav") => "audio/wav",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_files_below_their_folders_only() {
        let mounts = [("/a/", PathBuf::from("x")), ("/", PathBuf::from("y"))];
        let cases = [
            ("/", Some("y/index.html")),
            ("/b.js", Some("y/b.js")),
            ("/a/@c/d.wasm", Some("x/@c/d.wasm")),
            ("/a/../b.js", None),
            ("/a//etc/passwd", None),
        ];
        for (address, expected) in cases {
            assert_eq!(
                locate(&mounts, address),
                expected.map(PathBuf::from),
                "{address}"
            );
        }
    }
}
