/**
 * Runs the tests of a folder, this one unless another is named first, file by file, and ends with a line that counts.
 * Usage: run.mjs [FOLDER/] [PART OF A FILE'S NAME ...]; with BLOCKLIGHT_BROWSER=firefox in Firefox.
 */
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { basename, resolve } from "node:path";
import { run } from "node:test";
import { spec as Spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { pack } from "../consumers/package.mjs";
import { BROWSER } from "./browser.mjs";
import { SLICED } from "./bundles.mjs";
import { findFirefox, NO_FIREFOX } from "./firefox.mjs";

if (BROWSER === "firefox" && !findFirefox()) {
  console.log(NO_FIREFOX);
  process.exit();
}
/**
 * What is left out where a slice is asked for (BLOCKLIGHT_SLICE=1): of the page's tests in Firefox all but those of what each
 * browser does in its own way, how threads begin and end and what is shown; the package in Firefox; the guide's examples; how the
 * site is served; where blocks can come from but files.
 */
const IN_FIREFOX = /\/e2e\/(liveness|verdict)\.test\.mjs$/;
const LEFT_OUT = /\/(consumers\/(firefox|guide)|e2e\/(site|sources))\.test\.mjs$/;
const isOfSlice = (file) => (BROWSER === "firefox" ? IN_FIREFOX.test(file) : !LEFT_OUT.test(file));

const wanted = process.argv.slice(2);
const here = wanted[0]?.endsWith("/")
  ? `${resolve(wanted.shift())}/`
  : fileURLToPath(new URL(".", import.meta.url));
const all = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .map((name) => here + name);
const files = all.filter((file) =>
  wanted.length > 0 ? wanted.some((part) => basename(file).includes(part)) : !SLICED || isOfSlice(file),
);
if (wanted.length === 0 && files.length < all.length) {
  console.log(`${all.length - files.length} of ${all.length} files of tests are left out of this slice`);
}

let passed = 0;
let failed = 0;
let skipped = 0;
/** In Chromium these measure how long something takes, and want the machine to themselves; in Firefox none can. */
const ALONE = here.endsWith("/consumers/")
  ? /(api|firefox|flooding|progress|wide)\.test\.mjs$/
  : /(hostile|liveness|nodes|parallel|progress|transactions)\.test\.mjs$/;
if (here.endsWith("/consumers/")) {
  // Once, for all files: two at a time would pack it side by side.
  pack();
}
const alone = BROWSER === "firefox" ? [] : files.filter((file) => ALONE.test(file));
const together = files.filter((file) => !alone.includes(file));
/** Suites are counted by what is in them, unless they fail before any test of theirs could. */
const isTest = ({ details }) => details?.type !== "suite";
for (const [some, concurrency] of [
  [alone, 1],
  [together, 2],
]) {
  if (some.length > 0) {
    await runAll(some, concurrency);
  }
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;

/** Runs these files, so many at once, and counts. */
async function runAll(some, concurrency) {
  const stream = run({ files: some, concurrency, timeout: 10 * 60_000 });
  stream.on("test:pass", (event) => {
    if (isTest(event)) {
      event.skip === undefined ? passed++ : skipped++;
    }
  });
  stream.on("test:fail", (event) => {
    if (isTest(event) || event.details?.error?.failureType !== "subtestsFailed") {
      failed++;
    }
  });
  const shown = stream.compose(new Spec());
  shown.pipe(process.stdout, { end: false });
  await once(shown, "end");
}
