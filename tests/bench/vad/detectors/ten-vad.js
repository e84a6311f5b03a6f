// TEN VAD, by the script that its wasm module was published with.

/** Samples of a frame, as its authors recommend. */
const HOP_SAMPLES = 256;

const THRESHOLD = 0.5;

class TenVad {
  frameSamples = HOP_SAMPLES;
  isAsync = false;

  constructor(module) {
    this.module = module;
    this.handleAt = module._malloc(4);
    this.audioAt = module._malloc(2 * HOP_SAMPLES);
    this.probabilityAt = module._malloc(4);
    this.flagAt = module._malloc(4);
    this.create();
  }

  create() {
    this.check(this.module._ten_vad_create(this.handleAt, HOP_SAMPLES, THRESHOLD));
    this.handle = this.module.HEAP32[this.handleAt / 4];
  }

  reset() {
    this.module._ten_vad_destroy(this.handleAt);
    this.create();
  }

  process(frame) {
    const { HEAP16, HEAPF32 } = this.module;
    for (let n = 0; n < HOP_SAMPLES; n += 1) {
      HEAP16[this.audioAt / 2 + n] = Math.max(-32_768, Math.min(32_767, frame[n] * 32_768));
    }
    this.check(this.module._ten_vad_process(
      this.handle, this.audioAt, HOP_SAMPLES, this.probabilityAt, this.flagAt,
    ));
    return HEAPF32[this.probabilityAt / 4];
  }

  check(status) {
    if (status !== 0) {
      throw new Error(`TEN VAD answered ${status}`);
    }
  }
}

export async function load({ script }) {
  const { default: createModule } = await import(script);
  return new TenVad(await createModule());
}
