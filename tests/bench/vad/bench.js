// Runs one detector at a time, as the bench program asks: it decides the order and the rounds.
//
// A detector is an object with
//   frameSamples     samples at 16 kHz that it takes at once
//   process(frame)   speech probability of the next frame, or a promise of it
//   isAsync          whether it is a promise
//   reset()          forgets what it heard
// and each script in `detectors/` exports `load(options)`, which makes one.

import { cut, stepSamples } from './frames.js';

/** What all detectors hear while they are timed. */
const RECORDINGS = ['/timed/statement.wav', '/timed/noisy.wav'];

const detectors = new Map();
const workletNodes = new Map();
const recording = await joined(RECORDINGS);
let workletContext = null;

window.bench = {
  /** Fetches, compiles and prepares a detector on this page. */
  async load(id, script, options) {
    const { load } = await import(`./detectors/${script}`);
    detectors.set(id, await load(options));
  },

  /** How many samples one timed step of a detector has. */
  stepSamples(id) {
    return stepSamples(detectors.get(id));
  },

  /** One pass over the recording: how long each step took, in microseconds. */
  async timePage(id) {
    const detector = detectors.get(id);
    const steps = cut(recording, detector);
    const stamps = new Float64Array(steps.length + 1);
    detector.reset();
    stamps[0] = performance.now();
    for (let n = 0; n < steps.length; n += 1) {
      for (const frame of steps[n]) {
        if (detector.isAsync) {
          await detector.process(frame);
        } else {
          detector.process(frame);
        }
      }
      stamps[n + 1] = performance.now();
    }
    return Array.from(steps, (_, n) => (stamps[n + 1] - stamps[n]) * 1000);
  },

  /** Prepares a detector of the audio thread. */
  async loadWorklet(id, name, url) {
    if (workletContext === null) {
      workletContext = new AudioContext();
      await workletContext.audioWorklet.addModule('processor.js');
    }
    const module = await WebAssembly.compile(await fetchBytes(url));
    const processorOptions = { name, module, recording };
    const options = { numberOfInputs: 0, processorOptions };
    const node = new AudioWorkletNode(workletContext, 'bench-vad', options);
    node.connect(workletContext.destination);
    workletNodes.set(id, node);
  },

  /** Passes over the recording in the audio thread for a while: the mean of a step, in microseconds. */
  timeWorklet(id) {
    const node = workletNodes.get(id);
    return new Promise((resolve, reject) => {
      node.port.onmessage = ({ data }) => resolve(data);
      node.onprocessorerror = () => reject(new Error('the processor failed'));
      node.port.postMessage('measure');
    });
  },

  /** The probability of each frame of a recording. */
  async judge(id, url) {
    const detector = detectors.get(id);
    const samples = decode(await fetchBytes(url));
    const probabilities = [];
    detector.reset();
    for (let end = detector.frameSamples; end <= samples.length; end += detector.frameSamples) {
      probabilities.push(await detector.process(samples.slice(end - detector.frameSamples, end)));
    }
    return { frameSamples: detector.frameSamples, probabilities };
  },
};

async function fetchBytes(url) {
  const response = await fetch(url);
  if (!response.ok) {
    throw new Error(`${url}: status ${response.status}`);
  }
  return response.arrayBuffer();
}

async function joined(urls) {
  const parts = await Promise.all(urls.map(async (url) => decode(await fetchBytes(url))));
  const samples = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return samples;
}

/** The samples of a 16-bit mono WAV file as floats. Other chunks may stand before the samples. */
function decode(bytes) {
  const view = new DataView(bytes);
  const FIRST_CHUNK = 12;
  const DATA = 0x64617461;
  for (let at = FIRST_CHUNK; at + 8 <= bytes.byteLength; ) {
    const start = at + 8;
    const length = view.getUint32(at + 4, true);
    if (view.getUint32(at) === DATA) {
      const end = Math.min(start + length, bytes.byteLength);
      return Float32Array.from(new Int16Array(bytes.slice(start, end)), (sample) => sample / 32_768);
    }
    at = start + length + (length % 2);
  }
  throw new Error('the WAV file has no samples');
}
