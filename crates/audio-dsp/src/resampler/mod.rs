//! Streaming conversion of any device rate to 16 kHz.
//!
//! A polyphase FIR filter by the exact ratio `L / M` of the two rates (Crochiere and Rabiner,
//! "Multirate Digital Signal Processing", 1983, chapter 4). The position between two input
//! samples is an integer fraction, so there is no drift however long the call. Where `L` would
//! need a huge table (47,999 Hz has 16,000 phases) the coefficients are interpolated linearly
//! between 512 phases, an error about 120 dB down.

mod design;
use design::{Band, Kernel};

use crate::{MAX_INPUT_RATE_HZ, MIN_INPUT_RATE_HZ, ResamplerError, SAMPLE_RATE_HZ};

/// Input samples that are filtered at once; longer inputs are taken in pieces.
const BLOCK_SAMPLES: usize = 512;

/// Ratios with more phases than this use interpolated coefficients.
const MAX_EXACT_PHASES: u64 = 1024;

/// Phases in an interpolated table.
const INTERPOLATED_PHASES: u64 = 512;

/// Accumulators in the inner product; the tap count is padded to a multiple of it.
const LANES: usize = 16;

/// A streaming resampler from one input rate to [`SAMPLE_RATE_HZ`].
///
/// Everything is allocated by [`Resampler::new`]. Splitting the input differently never changes
/// the output.
#[derive(Clone, Debug)]
pub struct Resampler {
    input_rate_hz: u32,
    stage: Stage,
}

#[derive(Clone, Debug)]
enum Stage {
    /// The input is at 16 kHz already.
    Identity,
    Polyphase(Polyphase),
}

impl Resampler {
    /// Designs the filter for `input_rate_hz`.
    pub fn new(input_rate_hz: u32) -> Result<Self, ResamplerError> {
        if !(MIN_INPUT_RATE_HZ..=MAX_INPUT_RATE_HZ).contains(&input_rate_hz) {
            return Err(ResamplerError::Rate {
                actual_hz: input_rate_hz,
            });
        }
        let stage = if input_rate_hz == SAMPLE_RATE_HZ {
            Stage::Identity
        } else {
            Stage::Polyphase(Polyphase::new(input_rate_hz))
        };
        Ok(Self {
            input_rate_hz,
            stage,
        })
    }

    /// Resamples `input` and hands the result to `output` in order, in pieces of any length.
    pub fn push(&mut self, input: &[f32], mut output: impl FnMut(&[f32])) {
        match &mut self.stage {
            Stage::Identity => output(input),
            Stage::Polyphase(polyphase) => {
                for block in input.chunks(BLOCK_SAMPLES) {
                    output(polyphase.filter(block));
                }
            }
        }
    }

    /// How many input samples it takes until `n_output` more samples have come out.
    pub fn inputs_for(&self, n_output: usize) -> usize {
        match &self.stage {
            Stage::Identity => n_output,
            Stage::Polyphase(polyphase) => polyphase.inputs_for(n_output),
        }
    }

    /// The rate of what is pushed, in Hz.
    pub fn input_rate_hz(&self) -> u32 {
        self.input_rate_hz
    }

    /// How many input samples after a moment its output comes: half the filter's length.
    ///
    /// The output carries the input's own time: its first sample belongs to the first input
    /// sample, and comes when this many more are there.
    pub fn lookahead_samples(&self) -> usize {
        match &self.stage {
            Stage::Identity => 0,
            Stage::Polyphase(polyphase) => polyphase.n_taps / 2,
        }
    }

    /// The same in seconds: how much later a sound leaves than it enters.
    pub fn delay_s(&self) -> f64 {
        self.lookahead_samples() as f64 / f64::from(self.input_rate_hz)
    }
}

#[derive(Clone, Debug)]
struct Polyphase {
    /// Output rate over input rate, in lowest terms: `up / down`.
    up: u64,
    down: u64,
    /// Filter length before padding.
    n_taps: usize,
    /// Filter length in the table, a multiple of [`LANES`].
    padded_taps: usize,
    /// One filter per phase, oldest sample first, followed by one more phase when interpolated.
    table: Vec<f32>,
    interpolated: bool,
    /// One blended filter, used when interpolated.
    blend: Vec<f32>,
    /// `padded_taps` samples of history, then the current block.
    line: Vec<f32>,
    /// Where the next output lies: the newest input sample it needs, counted from the start of
    /// the next block, and `fraction / up` of a sample beyond it.
    next_input: usize,
    fraction: u64,
    out: Vec<f32>,
}

impl Polyphase {
    fn new(input_rate_hz: u32) -> Self {
        let divisor = gcd(u64::from(SAMPLE_RATE_HZ), u64::from(input_rate_hz));
        let up = u64::from(SAMPLE_RATE_HZ) / divisor;
        let down = u64::from(input_rate_hz) / divisor;

        let band = Band::for_input_rate(input_rate_hz);
        let n_taps = band.n_taps(input_rate_hz);
        let padded_taps = n_taps.next_multiple_of(LANES);
        let interpolated = up > MAX_EXACT_PHASES;
        let n_phases = if interpolated {
            INTERPOLATED_PHASES
        } else {
            up
        };
        let n_rows = n_phases + u64::from(interpolated);
        let kernel = Kernel::new(band, input_rate_hz, n_taps);
        let table = phase_table(&kernel, n_taps, padded_taps, n_phases, n_rows);

        let max_out = (BLOCK_SAMPLES as u64 * up).div_ceil(down) as usize + 1;
        Self {
            up,
            down,
            n_taps,
            padded_taps,
            table,
            interpolated,
            blend: vec![0.0; if interpolated { padded_taps } else { 0 }],
            line: vec![0.0; padded_taps + BLOCK_SAMPLES],
            next_input: n_taps / 2,
            fraction: 0,
            out: vec![0.0; max_out],
        }
    }

    fn inputs_for(&self, n_output: usize) -> usize {
        let Some(n_steps) = (n_output as u64).checked_sub(1) else {
            return 0;
        };
        self.next_input + 1 + ((self.fraction + n_steps * self.down) / self.up) as usize
    }

    /// Takes at most [`BLOCK_SAMPLES`] samples and returns the output they complete.
    fn filter(&mut self, block: &[f32]) -> &[f32] {
        let taps = self.padded_taps;
        self.line[taps..taps + block.len()].copy_from_slice(block);

        let mut n_out = 0;
        while self.next_input < block.len() {
            // The newest sample needed sits at `taps + next_input`, so its window ends there.
            let window = &self.line[self.next_input + 1..self.next_input + 1 + taps];
            self.out[n_out] = if self.interpolated {
                let row = (self.fraction * INTERPOLATED_PHASES / self.up) as usize;
                let exact = self.fraction as f32 * INTERPOLATED_PHASES as f32 / self.up as f32;
                let (low, high) = self.table[row * taps..(row + 2) * taps].split_at(taps);
                let weight = exact - row as f32;
                for (blended, (a, b)) in self.blend.iter_mut().zip(low.iter().zip(high)) {
                    *blended = a + weight * (b - a);
                }
                dot(&self.blend, window)
            } else {
                let row = self.fraction as usize;
                dot(&self.table[row * taps..(row + 1) * taps], window)
            };
            n_out += 1;
            self.fraction += self.down;
            self.next_input += (self.fraction / self.up) as usize;
            self.fraction %= self.up;
        }
        self.next_input -= block.len();
        self.line.copy_within(block.len()..block.len() + taps, 0);
        &self.out[..n_out]
    }
}

/// Samples `kernel` once per phase. A row's last entry belongs to the newest sample.
fn phase_table(
    kernel: &Kernel,
    n_taps: usize,
    padded_taps: usize,
    n_phases: u64,
    n_rows: u64,
) -> Vec<f32> {
    let centre = n_taps as f64 / 2.0;
    let mut table = Vec::with_capacity(n_rows as usize * padded_taps);
    for phase in 0..n_rows {
        let offset = phase as f64 / n_phases as f64;
        let row: Vec<f64> = (0..padded_taps)
            .map(|k| {
                let age = (padded_taps - 1 - k) as f64;
                kernel.at(age + offset - centre)
            })
            .collect();
        // Each phase passes DC unchanged; without this, phases ripple against each other.
        let sum: f64 = row.iter().sum();
        table.extend(row.iter().map(|tap| (tap / sum) as f32));
    }
    table
}

/// Inner product with independent accumulators, so that it vectorises without reordering.
#[inline]
fn dot(coefficients: &[f32], samples: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (c, s) in coefficients
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(samples.as_chunks::<LANES>().0)
    {
        for lane in 0..LANES {
            sums[lane] += c[lane] * s[lane];
        }
    }
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0]
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
