/** What holds for every block: chain, bundle, schedule, the hash vouched for; and what of a node's address a link may hold. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { assertValid, choose, openSettings, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { ANSWERS, startNode } from "./node.mjs";
import { packed } from "./sample.mjs";

const GENESIS = new URL("../fixtures/sample-chain.json", import.meta.url).pathname;
/** Milliseconds within which what must not happen would have begun. */
const A_WHILE = 500;

/** How many verdicts the page has come to. */
const verdicts = (page) => page.evaluate(() => performance.getEntriesByName("verdict").length);

describe("the chain", () => {
  const use = useBrowser();
  let page;
  before(async () => {
    page = await use.open("?threads=2");
    assertValid(await verdictOn(page));
    await openSettings(page);
  });

  test("of the sample is its own, whichever is chosen", async () => {
    const before = await verdicts(page);
    await page.selectOption("#chain", "hoodi");
    await page.waitForTimeout(A_WHILE);
    assert.equal(await verdicts(page), before, "it is not even run again");
    assertValid(await verdictAfter(page, () => page.click("#sample")));
    await page.selectOption("#chain", "");
  });

  test("chosen after the block holds for it at once; a genesis once its file is there", async () => {
    assert.equal((await choose(page, packed())).status, "error", "its chain is not built in");
    await page.selectOption("#chain", "genesis");
    await page.waitForTimeout(A_WHILE);
    const { status, line } = await verdictOn(page);
    assert.equal(status, "error");
    assert.doesNotMatch(line, /genesis/, "nobody is told off for what they are about to choose");
    assertValid(await verdictAfter(page, () => page.setInputFiles("#genesis", GENESIS)));
    const other = await verdictAfter(page, () => page.selectOption("#chain", "hoodi"));
    assert.equal(other.status, "error");
    assert.match(other.because, /1337/);
    assertValid(await verdictAfter(page, () => page.selectOption("#chain", "genesis")));
    assert.deepEqual(page.complaints, []);
  });
});

describe("keys in the settings, with a block of a node", () => {
  const use = useBrowser();
  let page;
  let node;
  before(async () => {
    node = await startNode();
    page = await use.open("?threads=2");
    assertValid(await verdictOn(page));
    await openSettings(page);
    await page.selectOption("#chain", "genesis");
    await page.setInputFiles("#genesis", GENESIS);
    await page.fill("#rpc", node.url);
    await page.fill("#block", "17");
    assertValid(await verdictAfter(page, () => page.click("#fetch")));
    // What Enter would fetch, if it did.
    await page.fill("#block", "18");
    node.asked = [];
  });
  after(() => node.close());

  test("Enter in the field of the hash holds the block that is there to it, once", async () => {
    await page.fill("#trusted", ANSWERS.eth_getBlockByNumber.hash);
    const vouched = await verdictAfter(page, () => page.press("#trusted", "Enter"));
    assertValid(vouched);
    assert.match(vouched.line, /block 17 /);
    assert.match(vouched.because, /the hash you gave/);
    assertValid(await verdictAfter(page, () => page.press("#trusted", "Enter")));
    const before = await verdicts(page);
    await page.press("#trusted", "Tab");
    await page.waitForTimeout(A_WHILE);
    assert.equal(await verdicts(page), before, "leaving the field runs nothing again");
    await page.fill("#trusted", `0x${"11".repeat(32)}`);
    assert.equal((await verdictAfter(page, () => page.press("#trusted", "Enter"))).status, "invalid");
    await page.fill("#trusted", "");
    assertValid(await verdictAfter(page, () => page.press("#trusted", "Tab")));
    assert.deepEqual(node.asked, []);
  });

  test("Enter in the others asks no node", async () => {
    for (const id of ["chain", "bundle", "schedule"]) {
      await page.focus(`#${id}`);
      await page.keyboard.press("Enter");
      await page.waitForTimeout(A_WHILE);
      await page.keyboard.press("Escape");
    }
    assert.deepEqual(node.asked, []);
  });
});

describe("the bundle", () => {
  const use = useBrowser();

  test("chosen while another one starts ends that start, and is the one that the page names", async () => {
    let first;
    const page = await use.open("?bundle=threads&threads=2", {
      prepare: (page) =>
        page.context().route(/\.wasm$/, (route) => {
          if (first) {
            return route.continue();
          }
          first = route;
        }),
    });
    await page.waitForFunction(() => document.querySelector("#bundle").value === "threads");
    while (!first) {
      await page.waitForTimeout(50);
    }
    await openSettings(page);
    const { facts, engine } = await verdictAfter(page, () => page.selectOption("#bundle", "base"));
    assert.equal(facts.Bundle, "base");
    assert.match(engine, /“base”/);
    assert.equal(page.workers().length, 1, "the worker of the start before has ended");
    await first.continue().catch(() => {});
    await page.waitForTimeout(A_WHILE);
    assert.match(await page.textContent("#engine"), /“base”/);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});

describe("an address of a node", () => {
  const use = useBrowser();
  const SECRET = "0123456789abcdef0123456789abcdef";

  test("is in the link without its fragment, and not at all where a part of its host may be a key", async () => {
    const page = await use.open("?threads=2");
    assertValid(await verdictOn(page));
    for (const [address, shared] of [
      ["https://node.invalid/#key", "https://node.invalid/"],
      ["https://name:password@node.invalid/v1#key", "https://node.invalid/v1"],
      [`https://${SECRET}.node.invalid/`, undefined],
      ["https://q7w3e9r1t5y8u2i6.node.invalid/", undefined],
      ["https://deadbeefdeadbeef.node.invalid/", undefined],
      ["https://0a1b2c3d-0a1b-2c3d-4e5f-0a1b2c3d4e5f.node.invalid/", undefined],
      ["https://ethereumfoundation.node.invalid/", "https://ethereumfoundation.node.invalid/"],
      ["https://ethereum-mainnet-rpc1.node.invalid/", "https://ethereum-mainnet-rpc1.node.invalid/"],
      ["ftp://node.invalid/", undefined],
    ]) {
      await page.fill("#rpc", address);
      assert.equal((await verdictAfter(page, () => page.click("#fetch"))).status, "error");
      await page.waitForTimeout(A_WHILE);
      assert.equal(new URL(page.url()).searchParams.get("rpc") ?? undefined, shared, address);
      assert.equal(await page.inputValue("#rpc"), address);
    }
    await page.context().close();
  });
});
