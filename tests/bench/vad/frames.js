// How audio is cut for a detector, on the page and in the audio thread.

/** Samples of 32 ms at 16 kHz: what all figures are given for. */
const WINDOW_SAMPLES = 512;

/** Samples of one timed step: a window, or a frame where that is longer. */
export function stepSamples({ frameSamples }) {
  return Math.max(WINDOW_SAMPLES, frameSamples);
}

/** Whole steps of a recording: each a list of frames with memory of their own. */
export function cut(samples, detector) {
  const { frameSamples } = detector;
  const size = stepSamples(detector);
  const steps = [];
  for (let start = 0; start + size <= samples.length; start += size) {
    const frames = [];
    for (let at = start; at < start + size; at += frameSamples) {
      frames.push(samples.slice(at, at + frameSamples));
    }
    steps.push(frames);
  }
  return steps;
}
