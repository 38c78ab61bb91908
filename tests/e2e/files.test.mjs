/** Files chosen and dropped: whole ones, and ones that are none. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertValid, choose, chooseSampleChain, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { changed, packed, plain } from "./sample.mjs";

describe("files", () => {
  const use = useBrowser();
  let page;
  before(async () => {
    page = await use.open("?threads=2");
    assertValid(await verdictOn(page));
    await chooseSampleChain(page);
  });

  test("a compressed file with its chain's genesis is valid", async () => {
    assertValid(await choose(page, packed(), "sample.json.gz"));
  });

  test("a plain file is valid", async () => {
    assertValid(await choose(page, plain()));
  });

  test("a dropped file is verified", async () => {
    const base64 = packed().toString("base64");
    const verdict = await verdictAfter(page, () =>
      page.evaluate((text) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], "dropped.json.gz"));
        for (const kind of ["dragover", "drop"]) {
          document.body.dispatchEvent(
            new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }),
          );
        }
      }, base64),
    );
    assertValid(verdict);
  });

  for (const [what, bytes, words] of [
    [
      "a picture",
      Buffer.from("89504e470d0a1a0a0000000d49484452", "hex"),
      /JSON file with `block` and `witness`/,
    ],
    ["an empty file", Buffer.alloc(0), /JSON file with `block` and `witness`/],
    ["JSON of something else", Buffer.from('{"hello": "world"}'), /JSON file with `block` and `witness`/],
    ["a file that was cut off", plain().subarray(0, 100_000), /cut off/],
    ["a gzip file that was cut off", packed().subarray(0, 100_000), /gzip file is cut or damaged/],
  ]) {
    test(`${what} is an error with advice, and the page stays usable`, async () => {
      const { status, because, line } = await choose(page, bytes);
      assert.equal(status, "error", line);
      assert.match(because, words);
      assertValid(await choose(page, packed()));
    });
  }

  test("a block of a chain that is not built in is an error that asks for its genesis", async () => {
    await page.selectOption("#chain", "");
    const { status, line, because } = await choose(page, packed());
    assert.equal(status, "error", line);
    assert.match(because, /genesis/);
  });

  test("a block of another chain than the one chosen is an error", async () => {
    await page.selectOption("#chain", "hoodi");
    const { status, because } = await choose(page, packed());
    assert.equal(status, "error");
    assert.match(because, /1337/);
  });

  test("a genesis that is none is an error", async () => {
    await page.selectOption("#chain", "genesis");
    await page.setInputFiles("#genesis", {
      name: "g.json",
      mimeType: "application/json",
      buffer: Buffer.from('{"a":1}'),
    });
    const { status, because } = await choose(page, packed());
    assert.equal(status, "error");
    assert.match(because, /geth genesis/);
  });

  test("numbers beyond what JavaScript can hold do not hide the verdict", async () => {
    await chooseSampleChain(page);
    const { withHeaderField } = await import("./sample.mjs");
    const file = changed((sample) => withHeaderField(sample, 8, Buffer.from("ffffffffffffffff", "hex")));
    const { status, because } = await choose(page, file);
    assert.equal(status, "invalid");
    assert.match(because, /number/i);
  });
});
