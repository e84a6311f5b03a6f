// The audio thread's side of Switchboard: moves samples into the wasm module and frames out of it.
//
// AudioWorkletGlobalScope has no fetch, no TextDecoder and no timers, and a garbage collection
// here is heard as a click. So there is no glue, and process() makes no object: buffers for
// frames come from a pool, travel to the link and come back.
//
// Messages and options are described in this folder's README.

const ABI_VERSION = 1;

/** Bytes of one parcel: a frame behind its length. Audio of one window takes 1,044. */
const PARCEL_BYTES = 2048;

/** Parcels made in advance: the longest default pre-roll and a little more. */
const POOL_PARCELS = 32;

/** Parcels kept at most; what comes back beyond that is left to the garbage collector. */
const MAX_POOL_PARCELS = 256;

/** The defaults of the detector's parameters; a page may set each. */
const SEGMENTER = {
  threshold: 0.5,
  neg_threshold: 0.35,
  min_speech_ms: 96,
  speech_pad_ms: 480,
  min_silence_ms: 512,
  max_speech_s: 30,
};

const INIT_ERRORS = [
  '',
  `the sample rate of ${sampleRate} Hz is not supported`,
  'the segmenter options contradict each other or are out of range',
  'the audio pipeline could not be built',
];

class CaptureProcessor extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.alive = true;
    this.link = null;
    this.pool = [];
    this.transfer = [null];
    this.port.onmessage = (event) => this.onPageMessage(event.data);
    try {
      this.start(options.processorOptions);
      this.port.postMessage({ type: 'ready' });
    } catch (error) {
      this.fail(error.code ?? 'compile', error);
    }
  }

  /** Instantiates the module and makes every buffer that will be needed. */
  start({ module, bytes, continuous, segmenter }) {
    const compiled = module ?? new WebAssembly.Module(bytes);
    this.wasm = new WebAssembly.Instance(compiled, {}).exports;
    if (this.wasm.capture_abi_version() !== ABI_VERSION) {
      throw fault('init', 'processor.js and the wasm module are of different versions');
    }
    const config = { ...SEGMENTER, ...segmenter };
    const status = this.wasm.capture_init(
      Math.round(sampleRate),
      continuous ? 1 : 0,
      config.threshold,
      config.neg_threshold,
      config.min_speech_ms,
      config.speech_pad_ms,
      config.min_silence_ms,
      config.max_speech_s,
    );
    if (status !== 0) {
      throw fault('init', INIT_ERRORS[status] ?? INIT_ERRORS[3]);
    }
    this.capacity = this.wasm.capture_input_capacity();
    this.inputAt = this.wasm.capture_input() / 4;
    this.outboxAt = this.wasm.capture_outbox() / 4;
    this.view();
    for (let n = 0; n < POOL_PARCELS; n += 1) {
      this.pool.push(new Uint32Array(PARCEL_BYTES / 4));
    }
  }

  /** Looks at the module's memory anew: views go stale when it grows. */
  view() {
    const { buffer } = this.wasm.memory;
    this.floats = new Float32Array(buffer);
    this.words = new Uint32Array(buffer);
  }

  process(inputs) {
    const channels = inputs[0];
    if (!this.alive || this.link === null || channels.length === 0) {
      return this.alive;
    }
    try {
      this.push(channels);
    } catch (error) {
      this.fail('trap', error);
    }
    return this.alive;
  }

  /** Mixes the channels down and hands the samples to the pipeline. */
  push(channels) {
    if (this.floats.length === 0) {
      this.view();
    }
    const nSamples = channels[0].length;
    const gain = 1 / channels.length;
    for (let start = 0; start < nSamples; start += this.capacity) {
      const n = Math.min(this.capacity, nSamples - start);
      for (let i = 0; i < n; i += 1) {
        let sum = 0;
        for (let c = 0; c < channels.length; c += 1) {
          sum += channels[c][start + i];
        }
        this.floats[this.inputAt + i] = sum * gain;
      }
      this.post(this.wasm.capture_push(n));
    }
  }

  /** Sends the frames that fill the first `nBytes` of the outbox, one parcel each. */
  post(nBytes) {
    if (nBytes > 0 && this.words.length === 0) {
      this.view();
    }
    const end = this.outboxAt + nBytes / 4;
    let at = this.outboxAt;
    while (at < end) {
      const nWords = 1 + this.words[at] / 4;
      // A new parcel is made only when the link is far behind: losing speech would be worse.
      const parcel = this.pool.pop() ?? new Uint32Array(PARCEL_BYTES / 4);
      for (let i = 0; i < nWords; i += 1) {
        parcel[i] = this.words[at + i];
      }
      this.transfer[0] = parcel.buffer;
      this.link.postMessage(parcel.buffer, this.transfer);
      at += nWords;
    }
  }

  onPageMessage(message) {
    switch (message.type) {
      case 'link':
        this.link = message.port;
        this.link.onmessage = (event) => this.onLinkMessage(event.data);
        break;
      case 'stop':
        this.stop();
        break;
    }
  }

  onLinkMessage(message) {
    if (message instanceof ArrayBuffer) {
      if (this.pool.length < MAX_POOL_PARCELS && message.byteLength === PARCEL_BYTES) {
        this.pool.push(new Uint32Array(message));
      }
    } else if (message.type === 'capture_mode') {
      this.wasm.capture_set_continuous(message.mode === 'continuous' ? 1 : 0);
    }
  }

  /** Sends what is left and lets go of everything. */
  stop() {
    if (!this.alive) {
      return;
    }
    this.alive = false;
    try {
      if (this.link !== null) {
        this.post(this.wasm.capture_flush());
      }
      const nLost = this.wasm.capture_lost();
      if (nLost > 0) {
        this.fail('trap', `${nLost} frames had no room`);
        return;
      }
    } catch (error) {
      this.fail('trap', error);
      return;
    }
    this.close();
    this.port.postMessage({ type: 'stopped' });
  }

  /** Reports what went wrong and ends the capture. A trapped module is never entered again. */
  fail(code, error) {
    this.alive = false;
    this.close();
    this.port.postMessage({ type: 'fault', code, message: String(error?.message ?? error) });
  }

  close() {
    if (this.link !== null) {
      this.link.postMessage({ type: 'end' });
      this.link.onmessage = null;
      this.link = null;
    }
    this.pool.length = 0;
  }
}

function fault(code, message) {
  return Object.assign(new Error(message), { code });
}

registerProcessor('switchboard-capture', CaptureProcessor);
