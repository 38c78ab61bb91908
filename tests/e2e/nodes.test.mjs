/** Nodes that mean ill or are broken: what they answer, or that they do not, ends in an error that names them, and holds nobody up. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { assertValid, chooseSampleChain, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { startNode } from "./node.mjs";

/** Has the page wait a moment where it would wait for half a minute. */
const impatient = (page) =>
  page.addInitScript(() => {
    const own = setTimeout;
    globalThis.setTimeout = (act, ms, ...rest) => own(act, ms === 30_000 ? 300 : ms, ...rest);
  });

describe("nodes", () => {
  const use = useBrowser();
  let node;
  let page;
  before(async () => {
    node = await startNode();
    page = await use.open("?threads=2", { prepare: impatient });
    assertValid(await verdictOn(page));
  });
  after(() => node.close());
  beforeEach(() => {
    Object.assign(node, { asked: [], answer: undefined, gate: undefined });
  });

  const fetchBlock = async (answer) => {
    node.answer = answer;
    await page.fill("#rpc", node.url);
    await page.fill("#block", "17");
    return verdictAfter(page, () => page.click("#fetch"));
  };
  /** That the page has given up whatever it asked. Chromium may go on reading an answer for five seconds after, for its socket's sake. */
  const assertAllGivenUp = async () => {
    for (let tries = 0; tries < 200 && node.open > 0; tries += 1) {
      await page.waitForTimeout(50);
    }
    assert.equal(node.open, 0, "questions are still open");
  };

  for (const [what, method, size, line] of [
    ["block", "eth_getBlockByNumber", 3_000_000, /answered eth_getBlockByNumber with more than 2\.0 MB/],
    ["chain id", "eth_chainId", 100_000, /answered eth_chainId with more than 66 kB/],
  ]) {
    test(`a ${what} of ${size} bytes is not read`, async () => {
      const text = `{"jsonrpc":"2.0","id":1,"result":{"number":"0x11","x":"${"y".repeat(size)}"}}`;
      const verdict = await fetchBlock((asked) => asked === method && { text });
      assert.equal(verdict.status, "error", verdict.line);
      assert.match(verdict.line, line);
      assert.match(verdict.because, /another node/);
      await assertAllGivenUp();
    });
  }

  test("an error of a node is told in a line, however long and strange it is", async () => {
    const long = await fetchBlock(() => ({ error: { code: -1, message: `cut\n\n${"me ".repeat(20_000)}` } }));
    assert.equal(long.status, "error");
    assert.match(long.line, /refused eth_\w+: cut me me .*… \(-1\)\.$/);
    assert.ok(long.line.length < 250, `${long.line.length}`);
    const nested = "[".repeat(15_000) + "]".repeat(15_000);
    const strange = await fetchBlock(() => ({ text: `{"error":{"code":${nested},"message":${nested}}}` }));
    assert.match(strange.line, /refused eth_\w+: no message\.$/);
  });

  for (const [what, answer] of [
    ["no number", { result: "mainnet" }],
    ["nothing", { result: null }],
    ["a number beyond all chains", { result: "0xffffffffffffffff" }],
  ]) {
    test(`a node that says ${what} where its chain is asked for is an error that names it`, async () => {
      const verdict = await fetchBlock((method) => method === "eth_chainId" && answer);
      assert.equal(verdict.status, "error");
      assert.match(verdict.line, /127\.0\.0\.1:\d+ did not answer eth_chainId with a number/);
    });
  }

  test("a node that breaks off is an error that names it", async () => {
    node.gate = new Promise(() => {});
    const verdict = await fetchBlock((method) => {
      if (method === "debug_executionWitness") {
        // Once the page has the first piece.
        setTimeout(() => node.breakOff(), 400);
      }
    });
    assert.equal(verdict.status, "error");
    assert.match(verdict.line, /127\.0\.0\.1:\d+ broke off its answer to debug_executionWitness/);
  });

  test("a node that is silent about its chain is an error that names it, and nothing goes on behind it", async () => {
    node.gate = new Promise(() => {});
    const verdict = await fetchBlock((method) => method === "eth_chainId" && { silent: true });
    assert.equal(verdict.status, "error");
    assert.match(verdict.line, /127\.0\.0\.1:\d+ did not answer eth_chainId within 30 seconds/);
    assert.match(verdict.because, /another node/);
    assert.ok(node.asked.some(([method]) => method === "debug_executionWitness"));
    await assertAllGivenUp();
  });

  test("where one question fails, the others are given up", async () => {
    node.gate = new Promise(() => {});
    const verdict = await fetchBlock((method) => method === "debug_getRawBlock" && { status: 500 });
    assert.match(verdict.line, /HTTP 500/);
    await assertAllGivenUp();
    const live = await page.textContent("#live");
    await page.waitForTimeout(200);
    assert.equal(live + (await page.textContent("#live")), "", "the clock stands still");
  });

  test("after all of them a block is verified", async () => {
    await chooseSampleChain(page);
    assertValid(await fetchBlock(undefined));
  });
});
