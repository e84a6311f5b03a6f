// Times the module where it runs. The audio thread has no `performance`, and `Date.now` counts whole
// milliseconds, so what is timed is a block that takes many of them.

/** What a block takes at least, in milliseconds: a millisecond of error is then half a percent. */
const BLOCK_MS = 200;

class Bench extends AudioWorkletProcessor {
  constructor({ processorOptions }) {
    super();
    this.port.onmessage = () => {
      const { module, windows, quanta, nBlocks } = processorOptions;
      this.port.postMessage({
        window_us: blocks(module, 16_000, windows, 512, nBlocks),
        quantum_us: blocks(module, 48_000, quanta, 128, nBlocks),
      });
    };
  }

  process() {
    return true;
  }
}

/** Microseconds for one push of `size` samples, one mean per block. */
function blocks(module, rate, samples, size, nBlocks) {
  const { exports } = new WebAssembly.Instance(module, {});
  exports.capture_init(rate, 0, 0.5, 0.35, 96, 480, 512, 30);
  const input = new Float32Array(exports.memory.buffer, exports.capture_input(), size);
  const pieces = [];
  for (let start = 0; start + size <= samples.length; start += size) {
    pieces.push(samples.subarray(start, start + size));
  }
  const round = () => {
    for (const piece of pieces) {
      input.set(piece);
      exports.capture_push(size);
    }
    return pieces.length;
  };

  const means = [];
  for (let block = -1; block < nBlocks; block += 1) {
    const start = Date.now();
    let elapsed = 0;
    let nPushes = 0;
    while (elapsed < BLOCK_MS) {
      nPushes += round();
      elapsed = Date.now() - start;
    }
    // The first block warms up: the browser compiles anew what runs often.
    if (block >= 0) {
      means.push((elapsed * 1000) / nPushes);
    }
  }
  return means;
}

registerProcessor('bench', Bench);
