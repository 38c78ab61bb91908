import { createVerifier } from "blocklight";
import base from "blocklight/base.wasm";
import threads from "blocklight/threads.wasm";
import threadsWide from "blocklight/threads-wide.wasm";

try {
  const verifier = await createVerifier({
    workerUrl: "./worker.js",
    wasmUrl: { base, threads, "threads-wide": threadsWide },
  });
  const chain = await (await fetch("sample-chain.json")).text();
  const file = await (await fetch("sample-block.json.gz")).arrayBuffer();
  const verdict = await verifier.verify({ input: file, chain });
  const { bundle, threads: count } = verifier.info;
  document.body.dataset.result = JSON.stringify({ status: verdict.status, bundle, threads: count });
} catch (error) {
  document.body.dataset.result = JSON.stringify({
    status: "error",
    message: String(error?.message ?? error),
  });
}
