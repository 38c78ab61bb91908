/** The package's interface, in both kinds of bundle: inputs of every form, the queue, giving up, crashes, errors. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { OPTIONS } from "../e2e/bundles.mjs";
import { usePackage } from "./driven.mjs";

/** Milliseconds within which a call that is given up settles. */
const GIVEN_UP_WITHIN = 100;
/** Milliseconds within which a call settles whose worker, or a thread of its pool, crashes at once. */
const CRASHED_WITHIN = 1000;

/** Milliseconds that each look at the clock takes a thread of the pool in the test of a trap. */
const SLOW_LOOK = 2;
/**
 * The look at which the thread traps there. Recorded, each of the sample's 433 transactions is two looks or more by the thread
 * that runs it; a thread's phases are at most nine looks before execution begins and five after it. So here a thread is in
 * the midst of the block, for long enough to have been seen there.
 */
const LAST_LOOK = 120;
/** A wasm module whose one function, `trap`, is the instruction `unreachable`. */
const TRAP = [
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // \0asm, version 1
  ...[1, 4, 1, 0x60, 0, 0], // one type: no parameters, no results
  ...[3, 2, 1, 0], // one function, of that type
  ...[7, 8, 1, 4, 0x74, 0x72, 0x61, 0x70, 0, 0], // exported as `trap`
  ...[10, 5, 1, 3, 0, 0, 11], // its body: no locals, unreachable, end
];
/**
 * Goes before the worker's script. Both threads of the pool get a slow clock, so that neither can end the block alone before
 * the other has its share, and the first one's traps: the trap comes out of the wasm that looks at the clock, within an
 * incarnation, as one of its own would. It says when it was, on the time scale that page and workers share.
 */
const TRAPPING = `if (self.name.startsWith("blocklight thread ")) {
  const now = performance.now.bind(performance);
  const { trap } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${TRAP}]))).exports;
  let looks = 0;
  performance.now = () => {
    for (const from = now(); now() < from + ${SLOW_LOOK}; ) {}
    looks += 1;
    if (self.name.endsWith(" 0") && looks === ${LAST_LOOK}) {
      try {
        trap();
      } catch (error) {
        error.message += " at " + (performance.timeOrigin + now());
        throw error;
      }
    }
    return now();
  };
}\n`;

for (const options of OPTIONS) {
  const name = options.bundle;
  describe(`the bundle ${name}`, () => {
    const use = usePackage();

    test("says what runs", async (t) => {
      const page = await use.open(t);
      const [before, after] = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const before = verifier.info;
        await verifier.verify({ input: await packed(), chain });
        return [before, verifier.info];
      }, options);
      assert.deepEqual({ ...before, memory: 0 }, { bundle: name, threads: options.threads ?? 1, memory: 0 });
      assert.ok(before.memory > 2 ** 20, `${before.memory}`);
      assert.ok(after.memory > before.memory, `${after.memory}`);
    });

    test("takes bytes, hex, JSON text, objects, responses, files and streams", async (t) => {
      const page = await use.open(t);
      const outcomes = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const bytes = await plain();
        const file = JSON.parse(new TextDecoder().decode(bytes));
        const text = (value) => JSON.stringify(value);
        const { block, witness } = file;
        const raw = Uint8Array.from(block.slice(2).match(/../g), (byte) => Number.parseInt(byte, 16));
        const piecemeal = new ReadableStream({
          start(controller) {
            const encoded = new TextEncoder().encode(text(witness));
            for (let at = 0; at < encoded.length; at += 50_000) {
              controller.enqueue(encoded.slice(at, at + 50_000));
            }
            controller.close();
          },
        });
        const part = new Uint8Array(bytes.byteLength + 200).subarray(100, 100 + bytes.byteLength);
        part.set(new Uint8Array(bytes));
        const forms = {
          "one file, gzip, as a response": { input: await fetch("sample-block.json.gz") },
          "one file, gzip, as bytes": { input: new Uint8Array(await packed()) },
          "one file, gzip, as a File": { input: new File([await packed()], "block.json.gz") },
          "one file, as an object": { input: file },
          "one file, as a part of a buffer": { input: part },
          "hex and an object": { block, witness },
          "bytes and JSON text": { block: raw, witness: text(witness) },
          "Blob and stream": { block: new Blob([text(block)]), witness: piecemeal },
          "response and ArrayBuffer": {
            block: new Response(text(block)),
            witness: new TextEncoder().encode(text(witness)).buffer,
          },
        };
        const all = {};
        for (const [form, input] of Object.entries(forms)) {
          all[form] = await outcome(verifier.verify({ ...input, chain }));
        }
        all["a chain as an object"] = await outcome(
          verifier.verify({ input: await packed(), chain: JSON.parse(chain) }),
        );
        return Object.entries(all).map(([form, { status, message }]) => [form, message ?? status]);
      }, options);
      assert.ok(outcomes.length >= 10);
      for (const [form, status] of outcomes) {
        assert.equal(status, "valid", form);
      }
    });

    test("runs by an access list, and believes nothing in it", async (t) => {
      const page = await use.open(t);
      const outcomes = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        // Somebody who is rich by the list alone.
        const forged = [
          {
            address: `0x${"11".repeat(20)}`,
            storageChanges: [],
            storageReads: [],
            balanceChanges: [{ blockAccessIndex: "0x0", postBalance: "0xffffffffffffffffffffffff" }],
            nonceChanges: [{ blockAccessIndex: "0x1", newNonce: "0x7" }],
            codeChanges: [],
          },
        ];
        const verify = async (accessList, schedule) =>
          outcome(verifier.verify({ input: await packed(), chain, accessList, schedule }));
        return [
          await verify(forged, "accessList"),
          await verify("0xc0", "accessList"),
          await verify("0xc0"),
          await verify("0xc1", "accessList"),
        ];
      }, options);
      const [forged, empty, unasked, torn] = outcomes;
      for (const { status, message } of [forged, empty, unasked]) {
        assert.equal(status, "valid", message);
      }
      assert.equal(forged.verdict.report.timing.schedule.schedule, "accessList");
      assert.notEqual(unasked.verdict.report.timing.schedule.reason, "asked");
      assert.equal(torn.code, "input", torn.message);
    });

    test("moves the bytes it is given, at once", async (t) => {
      const page = await use.open(t);
      const lengths = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const whole = new Uint8Array(await packed());
        const larger = new Uint8Array(whole.length + 1);
        larger.set(whole);
        const calls = [
          verifier.verify({ input: whole, chain }),
          verifier.verify({ input: larger.subarray(0, -1), chain }),
        ];
        const lengths = [whole.length, larger.length > 0];
        await Promise.all(calls);
        return lengths;
      }, options);
      assert.deepEqual(lengths, [0, true]);
    });

    test("calls are answered in the order they were made, and one given up holds nobody up", async (t) => {
      const page = await use.open(t);
      const order = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const order = [];
        const gaveUp = new AbortController();
        const inputs = await Promise.all([0, 1, 2, 3, 4].map(packed));
        const calls = inputs.map(async (input, call) => {
          const signal = call === 2 ? gaveUp.signal : undefined;
          // Nothing is awaited before it, so that the calls are made in the order of the list.
          const { status } = await outcome(verifier.verify({ input, chain, signal }));
          order.push(`${call} ${status}`);
        });
        gaveUp.abort();
        await Promise.all(calls);
        return order;
      }, options);
      assert.deepEqual(
        order.filter((line) => !line.startsWith("2")),
        ["0 valid", "1 valid", "3 valid", "4 valid"],
      );
      assert.ok(order.indexOf("2 error") < order.indexOf("1 valid"), `${order}`);
    });

    test(`a verification that is given up settles within ${GIVEN_UP_WITHIN} ms, its workers end, the next works`, async (t) => {
      const page = await use.open(t);
      let wasm = 0;
      page.on("request", (request) => {
        wasm += request.url().endsWith(".wasm") ? 1 : 0;
      });
      await page.evaluate(async (options) => {
        globalThis.verifier = await lib.createVerifier(options);
      }, options);
      const workers = page.workers();
      assert.equal(workers.length, 1 + (options.threads ?? 0));
      const gone = Promise.all(
        workers.map((worker) => new Promise((resolve) => worker.once("close", resolve))),
      );
      const given = await page.evaluate(async () => {
        const control = new AbortController();
        let aborted;
        const onProgress = (phases) => {
          // In the midst of it: senders are recovered while transactions are executed.
          if (!aborted && phases.some(({ state }) => state === "running")) {
            aborted = performance.now();
            control.abort(new Error("enough"));
          }
        };
        const { message } = await outcome(
          verifier.verify({ input: await packed(), chain, onProgress, signal: control.signal }),
        );
        return { message, ms: performance.now() - aborted };
      });
      assert.equal(given.message, "enough");
      assert.ok(given.ms < GIVEN_UP_WITHIN, `${given.ms} ms`);
      await gone;
      const next = await page.evaluate(async () =>
        outcome(verifier.verify({ input: await packed(), chain })),
      );
      assert.equal(next.status, "valid", next.message);
      assert.equal(wasm, 1, "the wasm is fetched and compiled once");
    });

    test("a crash ends in a CrashError, and the next call works", async (t) => {
      // A clock that throws; in `threads` only that of the pool's threads, so that one of them dies while others wait: whichever
      // of them runs the phases is the first to look so often.
      const dying = name === "base" ? "blocklight" : "blocklight thread";
      use.server.alter = (path) =>
        path.endsWith("/worker.js")
          ? `if (self.name.startsWith("${dying}")) { const now = performance.now; let calls = 0;
              performance.now = () => { if (++calls > 3) { throw new Error("the clock broke"); } return now.call(performance); }; }\n`
          : "";
      t.after(() => {
        use.server.alter = undefined;
      });
      const page = await use.open(t);
      const crash = await page.evaluate(async (options) => {
        globalThis.verifier = await lib.createVerifier(options);
        const input = await packed();
        const from = performance.now();
        const crash = await outcome(verifier.verify({ input, chain }));
        return { ...crash, ms: performance.now() - from };
      }, options);
      assert.equal(crash.name, "CrashError", crash.message);
      assert.ok(crash.ms < CRASHED_WITHIN, `${crash.ms} ms`);
      assert.equal(crash.code, "crash");
      assert.match(crash.details, /the clock broke/);
      use.server.alter = undefined;
      const next = await page.evaluate(async () =>
        outcome(verifier.verify({ input: await packed(), chain })),
      );
      assert.equal(next.status, "valid", next.message);
    });

    test("without a source of randomness there is an error, and no verdict by a seed that anybody knows", async (t) => {
      use.server.alter = (path) =>
        path.endsWith("/worker.js") ? `Object.defineProperty(self, "crypto", { value: undefined });\n` : "";
      t.after(() => {
        use.server.alter = undefined;
      });
      const page = await use.open(t);
      const failure = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        return outcome(verifier.verify({ input: await packed(), chain }));
      }, options);
      assert.equal(failure.name, "RandomnessError", failure.message);
      assert.equal(failure.code, "randomness");
      assert.match(failure.message, /crypto\.getRandomValues/);
    });

    test("every error has its class, its code and its words", async (t) => {
      const page = await use.open(t);
      const outcomes = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const file = JSON.parse(new TextDecoder().decode(await plain()));
        const broken = () =>
          new ReadableStream({
            pull(controller) {
              controller.error(new Error("the connection broke"));
            },
          });
        const used = new Response("{}");
        await used.text();
        const cyclic = {};
        cyclic.self = cyclic;
        const genesis = JSON.parse(chain);
        const input = async () => packed();
        const away = new Uint8Array(await packed());
        structuredClone(away.buffer, { transfer: [away.buffer] });
        const tries = {
          "no request": undefined,
          "a text for a request": "block",
          "bytes moved away before": { input: away.buffer, chain },
          "a promise": { input: input(), chain },
          "a stream of text": { input: new Response("{}").body.pipeThrough(new TextDecoderStream()), chain },
          "numbers that JSON has not": { block: { number: 1n }, witness: file.witness, chain },
          "a chain that JSON has not": { input: await input(), chain: { chainId: 1n } },
          "a list that JSON has not": { input: await input(), chain, accessList: [1n] },
          "no dialect": { input: "hello" },
          empty: { input: new Uint8Array() },
          "object without JSON": { input: cyclic },
          "gzip cut off": { input: new Uint8Array(await packed()).slice(0, 5000) },
          "not found": { input: await fetch("nowhere.json") },
          "body used": { input: used },
          "stream breaks": { block: file.block, witness: broken() },
          "too large": { input: new Response("{}", { headers: { "Content-Length": `${2 ** 30}` } }) },
          "more memory than there is": {
            input: new Response("{}", { headers: { "Content-Length": "3000000000" } }),
            limits: { inputBytes: 2 ** 32 - 1 },
          },
          "another chain": { input: await input(), chain: "mainnet" },
          "unknown chain": { input: await input(), chain: "atlantis" },
          "no genesis": { input: await input(), chain: { no: "genesis" } },
          "no hash": { input: await input(), chain, trustedHash: "0x12" },
          "no schedule": { input: await input(), chain, schedule: "random" },
          "no input": { input: null, chain },
          "an option misspelt": { input: await input(), chain, trustHash: `0x${"11".repeat(32)}` },
          "an option inherited, and misspelt": Object.assign(Object.create({ trustHash: "0x" }), {
            input: await input(),
            chain,
          }),
          "a hash that is null": { input: await input(), chain, trustedHash: null },
          "a list that is null": { input: await input(), chain, accessList: null },
          "a limit misspelt": { input: await input(), chain, limits: { node: 1 } },
          "input beside block and witness": {
            input: await input(),
            block: file.block,
            witness: file.witness,
          },
          "input beside a witness": { input: await input(), witness: file.witness, chain },
          "a block without a witness": { block: file.block, chain },
          "unsupported fork": {
            input: await input(),
            chain: { ...genesis, config: { ...genesis.config, amsterdamTime: 0, bogotaTime: 0 } },
          },
        };
        const all = [];
        for (const [what, request] of Object.entries(tries)) {
          const { name, code, shortMessage, message, ours, status, cause } = await outcome(
            verifier.verify(request),
          );
          all.push({
            what,
            name,
            code,
            words: Boolean(shortMessage) && message.startsWith(shortMessage),
            ours,
            status,
            cause,
          });
        }
        const settled = await outcome(verifier.verify({ input: await packed(), chain }));
        verifier.close();
        const closed = await outcome(verifier.verify({ input: await packed(), chain }));
        all.push({
          what: "closed",
          name: closed.name,
          code: closed.code,
          words: true,
          ours: closed.ours,
          status: "error",
        });
        return { all, settled: settled.message ?? settled.status };
      }, options);
      assert.equal(outcomes.settled, "valid", "after all these errors it still works");
      const expected = {
        "no request": ["OptionsError", "options"],
        "a text for a request": ["OptionsError", "options"],
        "bytes moved away before": ["ReadError", "read"],
        "a promise": ["OptionsError", "options"],
        "a stream of text": ["ReadError", "read"],
        "numbers that JSON has not": ["InputError", "input"],
        "a chain that JSON has not": ["OptionsError", "options"],
        "a list that JSON has not": ["OptionsError", "options"],
        "no dialect": ["InputError", "input"],
        empty: ["InputError", "input"],
        "object without JSON": ["InputError", "input"],
        "gzip cut off": ["UnzipError", "unzip"],
        "not found": ["ReadError", "read"],
        "body used": ["ReadError", "read"],
        "stream breaks": ["ReadError", "read"],
        "too large": ["LimitError", "limit"],
        "more memory than there is": ["MemoryError", "memory"],
        "another chain": ["ChainMismatchError", "chainMismatch"],
        "unknown chain": ["UnknownChainError", "unknownChain"],
        "no genesis": ["ChainConfigurationError", "chainConfiguration"],
        "no hash": ["OptionsError", "options"],
        "no schedule": ["OptionsError", "options"],
        "no input": ["OptionsError", "options"],
        "an option misspelt": ["OptionsError", "options"],
        "an option inherited, and misspelt": ["OptionsError", "options"],
        "a hash that is null": ["OptionsError", "options"],
        "a list that is null": ["OptionsError", "options"],
        "a limit misspelt": ["OptionsError", "options"],
        "input beside block and witness": ["OptionsError", "options"],
        "input beside a witness": ["OptionsError", "options"],
        "a block without a witness": ["OptionsError", "options"],
        "unsupported fork": ["UnsupportedForkError", "unsupportedFork"],
        closed: ["ClosedError", "closed"],
      };
      assert.deepEqual(
        Object.fromEntries(outcomes.all.map(({ what, name, code }) => [what, [name, code]])),
        expected,
      );
      for (const { what, words, ours } of outcomes.all) {
        assert.ok(words && ours, what);
      }
      const causeOf = (wanted) => outcomes.all.find(({ what }) => what === wanted).cause;
      assert.match(causeOf("stream breaks"), /the connection broke/);
      assert.match(causeOf("a chain that JSON has not"), /BigInt/);
    });

    test("an option that is unknown or null is named, and what was given to be verified is left alone", async (t) => {
      const page = await use.open(t);
      const { details, lengths } = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const details = [];
        const lengths = [];
        for (const wrong of [{ trustHash: `0x${"11".repeat(32)}` }, { trustedHash: null }]) {
          const input = new Uint8Array(await packed());
          details.push((await outcome(verifier.verify({ input, chain, ...wrong }))).details);
          lengths.push(input.length);
        }
        return { details, lengths };
      }, options);
      assert.match(details[0], /`trustHash`.*trustedHash/);
      assert.match(details[1], /`trustedHash` is null/);
      assert.ok(
        lengths.every((length) => length > 0),
        `${lengths}`,
      );
    });

    test("closing fails what is under way and what waits", async (t) => {
      const page = await use.open(t);
      const codes = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const calls = await Promise.all([packed(), packed()]);
        const outcomes = calls.map((input) => outcome(verifier.verify({ input, chain })));
        verifier.close();
        return (await Promise.all(outcomes)).map(({ code }) => code);
      }, options);
      assert.deepEqual(codes, ["closed", "closed"]);
    });
  });
}

describe("a thread of the pool that traps while it runs a transaction and the other thread works", () => {
  const use = usePackage();

  test(`ends in a CrashError within ${CRASHED_WITHIN} ms, and the next call works`, async (t) => {
    use.server.alter = (path) => (path.endsWith("/worker.js") ? TRAPPING : "");
    t.after(() => {
      use.server.alter = undefined;
    });
    const page = await use.open(t);
    const crash = await page.evaluate(async () => {
      globalThis.verifier = await lib.createVerifier({ bundle: "threads", threads: 2 });
      globalThis.verify = async (onProgress) =>
        outcome(
          verifier.verify({
            input: await packed(),
            chain,
            schedule: "speculative",
            record: true,
            onProgress,
          }),
        );
      let execution;
      const crash = await verify((phases) => {
        execution = phases.find(({ phase }) => phase === "execute");
      });
      return { ...crash, execution, at: performance.timeOrigin + performance.now() };
    });
    assert.equal(crash.name, "CrashError", crash.message);
    assert.equal(crash.code, "crash");
    const [, trapped] = /RuntimeError: unreachable at (\d+(?:\.\d+)?)/.exec(crash.details) ?? [];
    const ms = crash.at - Number(trapped);
    assert.ok(ms < CRASHED_WITHIN, `${ms} ms: ${crash.details}`);
    // The last that was seen of it.
    assert.equal(crash.execution?.state, "running");
    assert.ok(crash.execution.done < crash.execution.total, JSON.stringify(crash.execution));

    use.server.alter = undefined;
    const next = await page.evaluate(() => verify());
    assert.equal(next.status, "valid", next.message);
    assert.equal(next.verdict.report.timing.schedule.schedule, "speculative");
  });
});

describe("starting", () => {
  const use = usePackage();

  test("may be given up", async (t) => {
    const page = await use.open(t);
    const { message, ms } = await page.evaluate(() => {
      const control = new AbortController();
      setTimeout(() => control.abort(new Error("no time")), 5);
      return outcome(lib.createVerifier({ signal: control.signal }));
    });
    assert.equal(message, "no time");
    assert.ok(ms < 5 + GIVEN_UP_WITHIN, `${ms} ms`);
    // The browser tells of a worker's end when it has ended, which is after it was asked to.
    await Promise.all(page.workers().map((worker) => worker.waitForEvent("close")));
    assert.equal(page.workers().length, 0);
  });

  for (const [what, options, code] of [
    ["no threads", { threads: 0 }, "options"],
    ["half a thread", { threads: 1.5 }, "options"],
    ["one wasmUrl for whatever bundle", { wasmUrl: "a.wasm" }, "options"],
    ["an unknown bundle", { bundle: "fast" }, "options"],
    ["a misspelt option", { thread: 2 }, "options"],
    ["a bundle that is null", { bundle: null }, "options"],
    ["a wasmUrl that is null", { wasmUrl: null }, "options"],
    ["a worker that is not there", { workerUrl: "nowhere.js" }, "load"],
    ["a wasm that is not there", { bundle: "base", wasmUrl: "nowhere.wasm" }, "load"],
    ["a wasm that is none", { bundle: "base", wasmUrl: "sample-chain.json" }, "load"],
  ]) {
    test(`with ${what} is an error`, async (t) => {
      const page = await use.open(t);
      const outcome = await page.evaluate(
        (options) => globalThis.outcome(lib.createVerifier(options)),
        options,
      );
      assert.equal(outcome.code, code, outcome.message);
      assert.ok(outcome.ours);
    });
  }

  test("takes the wasm and the worker from where it is told", async (t) => {
    const page = await use.open(t);
    const result = await page.evaluate(async () => {
      const root = "node_modules/blocklight/";
      const verifier = await lib.createVerifier({
        workerUrl: new URL(`${root}worker.js`, document.baseURI),
        wasmUrl: { base: "none.wasm", threads: `${root}threads/blocklight_wasm_bg.wasm` },
        bundle: "threads",
      });
      return outcome(verifier.verify({ input: await packed(), chain }));
    });
    assert.equal(result.status, "valid", result.message);
  });
});
