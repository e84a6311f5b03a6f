// The types that wasm-bindgen cannot derive: options, events and failures. They become part of
// switchboard_capture.d.ts.

/** When sound becomes speech; the detector's own parameter names. */
export interface SegmenterOptions {
    /** From this probability on, a window begins or confirms speech. Between 0 and 1; default 0.5. */
    threshold?: number;
    /** Below this probability, a window counts as silence. At most `threshold`; default 0.35. */
    neg_threshold?: number;
    /** Speech needed before a segment is confirmed, 32 to 2000 ms; default 96. */
    min_speech_ms?: number;
    /** Audio sent from before the onset, 0 to 2000 ms; default 480. */
    speech_pad_ms?: number;
    /** Silence that ends a segment, 32 to 5000 ms; default 512. */
    min_silence_ms?: number;
    /** The longest segment, 5 to 120 s; default 30. */
    max_speech_s?: number;
}

/** What a call needs to know. Names not listed here are refused. */
export interface CaptureOptions {
    /** The one listener for everything that happens. An exception in it goes to the console. */
    onEvent: (event: CaptureEvent) => void;
    /** The relay's socket, `ws://` or `wss://`. Default: `/v1/socket` on this module's host. */
    relay?: string;
    /** Where this module's files are, if not beside it. */
    assetsUrl?: string;
    /**
     * Which detector to load: `lite` has 8-bit weights, half the download and hardly less accuracy.
     * By default `standard`.
     */
    detector?: "standard" | "lite";
    /** When sound becomes speech. */
    segmenter?: SegmenterOptions;
    /** Names the page to the relay. Default: the page's address without query and fragment. */
    page?: string;
    /** Aborting it withdraws from a call being set up, and hangs up one that runs. */
    signal?: AbortSignal;
}

/** Where a call is. `ended` and `failed` are final. */
export type CaptureState =
    | "starting"
    | "requesting-microphone"
    /** The browser's autoplay rule holds audio back until the visitor touches the page. */
    | "needs-gesture"
    | "listening"
    | "speaking"
    | "ended"
    | "failed";

/** One detector step of 32 ms. */
export interface Level {
    /** How much it sounds like speech, 0 to 1. */
    probability: number;
    /** Root mean square, in dB relative to full scale (-120 to 0). */
    rmsDbfs: number;
    /** Largest magnitude, in dB relative to full scale (-120 to 0). */
    peakDbfs: number;
}

/** The steps that a stretch of speech goes through; it ends as `ended` or as `retracted`. */
export type SpeechStep = "probable" | "confirmed" | "ended" | "retracted";

/** Where a call is. */
export interface StateEvent {
    type: "state";
    state: CaptureState;
}

/** One detector step; about 31 of them a second. */
export interface LevelEvent extends Level {
    type: "level";
}

/** What the detector in this browser found. Times are milliseconds since capture began. */
export interface SpeechEvent {
    type: "speech";
    step: SpeechStep;
    /** Counts from 0. */
    segment: number;
    /** Where the speech starts. */
    onsetMs: number;
    /** Where the speech ends; only with the step `ended`. */
    offsetMs?: number;
}

/** What the relay received. Times are milliseconds since capture began. */
export interface HeardEvent {
    type: "heard";
    segment: number;
    state: SpeechStep;
    /** Where the speech starts. */
    onsetMs: number;
    /** Where the speech ends, as far as it is known. */
    offsetMs: number;
    /** How much audio arrived, pre-roll and hangover included. */
    audioMs: number;
    /** Peaks of equal slices of the segment, 0 to 100 each; empty while there is none. */
    envelope: number[];
}

/** Something for the page to say to the visitor. */
export interface SayEvent {
    type: "say";
    /** Names the prompt. */
    prompt: string;
    text: string;
    /** The text's language, a BCP 47 tag. */
    language: string;
}

/** Where the conversation is, as the relay sees it. */
export interface CallStateEvent {
    type: "callState";
    state: "greeting" | "listening" | "ended";
}

/** The call is over, as somebody wanted. */
export interface EndedEvent {
    type: "ended";
    reason: "hangup" | "relay_shutdown" | "fault" | "limit";
    /** The relay's words about it; may be empty. */
    text: string;
}

/** Everything that a call tells the page. */
export type CaptureEvent =
    | StateEvent
    | LevelEvent
    | SpeechEvent
    | HeardEvent
    | SayEvent
    | CallStateEvent
    | EndedEvent
    | CaptureFailure;

/** Why a call failed. */
export type FailureCode =
    | "aborted"
    | "asset-missing"
    | "audio-blocked"
    | "capture-fault"
    | "constraints-impossible"
    | "insecure-page"
    | "microphone-busy"
    | "microphone-lost"
    | "no-audio-worklet"
    | "no-media-api"
    | "no-microphone"
    | "permission-denied"
    | "permission-dismissed"
    | "protocol"
    | "relay-lost"
    | "relay-refused"
    | "relay-unreachable";

/** The `failed` event, and what `Capture.start` rejects with: the same object, a real `Error`. */
export interface CaptureFailure extends Error {
    type: "failed";
    code: FailureCode;
    /** What happened, in words for the visitor. */
    message: string;
    /** What the visitor can do about it. */
    nextStep: string;
    /** What exactly happened, for a developer: a URL, a close code, the browser's own words. */
    detail: string;
}
