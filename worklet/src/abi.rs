//! What JavaScript sees: numbers and addresses, nothing that needs glue.
//!
//! One module instance is one capture. `capture_init` comes first; until it returned 0, the
//! other functions do nothing.

#![expect(
    unsafe_code,
    reason = "exported symbols and one static: the audio thread is the only thread here"
)]

use std::cell::UnsafeCell;

use audio_dsp::{Gate, PipelineConfig, PipelineError, SegmenterConfig};

use crate::{Capture, INPUT_CAPACITY};

/// Raised whenever a function here changes its meaning; `processor.js` checks it.
const ABI_VERSION: u32 = 1;

const OK: u32 = 0;
const BAD_RATE: u32 = 1;
const BAD_SEGMENTER: u32 = 2;
const BAD_OTHER: u32 = 3;

struct Instance(UnsafeCell<Option<Capture>>);

// SAFETY: a wasm module without threads is entered by one thread, one call at a time.
unsafe impl Sync for Instance {}

static INSTANCE: Instance = Instance(UnsafeCell::new(None));

/// Runs `act` on the capture, or returns zero when there is none.
fn with<R: Default>(act: impl FnOnce(&mut Capture) -> R) -> R {
    // SAFETY: no export calls another, so this is the only reference while it lives.
    let instance = unsafe { &mut *INSTANCE.0.get() };
    instance.as_mut().map(act).unwrap_or_default()
}

/// The version of these functions.
#[unsafe(no_mangle)]
extern "C" fn capture_abi_version() -> u32 {
    ABI_VERSION
}

/// Builds the pipeline. Returns 0, or 1 for a rate that is not supported, 2 for segmenter
/// parameters that make no sense, 3 for anything else.
#[unsafe(no_mangle)]
extern "C" fn capture_init(
    input_rate_hz: u32,
    is_continuous: u32,
    threshold: f32,
    neg_threshold: f32,
    min_speech_ms: u32,
    speech_pad_ms: u32,
    min_silence_ms: u32,
    max_speech_s: u32,
) -> u32 {
    let config = PipelineConfig {
        input_rate_hz,
        segmenter: SegmenterConfig {
            threshold,
            neg_threshold,
            min_speech_ms,
            speech_pad_ms,
            min_silence_ms,
            max_speech_s,
        },
        gate: gate(is_continuous),
    };
    match Capture::new(&config) {
        Ok(capture) => {
            // SAFETY: as in `with`: no other reference exists.
            unsafe { *INSTANCE.0.get() = Some(capture) };
            OK
        }
        Err(PipelineError::Resampler(_)) => BAD_RATE,
        Err(PipelineError::Segmenter(_)) => BAD_SEGMENTER,
        Err(_) => BAD_OTHER,
    }
}

/// The address where samples are written before `capture_push`, `f32` each.
#[unsafe(no_mangle)]
extern "C" fn capture_input() -> usize {
    with(|capture| capture.input_mut().as_mut_ptr() as usize)
}

/// How many samples fit there.
#[unsafe(no_mangle)]
extern "C" fn capture_input_capacity() -> usize {
    INPUT_CAPACITY
}

/// Takes `n_samples` from the input. Returns how many bytes of frames are to be sent.
#[unsafe(no_mangle)]
extern "C" fn capture_push(n_samples: usize) -> usize {
    with(|capture| capture.push(n_samples).len())
}

/// Ends the capture. Returns how many bytes of frames are to be sent.
#[unsafe(no_mangle)]
extern "C" fn capture_flush() -> usize {
    with(|capture| capture.flush().len())
}

/// The address of the frames: each behind its length, a little-endian `u32`.
#[unsafe(no_mangle)]
extern "C" fn capture_outbox() -> usize {
    with(|capture| capture.outbox_address())
}

/// 1 sends everything from the next window on, 0 only speech.
#[unsafe(no_mangle)]
extern "C" fn capture_set_continuous(is_continuous: u32) {
    with(|capture| capture.set_gate(gate(is_continuous)));
}

/// Frames that had no room, since the start.
#[unsafe(no_mangle)]
extern "C" fn capture_lost() -> u32 {
    with(|capture| capture.n_lost())
}

fn gate(is_continuous: u32) -> Gate {
    if is_continuous == 0 {
        Gate::Voice
    } else {
        Gate::Open
    }
}
