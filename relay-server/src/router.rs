//! Every path that the relay answers.

use std::sync::Arc;

use axum::{
    Router,
    http::Uri,
    routing::{any, get},
};

use crate::{assets, server::Shared, socket};

/// All routes. Whatever is not named here is a file of the page.
pub(crate) fn router(relay: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(assets::page))
        .route("/healthz", get("ok"))
        .route("/v1/socket", any(socket::upgrade))
        .route("/v/{version}/{*path}", get(assets::versioned_asset))
        .route("/{*path}", get(assets::asset))
        .fallback(async |uri: Uri| assets::missing(uri.path().trim_start_matches('/')))
        .with_state(relay)
}
