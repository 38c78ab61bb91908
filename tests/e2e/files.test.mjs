/** Files chosen and dropped: whole ones, and ones that are none. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  assertAddress,
  assertValid,
  choose,
  chooseSampleChain,
  openSettings,
  useBrowser,
  verdictAfter,
  verdictOn,
} from "./browser.mjs";
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

  test("the address says of a file that it was one", async () => {
    assertValid(await choose(page, packed()));
    await assertAddress(page, { source: "file", fool: undefined });
  });

  /** Drops files, given by name and bytes. */
  const drop = (...files) =>
    verdictAfter(page, () =>
      page.evaluate(
        (all) => {
          const data = new DataTransfer();
          for (const [name, text] of all) {
            data.items.add(new File([Uint8Array.from(atob(text), (c) => c.charCodeAt(0))], name));
          }
          for (const kind of ["dragover", "drop"]) {
            document.body.dispatchEvent(
              new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }),
            );
          }
        },
        files.map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]),
      ),
    );

  test("a dropped file is verified", async () => {
    assertValid(await drop(["dropped.json.gz", packed()]));
  });

  describe("block and witness as two files", () => {
    const { block, witness } = JSON.parse(plain());
    const raw = Buffer.from(block.slice(2), "hex");
    const text = JSON.stringify(witness);

    for (const [how, first, second] of [
      ["by their names", ["15.rlp", raw], ["15-witness.json", text]],
      ["by their names, in the other order", ["Witness of 15.json", text], ["15.hex", block]],
      ["by their contents", ["a.rlp", raw], ["b.json.gz", gzipSync(text)]],
      ["by their contents, as a node answers", ["b.json", `{"id":1,"result":${text}}`], ["a.txt", block]],
    ]) {
      test(`are told apart ${how}`, async () => {
        assertValid(await drop(first, second));
      });
    }

    test("may be chosen together", async () => {
      const files = [
        ["block.rlp", raw],
        ["witness.json", text],
      ].map(([name, bytes]) => ({
        name,
        mimeType: "application/octet-stream",
        buffer: Buffer.from(bytes),
      }));
      const verdict = await verdictAfter(page, () => page.setInputFiles("#file", files));
      assertValid(verdict);
      assert.match(verdict.facts["Written as"], /^block rlp, witness rethLists$/);
    });

    test("that cannot be told apart are an error that says what to do", async () => {
      const { status, line, because } = await drop(["a.rlp", raw], ["b.rlp", raw]);
      assert.equal(status, "error", line);
      assert.match(line, /Of a\.rlp and b\.rlp it cannot be told which is the witness/);
      assert.match(because, /a name that has “witness” in it/);
    });

    test("of which one is no longer there are an error that says what to do", async () => {
      const folder = mkdtempSync(join(tmpdir(), "blocklight-"));
      const paths = [join(folder, "a.rlp"), join(folder, "b.json")];
      writeFileSync(paths[0], raw);
      writeFileSync(paths[1], text);
      assertValid(await verdictAfter(page, () => page.setInputFiles("#file", paths)));
      rmSync(folder, { recursive: true });
      await openSettings(page);
      const verdict = await verdictAfter(page, () => page.selectOption("#schedule", "sequential"));
      assert.equal(verdict.status, "error");
      assert.match(verdict.line, /(a\.rlp|b\.json) could not be read/);
      assert.match(verdict.because, /choose both files again/);
      await verdictAfter(page, () => page.selectOption("#schedule", "speculative"));
    });

    test("and a third are an error", async () => {
      const { status, line } = await drop(["a.rlp", raw], ["witness.json", text], ["c.json", text]);
      assert.equal(status, "error", line);
      assert.match(line, /3 files are not one block/);
    });
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
