/** Operated by keyboard, heard as well as seen, at every width and in both colour schemes. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, test } from "node:test";
import {
  assertValid,
  choose,
  chooseSampleChain,
  shoot,
  useBrowser,
  verdictAfter,
  verdictOn,
} from "./browser.mjs";
import { SLICED } from "./bundles.mjs";
import { startNode } from "./node.mjs";
import { changed, packed, withHeaderField } from "./sample.mjs";
import { withStories } from "./story.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Colour schemes and sizes: in a slice each once, else each with each. */
const LOOKS = [
  ["light", 1280, 900],
  ["dark", 375, 740],
  ...(SLICED
    ? []
    : [
        ["light", 375, 740],
        ["dark", 1280, 900],
      ]),
];

/** What axe finds wrong, one line each. */
async function wrongBy(page) {
  await page.evaluate(AXE);
  // What it finds right is much, and would take longer to leave the page than to find.
  const violations = await page.evaluate(async (values) => {
    const { violations } = await globalThis.axe.run({ runOnly: { type: "tag", values } });
    return violations;
  }, WCAG);
  return violations.map(
    ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 120))}`,
  );
}

const focused = (page) =>
  page.evaluate(() => document.activeElement.id || document.activeElement.textContent);

/** Presses Tab until the element with this id has the focus. */
async function tabTo(page, id) {
  for (let presses = 0; presses < 120; presses += 1) {
    await page.keyboard.press("Tab");
    if ((await focused(page)) === id) {
      return;
    }
  }
  assert.fail(`Tab never comes to #${id}`);
}

describe("use", () => {
  const use = useBrowser();

  test("everything can be done by keyboard", async () => {
    const page = await use.open("?threads=2", { prepare: withStories });
    assertValid(await verdictOn(page));

    // Playwright starts to intercept choosers when somebody waits for one, and does not say when it does. A key that
    // comes before opens the browser's own dialog, which is cancelled at once: nothing is chosen, nothing is heard.
    // What the page is asked after that is answered after that.
    const chooser = page.waitForEvent("filechooser");
    await page.evaluate(() => {});
    await page.keyboard.press("Tab");
    assert.match(await focused(page), /Skip/);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const { status } = await verdictAfter(page, async () => {
      await (await chooser).setFiles({ name: "a.json.gz", mimeType: "application/gzip", buffer: packed() });
    });
    assert.equal(status, "error", "the file's chain is not built in");

    await page.keyboard.press("Tab");
    assertValid(await verdictAfter(page, () => page.keyboard.press("Enter")));

    for (const id of ["paste", "rpc", "block", "fetch"]) {
      await page.keyboard.press("Tab");
      assert.equal(await focused(page), id);
    }
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator("#settings").getAttribute("open"), "");
    await page.keyboard.press("Tab");
    await page.keyboard.press("End");
    assert.equal(await page.inputValue("#chain"), "genesis");
    await page.keyboard.press("Tab");
    assert.equal(await focused(page), "genesis");

    await tabTo(page, "Flip a bit");
    const { status: lied } = await verdictAfter(page, () => page.keyboard.press("Space"));
    assert.equal(lied, "incomplete");
    await page.context().close();
  });

  test("charts and tables are reached and read by keyboard", async () => {
    const page = await use.open("?threads=2", { prepare: withStories });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#transactions-part:not([hidden])");
    await page.focus("#compare");
    for (const id of ["timeline", "arcs"]) {
      await tabTo(page, id);
      const before = await page.textContent(`#${id}-detail`);
      await page.keyboard.press("ArrowRight");
      const after = await page.textContent(`#${id}-detail`);
      assert.match(after, /^Transaction \d+/);
      assert.notEqual(after, before);
    }
    await tabTo(page, "transactions");
    await page.keyboard.press("End");
    assert.equal(
      await page.locator("#transactions").getAttribute("aria-activedescendant"),
      "transaction-432",
    );
    assert.match(await page.textContent("#picked"), /Transaction432/);
    await page.context().close();
  });

  test("keys with Alt, Ctrl or Meta are the browser's own, on charts and tables too", async () => {
    const page = await use.open("?threads=2", { prepare: withStories });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#transactions-part:not([hidden])");
    const taken = (id, key, modifier) =>
      page.evaluate(
        ([id, key, modifier]) =>
          !document
            .getElementById(id)
            .dispatchEvent(
              new KeyboardEvent("keydown", { key, [modifier]: true, bubbles: true, cancelable: true }),
            ),
        [id, key, modifier],
      );
    for (const id of ["timeline", "arcs", "transactions"]) {
      await page.focus(`#${id}`);
      for (const key of ["ArrowLeft", "ArrowDown", "Home", "End"]) {
        for (const modifier of ["altKey", "ctrlKey", "metaKey"]) {
          assert.equal(await taken(id, key, modifier), false, `${id}: ${modifier} and ${key}`);
        }
      }
      assert.equal(await taken(id, "End", "none"), true, `${id} takes End`);
    }
    await page.context().close();
  });

  test("of the two charts' words, only those that keys change are read out", async () => {
    const page = await use.open("?threads=2", { prepare: withStories });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#parallel:not([hidden])");
    const live = () =>
      page.locator(".detail[aria-live]:not([aria-live=off])").evaluateAll((all) => all.map(({ id }) => id));
    assert.deepEqual(await live(), []);
    for (const id of ["timeline", "arcs"]) {
      await page.focus(`#${id}`);
      await page.keyboard.press("ArrowRight");
      assert.deepEqual(await live(), [`${id}-detail`]);
    }
    await page.hover("#arcs", { position: { x: 60, y: 60 } });
    assert.deepEqual(await live(), [], "a pointer has nothing read out at every move");
    assert.match(await page.textContent("#timeline-detail"), /^Transaction \d+/);
    await page.keyboard.press("ArrowRight");
    await page.focus("#filter");
    assert.deepEqual(await live(), []);
    await page.context().close();
  });

  test("while a node keeps it waiting, Stop has room on a phone; its focus goes on to the verdict", async () => {
    const node = await startNode();
    const page = await use.open("?threads=2", { viewport: { width: 375, height: 740 } });
    assertValid(await verdictOn(page));
    await chooseSampleChain(page);
    let open;
    node.gate = new Promise((resolve) => {
      open = resolve;
    });
    await page.fill("#rpc", node.url);
    await page.fill("#block", "17");
    const verdict = await verdictAfter(page, async () => {
      await page.click("#fetch");
      await page.waitForSelector("#stop", { state: "visible" });
      await page.evaluate(() => scrollTo(0, 0));
      await shoot(page, "working-light-375");
      const covered = await page.evaluate(() => {
        const stop = document.querySelector("#stop").getBoundingClientRect();
        return ["mark", "verdict-line", "because", "live", "progress"].filter((id) => {
          const range = document.createRange();
          range.selectNodeContents(document.getElementById(id));
          const boxes =
            id === "mark"
              ? [document.getElementById(id).getBoundingClientRect()]
              : [...range.getClientRects()];
          return boxes.some(
            (box) =>
              box.left < stop.right &&
              stop.left < box.right &&
              box.top < stop.bottom &&
              stop.top < box.bottom,
          );
        });
      });
      assert.deepEqual(covered, [], "Stop lies over them");
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      assert.deepEqual(await wrongBy(page), []);
      await page.setViewportSize({ width: 1280, height: 900 });
      await shoot(page, "working-light-1280", "#verdict");
      await page.focus("#stop");
      open();
    });
    assertValid(verdict);
    assert.equal(await focused(page), "verdict");
    await page.context().close();
    await node.close();
  });

  test("the verdict is announced, and told by more than its colour", async () => {
    const page = await use.open("?threads=2");
    const { line } = await verdictOn(page);
    assert.equal(await page.getByRole("status").locator("#verdict-line").textContent(), line);
    assert.equal(
      await page.locator("[aria-live]:has(#verdict-line):has(#because)").getAttribute("aria-live"),
      "polite",
    );
    assert.equal(await page.locator("#mark").textContent(), "✓");
    assert.match(line, /^Valid/);
    await page.context().close();
  });

  test("nothing moves where less motion is asked for", async () => {
    const page = await use.open("?threads=2", { reducedMotion: "reduce" });
    await verdictOn(page);
    const moving = await page.evaluate(
      () =>
        [...document.querySelectorAll("*")].filter((element) => {
          const { animationName, transitionDuration } = getComputedStyle(element);
          return animationName !== "none" || transitionDuration.split(", ").some((time) => time !== "0s");
        }).length,
    );
    assert.equal(moving, 0);
    await page.context().close();
  });

  for (const [width, height] of [
    // What 1280 px are at 400 % (WCAG 1.4.10), and a wide screen.
    [320, 640],
    [1920, 1080],
  ]) {
    test(`fits ${width} px`, async () => {
      const page = await use.open("?threads=2&transaction=7", {
        viewport: { width, height },
        prepare: withStories,
      });
      assertValid(await verdictOn(page));
      await page.waitForSelector("#picked:not([hidden])");
      await shoot(page, `valid-light-${width}`);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      assert.ok(overflow <= 0, `${overflow} px too wide`);
      await page.context().close();
    });
  }

  for (const [colorScheme, width, height] of LOOKS) {
    test(`fits ${width} px and has nothing for axe to find, ${colorScheme}`, async () => {
      const page = await use.open("?threads=2&transaction=7", {
        colorScheme,
        viewport: { width, height },
        prepare: withStories,
      });
      const look = async (what) => {
        await shoot(page, `${what}-${colorScheme}-${width}`);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
        assert.deepEqual(await wrongBy(page), [], what);
      };
      assertValid(await verdictOn(page));
      await page.waitForSelector("#picked:not([hidden])");
      await page.focus("#timeline");
      await look("valid");

      await chooseSampleChain(page);
      await choose(
        page,
        changed((sample) => withHeaderField(sample, 3, Buffer.alloc(32, 7))),
      );
      await look("invalid");

      await verdictAfter(page, () => page.click('[data-mutation="drop"]'));
      await look("incomplete");

      await choose(page, Buffer.from("hello"));
      await look("error");
      const bars = await page.locator("#phases .bar").evaluateAll((all) => all.map((bar) => bar.clientWidth));
      assert.deepEqual(bars, new Array(8).fill(0), "no phase is shown as done");
      await page.context().close();
    });
  }
});
