/** Blocks that are pasted or asked of a node, and what is said when a node gives none. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  assertAddress,
  assertValid,
  chooseSampleChain,
  useBrowser,
  verdictAfter,
  verdictOn,
} from "./browser.mjs";
import { ANSWERS, startNode } from "./node.mjs";
import { packed, plain } from "./sample.mjs";

describe("sources", () => {
  const use = useBrowser();
  let page;
  let node;
  before(async () => {
    node = await startNode();
    page = await use.open("?threads=2", { permissions: ["clipboard-read", "clipboard-write"] });
    assertValid(await verdictOn(page));
    await chooseSampleChain(page);
  });
  after(() => node.close());

  /** Asks the node for a block; `changes` is how it behaves. */
  const fetchBlock = async (block, changes = {}) => {
    Object.assign(node, { asked: [], answer: undefined, cors: true, gate: undefined }, changes);
    await page.fill("#rpc", changes.address ?? node.url);
    await page.fill("#block", block);
    return verdictAfter(page, () => page.click("#fetch"));
  };

  test("a block pasted as text is verified", async () => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), plain().toString());
    await page.focus("#paste");
    const verdict = await verdictAfter(page, () => page.keyboard.press("ControlOrMeta+V"));
    assertValid(verdict);
    assert.equal(await page.inputValue("#paste"), "");
    await assertAddress(page, { source: "file" });
  });

  test("a block pasted outside of any field is verified, and one pasted into another field is that field's", async () => {
    await page.evaluate((text) => navigator.clipboard.writeText(text), plain().toString());
    await page.evaluate(() => document.activeElement.blur());
    const verdict = await verdictAfter(page, () => page.keyboard.press("ControlOrMeta+V"));
    assertValid(verdict);
    await page.evaluate(() => navigator.clipboard.writeText("12"));
    await page.fill("#block", "");
    await page.focus("#block");
    await page.keyboard.press("ControlOrMeta+V");
    assert.equal(await page.inputValue("#block"), "12");
    assert.equal((await verdictOn(page)).line, verdict.line);
  });

  test("a file that is pasted is verified", async () => {
    const verdict = await verdictAfter(page, () =>
      page.evaluate((text) => {
        const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
        const clipboardData = new DataTransfer();
        clipboardData.items.add(new File([bytes], "copied.json.gz"));
        // Firefox makes no ClipboardEvent that has files.
        const paste = new Event("paste", { bubbles: true, cancelable: true });
        Object.defineProperty(paste, "clipboardData", { value: clipboardData });
        document.body.dispatchEvent(paste);
      }, packed().toString("base64")),
    );
    assertValid(verdict);
    assert.match(verdict.line, /block 15 /);
  });

  test("an RPC address and a tag: block and witness are fetched and verified", async () => {
    const verdict = await fetchBlock("latest");
    assertValid(verdict);
    assert.match(verdict.line, /block 17 /);
    assert.match(verdict.because, /compared with nothing/);
    assert.deepEqual(node.asked.map(([method]) => method).toSorted(), [
      "debug_executionWitness",
      "debug_getRawBlock",
      "eth_getBlockByNumber",
    ]);
    assert.deepEqual(
      node.asked.find(([method]) => method === "debug_executionWitness"),
      ["debug_executionWitness", "0x11"],
    );
    // The tag moves on; a link is to show this block.
    await assertAddress(page, { source: "rpc", rpc: node.url, block: "17" });
    assert.equal(await page.inputValue("#block"), "latest");
  });

  test("a block's number that is no number is not believed", async () => {
    const verdict = await fetchBlock("latest", {
      answer: (method) => method === "eth_getBlockByNumber" && { result: { number: "0x11<b>" } },
    });
    assert.equal(verdict.status, "error");
    assert.match(verdict.line, /has no block latest/);
  });

  test("a number in decimal becomes the node's own notation", async () => {
    assertValid(await fetchBlock("17"));
    assert.deepEqual(node.asked[0], ["eth_getBlockByNumber", "0x11", false]);
  });

  test("run again and measured, it is the block that was fetched, though the node has gone on", async () => {
    let latest = 0x10;
    const verdict = await fetchBlock("latest", {
      answer: (method) => {
        if (method !== "eth_getBlockByNumber") {
          return undefined;
        }
        latest += 1;
        return { result: { ...ANSWERS.eth_getBlockByNumber, number: `0x${latest.toString(16)}` } };
      },
    });
    assertValid(verdict);
    await page.waitForSelector("#parallel:not([hidden])");
    await page.focus("#threads");
    const again = await verdictAfter(page, () => page.keyboard.press("Home"));
    assertValid(again);
    assert.equal(again.line, verdict.line);
    await page.waitForSelector("#parallel:not([hidden])");
    await page.click("#compare");
    await page.waitForFunction(() => document.querySelector("#announce").textContent === "Measured.");
    assert.deepEqual(
      node.asked.filter(([method]) => method === "debug_executionWitness"),
      [["debug_executionWitness", "0x11"]],
    );
    assert.equal(node.asked.filter(([method]) => method === "eth_getBlockByNumber").length, 1);
    await page.focus("#threads");
    assertValid(await verdictAfter(page, () => page.keyboard.press("ArrowRight")));
    assertValid(await fetchBlock("latest"));
    assert.equal(node.asked.filter(([method]) => method === "debug_executionWitness").length, 1);
  });

  test("a node without raw blocks is asked for the block as JSON", async () => {
    const refuse = { error: { code: -32601, message: "the method does not exist" } };
    const verdict = await fetchBlock("17", { answer: (method) => method === "debug_getRawBlock" && refuse });
    assertValid(verdict);
    assert.match(verdict.facts["Written as"], /jsonRpc/);
  });

  test("the progress bar moves with the bytes, and the page answers meanwhile", async () => {
    await page.evaluate(() => {
      globalThis.seen = [];
      new MutationObserver(() => {
        const now = Number(document.querySelector("#progress").getAttribute("aria-valuenow"));
        seen.push([now, document.querySelector("#live").textContent]);
      }).observe(document.querySelector("#progress"), { attributeFilter: ["aria-valuenow"] });
    });
    // The witness stops after its first part until the page was seen to be alive.
    let open;
    const gate = new Promise((resolve) => {
      open = resolve;
    });
    Object.assign(node, { asked: [], answer: undefined, cors: true, gate });
    const verdict = await verdictAfter(page, async () => {
      await page.click("#fetch");
      await page.waitForFunction(() => /fetched \d+ kB/.test(document.querySelector("#live").textContent));
      await page.mouse.wheel(0, 400);
      await page.waitForFunction(() => scrollY > 0);
      assert.equal(await page.locator("#verdict").getAttribute("data-status"), "working");
      open();
    });
    assertValid(verdict);
    const steps = (await page.evaluate(() => seen)).map(([now]) => now);
    assert.ok(new Set(steps).size > 3, `steps: ${steps}`);
    assert.ok(steps.every((now, at) => at === 0 || now >= steps[at - 1] || now === 0));
    assert.equal(steps.at(-1), 100);
    assert.equal(await page.textContent("#live"), "");
    assert.match(verdict.facts.Speed, /^\d+ Mgas\/s$/);
  });

  for (const [what, changes, line, because] of [
    [
      "that does not allow this page",
      { cors: false },
      /could not be asked from this page/,
      /\(CORS\).*--http\.corsdomain http:\/\/127\.0\.0\.1/,
    ],
    [
      "where nothing answers",
      { address: "http://127.0.0.1:9/" },
      /127\.0\.0\.1:9 could not be asked/,
      /nothing answers at/,
    ],
    ["that wants a key", { answer: () => ({ status: 401 }) }, /HTTP 401/, /wants a key/],
    [
      "in the local network, which the page's policy does not let it ask",
      { address: "http://192.168.77.77:8545/" },
      /192\.168\.77\.77:8545 could not be asked/,
      /content security policy/,
    ],
    [
      "without execution witnesses",
      {
        answer: (method) =>
          method.startsWith("debug_") && { error: { code: -32601, message: "no such method" } },
      },
      /refused debug_executionWitness: no such method \(-32601\)/,
      /does not offer debug_executionWitness/,
    ],
    [
      "that is none",
      { answer: () => ({ text: "<html></html>" }) },
      /did not answer .* with JSON-RPC/,
      /HTTP interface/,
    ],
    [
      "that has not got the block",
      { answer: (method) => method === "eth_getBlockByNumber" && { result: null } },
      /has no block 0x11/,
      /a number that it has reached/,
    ],
  ]) {
    test(`a node ${what} is an error that says what to do`, async () => {
      const verdict = await fetchBlock("17", changes);
      assert.equal(verdict.status, "error");
      assert.match(verdict.line, line);
      assert.match(verdict.because, because);
    });
  }

  test("a login in the address goes to the node as a header, and into no link", async () => {
    const address = new URL(node.url);
    address.username = "käthe";
    address.password = "a:b@c";
    assertValid(await fetchBlock("17", { address: address.href }));
    assert.equal(node.login, `Basic ${Buffer.from("käthe:a:b@c").toString("base64")}`);
    await assertAddress(page, { rpc: node.url });
    assert.doesNotMatch(decodeURIComponent(page.url()), /a:b@c|k%C3%A4the|käthe/);
    assertValid(await fetchBlock("17"));
    assert.equal(node.login, undefined);
  });

  test("an address that may have a key in it goes to the node whole, and into no link", async () => {
    for (const secret of ["v3/0123456789abcdef0123456789abcdef", "?apikey=0123456789"]) {
      assertValid(await fetchBlock("17", { address: node.url + secret }));
      await page.waitForTimeout(500);
      assert.doesNotMatch(decodeURIComponent(page.url()), /0123456789/);
      assert.equal(await page.inputValue("#rpc"), node.url + secret);
    }
    assertValid(await fetchBlock("17"));
    await assertAddress(page, { rpc: node.url });
  });

  test("a node that does not go on answering can be left, and the next block verifies", async () => {
    let answerOn;
    const gate = new Promise((resolve) => {
      answerOn = resolve;
    });
    Object.assign(node, { asked: [], answer: undefined, cors: true, gate });
    await page.fill("#rpc", node.url);
    await page.fill("#block", "17");
    const { status, line } = await verdictAfter(page, async () => {
      await page.click("#fetch");
      await page.click("#stop");
    });
    assert.deepEqual([status, line], ["error", "Error: Stopped."]);
    assert.ok(await page.isHidden("#stop"));
    answerOn();
    assertValid(await fetchBlock("17"));
  });

  test("a lying node is found out", async () => {
    const witness = structuredClone(ANSWERS.debug_executionWitness);
    witness.state.splice(3, 1);
    const { status, because } = await fetchBlock("17", {
      answer: (method) => method === "debug_executionWitness" && { result: witness },
    });
    assert.equal(status, "incomplete");
    assert.match(because, /lacks trie node 0x/);
  });

  test("a block that is no block is an error before anybody is asked", async () => {
    const { status, line } = await fetchBlock("newest");
    assert.equal(status, "error");
    assert.match(line, /“newest” is no block/);
    assert.deepEqual(node.asked, []);
  });

  test("a hash that somebody vouches for is what the block is held to", async () => {
    await page.fill("#trusted", ANSWERS.eth_getBlockByNumber.hash);
    const vouched = await fetchBlock("17");
    assertValid(vouched);
    assert.match(vouched.because, /the hash you gave/);
    await page.fill("#trusted", `0x${"11".repeat(32)}`);
    const { status, because } = await fetchBlock("17");
    assert.equal(status, "invalid");
    assert.match(because, /^Block hash: expected 0x11111111…11111111/);
    await page.fill("#trusted", "");
  });

  test("a hash to vouch for that is none, or was cut, is an error, and nobody is asked", async () => {
    for (const hash of ["0x12", ANSWERS.eth_getBlockByNumber.hash.slice(0, -1), "latest"]) {
      await page.fill("#trusted", hash);
      const { status, line, because } = await fetchBlock("17");
      assert.equal(status, "error", line);
      assert.match(line, /“A block hash that you vouch for” is no block hash/);
      assert.ok(because.includes(hash), because);
      assert.deepEqual(node.asked, []);
    }
    await page.fill("#trusted", "");
    assertValid(await fetchBlock("17"));
  });

  test("a hash to vouch for that was cut in a link is an error, and is seen as it stands", async () => {
    const other = await use.open("?trusted=0x12");
    const { status, line, checks } = await verdictOn(other);
    assert.equal(status, "error", line);
    assert.match(line, /“A block hash that you vouch for” is no block hash/);
    assert.deepEqual(checks, []);
    assert.equal(await other.inputValue("#trusted"), "0x12");
    assert.ok(await other.isVisible("#trusted"));
    assert.deepEqual(other.complaints, []);
    await other.context().close();
  });

  test("a link asks the node again, with every setting as it was", async () => {
    Object.assign(node, { asked: [], answer: undefined, cors: true });
    const query = new URLSearchParams({
      source: "rpc",
      rpc: node.url,
      block: "17",
      bundle: "base",
      schedule: "sequential",
    });
    const other = await use.open(`?${query}`);
    const { status, line, engine } = await verdictOn(other);
    // Its chain is not built in, and a link carries no genesis.
    assert.equal(status, "error");
    assert.match(line, /1337/);
    assert.match(engine, /base/);
    assert.ok(node.asked.some(([method]) => method === "eth_chainId"));
    assert.equal(await other.inputValue("#rpc"), node.url);
    assert.equal(await other.inputValue("#schedule"), "sequential");
    assert.equal(await other.inputValue("#bundle"), "base");
    await other.context().close();
  });

  test("an address full of nonsense counts as no settings at all", async () => {
    const other = await use.open(
      "?threads=-3&bundle=x&schedule=y&fool=z&sort=q&show=w&transaction=1e99&trusted=",
    );
    assertValid(await verdictOn(other));
    assert.deepEqual(other.complaints, []);
    await other.context().close();
  });
});
