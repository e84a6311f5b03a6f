// Times detectors where Switchboard runs its own. The audio thread has no `performance`, and
// `Date.now` counts whole milliseconds, so what is timed is a block that takes many of them.

import { Earshot } from './detectors/earshot.js';
import { Switchboard } from './detectors/switchboard.js';
import { cut } from './frames.js';

/** What a block takes at least, in milliseconds: a millisecond of error is then half a percent. */
const BLOCK_MS = 200;

const DETECTORS = { Earshot, Switchboard };

class Bench extends AudioWorkletProcessor {
  constructor({ processorOptions: { name, module, recording } }) {
    super();
    const detector = new DETECTORS[name](module);
    const steps = cut(recording, detector);
    this.port.onmessage = () => this.port.postMessage(block(detector, steps));
  }

  process() {
    return true;
  }
}

/** Microseconds of one step, as a mean over many. */
function block(detector, steps) {
  detector.reset();
  const start = Date.now();
  let elapsed = 0;
  let nSteps = 0;
  while (elapsed < BLOCK_MS) {
    for (const step of steps) {
      for (const frame of step) {
        detector.process(frame);
      }
    }
    nSteps += steps.length;
    elapsed = Date.now() - start;
  }
  return (elapsed * 1000) / nSteps;
}

registerProcessor('bench-vad', Bench);
