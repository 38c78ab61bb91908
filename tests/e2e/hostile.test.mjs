/** Inputs as large, as deep or as dear as they can be: a verdict or an error, and the tab stays alive. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { assertValid, chooseSampleChain, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { QUERIES } from "./bundles.mjs";
import { packed, plain } from "./sample.mjs";

const FIXTURES = new URL("../fixtures/hostile/", import.meta.url);
const MIB = 1 << 20;
/** Milliseconds after which a page that does not answer counts as dead. */
const ALIVE = 5_000;

/** The sample with 100 MiB of nodes that nothing leads to, no two the same. */
function withJunk() {
  const text = plain().toString();
  const node = "c0".repeat(1020);
  const junk = Array.from(
    { length: (100 * MIB) / 1024 },
    (_, index) => `"0x${index.toString(16).padStart(8, "0")}${node}",`,
  );
  const at = text.indexOf("[", text.indexOf('"state"')) + 1;
  return [text.slice(0, at), ...junk, text.slice(at)].join("");
}

/** RLP of lists in each other, `depth` of them, as hex. */
function nested(depth) {
  const headers = [];
  for (let length = 0; headers.length < depth; ) {
    const digits = length.toString(16);
    const bytes = digits.padStart(digits.length + (digits.length % 2), "0");
    const header =
      length <= 55 ? (0xc0 + length).toString(16) : `${(0xf7 + bytes.length / 2).toString(16)}${bytes}`;
    headers.push(header);
    length += header.length / 2;
  }
  return headers.reverse().join("");
}

/** Bytes of wasm memory that the page says there are, to a tenth of a megabyte. */
function memoryOf({ facts }) {
  const [, number, unit] = /^([\d.]+) (kB|MB)$/.exec(facts.Memory) ?? [];
  return Number(number) * { kB: 1e3, MB: 1e6 }[unit];
}

/** Has the page answer again and again until `stop` is called; the longest it took, in milliseconds. */
function heartbeat(page) {
  let beating = true;
  let longest = 0;
  const done = (async () => {
    while (beating) {
      const start = performance.now();
      await page.evaluate(() => 0);
      longest = Math.max(longest, performance.now() - start);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return async () => {
    beating = false;
    await done;
    return longest;
  };
}

for (const query of QUERIES) {
  describe(`hostile inputs, ${query}`, () => {
    const use = useBrowser();
    const folder = mkdtempSync(join(tmpdir(), "blocklight-"));
    let page;
    before(async () => {
      page = await use.open(query);
      assertValid(await verdictOn(page));
      await chooseSampleChain(page);
    });
    after(() => rmSync(folder, { recursive: true }));

    /** The verdict on a file, while the page keeps answering. */
    async function verdictOf(bytes, name = "hostile.json") {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      const stop = heartbeat(page);
      const verdict = await verdictAfter(page, () => page.setInputFiles("#file", path));
      const longest = await stop();
      assert.ok(longest < ALIVE, `the page did not answer for ${Math.round(longest)} ms`);
      return verdict;
    }

    // Before what is larger: wasm memory never shrinks.
    for (const name of readdirSync(FIXTURES)) {
      test(`a block that uses up its gas, or has the largest of everything: ${name}`, async () => {
        const verdict = await verdictOf(readFileSync(new URL(name, FIXTURES)), name);
        assertValid(verdict);
        assert.ok(memoryOf(verdict) < 256 * MIB, `${name}: ${verdict.facts.Memory}`);
      });
    }

    test("100 MiB of junk nodes leave the block valid, in bounded memory", async () => {
      const file = withJunk();
      const verdict = await verdictOf(file);
      assertValid(verdict);
      assert.ok(memoryOf(verdict) <= 6 * file.length + 64 * MIB, verdict.facts.Memory);
    });

    for (const [what, text] of [
      ["a million lists in each other", `{"block":${"[".repeat(1_000_000)}`],
      ["a million objects in each other", '{"result":'.repeat(1_000_000)],
      [
        "a million headers with nothing in them",
        `{"block":"0xc0","witness":{"state":[],"headers":[${'"",'.repeat(1_000_000)}""]}}`,
      ],
      [
        "a hundred thousand lists in each other, as RLP",
        `{"block":"0x${nested(100_000)}","witness":{"state":[]}}`,
      ],
      ["a node of lists in each other", `{"block":"0xc0","witness":{"state":["0x${nested(10_000)}"]}}`],
      ["a list that says it is four gibibytes long", '{"block":"0xfb0100000000","witness":{"state":[]}}'],
    ]) {
      test(`${what}: an error`, async () => {
        const { status, line } = await verdictOf(text);
        // What a crash says is an error as well.
        assert.deepEqual({ status, line }, { status: "error", line: "Error: The input could not be read." });
      });
    }

    test("after all of them the sample is still valid", async () => {
      assertValid(await verdictOf(packed(), "sample.json.gz"));
      assert.deepEqual(page.complaints, []);
    });
  });
}
