/** Links, and what is missing in some: a page shows what its address names, and nothing in its place. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertAddress, assertValid, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { startNode } from "./node.mjs";

const GENESIS = new URL("../fixtures/sample-chain.json", import.meta.url).pathname;

describe("links", () => {
  const use = useBrowser();
  let node;
  before(async () => {
    node = await startNode();
  });
  after(() => node.close());

  test("a block is held to the chain that its link names", async () => {
    node.asked = [];
    const query = new URLSearchParams({
      source: "rpc",
      rpc: node.url,
      block: "17",
      chain: "hoodi",
      threads: "2",
    });
    const page = await use.open(`?${query}`);
    const { line, facts } = await verdictOn(page);
    assert.match(facts.Chain, /^560048,/, line);
    assert.equal(await page.inputValue("#chain"), "hoodi");
    // Its own chain is asked of a node where none is named.
    assert.ok(
      node.asked.length > 0 && !node.asked.some(([method]) => method === "eth_chainId"),
      `${node.asked}`,
    );
    await page.context().close();
  });

  test("of a block that was held to a genesis, the link asks for that, and the block is held to nothing else", async () => {
    const page = await use.open(
      `?${new URLSearchParams({ source: "rpc", rpc: node.url, block: "17", chain: "genesis", threads: "2" })}`,
    );
    const verdict = await verdictOn(page);
    assert.equal(verdict.status, "error", verdict.line);
    assert.match(verdict.line, /No genesis file was chosen/);
    assert.match(verdict.because, /Choose the chain's genesis or configuration JSON/);
    assertValid(await verdictAfter(page, () => page.setInputFiles("#genesis", GENESIS)));
    await assertAddress(page, { source: "rpc", chain: "genesis" });
    await page.context().close();
  });

  for (const [what, query, line, because, block] of [
    [
      "a node that it does not carry",
      "?source=rpc&block=17&threads=2",
      /of a node whose address it does not carry/,
      /a reload does not bring it along.*Give the address of a node and fetch block 17 again/,
      "17",
    ],
    [
      "a file",
      "?source=file&threads=2",
      /of a file, which neither a link nor a reload brings along/,
      /Choose the file again/,
      "latest",
    ],
  ]) {
    test(`of a link of ${what}, the page says so, and does not show the sample as if it were that`, async () => {
      const page = await use.open(query);
      const verdict = await verdictOn(page);
      assert.equal(verdict.status, "error", verdict.line);
      assert.match(verdict.line, line);
      assert.match(verdict.because, because);
      assert.deepEqual(verdict.checks, []);
      assert.equal(await page.inputValue("#block"), block);
      assert.equal(
        await page.locator("#phases .phase").count(),
        8,
        "the phases stand there, none of them begun",
      );
      assertValid(await verdictAfter(page, () => page.click("#sample")));
      await assertAddress(page, { source: undefined });
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
});
