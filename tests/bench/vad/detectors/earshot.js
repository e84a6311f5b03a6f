// The crate `earshot`, compiled with 128-bit vectors by the package in `../earshot`.

export class Earshot {
  frameSamples = 256;
  isAsync = false;

  constructor(module) {
    this.wasm = new WebAssembly.Instance(module, {}).exports;
    const address = this.wasm.earshot_input();
    this.input = new Float32Array(this.wasm.memory.buffer, address, this.frameSamples);
  }

  reset() {
    this.wasm.earshot_reset();
  }

  process(frame) {
    this.input.set(frame);
    return this.wasm.earshot_predict();
  }
}

export async function load({ url }) {
  return new Earshot(await WebAssembly.compile(await (await fetch(url)).arrayBuffer()));
}
