/**
 * Consensus cases in a browser: those that the native run of tests/spec/consensus.rs leaves in the build folder, with its own
 * verdicts, in both kinds of bundle. `threads` runs the transactions ahead of order where the block's rules let it.
 */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { usePackage } from "./driven.mjs";
import { ROOT } from "./package.mjs";

const FIXTURES = resolve(ROOT, "../shared/fixtures");
const SAMPLE = resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "tmp/consensus-sample.json");
/** Fewer cases than this in the sample are too few to say anything of the bundles. */
const FEWEST = 300;

const BUNDLES = {
  base: { bundle: "base" },
  threads: { bundle: "threads", threads: 2, schedule: "speculative" },
};

const here = existsSync(FIXTURES);
if (!here) {
  console.log("skipped: ../shared is not here");
}

describe("consensus cases", { skip: !here }, () => {
  const cases = here ? sample() : [];
  const forks = [...new Set(cases.map(({ fork }) => fork))];
  const rows = Object.fromEntries(
    forks.map((fork) => [
      fork,
      { valid: 0, invalid: 0, incomplete: 0, error: 0, base: 0, threads: 0, ahead: 0 },
    ]),
  );
  after(() => console.log(table(rows)));

  test(`the sample has at least ${FEWEST} cases`, () => {
    assert.ok(cases.length >= FEWEST, `${cases.length}`);
  });

  for (const [name, options] of Object.entries(BUNDLES)) {
    describe(`in the bundle ${name}`, () => {
      const use = usePackage();
      let page;
      before(async () => {
        use.server.answer = (request, response) => {
          const asked = request.url === "/consensus-sample.json";
          if (asked) {
            response.end(readFileSync(SAMPLE));
          }
          return asked;
        };
        // The browser ends after these tests, and the page with it.
        page = await use.open({ after() {} });
        await page.evaluate(start, options);
      });

      after(() => {
        // Natively each block is held to this whose rules allow it; here most are enough.
        const ahead = Object.values(rows).reduce((sum, row) => sum + row.ahead, 0);
        assert.ok(name === "base" || ahead > FEWEST, `${ahead} blocks were run ahead of order`);
      });

      for (const fork of forks) {
        describe(fork, () => {
          let outcomes;
          before(async () => {
            outcomes = await page.evaluate((fork) => verifyFork(fork), fork);
          });
          for (const [index, { name: title, blocks }] of cases.filter((it) => it.fork === fork).entries()) {
            test(title, () => {
              const got = outcomes[index];
              assert.deepEqual(
                got.map(({ told }) => told),
                blocks.map(({ expected }) => expected),
              );
              count(rows[fork], name, got);
            });
          }
        });
      }
    });
  }
});

function sample() {
  assert.ok(existsSync(SAMPLE), `${SAMPLE} is not there: run \`cargo test --test consensus\` first`);
  return JSON.parse(readFileSync(SAMPLE, "utf8"));
}

/** In the page: a verifier, and `verifyFork`, which gives what each block of each case of a fork came to. */
async function start({ bundle, threads, schedule }) {
  const cases = await (await fetch("consensus-sample.json")).json();
  const verifier = await lib.createVerifier({ bundle, threads });
  const told = ({ status, code, message, verdict }) => {
    if (status === "error") {
      return code === "input" ? { status } : { status, code, message };
    }
    return {
      status,
      ...(status === "invalid" && { reasonKind: verdict.reason.kind }),
      ...(status !== "valid" && { message: verdict.message }),
    };
  };
  const verify = async (chain, { block, witness, accessList, limits }) => {
    // A list that comes with its block is held to the header; one given as an option would be a hint.
    const input = accessList
      ? { input: { block, witness, blockAccessList: accessList } }
      : { block, witness };
    const raised = limits && { blockGas: BigInt(limits.blockGas) };
    const result = await outcome(verifier.verify({ ...input, chain, schedule, limits: raised }));
    const taken = result.verdict?.report.timing.schedule?.schedule;
    return { told: told(result), ahead: taken !== undefined && taken !== "sequential" };
  };
  globalThis.verifyFork = (wanted) =>
    Promise.all(
      cases
        .filter(({ fork }) => fork === wanted)
        .map(({ chain, blocks }) => Promise.all(blocks.map((block) => verify(chain, block)))),
    );
}

/** Counts a case that came out as it should. */
function count(row, bundle, blocks) {
  row[bundle] += 1;
  for (const { told, ahead } of blocks) {
    row.ahead += ahead ? 1 : 0;
    // Verdicts are the same in both bundles.
    row[told.status] += bundle === "base" ? 1 : 0;
  }
}

/** Cases by fork and bundle, their blocks by verdict, and how many of these the bundle `threads` ran ahead of order. */
function table(rows) {
  const columns = ["base", "threads", "valid", "invalid", "incomplete", "error", "ahead"];
  const line = (fork, cells) => fork.padEnd(28) + cells.map((cell) => `${cell}`.padStart(11)).join("");
  const counts = (row) => columns.map((column) => row[column]);
  const all = columns.map((column) => Object.values(rows).reduce((sum, row) => sum + row[column], 0));
  return [
    "cases that came out as natively, by bundle; their blocks by verdict, and those run ahead of order",
    line("fork", columns),
    ...Object.entries(rows).map(([fork, row]) => line(fork, counts(row))),
    line("all", all),
  ].join("\n");
}
