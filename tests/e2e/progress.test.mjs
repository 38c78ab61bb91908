/** The page while it works: it shows bytes, then transactions with the speed so far, the bar moves with them, and it stays alive. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertValid, choose, chooseSampleChain, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { QUERIES } from "./bundles.mjs";
import { plain } from "./sample.mjs";

/**
 * Goes before the script of the worker and of the pool's threads, so that there is time to see what goes on. The input comes in
 * small pieces, where browsers read megabytes at once, each of which takes a while; and each look at the clock takes a
 * millisecond: of those, a recorded transaction takes two.
 */
const SLOW = `{
  const { read } = ReadableStreamDefaultReader.prototype;
  const SMALL = 500_000;
  const left = new WeakMap();
  ReadableStreamDefaultReader.prototype.read = async function () {
    await new Promise((resolve) => setTimeout(resolve, 25));
    const { done, value } = left.get(this) ?? (await read.call(this));
    left.delete(this);
    if (value?.length > SMALL) {
      left.set(this, { done, value: value.subarray(SMALL) });
      return { done, value: value.subarray(0, SMALL) };
    }
    return { done, value };
  };
  const now = performance.now.bind(performance);
  performance.now = () => {
    for (const from = now(); now() < from + 1; ) {}
    return now();
  };
}\n`;

/** The sample, unpacked, with nodes that nothing refers to: some megabytes, so that it is read in several pieces. */
function largeSample() {
  const file = JSON.parse(plain());
  file.witness.state.push(...new Array(60).fill(`0x${"ab".repeat(30_000)}`));
  return Buffer.from(JSON.stringify(file));
}

describe("progress on the page", () => {
  const use = useBrowser();
  before(() => {
    use.server.alter = (path) => (path.includes("worker") ? SLOW : "");
  });

  for (const query of QUERIES) {
    test(`bytes, transactions and Mgas/s are seen to advance, and the bar with them, ${query}`, async () => {
      const page = await use.open(query);
      assertValid(await verdictOn(page));
      await chooseSampleChain(page);
      await page.evaluate(() => {
        globalThis.seen = [];
        const live = document.querySelector("#live");
        const bar = document.querySelector("#progress");
        new MutationObserver(() => {
          seen.push([live.textContent, Number(bar.getAttribute("aria-valuenow"))]);
        }).observe(live, { childList: true });
      });
      const file = largeSample();
      assert.ok(file.length > plain().length + 3_000_000);
      assertValid(await choose(page, file));
      const seen = await page.evaluate(() => seen);
      /** Those that say this: what they say, and where the bar stood meanwhile. */
      const saying = (pattern) => {
        const lines = seen.filter(([line]) => pattern.test(line));
        const said = new Set(lines.map(([line]) => pattern.exec(line)[1]));
        const bar = lines.map(([, now]) => now);
        return { said, bar };
      };
      const size = (file.length / 1e6).toFixed(1);
      for (const [what, pattern] of [
        ["bytes", new RegExp(`^[\\d,.]+ ms · read ([\\d.]+ [kM]B) of ${size} MB$`)],
        ["transactions", /^[\d,.]+ ms · executed (\d+) of 433 transactions, [\d,]+ Mgas\/s$/],
      ]) {
        const { said, bar } = saying(pattern);
        assert.ok(said.size >= 3, `${what}: ${JSON.stringify(seen)}`);
        assert.ok(
          bar.every((now, at) => at === 0 || now >= bar[at - 1]) && bar.at(-1) > bar[0],
          `${what}: the bar was at ${bar}`,
        );
      }
      // Of the whole, once it is done.
      assert.match(await page.textContent("#figures"), /Mgas\/s[\d,]+/);
      assert.equal(await page.textContent("#live"), "");
      assert.equal(await page.locator("#progress").getAttribute("aria-valuenow"), "100");
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });

    test(`it scrolls and answers clicks while transactions are executed, ${query}`, async () => {
      const page = await use.open(query);
      assertValid(await verdictOn(page));
      await chooseSampleChain(page);
      // What the page was at when it scrolled, and when it was clicked.
      await page.evaluate(() => {
        const settings = document.querySelector("#settings");
        settings.open = false;
        scrollTo(0, 0);
        globalThis.answered = {};
        const note = (name) => {
          answered[name] ??=
            `${document.querySelector("#verdict").dataset.status}: ${document.querySelector("#live").textContent}`;
        };
        window.addEventListener("scroll", () => note("scrolled"));
        settings.addEventListener("toggle", () => settings.open && note("clicked"));
      });
      const verdict = await verdictAfter(page, async () => {
        await page.setInputFiles("#file", {
          name: "block.json",
          mimeType: "application/json",
          buffer: largeSample(),
        });
        await page.waitForFunction(() => /executed/.test(document.querySelector("#live").textContent));
        await page.mouse.wheel(0, 100);
        await page.click("#settings summary");
      });
      assertValid(verdict);
      const answered = await page.evaluate(() => answered);
      assert.match(answered.scrolled ?? "", /^working: .*executed/);
      assert.match(answered.clicked ?? "", /^working: .*executed/);
      await page.context().close();
    });
  }
});
