/**
 * Runs the tests of a folder, this one unless another is named first, file by file, and ends with a line that counts.
 * Usage: run.mjs [FOLDER/] [PART OF A FILE'S NAME ...]; with BLOCKLIGHT_BROWSER=firefox in Firefox.
 */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "node:test";
import { spec as Spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";
import { BROWSER } from "./browser.mjs";
import { findFirefox, NO_FIREFOX } from "./firefox.mjs";

if (BROWSER === "firefox" && !findFirefox()) {
  console.log(NO_FIREFOX);
  process.exit();
}
const wanted = process.argv.slice(2);
const here = wanted[0]?.endsWith("/")
  ? `${resolve(wanted.shift())}/`
  : fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(here)
  .filter(
    (name) =>
      name.endsWith(".test.mjs") && (wanted.length === 0 || wanted.some((part) => name.includes(part))),
  )
  .map((name) => here + name);

let passed = 0;
let failed = 0;
let skipped = 0;
/** In Chromium some tests measure how long the page is busy, and want the machine to themselves; in Firefox none can. */
const concurrency = BROWSER === "firefox" ? 2 : 1;
const stream = run({ files, concurrency, timeout: 10 * 60_000 });
/** Suites are counted by what is in them, unless they fail before any test of theirs could. */
const isTest = ({ details }) => details?.type !== "suite";
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
stream.on("end", () => {
  // After the reporter has said its last.
  setImmediate(() => {
    console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
    process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
  });
});
stream.compose(new Spec()).pipe(process.stdout);
