// Hands the module and a recording to the audio thread and waits for the figures.

const REQUEST = new URLSearchParams(location.search);

/** The samples of a 16-bit mono WAV file as floats; the recordings are our own, with 44 bytes of header. */
async function samples(url) {
  const bytes = await (await fetch(url)).arrayBuffer();
  return Float32Array.from(new Int16Array(bytes.slice(44)), (sample) => sample / 32768);
}

async function measure() {
  const module = await WebAssembly.compile(
    await (await fetch(`/capture/${REQUEST.get('module')}`)).arrayBuffer(),
  );
  const context = new AudioContext();
  await context.audioWorklet.addModule('processor.js');
  const node = new AudioWorkletNode(context, 'bench', {
    numberOfInputs: 0,
    processorOptions: {
      module,
      windows: await samples('/recordings/windows.wav'),
      quanta: await samples('/recordings/quanta.wav'),
      nBlocks: Number(REQUEST.get('blocks')),
    },
  });
  node.connect(context.destination);
  return new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => resolve(data);
    node.onprocessorerror = () => reject(new Error('the processor failed'));
    node.port.postMessage('measure');
  });
}

try {
  window.result = await measure();
} catch (error) {
  window.result = { error: String(error) };
}
