//! What can go wrong, and what a person can do about it.
//!
//! Every text that a visitor may read stands in one table, [`FailureCode::texts`], so that it can
//! be reworded or translated in one place.

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureCode {
    /// The call was given up while it was being set up: by the page's signal, or by the browser
    /// as it opened the microphone.
    Aborted,
    /// A file of the capture folder cannot be loaded.
    AssetMissing,
    /// The browser keeps audio suspended until the visitor touches the page.
    AudioBlocked,
    /// Capture itself broke: the audio graph, the processor or the link.
    CaptureFault,
    /// No microphone can do what was asked of it.
    ConstraintsImpossible,
    /// The page is neither on HTTPS nor on this machine.
    InsecurePage,
    /// The microphone exists but cannot be opened.
    MicrophoneBusy,
    /// The microphone went away during the call.
    MicrophoneLost,
    /// The browser has no AudioWorklet.
    NoAudioWorklet,
    /// The browser has no `getUserMedia`.
    NoMediaApi,
    /// There is no microphone.
    NoMicrophone,
    /// The visitor, the page's policy or the system refuses the microphone.
    PermissionDenied,
    /// The visitor closed the question about the microphone without an answer.
    PermissionDismissed,
    /// Browser and relay do not understand each other.
    Protocol,
    /// The connection broke during the call.
    RelayLost,
    /// The relay answered, and does not take the call.
    RelayRefused,
    /// The relay did not answer.
    RelayUnreachable,
}

/// The texts that belong to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Texts {
    /// What happened.
    pub(crate) message: &'static str,
    /// Whether the failure's detail follows the message: where the visitor can use it, or will be
    /// asked to pass it on.
    pub(crate) shows_detail: bool,
    /// What the visitor can do about it.
    pub(crate) next_step: &'static str,
}

impl FailureCode {
    /// The code that a link has written under this name; a link meets only these.
    pub(crate) fn of_link(name: &str) -> Self {
        match name {
            "protocol" => Self::Protocol,
            "relay-lost" => Self::RelayLost,
            "relay-refused" => Self::RelayRefused,
            "relay-unreachable" => Self::RelayUnreachable,
            _ => Self::CaptureFault,
        }
    }

    /// The code's name on the page.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Aborted => "aborted",
            Self::AssetMissing => "asset-missing",
            Self::AudioBlocked => "audio-blocked",
            Self::CaptureFault => "capture-fault",
            Self::ConstraintsImpossible => "constraints-impossible",
            Self::InsecurePage => "insecure-page",
            Self::MicrophoneBusy => "microphone-busy",
            Self::MicrophoneLost => "microphone-lost",
            Self::NoAudioWorklet => "no-audio-worklet",
            Self::NoMediaApi => "no-media-api",
            Self::NoMicrophone => "no-microphone",
            Self::PermissionDenied => "permission-denied",
            Self::PermissionDismissed => "permission-dismissed",
            Self::Protocol => "protocol",
            Self::RelayLost => "relay-lost",
            Self::RelayRefused => "relay-refused",
            Self::RelayUnreachable => "relay-unreachable",
        }
    }

    /// What to tell the visitor.
    pub(crate) fn texts(self) -> Texts {
        let (message, shows_detail, next_step) = match self {
            Self::Aborted => (
                "The call was given up before it began.",
                false,
                "Start the call again. If it happens again, plug the microphone in again.",
            ),
            Self::AssetMissing => (
                "A file that calls need could not be loaded",
                true,
                "Reload the page. If it happens again, tell the people who run this site.",
            ),
            Self::AudioBlocked => (
                "The browser has not let this page use audio.",
                false,
                "Click or tap anywhere on the page, then start the call again.",
            ),
            Self::CaptureFault => (
                "The microphone's sound could not be processed.",
                false,
                "Start the call again. If it happens again, reload the page or try another browser.",
            ),
            Self::ConstraintsImpossible => (
                "No microphone here works in the way this call needs.",
                false,
                "Connect another microphone, then start the call again.",
            ),
            Self::InsecurePage => (
                "Browsers only allow the microphone on secure pages, and this page is not secure.",
                false,
                "Open this page by an address that begins with https:// (or localhost).",
            ),
            Self::MicrophoneBusy => (
                "The microphone could not be opened.",
                false,
                "Close other programs that use the microphone, or plug it in again, then start the \
                 call again.",
            ),
            Self::MicrophoneLost => (
                "The microphone went away during the call.",
                false,
                "Plug it in again, or allow it again in the site settings beside the address, then \
                 start the call again.",
            ),
            Self::NoAudioWorklet => (
                "This browser is too old to process sound as a call needs it.",
                false,
                "Update the browser, or use a current Chrome, Edge, Firefox or Safari.",
            ),
            Self::NoMediaApi => (
                "This browser gives pages no access to a microphone.",
                false,
                "Open the page in a current Chrome, Edge, Firefox or Safari.",
            ),
            Self::NoMicrophone => (
                "No microphone was found.",
                false,
                "Connect a microphone, or turn it on in the system's settings, then start the call \
                 again.",
            ),
            Self::PermissionDenied => (
                "The microphone is not allowed on this page.",
                false,
                "Allow the microphone in the site settings beside the address, and in the system's \
                 privacy settings, then start the call again.",
            ),
            Self::PermissionDismissed => (
                "The browser's question about the microphone was closed without an answer.",
                false,
                "Start the call again and choose Allow.",
            ),
            Self::Protocol => (
                "This page and the relay do not understand each other.",
                false,
                "Reload the page, so that both are of the same version.",
            ),
            Self::RelayLost => (
                "The connection was lost during the call.",
                false,
                "Check the network, then start the call again.",
            ),
            Self::RelayRefused => (
                "The relay did not take the call",
                true,
                "Wait a moment, then start the call again.",
            ),
            Self::RelayUnreachable => (
                "The relay does not answer.",
                false,
                "Check the network. If it works, the relay may be down: try again later.",
            ),
        };
        Texts {
            message,
            shows_detail,
            next_step,
        }
    }
}

/// One failure of one call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Its kind.
    pub(crate) code: FailureCode,
    /// What exactly happened, for a developer.
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(code: FailureCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }

    /// The sentence for the visitor.
    pub(crate) fn message(&self) -> String {
        let texts = self.code.texts();
        if !texts.shows_detail {
            return texts.message.to_owned();
        }
        let sentence = [texts.message, ": ", self.detail.trim_end_matches('.')].concat();
        sentence + "."
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = include_str!("types.d.ts");

    const ALL: [FailureCode; 17] = [
        FailureCode::Aborted,
        FailureCode::AssetMissing,
        FailureCode::AudioBlocked,
        FailureCode::CaptureFault,
        FailureCode::ConstraintsImpossible,
        FailureCode::InsecurePage,
        FailureCode::MicrophoneBusy,
        FailureCode::MicrophoneLost,
        FailureCode::NoAudioWorklet,
        FailureCode::NoMediaApi,
        FailureCode::NoMicrophone,
        FailureCode::PermissionDenied,
        FailureCode::PermissionDismissed,
        FailureCode::Protocol,
        FailureCode::RelayLost,
        FailureCode::RelayRefused,
        FailureCode::RelayUnreachable,
    ];

    #[test]
    fn every_code_is_declared_to_typescript() {
        let (_, union) = TYPES
            .split_once("type FailureCode =")
            .expect("the type is declared");
        let (union, _) = union.split_once(';').expect("the declaration ends");
        assert_eq!(union.matches('|').count(), ALL.len());
        for code in ALL {
            assert!(
                union.contains(&format!("| \"{}\"", code.name())),
                "{code:?} is missing in the types"
            );
        }
    }

    #[test]
    fn what_a_link_writes_is_read_back() {
        for code in [
            FailureCode::CaptureFault,
            FailureCode::Protocol,
            FailureCode::RelayLost,
            FailureCode::RelayRefused,
            FailureCode::RelayUnreachable,
        ] {
            assert_eq!(FailureCode::of_link(code.name()), code);
        }
    }

    #[test]
    fn every_code_is_explained_in_the_readme() {
        let readme = include_str!("../README.md");
        for code in ALL {
            let cell = format!("| `{}` |", code.name());
            assert!(readme.contains(&cell), "{code:?} is missing in the README");
        }
    }

    #[test]
    fn every_message_is_a_sentence_with_a_next_step() {
        for code in ALL {
            let message = Failure::new(code, "a detail").message();
            assert!(
                message.ends_with('.') && !message.ends_with(".."),
                "{message}"
            );
            assert!(code.texts().next_step.ends_with('.'), "{code:?}");
        }
    }

    #[test]
    fn a_missing_file_is_named_in_the_message() {
        let failure = Failure::new(
            FailureCode::AssetMissing,
            "https://a.example/x.wasm: HTTP 404",
        );
        assert!(
            failure.message().contains("https://a.example/x.wasm"),
            "{}",
            failure.message()
        );
    }
}
