/** Pages that tests drive themselves, with the packed package on them and no bundler. */
import { after, before } from "node:test";
import { launch } from "../e2e/browser.mjs";
import { serve } from "../e2e/server.mjs";
import { addSample, install, pack } from "./package.mjs";

/** A browser and a server for the tests of one file; `use.open()` gives a page that has the package as `lib`. */
export function usePackage({ isolated = true, flags = [] } = {}) {
  const use = {};
  before(async () => {
    const home = install("plain", pack().tarball);
    addSample(home);
    use.server = await serve({ isolated, root: home });
    use.browser = await launch(flags);
  });
  after(async () => {
    await use.browser?.close();
    await use.server?.close();
  });
  use.open = async (test) => {
    const page = await use.browser.newPage();
    test.after(() => page.close());
    await page.goto(`${use.server.url}blank.html`);
    await page.evaluate(prepare);
    return page;
  };
  return use;
}

/** In the page: the package, the sample in every form, and how an error looks. */
export async function prepare() {
  const unpack = async (response) =>
    new Response(response.body.pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
  globalThis.lib = await import("./node_modules/blocklight/index.js");
  globalThis.packed = async () => (await fetch("sample-block.json.gz")).arrayBuffer();
  globalThis.plain = async () => unpack(await fetch("sample-block.json.gz"));
  globalThis.chain = await (await fetch("sample-chain.json")).text();
  /** What a promise comes to, as something that can leave the page, and the milliseconds it took. */
  globalThis.outcome = async (promise) => {
    const from = performance.now();
    const told = (rest) => ({ ...rest, ms: performance.now() - from });
    try {
      const verdict = await promise;
      return told({ status: verdict.status, number: verdict.report?.number, verdict });
    } catch (error) {
      const { name, code, shortMessage, details, advice, message } = error;
      const cause = error.cause === undefined ? undefined : String(error.cause);
      const ours = error instanceof lib.BlocklightError;
      return told({ status: "error", name, code, shortMessage, details, advice, message, cause, ours });
    }
  };
}
