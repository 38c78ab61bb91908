/**
 * Large inputs: a witness of 50 MB goes from a response or a file into the wasm memory without lying on a JavaScript heap
 * as a whole. Measured from outside, in the heaps of page and worker, again and again while it is read.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { OPTIONS } from "../e2e/bundles.mjs";
import { plain } from "../e2e/sample.mjs";
import { usePackage } from "./driven.mjs";

const MB = 1_000_000;
/** Bytes of the witness as JSON. */
const SIZE = 50 * MB;
/** Bytes that may lie on the heaps beyond what lay there before: half of one copy. */
const MOST = SIZE / 2;

/** The sample's witness, with nodes that nothing refers to, as a server might add them; the block is valid still. */
function largeWitness() {
  const { witness } = JSON.parse(plain());
  const junk = `0x${"ab".repeat(30_000)}`;
  const added = Math.ceil((SIZE - JSON.stringify(witness).length) / (junk.length + 3));
  witness.state.push(...new Array(added).fill(junk));
  return Buffer.from(JSON.stringify(witness));
}

/** Not all at once, so that there is time to look. */
async function sendSlowly(response, bytes) {
  for (let at = 0; at < bytes.length; at += MB) {
    response.write(bytes.subarray(at, at + MB));
    await pause(20);
  }
  response.end();
}

/**
 * A function that gives the bytes on the heaps of the page and its workers, buffers included. What is garbage is nobody's
 * copy: it is collected first where they would be more than `suspicious`.
 */
async function heapsOf(page) {
  const session = await page.context().newCDPSession(page);
  const targets = [(method) => session.send(method)];
  session.on("Target.attachedToTarget", ({ sessionId }) => {
    const waiting = new Map();
    let asked = 0;
    session.on("Target.receivedMessageFromTarget", (event) => {
      if (event.sessionId === sessionId) {
        const { id, result } = JSON.parse(event.message);
        waiting.get(id)?.(result);
      }
    });
    targets.push((method) => {
      asked += 1;
      const message = JSON.stringify({ id: asked, method });
      const answer = new Promise((resolve) => waiting.set(asked, resolve));
      return session.send("Target.sendMessageToTarget", { sessionId, message }).then(() => answer);
    });
  });
  await session.send("Target.setAutoAttach", {
    autoAttach: true,
    waitForDebuggerOnStart: false,
    flatten: false,
  });
  for (let looks = 0; targets.length < 2 && looks < 200; looks += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.ok(targets.length >= 2, "the worker is seen");
  const all = (method) => Promise.all(targets.map((ask) => ask(method)));
  const look = async () => {
    const heaps = await all("Runtime.getHeapUsage");
    return heaps.reduce((sum, { usedSize, backingStorageSize }) => sum + usedSize + backingStorageSize, 0);
  };
  return async (suspicious = 0) => {
    const bytes = await look();
    if (bytes <= suspicious) {
      return bytes;
    }
    await all("HeapProfiler.collectGarbage");
    return look();
  };
}

/** Put before the worker's script: files are read in no time, and while they are nobody could look. */
const SLOW_READING = `
const { read } = ReadableStreamDefaultReader.prototype;
let reads = 0;
ReadableStreamDefaultReader.prototype.read = async function () {
  reads += 1;
  await (reads % 4 === 0 && new Promise((resolve) => setTimeout(resolve, 5)));
  return read.call(this);
};
`;

for (const options of OPTIONS) {
  describe(`a witness of 50 MB, ${options.bundle}`, () => {
    const use = usePackage();
    let witness;
    before(() => {
      witness = largeWitness();
      use.server.answer = (request, response) => {
        if (request.url !== "/witness.json") {
          return false;
        }
        response.writeHead(200, {
          "Content-Type": "application/json",
          "Content-Length": witness.length,
          "Cache-Control": "no-store",
        });
        void sendSlowly(response, witness);
        return true;
      };
    });

    /** The most bytes that lived on the heaps while a verification read its witness, beyond those before. */
    async function mostWhile(page, form) {
      await page.evaluate(
        async ([options, form]) => {
          globalThis.verifier = await lib.createVerifier(options);
          const { block } = JSON.parse(new TextDecoder().decode(await plain()));
          const file =
            form === "file" && new File([await (await fetch("witness.json")).blob()], "witness.json");
          globalThis.begin = async () =>
            outcome(verifier.verify({ block, witness: file || (await fetch("witness.json")), chain }));
        },
        [options, form],
      );
      const heaps = await heapsOf(page);
      const start = await heaps();
      let running = true;
      const end = page
        .evaluate(() => begin())
        .finally(() => {
          running = false;
        });
      const seen = [];
      while (running) {
        seen.push((await heaps(start + MOST)) - start);
      }
      const { status, message, verdict, ms } = await end;
      assert.equal(status, "valid", message);
      assert.ok(verdict.report.witness.bytes > SIZE / 2 - 2 * MB, "the large witness is what was read");
      const most = Math.max(...seen);
      console.log(
        `${options.bundle}, ${form}: ${(most / MB).toFixed(1)} MB at most, seen ${seen.length} times in ${ms.toFixed(0)} ms`,
      );
      return { most, looks: seen.length };
    }

    for (const form of ["response", "file"]) {
      test(`from a ${form} it lies on no JavaScript heap as a whole`, async (t) => {
        use.server.alter = (path) => (path.endsWith("/worker.js") ? SLOW_READING : "");
        const { most, looks } = await mostWhile(await use.open(t), form);
        assert.ok(looks >= 10, `looked ${looks} times`);
        assert.ok(most < MOST, `${most} bytes`);
      });
    }

    test("copies on the page's heap and on a worker's would be seen", async (t) => {
      const page = await use.open(t);
      await page.evaluate(() => {
        const script =
          "onmessage = ({ data }) => { self.held = new Uint8Array(data).fill(1); postMessage(0); }";
        globalThis.worker = new Worker(URL.createObjectURL(new Blob([script])));
      });
      const heaps = await heapsOf(page);
      const start = await heaps();
      await page.evaluate(async () => {
        globalThis.held = await (await fetch("witness.json")).arrayBuffer();
      });
      const onPage = (await heaps()) - start;
      await page.evaluate(async (size) => {
        worker.postMessage(size);
        await new Promise((resolve) => {
          worker.onmessage = resolve;
        });
      }, SIZE);
      const onBoth = (await heaps()) - start;
      assert.ok(onPage > 0.9 * SIZE && onBoth > 1.9 * SIZE, `${onPage} and ${onBoth} bytes`);
    });
  });
}
