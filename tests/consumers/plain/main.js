import { createVerifier } from "./node_modules/blocklight/index.js";

try {
  const verifier = await createVerifier();
  const chain = await (await fetch("sample-chain.json")).text();
  const verdict = await verifier.verify({ input: await fetch("sample-block.json.gz"), chain });
  const { bundle, threads } = verifier.info;
  document.body.dataset.result = JSON.stringify({ status: verdict.status, bundle, threads });
} catch (error) {
  document.body.dataset.result = JSON.stringify({
    status: "error",
    message: String(error?.message ?? error),
  });
}
