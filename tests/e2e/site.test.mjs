/** The page as files on a host: how much code it is, which headers it asks for, what it can do without either host or network. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { assertValid, useBrowser, verdictAfter, verdictOn } from "./browser.mjs";
import { headersOf } from "./server.mjs";

const DIST = fileURLToPath(new URL("../../dist/", import.meta.url));
/** Bytes after gzip that the page's code may have, without wasm. */
const MOST = 60_000;

test("the page's code is within its budget", () => {
  const code = readdirSync(DIST, { recursive: true })
    .filter((name) => /\.(js|css|html)$/.test(name) && !/bench/.test(name))
    .map((name) => [name, gzipSync(readFileSync(DIST + name)).length]);
  const sum = code.reduce((total, [, size]) => total + size, 0);
  console.log(`page code: ${sum} bytes after gzip, at most ${MOST}`);
  assert.ok(code.length >= 5, "the code is there");
  assert.ok(sum <= MOST, `${sum} bytes: ${code.map((file) => file.join(" ")).join(", ")}`);
});

test("the folder says which headers its host is to send", () => {
  const headers = headersOf(readFileSync(`${DIST}_headers`, "utf8"));
  assert.equal(headers["Cross-Origin-Opener-Policy"], "same-origin");
  assert.equal(headers["Cross-Origin-Embedder-Policy"], "require-corp");
  // GitHub Pages leaves out files that begin with an underscore, unless it is told not to.
  assert.ok(readdirSync(DIST).includes(".nojekyll"));
});

/** Waits until the service worker has kept everything. */
const kept = (page) => page.waitForSelector("#offline:not(:empty)", { timeout: 60_000 });

describe("after the first visit", () => {
  const use = useBrowser();

  test("the page verifies without a network", async () => {
    const page = await use.open("?threads=2", { serviceWorkers: "allow" });
    assertValid(await verdictOn(page));
    await kept(page);
    assert.match(await page.textContent("#offline"), /works offline/);
    const { url, close } = use.server;
    await close();
    use.server.close = async () => {};
    // Gone, as seen from the browser.
    const reached = await page.evaluate(
      (address) =>
        fetch(`${address}nothing-of-that-name`).then(
          () => true,
          () => false,
        ),
      url,
    );
    assert.equal(reached, false);
    await page.goto(`${url}index.html?threads=2`);
    assertValid(await verdictOn(page));
    await page.goto(`${url}?threads=2`);
    const verdict = await verdictOn(page);
    assertValid(verdict);
    assert.equal(verdict.facts.Bundle, "threads");
    assertValid(await verdictAfter(page, () => page.click("#sample")));
    await page.context().close();
  });
});

describe("on a host that sends no headers", () => {
  const use = useBrowser({ isolated: false });

  test("the service worker isolates the page from the second visit on", async () => {
    const page = await use.open("", { serviceWorkers: "allow" });
    const first = await verdictOn(page);
    assertValid(first);
    assert.equal(first.facts.Bundle, "base");
    await kept(page);
    assert.match(await page.textContent("#offline"), /Reload it, and it runs on all threads/);
    await page.reload();
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    const second = await verdictOn(page);
    assertValid(second);
    assert.match(second.facts.Bundle, /^threads/);
    await page.goto(`${use.server.url}index.html?threads=2`);
    assert.equal(await page.evaluate(() => crossOriginIsolated), true, "by its other name as well");
    await page.context().close();
  });

  test("what else is on that host is none of the service worker's business, with a network and without", async () => {
    const page = await use.open("", { serviceWorkers: "allow" });
    await verdictOn(page);
    await kept(page);
    await page.reload();
    await verdictOn(page);
    const foreign = `${use.server.url}another-project/`;
    use.server.answer = (request, response) => {
      const isForeign = request.url.startsWith("/another-project/");
      if (isForeign) {
        response.writeHead(200, { "Content-Type": "text/html" }).end("<title>Another project</title>");
      }
      return isForeign;
    };
    const isolation = (address) =>
      page.evaluate(async (of) => {
        const { headers } = await fetch(of);
        return [headers.get("Cross-Origin-Opener-Policy"), headers.get("Cross-Origin-Embedder-Policy")];
      }, address);
    assert.deepEqual(await isolation("./"), ["same-origin", "require-corp"]);
    assert.deepEqual(await isolation(`${foreign}data.json`), [null, null]);
    const other = await page.context().newPage();
    const answer = await other.goto(foreign);
    assert.equal(answer.fromServiceWorker(), false);
    assert.equal(await other.title(), "Another project");
    assert.equal(await other.evaluate(() => crossOriginIsolated), false);

    await use.server.close();
    use.server.close = async () => {};
    await assert.rejects(other.goto(foreign), "it is as unreachable as its host");
    await page.reload();
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    assertValid(await verdictOn(page));
    await page.context().close();
  });
});

describe("what `make site` builds, in a folder of its host", () => {
  const REPOSITORY = fileURLToPath(new URL("../../", import.meta.url));
  const root = `${REPOSITORY}site/`;
  before(() => {
    const vite = `${REPOSITORY}node_modules/vite/bin/vite.js`;
    execFileSync(process.execPath, [vite, "build", "--mode", "site", "--logLevel", "error"], {
      cwd: REPOSITORY,
    });
  });
  const use = useBrowser({ root, under: "/some/folder/" });

  test("the page verifies there, and offline, and keeps to its own caches", async () => {
    const page = await use.open("?threads=2", { serviceWorkers: "allow" });
    assertValid(await verdictOn(page));
    await page.evaluate(() => caches.open("blocklight /another/folder/ 0"));
    await kept(page);
    const names = await page.evaluate(() => caches.keys());
    assert.ok(names.includes("blocklight /another/folder/ 0"), "another page's cache is not its business");
    assert.equal(names.filter((name) => name.startsWith("blocklight /some/folder/ ")).length, 1);
    await use.server.close();
    use.server.close = async () => {};
    await page.reload();
    assertValid(await verdictOn(page));
    await page.context().close();
  });

  test("has no bench page, and has the licences of all that is in it", () => {
    const names = readdirSync(root, { recursive: true }).map(String);
    assert.ok(
      names.some((name) => /licen[cs]es/i.test(name)),
      names.join(),
    );
    assert.ok(!names.some((name) => name.includes("bench")), names.join());
  });
});
