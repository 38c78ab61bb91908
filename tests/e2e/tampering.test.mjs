/** A file that was tampered with is invalid or incomplete, with the reason on the screen; never valid. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { assertValid, choose, chooseSampleChain, useBrowser, verdictOn } from "./browser.mjs";
import { QUERIES } from "./bundles.mjs";
import { changed, flipped, withHeaderField } from "./sample.mjs";

/** Places of fields in a header. */
const [STATE_ROOT, GAS_USED] = [3, 10];

for (const query of QUERIES) {
  describe(`tampering, ${query}`, () => {
    const use = useBrowser();
    let page;
    before(async () => {
      page = await use.open(query);
      assertValid(await verdictOn(page));
      await chooseSampleChain(page);
    });

    for (const place of [0, 0.5, 0.99]) {
      test(`a bit flipped in the node at ${place} of the witness`, async () => {
        const file = changed(({ witness: { state } }) => {
          const at = Math.floor(place * state.length);
          state[at] = flipped(state[at], 20);
        });
        const { status, because } = await choose(page, file);
        assert.equal(status, "incomplete");
        assert.match(because, /trie node 0x[0-9a-f]{8}…[0-9a-f]{8} at path/);
      });

      test(`the node at ${place} of the witness dropped`, async () => {
        const file = changed(({ witness: { state } }) => state.splice(Math.floor(place * state.length), 1));
        const { status, because } = await choose(page, file);
        assert.equal(status, "incomplete");
        assert.match(because, /lacks trie node 0x/);
      });
    }

    test("every code dropped", async () => {
      const file = changed(({ witness }) => {
        witness.codes = [];
      });
      const { status, because } = await choose(page, file);
      assert.equal(status, "incomplete");
      assert.match(because, /lacks the code 0x/);
    });

    test("no ancestor headers", async () => {
      const file = changed(({ witness }) => {
        witness.headers = [];
      });
      const { status, because } = await choose(page, file);
      assert.equal(status, "incomplete");
      assert.match(because, /parent's header/);
    });

    test("the header's gas used changed", async () => {
      const file = changed((sample) => withHeaderField(sample, GAS_USED, Buffer.from("0142ab", "hex")));
      const { status, because, checks } = await choose(page, file);
      assert.equal(status, "invalid");
      assert.match(because, /^Gas used: expected 82603, got \d+\.$/);
      const failed = checks.filter((check) => check.status === "failed");
      assert.deepEqual(
        failed.map(({ rule, expected }) => [rule, expected]),
        [["gasUsed", "82603"]],
      );
    });

    test("the header's state root changed", async () => {
      const file = changed((sample) => withHeaderField(sample, STATE_ROOT, Buffer.alloc(32, 7)));
      const { status, because, checks } = await choose(page, file);
      assert.equal(status, "invalid");
      assert.match(because, /^State root: expected 0x07070707…07070707, got 0x/);
      assert.equal(checks.at(-1).expected, `0x${"07".repeat(32)}`);
    });

    test("another hash than the block's", async () => {
      const file = changed((sample) => {
        sample.hash = `0x${"11".repeat(32)}`;
      });
      const { status, because } = await choose(page, file);
      assert.equal(status, "invalid");
      assert.match(because, /^Block hash: expected 0x11111111…11111111/);
    });

    test("junk added and everything turned round: still valid", async () => {
      const file = changed(({ witness }) => {
        witness.state.reverse();
        witness.codes.reverse();
        witness.state.push("0x00", `0x${"ab".repeat(40)}`, witness.state[0]);
        witness.codes.push("0x6001");
      });
      assertValid(await choose(page, file));
    });
  });
}
