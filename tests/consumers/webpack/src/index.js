import { createVerifier } from "blocklight";

async function main() {
  const verifier = await createVerifier();
  const chain = await (await fetch("sample-chain.json")).text();
  const file = await (await fetch("sample-block.json.gz")).blob();
  const verdict = await verifier.verify({ input: file, chain });
  const { bundle, threads } = verifier.info;
  return { status: verdict.status, bundle, threads };
}

main()
  .catch((error) => ({ status: "error", message: String(error?.message ?? error) }))
  .then((result) => {
    document.body.dataset.result = JSON.stringify(result);
  });
