/** The packed package in Firefox, over WebDriver BiDi: the same as in Chromium. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import puppeteer from "puppeteer-core";
import { OPTIONS } from "../e2e/bundles.mjs";
import { findFirefox, NO_FIREFOX } from "../e2e/firefox.mjs";
import { serve } from "../e2e/server.mjs";
import { prepare } from "./driven.mjs";
import { addSample, install, pack } from "./package.mjs";

const executablePath = findFirefox();
if (!executablePath) {
  console.log(NO_FIREFOX);
}

describe("Firefox", { skip: executablePath === undefined }, () => {
  let browser;
  let home;
  before(async () => {
    home = install("plain", pack().tarball);
    addSample(home);
    // It starts slowly on a busy machine.
    browser = await puppeteer.launch({
      browser: "firefox",
      executablePath,
      headless: true,
      timeout: 120_000,
    });
  });
  after(() => browser?.close());

  async function open(t, { isolated, path = "" }) {
    const server = await serve({ isolated, root: home });
    const page = await browser.newPage();
    t.after(async () => {
      await page.close();
      await server.close();
    });
    await page.goto(`${server.url}${path}`);
    return page;
  }

  for (const [query, workers] of [
    ["?threads=2", 3],
    ["?bundle=base", 1],
  ]) {
    test(`the page finds its sample valid, ${query}`, async (t) => {
      const server = await serve({ isolated: true });
      let started = 0;
      server.answer = ({ url, headers }) => {
        // The service worker keeps the script for later; that is no start.
        const starts = headers["sec-fetch-dest"] === "worker";
        started += starts && /\/worker-[^/]*\.js$/.test(url) ? 1 : 0;
        return false;
      };
      const page = await browser.newPage();
      t.after(async () => {
        await page.close();
        await server.close();
      });
      const from = performance.now();
      await page.goto(server.url + query);
      const settled = await page.waitForSelector('#verdict:not([data-status="working"])', {
        timeout: 60_000,
      });
      assert.equal(await settled.evaluate(({ dataset }) => dataset.status), "valid");
      // Where Firefox does not start a thread, all begin anew, after so long (`THREADS_TIMEOUT` of `web/client/session.ts`).
      const anew = workers > 1 && performance.now() - from > 5000;
      assert.ok(anew ? started > workers : started === workers, `worker and threads: ${started} starts`);
    });
  }

  for (const isolated of [true, false]) {
    test(`the sample is valid on a page that is ${isolated ? "" : "not "}isolated`, async (t) => {
      const page = await open(t, { isolated });
      await page.waitForSelector("body[data-result]", { timeout: 60_000 });
      const { status, bundle, threads, message } = JSON.parse(
        await page.$eval("body", (body) => body.dataset.result),
      );
      const cores = await page.evaluate(() => navigator.hardwareConcurrency);
      assert.equal(status, "valid", message);
      const picked = isolated ? bundle.replace(/-wide$/, "") : bundle;
      assert.deepEqual([picked, threads], isolated ? ["threads", Math.min(cores, 16)] : ["base", 1]);
    });
  }

  /** What the sample comes to by these options, without times. */
  async function sampleBy(page, options) {
    const result = await page.evaluate(async (options) => {
      const verify = async () => {
        const verifier = await lib.createVerifier(options);
        const verdict = await verifier.verify({ input: await packed(), chain });
        verifier.close();
        return verdict;
      };
      return outcome(verify());
    }, options);
    if (result.verdict) {
      assert.ok(result.verdict.report.timing.totalMs > 0);
      delete result.verdict.report.timing;
    }
    return result;
  }

  for (const options of [
    { bundle: "threads-wide", threads: 2 },
    { bundle: "threads", threads: 2 },
    { bundle: "threads", threads: 1 },
  ]) {
    const { bundle, threads } = options;
    test(`the bundle ${bundle} on ${threads} threads reports the same as base, but for times`, async (t) => {
      const page = await open(t, { isolated: true, path: "blank.html" });
      await page.evaluate(prepare);
      const pooled = await sampleBy(page, options);
      if (pooled.code === "load" && /no WebAssembly wide arithmetic/.test(pooled.details)) {
        t.skip(`${await browser.version()} has no wide arithmetic`);
        return;
      }
      assert.equal(pooled.status, "valid", pooled.message);
      assert.deepEqual(pooled.verdict, (await sampleBy(page, { bundle: "base" })).verdict);
    });
  }

  for (const options of OPTIONS) {
    test(`giving up, an error and the next call, ${options.bundle}`, async (t) => {
      const page = await open(t, { isolated: true, path: "blank.html" });
      await page.evaluate(prepare);
      const { given, code, next } = await page.evaluate(async (options) => {
        const verifier = await lib.createVerifier(options);
        const control = new AbortController();
        let aborted;
        const onProgress = () => {
          aborted ??= performance.now();
          control.abort(new Error("enough"));
        };
        const { message } = await outcome(
          verifier.verify({
            input: await fetch("sample-block.json.gz"),
            chain,
            onProgress,
            signal: control.signal,
          }),
        );
        const given = { message, ms: performance.now() - aborted };
        const { code } = await outcome(verifier.verify({ input: "hello" }));
        const next = await outcome(verifier.verify({ input: await fetch("sample-block.json.gz"), chain }));
        return { given, code, next: next.message ?? next.status };
      }, options);
      assert.equal(given.message, "enough");
      assert.ok(given.ms < 100, `${given.ms} ms`);
      assert.equal(code, "input");
      assert.equal(next, "valid");
    });
  }
});
