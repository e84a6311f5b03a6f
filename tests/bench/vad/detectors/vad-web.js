// vad-web with its own code and defaults, short of the microphone: it creates the session, and its
// model object is handed the frames that its audio node would post.

import { requireModule } from './commonjs.js';

const FRAME_SAMPLES = { legacy: 1536, v5: 512, v6: 512 };

export async function load({ packages, model }) {
  const { MicVAD } = await requireModule(packages, '@ricky0123/vad-web/dist/real-time-vad.js');
  const vad = await MicVAD.new({
    model,
    startOnLoad: false,
    baseAssetPath: `${packages}/@ricky0123/vad-web/dist/`,
    onnxWASMBasePath: `${packages}/onnxruntime-web/dist/`,
  });
  return {
    frameSamples: FRAME_SAMPLES[model],
    isAsync: true,
    process: async (frame) => (await vad.model.process(frame)).isSpeech,
    reset: () => vad.model.reset_state(),
  };
}
