// Our own module: the whole pipeline, from samples to encoded frames, as the audio thread runs it.

/** Where a frame's kind stands, and which one carries a window's probability, and where. */
const KIND_AT = 1;
const LEVEL_KIND = 6;
const PROBABILITY_AT = 16;

export class Switchboard {
  frameSamples = 512;
  isAsync = false;

  constructor(module) {
    this.wasm = new WebAssembly.Instance(module, {}).exports;
    this.reset();
  }

  reset() {
    // At 16 kHz the resampler passes samples on as they are. The rest are the defaults.
    this.wasm.capture_init(16_000, 0, 0.5, 0.35, 96, 480, 512, 30);
    const { buffer } = this.wasm.memory;
    this.input = new Float32Array(buffer, this.wasm.capture_input(), this.frameSamples);
    this.outbox = new DataView(buffer, this.wasm.capture_outbox());
  }

  process(frame) {
    this.input.set(frame);
    const end = this.wasm.capture_push(frame.length);
    let at = 0;
    while (at < end) {
      const length = this.outbox.getUint32(at, true);
      if (this.outbox.getUint8(at + 4 + KIND_AT) === LEVEL_KIND) {
        return this.outbox.getFloat32(at + 4 + PROBABILITY_AT, true);
      }
      at += 4 + length;
    }
    throw new Error('a window gave no probability');
  }
}

export async function load({ url }) {
  return new Switchboard(await WebAssembly.compile(await (await fetch(url)).arrayBuffer()));
}
