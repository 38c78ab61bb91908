/** The bundle `threads-wide`: picked where the engine has wide arithmetic, there alone, and right in verdict and timing. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { usePackage } from "./driven.mjs";

const BLOCKS = fileURLToPath(new URL("../../../shared/blocks/", import.meta.url));
/** What multiplies most: pairings, signatures, and an ordinary block. */
const REAL = [
  "mainnet-23879620-rsp.json.gz",
  "hoodi-1219705-ethrex.json.gz",
  "mainnet-24628608-zisk.json.gz",
];

/** Runs in the page: the sample's verdict by the bundle asked for, or picked, and how long the page waited for it. */
async function verifySample(options) {
  const verifier = await lib.createVerifier(options);
  const input = await packed();
  const result = await outcome(verifier.verify({ input, chain }));
  const { bundle, threads } = verifier.info;
  verifier.close();
  return { ...result, bundle, threads };
}

describe("an engine with wide arithmetic", () => {
  const use = usePackage({ flags: ["--js-flags=--wasm-wide-arithmetic"] });

  test("the bundle threads-wide is picked and gives the same report, but for times", async (t) => {
    const page = await use.open(t);
    const wide = await page.evaluate(verifySample, { threads: 2 });
    assert.equal(wide.status, "valid", wide.message);
    assert.deepEqual([wide.bundle, wide.threads], ["threads-wide", 2]);
    const narrow = await page.evaluate(verifySample, { bundle: "threads", threads: 2 });
    delete wide.verdict.report.timing;
    delete narrow.verdict.report.timing;
    assert.deepEqual(wide.verdict, narrow.verdict);
  });

  test("real blocks get the same report from threads-wide as from base", async (t) => {
    if (!existsSync(BLOCKS)) {
      t.skip("../shared is not here");
      return;
    }
    use.server.answer = (request, response) => {
      const name = REAL.find((name) => request.url === `/${name}`);
      if (name) {
        response.end(readFileSync(BLOCKS + name));
      }
      return name !== undefined;
    };
    const page = await use.open(t);
    const reports = await page.evaluate(async (names) => {
      const reports = [];
      for (const bundle of ["threads-wide", "base"]) {
        const verifier = await lib.createVerifier({ bundle });
        const all = await Promise.all(
          names.map(async (name) => verifier.verify({ input: await fetch(name) })),
        );
        for (const { report } of all) {
          delete report.timing;
        }
        reports.push(all);
        verifier.close();
      }
      return reports;
    }, REAL);
    assert.deepEqual(reports[0], reports[1]);
    assert.deepEqual(
      reports[0].map(({ status }) => status),
      REAL.map(() => "valid"),
    );
  });

  for (const bundle of ["threads-wide", "threads", "base"]) {
    test(`times are those that the page sees, ${bundle}`, async (t) => {
      const page = await use.open(t);
      const { verdict, ms, message } = await page.evaluate(verifySample, { bundle });
      assert.ok(verdict, message);
      const { totalMs, phases } = verdict.report.timing;
      // The page also waits for the input to be unpacked, and for its turn on a busy machine.
      assert.ok(totalMs > 0 && totalMs <= ms, `${totalMs} ms, seen from the page ${ms} ms`);
      assert.ok(totalMs > ms / 10, `${totalMs} ms, seen from the page ${ms} ms`);
      assert.equal(phases.length, 8);
      for (const { phase, startMs, ms } of phases) {
        assert.ok(startMs >= 0 && ms >= 0 && startMs + ms <= totalMs + 0.01, `${phase}: ${startMs} + ${ms}`);
      }
      const execute = phases.find(({ phase }) => phase === "execute");
      assert.ok(execute.ms > totalMs / 20, `${execute.ms} ms of ${totalMs} ms to execute`);
    });
  }
});

describe("an engine without wide arithmetic", () => {
  const use = usePackage({ flags: ["--js-flags=--no-wasm-wide-arithmetic"] });

  test("the bundle threads is picked, and asking for threads-wide is an error that says why", async (t) => {
    const page = await use.open(t);
    const picked = await page.evaluate(verifySample, {});
    assert.equal(picked.bundle, "threads", picked.message);
    assert.equal(picked.status, "valid", picked.message);
    const asked = await page.evaluate(() => outcome(lib.createVerifier({ bundle: "threads-wide" })));
    assert.equal(asked.code, "load");
    assert.match(asked.details, /wide arithmetic/);
    assert.match(asked.advice, /^Leave `bundle` out/);
  });
});
