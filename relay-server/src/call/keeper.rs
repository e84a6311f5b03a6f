//! Carries what is to be kept of a call to the disk.

use std::{io, sync::Arc};

use tokio::task::spawn_blocking;
use tracing::{debug, error};

use super::{clock::Clock, state::Kept};
use crate::{capture_dir::CallFolder, server::Shared};

/// Keeps finished segments, if this relay keeps any. When the disk fails, the call goes on without.
#[derive(Debug)]
pub(super) struct Keeper {
    folder: Option<CallFolder>,
}

impl Keeper {
    /// Makes the folder of a call.
    pub(super) async fn open(
        shared: &Arc<Shared>,
        call_id: &str,
        rung: &'static str,
        clock: &Clock,
    ) -> Self {
        let Some(capture_dir) = shared.capture_dir.clone() else {
            return Self { folder: None };
        };
        // Sorted by name, the folders are in the order of the calls.
        let name = format!("{}-{call_id}", clock.now().utc.0);
        let opened = on_disk(move || capture_dir.open_call(&name, rung)).await;
        Self {
            folder: report(opened),
        }
    }

    /// Keeps one segment. The call waits, so a slow disk slows down one browser, not the memory.
    pub(super) async fn keep(&mut self, kept: Kept) {
        let Some(mut folder) = self.folder.take() else {
            return;
        };
        let written = on_disk(move || {
            folder.keep(&kept.row, &kept.samples)?;
            Ok(folder)
        });
        self.folder = report(written.await);
    }
}

/// Does what waits for the disk where waiting harms nobody.
async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

fn report(done: io::Result<CallFolder>) -> Option<CallFolder> {
    match done {
        Ok(folder) => {
            debug!(folder = %folder.path().display(), "kept");
            Some(folder)
        }
        Err(error) => {
            error!(%error, "cannot write to the capture folder: the rest of this call is not kept");
            None
        }
    }
}
