// Runs a published CommonJS module, as it would run in a page after bundling.

/** What a bundler resolves by the packages' manifests. */
const RESOLVED = {
  'onnxruntime-web/wasm': 'onnxruntime-web/dist/ort.wasm.min.js',
  './models': '@ricky0123/vad-web/dist/models/index.js',
};

const REQUIRE = /require\("([^"]+)"\)/g;

const modules = new Map();

/** The exports of a file below the folder `packages`. What it requires is loaded first. */
export function requireModule(packages, file) {
  const url = `${packages}/${file}`;
  if (!modules.has(url)) {
    modules.set(url, evaluate(packages, file));
  }
  return modules.get(url);
}

async function evaluate(packages, file) {
  const response = await fetch(`${packages}/${file}`);
  if (!response.ok) {
    throw new Error(`${file}: status ${response.status}`);
  }
  const source = await response.text();
  const dependencies = new Map();
  for (const [, name] of source.matchAll(REQUIRE)) {
    dependencies.set(name, await requireModule(packages, resolve(file, name)));
  }
  const module = { exports: {} };
  const run = new Function('require', 'module', 'exports', source);
  run((name) => dependencies.get(name), module, module.exports);
  return module.exports;
}

function resolve(file, name) {
  const relative = () => new URL(`${name}.js`, `http://localhost/${file}`).pathname.slice(1);
  return RESOLVED[name] ?? relative();
}
