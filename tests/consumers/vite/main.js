import { createVerifier } from "blocklight";

try {
  const verifier = await createVerifier();
  const chain = await (await fetch("sample-chain.json")).json();
  // As objects, the way a server's JSON comes.
  const { block, witness } = await (await fetch("sample-block.json")).json();
  const verdict = await verifier.verify({ block, witness, chain });
  const { bundle, threads } = verifier.info;
  document.body.dataset.result = JSON.stringify({ status: verdict.status, bundle, threads });
} catch (error) {
  document.body.dataset.result = JSON.stringify({
    status: "error",
    message: String(error?.message ?? error),
  });
}
