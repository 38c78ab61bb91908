/** The page's own lies about the sample, told by its buttons. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertAddress, assertValid, shoot, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";

describe("try to fool it", () => {
  const use = useBrowser();
  let page;
  before(async () => {
    page = await use.open("?threads=2");
    assertValid(await verdictOn(page));
  });

  const NODE =
    /trie node 0x[0-9a-f]{8}…[0-9a-f]{8} at path 0x[0-9a-f]* of (the account trie|the storage trie of)/;
  for (const [mutation, verdict, because, told] of [
    ["drop", "incomplete", NODE, /left out of the witness/],
    ["flip", "incomplete", NODE, /bit of node \d+ of 2486 was turned over/],
    ["balance", "incomplete", NODE, /raised from [\d.,]+ to [\d.,]+ ether/],
    ["headers", "incomplete", /lacks the parent's header 0x/, /All 9 ancestor headers were cut/],
    ["code", "incomplete", /lacks the code 0x[0-9a-f]{8}…/, /bytes of code were swapped/],
    ["root", "invalid", /^State root: expected 0x07070707…07070707, got 0x/, /claims that the state/],
  ]) {
    test(`${mutation}: ${verdict}, with the exact reason`, async () => {
      const said = await verdictAfter(page, () => page.click(`[data-mutation="${mutation}"]`));
      assert.equal(said.status, verdict, said.line);
      assert.match(said.because, because);
      assert.match(await page.textContent("#fool-told"), told);
      assert.ok((await page.textContent("#fool-outcome")).includes(said.because));
      assert.equal(await page.locator(`[data-mutation="${mutation}"]`).getAttribute("aria-pressed"), "true");
      await assertAddress(page, { fool: mutation });
      if (mutation === "balance") {
        await shoot(page, "fooled");
      }
    });
  }

  test("the sample as it was is valid again", async () => {
    assertValid(await verdictAfter(page, () => page.click("#sample")));
    assert.equal(await page.locator('[aria-pressed="true"]').count(), 0);
    assert.equal(await page.textContent("#fool-told"), "");
    assert.deepEqual(page.complaints, []);
  });

  test("a link tells the same lie", async () => {
    const other = await use.open("?threads=2&fool=headers");
    const { status, because } = await verdictOn(other);
    assert.equal(status, "incomplete");
    assert.match(because, /parent's header/);
    assert.deepEqual(
      await other
        .locator('#fool [aria-pressed="true"]')
        .evaluateAll((all) => all.map(({ dataset }) => dataset.mutation)),
      ["headers"],
    );
    assert.match(await other.textContent("#fool-told"), /ancestor headers were cut/);
    await other.context().close();
  });
});
