//! From the press of a button to a live microphone, step by step.

use std::rc::Rc;

use audio_dsp::SegmenterConfig;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use js_sys::Object;
use relay_proto::message::{ClientMessage, Codec, Device, Hello, Rung};
use wasm_bindgen::JsValue;
use web_sys::{AudioContext, Window};

use super::assets::{Assets, Detector, add_processor, default_relay};
use super::graph::{
    Audio, Processor, ProcessorEvent, Source, has_audio_worklet, is_running, resume,
};
use super::permission::{Microphone, media_devices};
use super::run::Run;
use crate::event::State;
use crate::failure::{Failure, FailureCode};
use crate::js::{describe, json, object, set, text};
use crate::link::LinkClient;
use crate::options::Options;
use crate::signal::{Raised, Slot};

/// How long the processor may take to be ready.
const READY_MS: u32 = 10_000;

/// How long audio may take to run before the visitor is asked for a gesture.
const GESTURE_HINT_MS: u32 = 500;

/// How long a gesture is waited for.
const GESTURE_MS: u32 = 10_000;

/// The most characters of the browser's name that `hello` takes.
const MAX_BROWSER_CHARS: usize = 512;

/// The most characters of the page's address that `hello` takes.
const MAX_PAGE_CHARS: usize = 2_048;

/// The gestures after which browsers let audio run.
const GESTURES: [&str; 3] = ["pointerup", "touchend", "keydown"];

/// Why a setup stopped.
#[derive(Debug)]
pub(crate) enum Halt {
    /// A step failed.
    Failed(Failure),
    /// The call is over for another reason, which it knows itself.
    Over,
}

impl From<Failure> for Halt {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Raised> for Halt {
    fn from(_: Raised) -> Self {
        Self::Over
    }
}

/// Checks what the browser has, and opens its audio while the visitor's gesture still counts.
pub(crate) fn open_audio(window: &Window) -> Result<Audio, Failure> {
    if !window.is_secure_context() {
        let origin = window.location().origin().unwrap_or_default();
        return Err(Failure::new(FailureCode::InsecurePage, origin));
    }
    if media_devices(&window.navigator()).is_none() {
        return Err(Failure::new(
            FailureCode::NoMediaApi,
            "no navigator.mediaDevices",
        ));
    }
    if !has_audio_worklet() {
        return Err(Failure::new(
            FailureCode::NoAudioWorklet,
            "no AudioWorkletNode",
        ));
    }
    Audio::open().map_err(|error| fault("no AudioContext", &error))
}

/// Brings a call up. The relay is called before the visitor is asked for the microphone, so that
/// nobody is asked for nothing.
pub(crate) async fn set_up(run: &Rc<Run>, window: &Window, options: &Options) -> Result<(), Halt> {
    let assets = Assets::new(options.assets_url.as_deref(), options.relay.as_deref())
        .ok_or_else(|| Failure::new(FailureCode::AssetMissing, "the asset folder has no URL"))?;
    let Some(context) = run.with(|parts| parts.audio.as_ref().map(|audio| audio.context().clone()))
    else {
        return Err(Halt::Over);
    };
    let detector = run.over.unless(assets.detector(options.detector)).await??;
    let worklet = context
        .audio_worklet()
        .map_err(|error| fault("no audioWorklet", &error))?;
    run.over.unless(add_processor(&worklet, &assets)).await??;
    start_processor(run, &context, &detector, options).await?;

    let hello = hello(window, &context, &detector, options);
    start_link(run, &assets, options, &hello).await?;

    run.enter(State::RequestingMicrophone);
    let microphone = run
        .over
        .unless(Microphone::open(&window.navigator()))
        .await??;
    connect(run, &context, microphone)?;
    wait_until_running(run, window, &context).await?;
    run.go_live();
    Ok(())
}

async fn start_processor(
    run: &Rc<Run>,
    context: &AudioContext,
    detector: &Detector,
    options: &Options,
) -> Result<(), Halt> {
    let processor_options = object(&[("continuous", &false.into())]);
    if let Some(segmenter) = &options.segmenter {
        set(
            &processor_options,
            "segmenter",
            &segmenter_options(segmenter),
        );
    }
    let this = Rc::clone(run);
    let on_event = move |event| match event {
        ProcessorEvent::Ready => this.ready.put(()),
        ProcessorEvent::Fault(words) => this.fail(Failure::new(FailureCode::CaptureFault, words)),
    };
    set(&processor_options, "module", &detector.module);
    let processor = match Processor::start(context, &processor_options, on_event.clone()) {
        Ok(processor) => processor,
        // Not every browser clones a module to the audio thread: its bytes do as well.
        Err(error) if text(&error, "name") == "DataCloneError" => {
            let bytes = run.over.unless(detector.bytes()).await??;
            set(&processor_options, "module", &JsValue::UNDEFINED);
            set(&processor_options, "bytes", &bytes);
            Processor::start(context, &processor_options, on_event)
                .map_err(|error| fault("no AudioWorkletNode", &error))?
        }
        Err(error) => return Err(fault("no AudioWorkletNode", &error).into()),
    };
    run.hold(|parts| parts.processor = Some(processor));
    let why = "the processor was not ready within 10 s";
    let _patience = fail_after(run, READY_MS, FailureCode::CaptureFault, why);
    Ok(run.over.unless(run.ready.arrival()).await?)
}

async fn start_link(
    run: &Rc<Run>,
    assets: &Assets,
    options: &Options,
    hello: &str,
) -> Result<(), Halt> {
    let relay = options
        .relay
        .clone()
        .or_else(default_relay)
        .ok_or_else(|| {
            let why = "this module has no host of its own, and the option relay is missing";
            Failure::new(FailureCode::RelayUnreachable, why)
        })?;
    let this = Rc::clone(run);
    let on_notice = Rc::new(move |notice: &JsValue| this.handle_notice(notice));
    let worker_url = assets.url("link-worker.js");
    let starting = LinkClient::start(&worker_url, on_notice);
    let link = run
        .over
        .unless(starting)
        .await?
        .map_err(|error| fault("no link", &error))?;
    let frames = run.with(|parts| parts.processor.as_ref().map(Processor::link));
    let frames = frames
        .ok_or(Halt::Over)?
        .map_err(|error| fault("no link", &error))?;
    link.attach(&frames);
    link.open(&relay, hello);
    run.hold(|parts| parts.link = Some(link));
    Ok(run.over.unless(run.admitted.arrival()).await?)
}

fn connect(run: &Rc<Run>, context: &AudioContext, microphone: Microphone) -> Result<(), Halt> {
    let this = Rc::clone(run);
    let on_lost = move || {
        this.fail(Failure::new(
            FailureCode::MicrophoneLost,
            "the microphone's track ended",
        ));
    };
    let connected = run.with(|parts| {
        let processor = parts.processor.as_ref()?;
        Some(Source::connect(context, microphone, processor, on_lost))
    });
    let source = connected
        .ok_or(Halt::Over)?
        .map_err(|error| fault("no audio source", &error))?;
    run.hold(|parts| parts.source = Some(source));
    Ok(())
}

/// Waits until the browser's audio runs; where the autoplay rule holds it back, until the visitor
/// touches the page.
async fn wait_until_running(
    run: &Rc<Run>,
    window: &Window,
    context: &AudioContext,
) -> Result<(), Halt> {
    let running: Rc<Slot<()>> = Rc::default();
    let _on_change = EventListener::new(context, "statechange", {
        let running = Rc::clone(&running);
        let context = context.clone();
        move |_| {
            if is_running(&context) {
                running.put(());
            }
        }
    });
    if is_running(context) {
        return Ok(());
    }
    let this = Rc::clone(run);
    let _hint = Timeout::new(GESTURE_HINT_MS, move || this.enter(State::NeedsGesture));
    let _on_gestures = GESTURES.map(|gesture| {
        let context = context.clone();
        EventListener::new(window, gesture, move |_| resume(&context))
    });
    let why = "the AudioContext stayed suspended for 10 s";
    let _patience = fail_after(run, GESTURE_MS, FailureCode::AudioBlocked, why);
    Ok(run.over.unless(running.arrival()).await?)
}

/// The encoded `hello`.
fn hello(
    window: &Window,
    context: &AudioContext,
    detector: &Detector,
    options: &Options,
) -> String {
    let browser = window.navigator().user_agent().unwrap_or_default();
    let page = options.page.clone().or_else(|| {
        let location = window.location();
        Some(location.origin().ok()? + &location.pathname().ok()?)
    });
    let build = if detector.has_simd {
        "simd128"
    } else {
        "scalar: no SIMD in this browser"
    };
    let hello = Hello {
        version: relay_proto::VERSION,
        rung: Rung::Worklet,
        rung_reason: ["AudioWorklet and WebAssembly, ", build].concat(),
        codec: Codec::Pcm16,
        device: Device {
            sample_rate_hz: context.sample_rate() as u32,
            // Known only once the microphone is open, which comes after `hello`.
            label: None,
            echo_cancellation: None,
            noise_suppression: None,
            auto_gain_control: None,
        },
        browser: browser.chars().take(MAX_BROWSER_CHARS).collect(),
        page: page.map(|page| page.chars().take(MAX_PAGE_CHARS).collect::<String>().into()),
        token: None,
        resume: None,
    };
    json(&ClientMessage::Hello(hello))
}

/// The detector's parameters as `processor.js` takes them.
fn segmenter_options(config: &SegmenterConfig) -> Object {
    object(&[
        ("threshold", &config.threshold.into()),
        ("neg_threshold", &config.neg_threshold.into()),
        ("min_speech_ms", &config.min_speech_ms.into()),
        ("speech_pad_ms", &config.speech_pad_ms.into()),
        ("min_silence_ms", &config.min_silence_ms.into()),
        ("max_speech_s", &config.max_speech_s.into()),
    ])
}

/// Ends the call unless the result is dropped within `wait_ms`.
fn fail_after(run: &Rc<Run>, wait_ms: u32, code: FailureCode, why: &'static str) -> Timeout {
    let run = Rc::clone(run);
    Timeout::new(wait_ms, move || run.fail(Failure::new(code, why)))
}

fn fault(what: &str, error: &JsValue) -> Failure {
    Failure::new(
        FailureCode::CaptureFault,
        [what, ": ", &describe(error)].concat(),
    )
}
