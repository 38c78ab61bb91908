/** What breaks beside the block: streams, worker scripts, the wasm itself. One caller's is no other's, and every call settles. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { OPTIONS } from "../e2e/bundles.mjs";
import { usePackage } from "./driven.mjs";
import { PACKAGE } from "./package.mjs";

for (const options of OPTIONS) {
  describe(`broken streams, ${options.bundle}`, () => {
    const use = usePackage();

    for (const [what, starts, code] of [
      ["that passes a limit", "{", "limit"],
      ["of damaged gzip", "\x1f\x8b", "unzip"],
    ]) {
      test(`a stream ${what} while a piece is on its way is nothing to the next call`, async (t) => {
        const page = await use.open(t);
        const outcomes = await page.evaluate(
          async ([options, starts]) => {
            const verifier = await lib.createVerifier(options);
            const piece = () => {
              const bytes = new Uint8Array(30_000).fill(0x20);
              bytes.set([...starts].map((byte) => byte.charCodeAt(0)));
              return bytes;
            };
            // Without an end. Each piece is sent as soon as it is asked for, so that one is on its way wherever the worker stops.
            const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(piece()) });
            const calls = [];
            for (const inputBytes of [1000, 50_000, 100_000, 200_000, 400_000]) {
              const good = await packed();
              const limits = { inputBytes };
              calls.push(outcome(verifier.verify({ input: new Response(endless()), chain, limits })));
              calls.push(outcome(verifier.verify({ input: good, chain })));
            }
            return Promise.all(calls);
          },
          [options, starts],
        );
        for (const [at, { code: found, status, message }] of outcomes.entries()) {
          assert.equal(
            at % 2 === 0 ? found : status,
            at % 2 === 0 ? code : "valid",
            `call ${at}: ${message}`,
          );
        }
        assert.equal(page.workers().length, 1 + (options.threads ?? 0));
      });
    }

    test("a stream that gives the same piece twice is an error that says so, and the next call works", async (t) => {
      const page = await use.open(t);
      const [twice, next] = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const piece = new Uint8Array(1000).fill(0x20);
        let cancelled = false;
        const stream = new ReadableStream({
          start(controller) {
            controller.enqueue(piece);
            controller.enqueue(piece);
          },
          cancel() {
            cancelled = true;
          },
        });
        const never = new Promise((resolve) => setTimeout(resolve, 5000, { status: "never settled" }));
        const twice = await Promise.race([outcome(verifier.verify({ input: stream, chain })), never]);
        const next = twice.code && (await outcome(verifier.verify({ input: await packed(), chain })));
        return [{ ...twice, cancelled }, next];
      }, options);
      assert.deepEqual([twice.status, twice.code], ["error", "read"], twice.message);
      assert.match(twice.cause, /DataCloneError/);
      assert.ok(twice.cancelled, "nobody reads the stream any more");
      assert.equal(next.status, "valid", next.message);
    });
  });
}

describe("a worker's script", () => {
  const use = usePackage();

  /** In the page: a minute is over in 600 ms. */
  const hurry = () => {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = (act, ms, ...rest) => setTimeout(act, ms / 100, ...rest);
    globalThis.giveUp = (ms) =>
      new Promise((resolve) => setTimeout(resolve, ms, { status: "never settled" }));
  };

  test("that never says anything is an error, not a wait without end", async (t) => {
    use.server.answer = ({ url }, response) => {
      if (url === "/silent.js") {
        response.writeHead(200, {
          "Content-Type": "text/javascript",
          "Cross-Origin-Embedder-Policy": "require-corp",
        });
        response.end("export {};");
      }
      return url === "/silent.js";
    };
    const page = await use.open(t);
    await page.evaluate(hurry);
    const result = await page.evaluate(() =>
      Promise.race([outcome(lib.createVerifier({ bundle: "base", workerUrl: "silent.js" })), giveUp(10_000)]),
    );
    assert.equal(result.code, "load", result.message ?? result.status);
    assert.match(result.details, /said nothing/);
    assert.match(result.advice, /worker\.js/);
  });

  test("is not held to that time for the wasm that it fetches", async (t) => {
    use.server.answer = ({ url }, response) => {
      const isWasm = url.endsWith(".wasm");
      if (isWasm) {
        const wasm = readFileSync(join(PACKAGE, "base/blocklight_wasm_bg.wasm"));
        setTimeout(() => response.writeHead(200, { "Content-Type": "application/wasm" }).end(wasm), 2000);
      }
      return isWasm;
    };
    const page = await use.open(t);
    await page.evaluate(hurry);
    const result = await page.evaluate(async () => {
      const verify = async () => {
        const verifier = await lib.createVerifier({ bundle: "base" });
        return verifier.verify({ input: await packed(), chain });
      };
      return outcome(verify());
    });
    assert.equal(result.status, "valid", result.message);
    assert.ok(result.ms > 2000, `${result.ms} ms`);
  });
});

/** A wasm module whose one function, `trap`, is the instruction `unreachable`: see `api.test.mjs`. */
const TRAP = [
  ...[
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 8, 1, 4, 0x74, 0x72, 0x61, 0x70, 0,
    0,
  ],
  ...[10, 5, 1, 3, 0, 0, 11],
];
/** Goes before the worker's script. At a look at the clock it does what a panic does: leaves its words in memory, and traps. */
const PANICKING = `{
  const { instantiate } = WebAssembly;
  let wasm;
  WebAssembly.instantiate = async (...given) => {
    const instance = await instantiate(...given);
    wasm ??= instance.exports;
    return instance;
  };
  const now = performance.now.bind(performance);
  let looks = 0;
  performance.now = () => {
    looks += 1;
    if (looks > 3) {
      const words = new TextEncoder().encode("panicked at trie.rs:1:1: the words");
      const at = wasm.__wbindgen_malloc(words.length, 1);
      new Uint8Array(wasm.memory.buffer).set(words, at);
      wasm.setFault(at, words.length);
      new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${TRAP}]))).exports.trap();
    }
    return now();
  };
}\n`;

describe("a panic in the bundle base", () => {
  const use = usePackage();

  test("ends in a CrashError with its words, not with those of the trap", async (t) => {
    use.server.alter = (path) => (path.endsWith("/worker.js") ? PANICKING : "");
    const page = await use.open(t);
    const crash = await page.evaluate(async () => {
      const verifier = await lib.createVerifier({ bundle: "base" });
      return outcome(verifier.verify({ input: await packed(), chain }));
    });
    assert.equal(crash.code, "crash", crash.message);
    assert.equal(crash.details, "panicked at trie.rs:1:1: the words");
  });
});

/** Failures as the wasm has them, and what is thrown of each: its class, and what that has beside the words. */
const FAILURES = [
  [{ code: "input" }, "InputError"],
  [{ code: "unzip" }, "UnzipError"],
  [{ code: "read" }, "ReadError"],
  [{ code: "limit", limit: "nodes", expected: 1, got: 2 }, "LimitError"],
  [{ code: "memory", bytes: 7 }, "MemoryError"],
  [{ code: "randomness" }, "RandomnessError"],
  [{ code: "chainMismatch", expected: 1, got: 2 }, "ChainMismatchError"],
  [{ code: "chainConfiguration" }, "ChainConfigurationError"],
  [{ code: "unsupportedFork", fork: "bogota" }, "UnsupportedForkError"],
  [{ code: "options" }, "OptionsError"],
  [{ code: "internal" }, "InternalError"],
];
/** A worker that starts at once, and answers every call by the next of these failures. */
const FAILING = `
  const failures = ${JSON.stringify(FAILURES.map(([failure]) => failure))};
  onmessage = ({ data }) => {
    if (data.kind === "start") {
      postMessage({ kind: "started", threads: 1, memoryBytes: 0 });
    } else {
      postMessage({ kind: "failed", failure: { status: "error", message: "as it was told", ...failures.shift() } });
    }
  };`;

describe("whatever fails in the wasm", () => {
  const use = usePackage();

  test("comes out as the error of its class, with all that is known of it", async (t) => {
    use.server.answer = ({ url }, response) => {
      if (url === "/failing.js") {
        response.writeHead(200, {
          "Content-Type": "text/javascript",
          "Cross-Origin-Embedder-Policy": "require-corp",
        });
        response.end(FAILING);
      }
      return url === "/failing.js";
    };
    const page = await use.open(t);
    const errors = await page.evaluate(async (count) => {
      const verifier = await lib.createVerifier({ bundle: "base", workerUrl: "failing.js" });
      const errors = [];
      for (let call = 0; call < count; call += 1) {
        const error = await verifier.verify({ input: "{}" }).catch((error) => error);
        errors.push({ ...error, ours: error instanceof lib[error.name], message: error.message });
      }
      return errors;
    }, FAILURES.length);
    for (const [at, [failure, name]] of FAILURES.entries()) {
      const { message, ours, shortMessage, advice, ...rest } = errors[at];
      assert.deepEqual(rest, { name, details: "as it was told", ...failure });
      assert.ok(ours && message.startsWith(`${shortMessage}\nDetails: as it was told`), message);
    }
  });
});
