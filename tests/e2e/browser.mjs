/** The browser under test, and what the tests do with the page again and again. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { launchFirefox, preferencesFor } from "./firefox.mjs";
import { serve } from "./server.mjs";

/** The one that the tests run in: Chromium, unless the environment says `firefox`. */
export const BROWSER = process.env.BLOCKLIGHT_BROWSER || "chromium";
assert.ok(["chromium", "firefox"].includes(BROWSER), `BLOCKLIGHT_BROWSER=${BROWSER}: chromium or firefox`);

/** Options of a test that takes what Chromium alone has; `why` is said where it is skipped. */
export const inChromiumAlone = (why) => ({ skip: BROWSER !== "chromium" && why });

const PLACES = [
  process.env.BLOCKLIGHT_CHROME,
  process.env.BLOCKLIGHT_CHROMIUM,
  process.env.CHROME,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];
const FLAGS = [
  "--no-sandbox", // tests run as root in CI
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** `flags` are given to Chromium besides; the look of pages, as a context may ask for it, is fixed in Firefox for all of them. */
export function launch(flags = [], look = {}) {
  if (BROWSER === "firefox") {
    return launchFirefox(preferencesFor(look));
  }
  const executablePath = PLACES.find((place) => place && existsSync(place));
  if (!executablePath) {
    throw new Error("no Chromium found: set BLOCKLIGHT_CHROME to one");
  }
  return chromium.launch({ executablePath, args: [...FLAGS, ...flags] });
}

/** For pictures playwright puts this style on pages in Firefox, whose policy refuses it and says so with its hash. */
const NOT_OURS = createHash("sha256").update("body {}").digest("base64");

/** The browsers of a file of tests by the look of their pages; in Chromium one has them all. Firefox takes seconds to start. */
const browsers = new Map();
/** Suites that are not over yet. */
let users = 0;

function browserFor({ colorScheme, reducedMotion } = {}) {
  const look = BROWSER === "firefox" ? { colorScheme, reducedMotion } : {};
  const name = JSON.stringify(look);
  if (!browsers.has(name)) {
    browsers.set(name, launch([], look));
  }
  return browsers.get(name);
}

async function closeBrowsers() {
  for (const launched of browsers.values()) {
    // One that never started has failed a test already.
    await launched.then((browser) => browser.close()).catch(() => {});
  }
  browsers.clear();
}

/** A browser and a server for the tests of one suite. Suites of a file share the browser, and have contexts of their own in it. */
export function useBrowser({ isolated = true, ...served } = {}) {
  const use = {};
  users += 1;
  before(async () => {
    use.server = await serve({ isolated, ...served });
    await browserFor();
  });
  after(async () => {
    users -= 1;
    if (users === 0) {
      await closeBrowsers();
    }
    await use.server?.close();
  });
  /** Opens the page anew; what the page itself complains of fails the test that asks for it. */
  use.open = async (query = "", options = {}) => {
    // A service worker would keep what one test changes for the next; the tests of it ask for it.
    const browser = await browserFor(options);
    const context = await browser.newContext({ serviceWorkers: "block", ...options });
    const page = await context.newPage();
    page.complaints = [];
    const complain = (text) => text.includes(NOT_OURS) || page.complaints.push(text);
    page.on("pageerror", (error) => complain(String(error)));
    page.on("console", (message) => message.type() === "error" && complain(message.text()));
    await options.prepare?.(page);
    await page.goto(use.server.url + query);
    return page;
  };
  return use;
}

const SETTLED = '#verdict:not([data-status="working"])';
/** What is shown last of a report; where there is none, the error is all. */
const WHOLE = '#facts-part:not([hidden]), #verdict[data-status="error"]';

/** What the page says once it has come to an end, and all of it is there. */
export async function verdictOn(page) {
  await page.waitForSelector(SETTLED, { timeout: 120_000 });
  await page.waitForSelector(WHOLE, { state: "attached" });
  return page.evaluate(() => ({
    status: document.querySelector("#verdict").dataset.status,
    line: document.querySelector("#verdict-line").textContent,
    because: document.querySelector("#because").textContent,
    engine: document.querySelector("#engine").textContent,
    facts: Object.fromEntries(
      [...document.querySelectorAll("#facts [data-fact]")].map((fact) => [
        fact.dataset.fact,
        fact.querySelector("dd").textContent,
      ]),
    ),
    checks: [...document.querySelectorAll("#checks tr")].map((row) => ({
      rule: row.dataset.rule,
      status: row.dataset.status,
      expected: row.cells[1].title,
      got: row.cells[2].title,
    })),
  }));
}

/** Waits until the page's address holds these settings; undefined: does not hold it. */
export async function assertAddress(page, wanted) {
  const names = Object.keys(wanted);
  const now = () => {
    const { searchParams } = new URL(page.url());
    return Object.fromEntries(names.map((name) => [name, searchParams.get(name) ?? undefined]));
  };
  // It follows what is set with a short delay.
  for (let tries = 0; tries < 40 && JSON.stringify(now()) !== JSON.stringify(wanted); tries += 1) {
    await page.waitForTimeout(50);
  }
  assert.deepEqual(now(), wanted);
}

/** Where screenshots are kept for people to look at. */
const SCREENSHOTS = fileURLToPath(
  new URL(`../../test-results/${BROWSER === "firefox" ? "firefox/" : ""}`, import.meta.url),
);

/** Keeps a picture of the page, or of a part of it. */
export async function shoot(page, name, selector) {
  mkdirSync(SCREENSHOTS, { recursive: true });
  const path = `${SCREENSHOTS}${name}.png`;
  await (selector ? page.locator(selector).screenshot({ path }) : page.screenshot({ path, fullPage: true }));
}

/** Does something that starts a verification, and waits for its end. */
export async function verdictAfter(page, act) {
  await page.evaluate(() => {
    document.querySelector("#verdict").dataset.status = "working";
  });
  await act();
  return verdictOn(page);
}

/** Chooses a file by the page's own input. */
export function choose(page, buffer, name = "block.json") {
  return verdictAfter(page, () =>
    page.setInputFiles("#file", { name, mimeType: "application/octet-stream", buffer: Buffer.from(buffer) }),
  );
}

/** Opens what is folded away beside the choice of blocks. */
export async function openSettings(page) {
  await page.locator("#settings").evaluate((settings) => {
    settings.open = true;
  });
}

/** Has blocks held to the sample's chain. */
export async function chooseSampleChain(page) {
  await openSettings(page);
  await page.selectOption("#chain", "genesis");
  await page.setInputFiles("#genesis", new URL("../fixtures/sample-chain.json", import.meta.url).pathname);
}

/** That a file got a verdict, and got it for good reasons. */
export function assertValid(verdict) {
  assert.equal(verdict.status, "valid", `${verdict.line} ${verdict.because}`);
  assert.ok(verdict.checks.length > 15, "the checks are listed");
  assert.ok(verdict.checks.some(({ rule }) => rule === "stateRoot"));
  for (const { rule, status, expected, got } of verdict.checks) {
    assert.equal(status, "passed", rule);
    assert.ok(expected && got, `${rule} shows what was expected and got`);
  }
}

/** Prepares a page to find each report that its worker gives changed by `change`, a function that stands by itself. */
export function changingReports(change) {
  return (page) =>
    page.addInitScript(`{
      const change = ${change};
      const own = Object.getOwnPropertyDescriptor(Worker.prototype, "onmessage");
      Object.defineProperty(Worker.prototype, "onmessage", {
        ...own,
        set(handler) {
          own.set.call(this, (event) => {
            if (event.data?.verdict) {
              change(event.data.verdict.report);
            }
            handler(event);
          });
        },
      });
    }`);
}
