/** The page stays alive: while it verifies, when a thread dies, when a bundle cannot be loaded. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertValid, inChromiumAlone, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { QUERIES } from "./bundles.mjs";

/** Milliseconds that the page's main thread may be busy at a stretch. */
const LONGEST = 50;
/**
 * Loads, and verifications, in one test. What blocks by itself does so every time; on a machine with two cores a task of half as long
 * is held up for the rest by the browser's own threads, every second time. So it is the third quickest of them that counts.
 * Loads are held to it apart from verifications, for what blocks at every load alone is never among the quickest of both.
 */
const RUNS = 7;
const COUNTS = 2;
/** So many sevens at most, of which one has to pass: a machine that is busy for a minute is not a page that blocks. */
const ATTEMPTS = 3;

/** Milliseconds from a thread's death until the page says so. */
const CRASHED_WITHIN = 1000;

/** What tests that count them are skipped for elsewhere. */
const COUNTED = inChromiumAlone("only Chromium counts long tasks");

/** Watches from before the page's first script: main-thread tasks over 50 ms, as the browser counts them. */
function watchLongTasks(page) {
  return page.addInitScript(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => {
      longTasks.push(...list.getEntries().map(({ startTime, duration }) => [startTime, duration]));
    }).observe({ type: "longtask" });
  });
}

/** Milliseconds of the longest task that began between two moments of the page's clock. */
async function longest(page, from, to) {
  // Entries come in a task of their own.
  await page.waitForTimeout(100);
  return page.evaluate(
    ([start, end]) =>
      Math.max(0, ...longTasks.filter(([at]) => at >= start && at <= end).map(([, duration]) => duration)),
    [from, to],
  );
}

const now = (page) => page.evaluate(() => performance.now());

/**
 * When the page's document had been read, before its first script. Until then the main thread is the browser's, which starts a
 * process and waits for the network: that takes it longer than the limit here, and on an empty page as well.
 */
const read = (page) => page.evaluate(() => performance.getEntriesByType("navigation")[0].domInteractive);

/** That the longest tasks of `run`, again and again, were not over the limit. */
async function assertNeverBlocks(run) {
  const seen = [];
  while (seen.length < ATTEMPTS) {
    const worst = [];
    while (worst.length < RUNS) {
      worst.push(await run());
    }
    if (worst.toSorted((a, b) => a - b)[COUNTS] <= LONGEST) {
      return;
    }
    seen.push(worst);
  }
  assert.fail(`longest tasks, ms: ${seen.join(" | ")}`);
}

/** That the observer sees what there is to see: a task that really blocks. */
async function assertWatched(page) {
  const blocked = await now(page);
  await page.evaluate(() => {
    setTimeout(() => {
      const end = performance.now() + 80;
      while (performance.now() < end) {}
    });
  });
  await page.waitForFunction((start) => longTasks.some(([at]) => at >= start), blocked, {
    timeout: 10_000,
  });
}

describe("liveness", () => {
  const use = useBrowser();

  for (const query of QUERIES) {
    test(
      `loading, with the sample's verdict, never blocks the main thread over ${LONGEST} ms, ${query}`,
      COUNTED,
      async () => {
        await assertNeverBlocks(async () => {
          // In a context of its own: nothing is cached, as at a first visit.
          const page = await use.open(query, { prepare: watchLongTasks });
          assertValid(await verdictOn(page));
          const worst = await longest(page, await read(page), await now(page));
          await assertWatched(page);
          await page.context().close();
          return worst;
        });
      },
    );

    test(`verifying never blocks the main thread over ${LONGEST} ms, ${query}`, COUNTED, async () => {
      const page = await use.open(query, { prepare: watchLongTasks });
      assertValid(await verdictOn(page));
      await assertWatched(page);
      await assertNeverBlocks(async () => {
        const from = await now(page);
        assertValid(await verdictAfter(page, () => page.click("#sample")));
        return longest(page, from, await now(page));
      });
      await page.context().close();
    });

    test(`phases are seen to advance while it works, ${query}`, async () => {
      const page = await use.open(query);
      assertValid(await verdictOn(page));
      await page.evaluate(() => {
        globalThis.seen = [];
        new MutationObserver((records) => {
          for (const { target } of records) {
            seen.push(`${target.dataset.phase} ${target.dataset.state}`);
          }
        }).observe(document.querySelector("#phases"), { subtree: true, attributeFilter: ["data-state"] });
      });
      assertValid(await verdictAfter(page, () => page.click("#sample")));
      const seen = await page.evaluate(() => seen);
      assert.ok(seen.includes("execute running"), `seen: ${seen}`);
      assert.equal(await page.locator('#phases [data-state="finished"]').count(), 8);
      await page.context().close();
    });
  }

  test(`a thread of the pool that dies ends in an error within ${CRASHED_WITHIN} ms, and the next call works`, async () => {
    // The pool's workers get a clock that throws, so that the first of them to look at it dies at its work. It says when,
    // on the time scale that page and workers share.
    use.server.alter = (path) =>
      path.includes("worker")
        ? `if (self.name.startsWith("blocklight thread")) {
            const now = performance.now.bind(performance);
            performance.now = () => { throw new Error("the clock broke at " + (performance.timeOrigin + now())); };
          }`
        : "";
    const page = await use.open("?threads=2");
    const { status, line, because } = await verdictOn(page);
    const told = await page.evaluate(() => performance.timeOrigin + performance.now());
    assert.equal(status, "error", line);
    assert.match(line, /crashed/);
    const [, broke] = /the clock broke at (\d+(?:\.\d+)?)/.exec(because) ?? [];
    const ms = told - Number(broke);
    assert.ok(ms < CRASHED_WITHIN, `${ms} ms: ${because}`);
    use.server.alter = undefined;
    assertValid(await verdictAfter(page, () => page.click("#sample")));
    await page.context().close();
  });

  for (const query of QUERIES) {
    test(`a bundle that cannot be fetched is an error with advice, and works once it can, ${query}`, async () => {
      const page = await use.open(query, {
        prepare: (page) => page.context().route(/\.wasm$/, (route) => route.fulfill({ status: 404 })),
      });
      const { status, because } = await verdictOn(page);
      assert.equal(status, "error");
      assert.match(because, /\.wasm/);
      await page.context().unroute(/\.wasm$/);
      assertValid(await verdictAfter(page, () => page.click("#sample")));
      await page.context().close();
    });
  }
});
