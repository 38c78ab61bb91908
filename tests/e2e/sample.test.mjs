/** The page verifies its sample by itself, in every bundle. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertValid, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";

describe("on an isolated page", () => {
  const use = useBrowser();

  test("the sample is valid in the bundle threads, with no click", async () => {
    const page = await use.open("?threads=2");
    const verdict = await verdictOn(page);
    assertValid(verdict);
    assert.equal(verdict.facts.Bundle, "threads");
    assert.match(verdict.facts.Time, /on 2 threads$/);
    assert.match(verdict.line, /^Valid: block \d+/);
    assert.match(verdict.because, /hash/);
    assert.match(verdict.facts["Block hash"], /^0x[0-9a-f]{64}$/);
    await page.waitForSelector('#phases [data-state="finished"]');
    assert.match(await page.textContent("#phases-told"), /^Phases overlap/);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("the address picks the bundle base", async () => {
    const page = await use.open("?bundle=base");
    const verdict = await verdictOn(page);
    assertValid(verdict);
    assert.equal(verdict.facts.Bundle, "base");
    assert.match(verdict.facts.Time, /on 1 thread$/);
    await page.waitForSelector('#phases [data-state="finished"]');
    assert.equal(await page.textContent("#phases-told"), "", "one thread does one thing after the other");
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("both bundles report the same, but for times", async () => {
    const reports = [];
    for (const query of ["?threads=2", "?threads=1", "?bundle=base"]) {
      const page = await use.open(query);
      const { line, because, facts, checks } = await verdictOn(page);
      for (const changing of ["Time", "Speed", "Bundle", "Memory", "Schedule"]) {
        delete facts[changing];
      }
      reports.push({ line, because, facts, checks });
      await page.context().close();
    }
    assert.deepEqual(reports[1], reports[0]);
    assert.deepEqual(reports[2], reports[0]);
  });

  test("two verifications in a row", async () => {
    const page = await use.open("?threads=2");
    assertValid(await verdictOn(page));
    assertValid(await verdictAfter(page, () => page.click("#sample")));
    assertValid(await verdictAfter(page, () => page.click("#sample")));
    await page.context().close();
  });

  test("of two clicks in a row the second is answered", async () => {
    const page = await use.open("?threads=2");
    await page.waitForSelector("#engine:not(:empty)");
    assertValid(
      await verdictAfter(page, async () => {
        await page.click("#sample");
        await page.click("#sample");
      }),
    );
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
});

describe("on a page that is not isolated", () => {
  const use = useBrowser({ isolated: false });

  test("the bundle base takes over and the page says why", async () => {
    const page = await use.open();
    assert.equal(await page.evaluate(() => crossOriginIsolated), false);
    const verdict = await verdictOn(page);
    assertValid(verdict);
    assert.equal(verdict.facts.Bundle, "base");
    assert.match(verdict.engine, /not cross-origin isolated/);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });

  test("asking for threads is an error that says what they need", async () => {
    const page = await use.open("?bundle=threads");
    const { status, because } = await verdictOn(page);
    assert.equal(status, "error");
    assert.match(because, /Cross-Origin-Opener-Policy/);
    await page.context().close();
  });
});
