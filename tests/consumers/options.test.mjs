/** Calls that are wrong: each is an error of ours at once, with the advice that fits it, and nothing is lost by it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPTIONS } from "../e2e/bundles.mjs";
import { usePackage } from "./driven.mjs";

for (const options of OPTIONS) {
  describe(`options, ${options.bundle}`, () => {
    const use = usePackage();

    test("an option of another type is an error before the calls that wait, and takes nothing", async (t) => {
      const page = await use.open(t);
      const thrown = [];
      page.on("pageerror", (error) => thrown.push(String(error)));
      await page.evaluate(async (options) => {
        globalThis.verifier = await lib.createVerifier(options);
      }, options);
      const workers = page.workers();
      const { outcomes, before } = await page.evaluate(async () => {
        const nothing = () => 1;
        const wrong = {
          "a chain that is a function": { chain: nothing },
          "a chain by half": { chain: 1.5 },
          "a chain whose JSON is nothing": { chain: { toJSON: () => undefined } },
          "a schedule that is a function": { schedule: nothing },
          "a hash that is a function": { trustedHash: nothing },
          "a hash that is cut": { trustedHash: "0x1234" },
          "a list that is a function": { accessList: nothing },
          "a record that is a number": { record: 1 },
          "limits that are a function": { limits: nothing },
          "limits in a Map": { limits: new Map([["nodes", 1]]) },
          "a limit that is a function": { limits: { nodes: nothing } },
          "a limit that is a bigint": { limits: { inputBytes: 1n } },
          "gas below 0": { limits: { blockGas: -1n } },
          "gas of more than 64 bits": { limits: { blockGas: 1n << 64n } },
          "a limit that is a text": { limits: { inputBytes: "abc" } },
          "a limit below 0": { limits: { inputBytes: -1 } },
          "a limit that is null": { limits: { inputBytes: null } },
          "a controller for its signal": { signal: new AbortController() },
          "a word for a signal": { signal: "stop" },
          "a number for onProgress": { onProgress: 1 },
        };
        let runs = true;
        const first = outcome(verifier.verify({ input: await packed(), chain })).finally(() => {
          runs = false;
        });
        const outcomes = {};
        let before = 0;
        for (const [what, request] of Object.entries(wrong)) {
          const input = new Uint8Array(await packed());
          before += runs ? 1 : 0;
          const result = outcome(verifier.verify({ input, chain, ...request }));
          // Settled before anything else has its turn.
          const turn = new Promise((resolve) => setTimeout(resolve, 0, false));
          const atOnce = await Promise.race([result.then(() => true), turn]);
          outcomes[what] = { ...(await result), atOnce, left: input.length > 0 };
        }
        const last = await outcome(verifier.verify({ input: await packed(), chain }));
        return { outcomes: { ...outcomes, first: await first, last }, before };
      });
      const { first, last, ...wrong } = outcomes;
      for (const [what, { name, ours, left, atOnce, message }] of Object.entries(wrong)) {
        assert.deepEqual(
          [name, ours, left, atOnce],
          ["OptionsError", true, true, true],
          `${what}: ${message}`,
        );
      }
      assert.ok(before > 0, "the first call was under way");
      assert.equal(first.status, "valid", first.message);
      assert.equal(last.status, "valid", last.message);
      assert.deepEqual(page.workers(), workers, "no worker was thrown away");
      assert.deepEqual(thrown, []);
      assert.match(wrong["a limit that is a bigint"].details, /`inputBytes` is 1, not a whole number/);
      assert.match(wrong["a controller for its signal"].advice, /`signal` of the AbortController/);
    });

    test("limits behind a Proxy hold, and what only looks like an input is an error", async (t) => {
      const page = await use.open(t);
      const outcomes = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const proxy = (value) => new Proxy(value, {});
        const inherited = Object.create({ nodes: 1 });
        return [
          await outcome(verifier.verify({ input: await packed(), chain, limits: proxy({ nodes: 1 }) })),
          await outcome(verifier.verify({ input: await packed(), chain, limits: inherited })),
          await outcome(verifier.verify({ input: proxy(new Blob(["{}"])), chain })),
          await outcome(verifier.verify({ input: proxy(new Response("{}")), chain })),
          await outcome(verifier.verify({ input: proxy(new Uint8Array(2)), chain })),
          await outcome(verifier.verify({ input: await packed(), chain })),
        ];
      }, options);
      assert.deepEqual(
        outcomes.map(({ code, status }) => code ?? status),
        ["limit", "limit", "options", "options", "options", "valid"],
        JSON.stringify(outcomes.map(({ message }) => message)),
      );
    });
  });
}

describe("starting with an option of another type", () => {
  const use = usePackage();

  test("is an error of ours", async (t) => {
    const page = await use.open(t);
    const outcomes = await page.evaluate(async () => {
      const wrong = [
        { signal: new AbortController() },
        { bundle: Symbol("fast") },
        { bundle: Object.create(null) },
        { threads: "2" },
        { threads: 2n },
        { wasmUrl: () => "a.wasm" },
        { workerUrl: () => "worker.js" },
        { workerUrl: 1 },
      ];
      return Promise.all(wrong.map((options) => outcome(lib.createVerifier(options))));
    });
    assert.deepEqual(
      outcomes.map(({ name, ours }) => [name, ours]),
      outcomes.map(() => ["OptionsError", true]),
    );
    assert.match(outcomes[0].advice, /`signal` of the AbortController/);
  });
});

describe("advice", () => {
  const use = usePackage({ isolated: false });

  test("of options fits what is wrong, and is none where that is said already", async (t) => {
    const page = await use.open(t);
    const advice = await page.evaluate(async () => {
      const verifier = await lib.createVerifier();
      const of = async (request) => (await outcome(verifier.verify(request))).advice;
      return [
        await of({ input: "{}", trustHash: "0x" }),
        await of({ input: "{}", trustedHash: "0x12" }),
        await of({ input: "{}", schedule: "random" }),
        await of({ input: "{}", block: "0x" }),
        await of({ input: "{}", trustedHash: null }),
        await of({ input: Promise.resolve("{}") }),
        await of({ input: 1 }),
      ];
    });
    assert.deepEqual(advice.slice(0, 4), [undefined, undefined, undefined, undefined]);
    assert.match(advice[4], /^Leave out/);
    assert.match(advice[5], /`await` it/);
    assert.match(advice[6], /a Response, ReadableStream/);
  });

  test("of starting fits what is missing, and speaks of files where they are", async (t) => {
    const page = await use.open(t);
    const outcomes = await page.evaluate(async () => {
      const isolated = await outcome(lib.createVerifier({ bundle: "threads" }));
      const origin = await outcome(lib.createVerifier({ workerUrl: "https://elsewhere.example/worker.js" }));
      const address = await outcome(lib.createVerifier({ bundle: "base", wasmUrl: "http://[" }));
      const file = await outcome(lib.createVerifier({ workerUrl: "nowhere.js" }));
      WebAssembly.validate = () => false;
      const simd = await outcome(lib.createVerifier());
      return { isolated, origin, address, file, simd };
    });
    for (const [what, words] of Object.entries({
      isolated: /^Send it with Cross-Origin-Opener-Policy/,
      origin: /the page's own origin/,
      address: /^`wasmUrl` has to be an address/,
      file: /\.wasm and \.js files.*'wasm-unsafe-eval'/,
      simd: /^Use a newer one: Chromium has it from 91/,
    })) {
      const { code, advice, message } = outcomes[what];
      assert.equal(code, "load", `${what}: ${message}`);
      assert.match(advice, words);
    }
  });
});
