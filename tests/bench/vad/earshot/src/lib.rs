//! The voice detector `earshot` behind three functions, so that a page can call it without glue.

#![expect(
    unsafe_code,
    reason = "exported symbols and one static: a wasm module without threads has one caller"
)]

use std::cell::UnsafeCell;

use earshot::Detector;

/// Samples that the detector takes at once: 16 ms at 16 kHz.
const FRAME_SAMPLES: usize = 256;

struct Instance(UnsafeCell<State>);

struct State {
    detector: Detector,
    input: [f32; FRAME_SAMPLES],
}

// SAFETY: a wasm module without threads is entered by one thread, one call at a time.
unsafe impl Sync for Instance {}

static INSTANCE: Instance = Instance(UnsafeCell::new(State {
    detector: Detector::const_default(),
    input: [0.0; FRAME_SAMPLES],
}));

/// Runs `act` on the one detector.
fn with<R>(act: impl FnOnce(&mut State) -> R) -> R {
    // SAFETY: no export calls another, so this is the only reference while it lives.
    act(unsafe { &mut *INSTANCE.0.get() })
}

/// The address where the 256 samples of a frame are written, `f32` each.
#[unsafe(no_mangle)]
extern "C" fn earshot_input() -> usize {
    with(|state| state.input.as_mut_ptr() as usize)
}

/// The probability, from 0 to 1, that the frame contains speech.
#[unsafe(no_mangle)]
extern "C" fn earshot_predict() -> f32 {
    with(|state| state.detector.predict_f32(&state.input))
}

/// Forgets what was heard.
#[unsafe(no_mangle)]
extern "C" fn earshot_reset() {
    with(|state| state.detector.reset());
}
