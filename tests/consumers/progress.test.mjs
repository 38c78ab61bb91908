/**
 * What `onProgress` is told: bytes while the input streams in, then bytes, transactions and gas while it is verified; never
 * back, and to the end.
 */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { OPTIONS } from "../e2e/bundles.mjs";
import { packed, plain } from "../e2e/sample.mjs";
import { usePackage } from "./driven.mjs";

/** Pieces that the input is sent in, and milliseconds between them: more than there are between two words of progress. */
const PIECES = 10;
const PAUSE = 60;
/**
 * Goes before the worker's script, which is that of the pool's threads too. Recorded, each of the sample's transactions takes
 * two looks at the clock or more, and so two milliseconds: long enough to be seen in the midst of them.
 */
const SLOW_CLOCK = `{
  const now = performance.now.bind(performance);
  performance.now = () => {
    for (const from = now(); now() < from + 1; ) {}
    return now();
  };
}\n`;

const FILES = {
  "/slow.json": ["application/json", plain()],
  "/slow.json.gz": ["application/gzip", packed()],
};

async function sendSlowly(response, bytes) {
  const size = Math.ceil(bytes.length / PIECES);
  for (let at = 0; at < bytes.length; at += size) {
    response.write(bytes.subarray(at, at + size));
    await pause(PAUSE);
  }
  response.end();
}

/** Bytes of what is written as hex. */
const bytesOf = (items) => items.reduce((sum, hex) => sum + (hex.length - 2) / 2, 0);

function assertNeverBack(what, numbers) {
  assert.ok(
    numbers.every((number, at) => at === 0 || number >= numbers[at - 1]),
    `${what}: ${numbers}`,
  );
}

for (const options of OPTIONS) {
  describe(`progress, ${options.bundle}`, () => {
    const use = usePackage();
    before(() => {
      use.server.alter = (path) => (path.endsWith("/worker.js") ? SLOW_CLOCK : "");
      use.server.answer = (request, response) => {
        const [type, bytes] = FILES[request.url] ?? [];
        if (!bytes) {
          return false;
        }
        response.writeHead(200, {
          "Content-Type": type,
          "Content-Length": bytes.length,
          "Cache-Control": "no-store",
        });
        void sendSlowly(response, bytes);
        return true;
      };
    });

    /** All that is told of a verification of what lies there, and the verdict's report. */
    async function toldOf(page, path) {
      const { status, message, verdict, told } = await page.evaluate(
        async ([options, path]) => {
          globalThis.verifier ??= await lib.createVerifier(options);
          const told = [];
          const input = await fetch(path);
          const onProgress = (phases, work) => told.push({ phases, work });
          return { ...(await outcome(verifier.verify({ input, chain, record: true, onProgress }))), told };
        },
        [options, path],
      );
      assert.equal(status, "valid", message);
      return { told, report: verdict.report };
    }

    for (const [path, [, bytes]] of Object.entries(FILES)) {
      test(`${path} is told of byte by byte while it streams in, as the bytes came`, async (t) => {
        const page = await use.open(t);
        // The second time, the memory still has the progress of the first.
        for (const round of ["first", "second"]) {
          const { told } = await toldOf(page, path.slice(1));
          const isReading = ({ phases }) => phases.every(({ state }) => state === "waiting");
          const reading = told.filter(isReading);
          const read = told.map(({ work }) => work.bytesRead);
          assertNeverBack(round, read);
          const between = new Set(read.filter((now) => now > 0 && now < bytes.length));
          assert.ok(between.size >= 3, `${round}: ${read}`);
          for (const { phases, work } of reading) {
            assert.deepEqual(
              [work.bytesTotal, work.gasUsed, work.gasClaimed],
              [bytes.length, 0, 0],
              `${round}: ${JSON.stringify(work)}`,
            );
            assert.ok(phases.every(({ done, total }) => done === 0 && total === 0));
          }
          // Nothing is verified before all has been read.
          for (const progress of told.filter((progress) => !isReading(progress))) {
            const { bytesRead, bytesTotal } = progress.work;
            assert.deepEqual([bytesRead, bytesTotal], [bytes.length, bytes.length], round);
          }
        }
      });
    }

    test("a stream of which nobody says how long it is has no total until it has been read", async (t) => {
      const page = await use.open(t);
      const works = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const works = [];
        const { body } = await fetch("slow.json");
        await verifier.verify({ input: body, chain, onProgress: (_, work) => works.push(work) });
        return works;
      }, options);
      const { length } = plain();
      assert.ok(works.some(({ bytesRead, bytesTotal }) => bytesRead > 0 && bytesTotal === 0));
      assert.ok(works.every(({ bytesRead, bytesTotal }) => bytesTotal === 0 || bytesRead === length));
      assert.deepEqual([works.at(-1).bytesRead, works.at(-1).bytesTotal], [length, length]);
    });

    test("phases are told of to their ends, execution by transactions and by gas", async (t) => {
      const page = await use.open(t);
      const { told, report } = await toldOf(page, "sample-block.json");
      const names = report.timing.phases.map(({ phase }) => phase);
      for (const { phases } of told) {
        assert.deepEqual(phases.map(({ phase }) => phase).sort(), [...names].sort());
        for (const { phase, state, done, total } of phases) {
          // Whoever executes may recover a sender before that phase has its turn.
          assert.ok(total === 0 || done <= total, `${phase}, ${state}: ${done} of ${total}`);
        }
      }
      for (const name of names) {
        const one = told.map(({ phases }) => phases.find(({ phase }) => phase === name));
        assertNeverBack(
          name,
          one.map(({ done }) => done),
        );
        const { state, done, total } = one.at(-1);
        assert.deepEqual([state, done], ["finished", total], name);
      }

      const { witness } = JSON.parse(plain());
      const last = Object.fromEntries(
        told.at(-1).phases.map(({ phase, total, unit }) => [phase, [total, unit]]),
      );
      assert.deepEqual(last.decode, [plain().length, "bytes"]);
      assert.deepEqual(last.reveal, [bytesOf(witness.state) + bytesOf(witness.codes), "bytes"]);
      assert.deepEqual(last.senders, [report.transactions, "transactions"]);
      assert.deepEqual(last.execute, [report.transactions, "transactions"]);
      assert.deepEqual(last.preChecks, [0, undefined]);

      const gas = told.map(({ work }) => work.gasUsed);
      assertNeverBack("gas", gas);
      const { gasUsed, gasClaimed } = told.at(-1).work;
      assert.deepEqual([gasUsed, gasClaimed], [report.gasUsed, report.gasUsed]);
      const inTheMidst = told.filter(({ phases, work }) => {
        const { state, done, total } = phases.find(({ phase }) => phase === "execute");
        return (
          state === "running" && done > 0 && done < total && work.gasUsed > 0 && work.gasUsed < gasClaimed
        );
      });
      assert.ok(new Set(inTheMidst.map(({ work }) => work.gasUsed)).size >= 3, `${gas}`);
    });
  });
}
