/** One bundle in a worker of its own: does what the bench asks, one thing after the other, and says how long it took. */
const bundle = new URL(import.meta.url).searchParams.get("bundle");
const wasm = await import(`./${bundle}/blocklight_browser_bench.js`);
await wasm.default();
await wasm.initThreadPool?.(2);

let subject;
const calls = {
  synthetic: (place, mgas) => load(wasm.Subject.synthetic(place, mgas)),
  file: async (name) => {
    const file = await fetch(`./blocks/${name}.json.xz`);
    return load(wasm.Subject.file(name, new Uint8Array(await file.arrayBuffer())));
  },
  run: (schedule, times) => timed(times, () => subject.run(schedule)),
  runOnEach: (times) => timed(times, () => subject.runOnEach()),
  syntheticBlocks: () => wasm.syntheticBlocks(),
};

function load(loaded) {
  subject?.free();
  subject = loaded;
  const gas = Number(subject.run("sequential"));
  return { name: subject.name(), transactions: subject.transactions(), gas };
}

/** Milliseconds of one of so many runs. */
function timed(times, run) {
  const start = performance.now();
  for (let time = 0; time < times; time++) {
    run();
  }
  return (performance.now() - start) / times;
}

self.onmessage = async ({ data: [call, ...args] }) => {
  try {
    self.postMessage({ value: await calls[call](...args) });
  } catch (error) {
    self.postMessage({ error: String(error?.stack ?? error) });
  }
};
self.postMessage({ value: "ready" });
