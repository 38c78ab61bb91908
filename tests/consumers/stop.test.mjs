/** What is given up computes no more, and is not only waited for no more. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { usePackage } from "./driven.mjs";

/** Milliseconds within which no thread computes any more. A browser by itself lets each go on for two seconds. */
const STOPPED_WITHIN = 1000;
/** Bytes of nodes that nothing leads to: to hash them takes the threads some seconds. */
const JUNK = 200 << 20;

describe("a verification that is given up", () => {
  const use = usePackage();

  test(`leaves no thread that computes after ${STOPPED_WITHIN} ms`, async (t) => {
    const page = await use.open(t);
    await page.evaluate(async () => {
      globalThis.verifier = await lib.createVerifier({ bundle: "threads", threads: 2 });
    });
    const workers = page.workers();
    assert.equal(workers.length, 3);
    const ended = Promise.all(
      workers.map((worker) => new Promise((resolve) => worker.once("close", () => resolve(Date.now())))),
    );
    const aborted = await page.evaluate(async (bytes) => {
      const { block, witness } = JSON.parse(new TextDecoder().decode(await plain()));
      const node = `"0x${"c0".repeat(1020)}`;
      const junk = (index) => `${node}${index.toString(16).padStart(8, "0")}",`;
      const text = JSON.stringify(witness);
      const at = text.indexOf("[", text.indexOf('"state"')) + 1;
      const nodes = Array.from({ length: bytes / 1024 }, (_, index) => junk(index));
      const file = new Blob([text.slice(0, at), ...nodes, text.slice(at)]);
      const control = new AbortController();
      let abortedAt = 0;
      const onProgress = (phases) => {
        if (abortedAt === 0 && phases.some(({ phase, state }) => phase === "reveal" && state === "running")) {
          abortedAt = Date.now();
          control.abort(new Error("enough"));
        }
      };
      const { message } = await outcome(
        verifier.verify({ block, witness: file, chain, onProgress, signal: control.signal }),
      );
      return { message, at: abortedAt };
    }, JUNK);
    assert.equal(aborted.message, "enough");
    const last = Math.max(...(await ended));
    assert.ok(last - aborted.at < STOPPED_WITHIN, `${last - aborted.at} ms`);
  });
});
