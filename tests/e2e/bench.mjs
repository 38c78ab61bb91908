/**
 * Measures in headless Chromium: how soon after navigation the page has its first verdict on the sample, then what the bench
 * page measures under each schedule. Usage: bench.mjs [FILE] [ROUNDS] [SCHEDULE,…]
 */
import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { launch } from "./browser.mjs";
import { serve } from "./server.mjs";

const [
  file = fileURLToPath(new URL("../../../shared/blocks/mainnet-24628608-zisk.json.gz", import.meta.url)),
  rounds = "15",
  schedules = "sequential,auto",
] = process.argv.slice(2);

/** Visits that the time to the first verdict is the median of. */
const VISITS = 9;
/** Milliseconds that it should take at most. */
const SOON = 1500;
/** What of the time of `base` the bundle `threads` should take at most: at first, and in the end. */
const [RATIO, LAST_RATIO] = [0.6, 0.55];

/** What is said of a goal. */
const word = (reached) => (reached ? "reached" : "missed");

const server = await serve({ isolated: true });
const browser = await launch();
try {
  await measureFirstVerdict();
  if (existsSync(file)) {
    for (const schedule of schedules.split(",")) {
      await measureBundles(schedule);
    }
  } else {
    console.log(`skipped: ${file} is not here; name a block file of a built-in chain`);
  }
} finally {
  await browser.close();
  await server.close();
}

/** Each visit is a first one: nothing is cached but what the browser's own processes keep. */
async function measureFirstVerdict() {
  const times = [];
  for (let visit = 0; visit < VISITS; visit += 1) {
    const context = await browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    await page.goto(server.url);
    await page.waitForSelector('#verdict[data-status="valid"]', { timeout: 60_000 });
    times.push(await page.evaluate(() => performance.getEntriesByName("verdict")[0].startTime));
    await context.close();
  }
  times.sort((a, b) => a - b);
  const [best, median, worst] = [times[0], times[Math.floor(VISITS / 2)], times.at(-1)].map(Math.round);
  console.log(
    `first verdict on the sample after navigation, Chromium ${browser.version()}, ${VISITS} visits: ` +
      `median ${median} ms, best ${best}, worst ${worst}; at most ${SOON} wanted: ${word(median <= SOON)}`,
  );
}

async function measureBundles(schedule) {
  const read = readFileSync(file);
  const inputBytes = read[0] === 0x1f ? gunzipSync(read).length : read.length;
  const page = await browser.newPage();
  await page.goto(`${server.url}web/app/bench/index.html?schedule=${schedule}`);
  await page.fill("#rounds", rounds);
  await page.setInputFiles("#file", file);
  const state = page.locator('#state[data-state="done"], #state[data-state="failed"]');
  await state.waitFor({ timeout: 15 * 60_000 });
  const result = await state.getAttribute("data-result");
  if (!result) {
    throw new Error(await state.textContent());
  }
  await page.close();
  print(JSON.parse(result), inputBytes, schedule);
}

function print({ names, rows, memory, atOnce }, inputBytes, schedule) {
  console.log(
    `${basename(file)}, Chromium ${browser.version()}, ${schedule} schedule, medians of ${rounds} interleaved rounds, ms`,
  );
  const line = (what, ...cells) => console.log(what.padEnd(32), ...cells.map((cell) => cell.padStart(12)));
  line("", ...names, "ratio");
  for (const { what, values } of rows) {
    line(what, ...values.map((ms) => ms.toFixed(1)), (values[1] / values[0]).toFixed(2));
  }
  const [base, threads] = rows[0].values;
  const ratio = threads / base;
  console.log(
    `two verifications with base at once take ${atOnce.toFixed(1)} each: the best ratio two cores can reach here is ${(atOnce / 2 / base).toFixed(2)}`,
  );
  console.log(
    `ratio of the ${rows[0].what} ${ratio.toFixed(3)}; at most ${RATIO.toFixed(2)} wanted at first, ${LAST_RATIO.toFixed(2)} in the end: ` +
      `the first ${word(ratio <= RATIO)}, the last ${word(ratio <= LAST_RATIO)}`,
  );
  const MiB = 2 ** 20;
  const goal = 6 * inputBytes + 64 * MiB;
  line("peak wasm memory, MiB", ...memory.map((size) => (size / MiB).toFixed(1)));
  console.log(
    `input ${(inputBytes / MiB).toFixed(1)} MiB; at most 6 × input + 64 MiB = ${(goal / MiB).toFixed(1)} MiB wanted: ` +
      names.map((name, place) => `${name} ${word(memory[place] <= goal)}`).join(", "),
  );
}
