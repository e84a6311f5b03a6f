//! The microphone, and why there may be none.

use std::rc::{Rc, Weak};

use js_sys::{Boolean, Object};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MediaDevices, MediaStream, MediaStreamConstraints, MediaStreamTrack, Navigator,
    PermissionState, PermissionStatus, Permissions,
};

use crate::failure::{Failure, FailureCode};
use crate::js::{describe, get, object, text};
use crate::signal::Slot;

/// An open microphone. Dropping it turns its light off.
#[derive(Debug)]
pub(crate) struct Microphone(MediaStream);

impl Microphone {
    /// Asks for a microphone. If nobody waits for the answer any more, the microphone is closed
    /// as soon as the browser opens it.
    pub(crate) async fn open(navigator: &Navigator) -> Result<Self, Failure> {
        let opening = media_devices(navigator)
            .and_then(|devices| devices.get_user_media_with_constraints(&constraints()).ok())
            .ok_or_else(|| Failure::new(FailureCode::NoMediaApi, "no getUserMedia"))?;
        let slot: Rc<Slot<Result<Self, JsValue>>> = Rc::default();
        let waiting: Weak<_> = Rc::downgrade(&slot);
        spawn_local(async move {
            let opened = JsFuture::from(opening).await;
            let microphone = opened.map(|stream| Self(stream.unchecked_into()));
            if let Some(slot) = waiting.upgrade() {
                slot.put(microphone);
            }
        });
        match slot.arrival().await {
            Ok(microphone) => Ok(microphone),
            Err(error) => {
                let permission = permission(navigator).await;
                Err(classify(
                    &text(&error, "name"),
                    &describe(&error),
                    permission,
                ))
            }
        }
    }

    /// The stream for the audio graph.
    pub(crate) fn stream(&self) -> &MediaStream {
        &self.0
    }

    /// Its tracks; a microphone has one.
    pub(crate) fn tracks(&self) -> Vec<MediaStreamTrack> {
        self.0
            .get_audio_tracks()
            .iter()
            .map(JsCast::unchecked_into)
            .collect()
    }
}

impl Drop for Microphone {
    fn drop(&mut self) {
        for track in self.tracks() {
            track.stop();
        }
    }
}

/// The browser's media devices, where it has any: pages that are not secure have none.
pub(crate) fn media_devices(navigator: &Navigator) -> Option<MediaDevices> {
    let devices = get(navigator, "mediaDevices");
    let is_usable = devices.is_object() && get(&devices, "getUserMedia").is_function();
    is_usable.then(|| devices.unchecked_into())
}

fn constraints() -> MediaStreamConstraints {
    let on = Boolean::from(true);
    let audio = object(&[
        ("echoCancellation", &on),
        ("noiseSuppression", &on),
        ("autoGainControl", &on),
        ("channelCount", &JsValue::from(1)),
    ]);
    let constraints = MediaStreamConstraints::new();
    constraints.set_audio(&audio);
    constraints
}

/// What the browser remembers about the microphone and this page; not all browsers tell.
async fn permission(navigator: &Navigator) -> Option<PermissionState> {
    let permissions = get(navigator, "permissions")
        .dyn_into::<Permissions>()
        .ok()?;
    let query: Object = object(&[("name", &"microphone".into())]);
    let status = JsFuture::from(permissions.query(&query).ok()?).await.ok()?;
    Some(status.dyn_into::<PermissionStatus>().ok()?.state())
}

/// What a refusal of `getUserMedia` means.
fn classify(name: &str, detail: &str, permission: Option<PermissionState>) -> Failure {
    let code = match name {
        "NotAllowedError" | "SecurityError" => {
            match permission {
                // Still open: the visitor answered nothing.
                Some(PermissionState::Prompt) => FailureCode::PermissionDismissed,
                _ => FailureCode::PermissionDenied,
            }
        }
        "NotFoundError" => FailureCode::NoMicrophone,
        "NotReadableError" => FailureCode::MicrophoneBusy,
        "OverconstrainedError" => FailureCode::ConstraintsImpossible,
        "AbortError" => FailureCode::Aborted,
        _ => FailureCode::CaptureFault,
    };
    Failure::new(code, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refusal_has_its_own_code() {
        for (name, permission, code) in [
            ("NotAllowedError", None, FailureCode::PermissionDenied),
            (
                "NotAllowedError",
                Some(PermissionState::Denied),
                FailureCode::PermissionDenied,
            ),
            // Allowed for the page, refused by the system.
            (
                "NotAllowedError",
                Some(PermissionState::Granted),
                FailureCode::PermissionDenied,
            ),
            (
                "NotAllowedError",
                Some(PermissionState::Prompt),
                FailureCode::PermissionDismissed,
            ),
            ("NotFoundError", None, FailureCode::NoMicrophone),
            ("NotReadableError", None, FailureCode::MicrophoneBusy),
            (
                "OverconstrainedError",
                None,
                FailureCode::ConstraintsImpossible,
            ),
            ("AbortError", None, FailureCode::Aborted),
            ("TypeError", None, FailureCode::CaptureFault),
        ] {
            let failure = classify(name, "the browser's words", permission);
            assert_eq!(failure.code, code, "{name} {permission:?}");
            assert_eq!(failure.detail, "the browser's words");
        }
    }
}
