/**
 * Executes the same blocks with both bundles, in turns, in one headless Chromium, and prints a table. Execution alone: the
 * state is in memory. Usage: run.mjs FOLDER [ROUNDS] [MGAS], where scripts/bench has put both bundles into the folder.
 */
import { existsSync } from "node:fs";
import { cp, mkdir, rm, symlink } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { launch } from "../../e2e/browser.mjs";
import { serve } from "../../e2e/server.mjs";

/** Blocks of ../shared/blocks-with-prestate: of each age, from 4 Mgas on. */
const BLOCKS = [
  "mainnet-2179522",
  "mainnet-5891667",
  "mainnet-8889776",
  "mainnet-12522062",
  "mainnet-13287210",
  "mainnet-14029313",
  "mainnet-15274915",
  "mainnet-16146267",
  "mainnet-18085863",
  "mainnet-19932148",
  "mainnet-15199017",
  "mainnet-19933612",
];
/** Milliseconds that a measurement takes at least. */
const LONG_ENOUGH = 20;
/** How many times as fast as sequentially the independent synthetic blocks should be, by the geometric mean. */
const GOAL = 1.7;

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const [folder, rounds = "9", mgas = "100"] = process.argv.slice(2);
if (!folder) {
  throw new Error("usage: run.mjs FOLDER [ROUNDS] [MGAS]");
}
const root = resolve(folder);
await mkdir(root, { recursive: true });
await cp(here("./worker.mjs"), join(root, "worker.mjs"));
const shared = here("../../../../shared/blocks-with-prestate");
await rm(join(root, "blocks"), { force: true });
if (existsSync(shared)) {
  await symlink(shared, join(root, "blocks"));
} else {
  console.log("skipped: ../shared is not here, so there are no real blocks");
}

const server = await serve({ isolated: true, root });
const browser = await launch();
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  // Any file will do as the page: it gives the workers their origin and its isolation.
  await page.goto(`${server.url}worker.mjs`);
  await page.evaluate(startWorkers, { base: "base", threads: "threads", other: "base" });
  const ask = (worker, ...call) =>
    page.evaluate(([worker, call]) => globalThis.ask(worker, ...call), [worker, call]);
  const atOnce = (times) =>
    page.evaluate(
      async (times) =>
        Math.max(
          ...(await Promise.all(
            ["base", "other"].map((worker) => globalThis.ask(worker, "run", "sequential", times)),
          )),
        ),
      times,
    );

  console.log(
    `Chromium ${browser.version()}, execution alone, medians of ${rounds} interleaved rounds; × says how many times as fast as ` +
      "the bundle `base`; `threads` has 2 workers\n",
  );
  print("block", "txs", "Mgas", "base ms", "speculative ×", "auto ×", "sequential ×", "both ×", "two base ×");
  print("---", ...Array(8).fill("---:"));
  const synthetic = [];
  for (let place = 0; place < (await ask("base", "syntheticBlocks")); place++) {
    synthetic.push(await measure(["synthetic", place, Number(mgas)]));
  }
  const real = [];
  for (const name of existsSync(shared) ? BLOCKS : []) {
    real.push(await measure(["file", name]));
  }
  console.log(
    "\nsequential ×: by one worker of `threads`; both ×: both workers of `threads` sequentially at once, on their one memory; " +
      "two base ×: two workers of `base` at once, each on its own, which is what the machine can do",
  );
  const word = (ratio) => (ratio >= GOAL ? "reached" : "missed");
  for (const [what, ratios, hasGoal] of [
    ["independent synthetic blocks", synthetic.slice(0, -1), true],
    [`${real.length} real blocks`, real, false],
  ]) {
    if (ratios.length > 0) {
      const [speculative, auto, , , machine] = ratios[0].map((_, column) =>
        geometric(ratios.map((it) => it[column])),
      );
      console.log(
        `geometric mean over ${what}: speculative ${speculative.toFixed(2)}, auto ${auto.toFixed(2)}, two base at once ${machine.toFixed(2)}` +
          (hasGoal
            ? `; at least ${GOAL.toFixed(2)} wanted: speculative ${word(speculative)}, auto ${word(auto)}`
            : ""),
      );
    }
  }

  async function measure(load) {
    const [block] = [await ask("base", ...load), await ask("threads", ...load), await ask("other", ...load)];
    await ask("threads", "run", "speculative", 1);
    const once = await ask("base", "run", "sequential", 1);
    const times = Math.ceil(LONG_ENOUGH / Math.max(once, 0.05));
    const all = Array.from({ length: 6 }, () => []);
    for (let round = 0; round < Number(rounds); round++) {
      all[0].push(await ask("base", "run", "sequential", times));
      all[1].push(await ask("threads", "run", "speculative", times));
      all[2].push(await ask("threads", "run", "auto", times));
      all[3].push(await ask("threads", "run", "sequential", times));
      all[4].push((await ask("threads", "runOnEach", times)) / 2);
      all[5].push((await atOnce(times)) / 2);
    }
    const [base, ...others] = all.map(median);
    const ratios = others.map((ms) => base / ms);
    print(
      block.name,
      block.transactions,
      (block.gas / 1e6).toFixed(1),
      base.toFixed(2),
      ...ratios.map((ratio) => ratio.toFixed(2)),
    );
    return ratios;
  }
} finally {
  await browser.close();
  await server.close();
}

/** In the page: a worker for each name, and `ask`, which has one of them do something and waits for what it says. */
async function startWorkers(bundles) {
  const workers = {};
  const next = (worker) =>
    new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => (data.error ? reject(new Error(data.error)) : resolve(data.value));
      worker.onerror = (event) => reject(new Error(event.message ?? "the worker does not start"));
    });
  for (const [name, bundle] of Object.entries(bundles)) {
    workers[name] = new Worker(`./worker.mjs?bundle=${bundle}`, { type: "module" });
    await next(workers[name]);
  }
  globalThis.ask = (name, ...call) => {
    const answer = next(workers[name]);
    workers[name].postMessage(call);
    return answer;
  };
}

function print(...cells) {
  console.log(`| ${cells.join(" | ")} |`);
}

function median(times) {
  return times.toSorted((left, right) => left - right)[Math.floor(times.length / 2)];
}

function geometric(ratios) {
  return Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
}
