/**
 * Runs the tests of a folder, this one unless another is named first, one file after the other, and ends with a line that
 * counts. Usage: run.mjs [FOLDER/] [PART OF A FILE'S NAME ...]
 */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { run } from "node:test";
import { spec as Spec } from "node:test/reporters";
import { fileURLToPath } from "node:url";

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
const stream = run({ files, concurrency: 1, timeout: 10 * 60_000 });
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
