/** What `make demo` serves, by the script that it runs; only what that builds first is there already. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { assertValid, launch, verdictOn } from "./browser.mjs";

const DEMO = fileURLToPath(new URL("../../scripts/demo", import.meta.url));
/** Milliseconds until it serves, and until it has ended. */
const STARTED_WITHIN = 60_000;
const STOPPED_WITHIN = 10_000;

/** A port that nobody listens on now. Should somebody by then, Vite takes the next one and says so. */
async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

/** Starts the script and waits for the address that it tells. `stop` presses Ctrl-C and gives the signal it ended by. */
async function startDemo() {
  const env = { ...process.env, PORT: `${await freePort()}` };
  // Its standard input stays open: outside of CI, Vite takes the end of it for its own.
  const demo = spawn(DEMO, ["--built"], { env, stdio: "pipe" });
  const ended = new Promise((resolve) => demo.once("exit", (_, signal) => resolve(signal)));
  let said = "";
  const told = new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no address is told: ${said}`)), STARTED_WITHIN);
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        said += text;
        // With what follows it, so that it is whole.
        const [, url] = /Local:\s+(http:\S+)\s/.exec(stripVTControlCharacters(said)) ?? [];
        if (url) {
          clearTimeout(timer);
          resolve(url);
        }
      });
    }
    demo.once("error", reject);
    demo.once("close", () => {
      clearTimeout(timer);
      reject(new Error(`it has ended: ${said}`));
    });
  });
  const stop = async () => {
    demo.kill("SIGINT");
    const timer = setTimeout(() => demo.kill("SIGKILL"), STOPPED_WITHIN);
    const signal = await ended;
    clearTimeout(timer);
    return signal;
  };
  try {
    return { url: await told, stop };
  } catch (error) {
    demo.kill("SIGKILL");
    throw error;
  }
}

describe("the demo", () => {
  const use = {};
  before(async () => {
    use.demo = await startDemo();
    use.browser = await launch();
  });
  after(async () => {
    await use.browser?.close();
    await use.demo?.stop();
  });

  test("is an isolated page, whose sample is valid", async () => {
    // Without the service worker, which gives isolation where a host does not: here it is the server that is tested.
    const context = await use.browser.newContext({ serviceWorkers: "block" });
    const page = await context.newPage();
    await page.goto(use.demo.url);
    assert.equal(await page.evaluate(() => crossOriginIsolated), true);
    assertValid(await verdictOn(page));
    await context.close();
  });

  test("ends with Ctrl-C", async () => {
    assert.notEqual(await use.demo.stop(), "SIGKILL");
    await assert.rejects(fetch(use.demo.url));
  });
});
