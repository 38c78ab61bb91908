/** The verdict and its checks, as a person reads and copies them; and the phases that lead there. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertValid, choose, chooseSampleChain, useBrowser, verdictOn } from "./browser.mjs";
import { changed, withHeaderField } from "./sample.mjs";

const GAS_USED = 10;

describe("the verdict", () => {
  const use = useBrowser();
  let page;
  before(async () => {
    page = await use.open("?threads=2", {
      permissions: ["clipboard-read", "clipboard-write"],
      viewport: { width: 1280, height: 900 },
    });
    assertValid(await verdictOn(page));
  });
  const clipboard = () => page.evaluate(() => navigator.clipboard.readText());

  test("comes first: what this machine did, what the hash was compared with, how fast", async () => {
    const top = await page.locator("#verdict").boundingBox();
    assert.ok(top.y + top.height < 400, "it is seen without scrolling");
    const { because } = await verdictOn(page);
    assert.equal(
      because,
      "Its hash was compared with the hash the file gives: a check against slips, no more.",
    );
    assert.match(
      await page.textContent("#told"),
      /^This browser hashed 2,486 trie nodes and executed all 433 transactions again, on 2 threads, in [\d.,]+ ms\.$/,
    );
    const figures = await page.locator("#figures div").allTextContents();
    assert.match(
      figures.join(),
      /^on 2 threads[\d.,]+ ms,Mgas\/s[\d,]+,transactions433,checks passed(\d+) of \1$/,
    );
  });

  test("each check is a row that can be copied", async () => {
    await page.waitForSelector("#checks-part:not([hidden])");
    await page.click('[data-rule="stateRoot"] .copy');
    await page.waitForFunction(
      () => document.querySelector("#announce").textContent === "Copied state root.",
    );
    assert.equal(await page.textContent('[data-rule="stateRoot"] .came-of-it'), "Copied");
    const { checks, facts } = await verdictOn(page);
    const { expected, got } = checks.find(({ rule }) => rule === "stateRoot");
    assert.match(expected, /^0x[0-9a-f]{64}$/);
    assert.equal(expected, facts["State root after"]);
    assert.equal(await clipboard(), `state root\nexpected\t${expected}\ngot\t${got}`);
    await page.click("#copy-checks");
    await page.waitForFunction(
      () => document.querySelector("#announce").textContent === "Copied every check.",
    );
    assert.equal(await page.textContent("#copy-checks + .came-of-it"), "Copied");
    const lines = (await clipboard()).split("\n");
    assert.equal(lines.length, checks.length);
    assert.ok(lines.every((line) => /^[a-z ]+\tpassed\t[^\t]+\t[^\t]+$/.test(line)));
  });

  test("what could not be copied is said at the button, and as long as it is new", async () => {
    await page.evaluate(() => {
      globalThis.own = navigator.clipboard.writeText;
      navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
    });
    await page.click('[data-rule="gasUsed"] .copy');
    const said = page.locator('[data-rule="gasUsed"] .came-of-it');
    await said.waitFor();
    assert.equal(await said.textContent(), "Not copied");
    assert.match(await page.textContent("#announce"), /^gas used could not be copied/);
    await said.waitFor({ state: "detached" });
    await page.evaluate(() => {
      navigator.clipboard.writeText = own;
    });
  });

  test("a block that cannot be judged has no sum of checks: it says where it stopped", async () => {
    await chooseSampleChain(page);
    const file = changed(({ witness }) => witness.state.splice(1200, 1));
    const { status, checks } = await choose(page, file);
    assert.equal(status, "incomplete");
    const stopped = `It stopped after ${checks.length} checks; the rest could not be made.`;
    assert.equal(
      await page.textContent("#told"),
      `${stopped} Its hash was compared with the hash the file gives: a check against slips, no more.`,
    );
    assert.equal(await page.textContent("#checks-told"), stopped);
    const figures = (await page.locator("#figures div").allTextContents()).join();
    assert.match(figures, new RegExp(`checks passed before it stopped${checks.length}$`));
    // The line has the ends of the hash alone.
    assert.doesNotMatch(await page.textContent("#because"), /0x[0-9a-f]{64}/);
    await page.click("#copy-reason");
    await page.waitForFunction(
      () => document.querySelector("#announce").textContent === "Copied the reason.",
    );
    assert.match(await clipboard(), /^Incomplete: block 15 cannot be judged: .*0x[0-9a-f]{64}/s);
  });

  test("a broken rule is marked in its row, and is the last", async () => {
    await chooseSampleChain(page);
    const file = changed((sample) => withHeaderField(sample, GAS_USED, Buffer.from("0142ab", "hex")));
    const { status, checks } = await choose(page, file);
    assert.equal(status, "invalid");
    assert.deepEqual([checks.at(-1).rule, checks.at(-1).status], ["gasUsed", "failed"]);
    assert.equal(await page.locator("#checks tr").last().locator(".sign").textContent(), "✕");
    assert.equal(await page.textContent("#checks-told"), "After a broken rule no more are checked.");
    assert.match(await page.textContent("#told"), /^Its hash was compared with nothing/);
  });

  test("while it works, the clock runs; afterwards the bar is full", async () => {
    const seen = await page.evaluate(async () => {
      const lines = [];
      const live = document.querySelector("#live");
      new MutationObserver(() => lines.push(live.textContent)).observe(live, { childList: true });
      const verdict = document.querySelector("#verdict");
      document.querySelector("#sample").click();
      await new Promise((done) => {
        new MutationObserver(() => verdict.dataset.status !== "working" && done()).observe(verdict, {
          attributeFilter: ["data-status"],
        });
      });
      return lines;
    });
    assert.ok(
      seen.some((line) => /^[\d.,]+ ms/.test(line)),
      `seen: ${seen}`,
    );
    assert.equal(await page.locator("#progress").getAttribute("aria-valuenow"), "100");
    assert.deepEqual(page.complaints, []);
  });
});
