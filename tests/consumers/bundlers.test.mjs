/**
 * Small projects that use the package as anybody would, installed from its tarball, built by their own bundler without
 * configuration, and run in a browser: the sample is valid, in the pool of threads where the page is isolated, on one
 * thread where it is not.
 */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import * as esbuild from "esbuild";
import { rolldown } from "rolldown";
import { build, createServer } from "vite";
import webpack from "webpack";
import { launch } from "../e2e/browser.mjs";
import { SLICED } from "../e2e/bundles.mjs";
import { serve } from "../e2e/server.mjs";
import { fencesOf, headersIn } from "./guide.mjs";
import { addSample, install, PACKAGE, pack } from "./package.mjs";

const GUIDE = fencesOf(readFileSync(join(PACKAGE, "README.md"), "utf8"));
/** What the guide says is enough; the pages here have an icon besides. */
const STRICT = `${headersIn(GUIDE.find(({ kind }) => kind === "http").code)["Content-Security-Policy"]}; img-src data:`;
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
};

/** Builds a consumer where it lies; what it gives is the folder to serve. */
const BUILDS = {
  plain: async (home) => home,
  vite: async (home) => {
    await build({ root: home, logLevel: "warn" });
    return join(home, "dist");
  },
  webpack: async (home) => {
    // Both paths are what the command takes when it is run there.
    const compiler = webpack({ context: home, mode: "production", output: { path: join(home, "dist") } });
    const stats = await new Promise((resolve, reject) =>
      compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
    );
    const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true });
    assert.deepEqual(errors, []);
    // What is said of sizes is no fault of the package's use.
    assert.deepEqual(
      warnings.filter(({ message }) => !/size limit/.test(message)),
      [],
    );
    copyFileSync(join(home, "index.html"), join(home, "dist/index.html"));
    return join(home, "dist");
  },
  esbuild: async (home) => {
    // As the guide has it: the worker is an entry of its own, and imports of .wasm are files.
    const { errors, warnings } = await esbuild.build({
      absWorkingDir: home,
      entryPoints: { main: "main.js", worker: "blocklight/worker" },
      bundle: true,
      format: "esm",
      outdir: "dist",
      loader: { ".wasm": "file" },
      logLevel: "silent",
    });
    assert.deepEqual([errors, warnings], [[], []]);
    copyFileSync(join(home, "index.html"), join(home, "dist/index.html"));
    return join(home, "dist");
  },
};

/** Of these, what a slice has (BLOCKLIGHT_SLICE=1). */
const IN_SLICE = ["plain", "vite"];

/** What the consumer's page says in the end. */
async function resultOn(page, url) {
  const complaints = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  await page.goto(url);
  await page.waitForSelector("body[data-result]", { state: "attached", timeout: 30_000 });
  const result = JSON.parse(await page.getAttribute("body", "data-result"));
  assert.deepEqual(complaints, [], JSON.stringify(result));
  return result;
}

describe("consumers", () => {
  let browser;
  let tarball;
  before(async () => {
    ({ tarball } = pack());
    browser = await launch();
  });
  after(() => browser?.close());

  for (const [name, buildIt] of Object.entries(BUILDS).filter(
    ([name]) => IN_SLICE.includes(name) || !SLICED,
  )) {
    describe(name, () => {
      let root;
      before(async () => {
        const home = install(name, tarball);
        root = await buildIt(home);
        addSample(root);
      });

      for (const isolated of [true, false]) {
        test(`the sample is valid on a page that is ${isolated ? "" : "not "}isolated`, async () => {
          const server = await serve({ isolated, root });
          const page = await browser.newPage();
          try {
            const result = await resultOn(page, server.url);
            const { hardwareConcurrency } = await page.evaluate(() => ({
              hardwareConcurrency: navigator.hardwareConcurrency,
            }));
            const pool = { bundle: "threads", threads: Math.min(hardwareConcurrency, 16) };
            assert.deepEqual(result, {
              status: "valid",
              ...(isolated ? pool : { bundle: "base", threads: 1 }),
            });
          } finally {
            await page.close();
            await server.close();
          }
        });
      }

      test("so it is under a strict content security policy", async () => {
        const headers = { "Content-Security-Policy": STRICT };
        const server = await serve({ isolated: true, root, headers });
        const page = await browser.newPage();
        try {
          const result = await resultOn(page, server.url);
          assert.equal(result.status, "valid", result.message);
          assert.equal(result.bundle, "threads");
        } finally {
          await page.close();
          await server.close();
        }
      });
    });
  }

  describe("a bundler that is told of side effects", () => {
    let home;
    before(() => {
      home = install("esbuild", tarball);
      writeFileSync(join(home, "own-worker.js"), 'import "blocklight/worker";\n');
      writeFileSync(join(home, "unused.js"), 'import { createVerifier } from "blocklight";\n');
    });
    /** What each makes of one script, as text. */
    const bundled = {
      esbuild: async (script) => {
        const { outputFiles, warnings } = await esbuild.build({
          absWorkingDir: home,
          entryPoints: [script],
          bundle: true,
          format: "esm",
          write: false,
          logLevel: "silent",
        });
        assert.deepEqual(warnings, []);
        return outputFiles[0].text;
      },
      rolldown: async (script) => {
        const bundle = await rolldown({ input: join(home, script), cwd: home, platform: "browser" });
        const { output } = await bundle.generate({ format: "es" });
        await bundle.close();
        return output[0].code;
      },
      webpack: async (script) => {
        const path = join(home, "by-webpack");
        const compiler = webpack({
          context: home,
          mode: "production",
          entry: `./${script}`,
          output: { path },
        });
        const stats = await new Promise((resolve, reject) =>
          compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
        );
        assert.deepEqual(stats.toJson({ all: false, errors: true }).errors, []);
        return readFileSync(join(path, "main.js"), "utf8");
      },
    };

    for (const [name, bundle] of Object.entries(bundled)) {
      test(`keeps a worker that is only imported, and drops what nobody uses, ${name}`, async () => {
        assert.ok((await bundle("own-worker.js")).includes("wbg_rayon_start_worker"));
        const unused = await bundle("unused.js");
        assert.ok(!/Worker|class/.test(unused), unused.slice(0, 500));
      });
    }

    test("the sample is valid by a worker's entry of one's own", async () => {
      const root = join(home, "own");
      await esbuild.build({
        absWorkingDir: home,
        entryPoints: { main: "main.js", worker: "own-worker.js" },
        bundle: true,
        format: "esm",
        outdir: root,
        loader: { ".wasm": "file" },
        logLevel: "silent",
      });
      copyFileSync(join(home, "index.html"), join(root, "index.html"));
      addSample(root);
      const server = await serve({ isolated: true, root });
      const page = await browser.newPage();
      try {
        const result = await resultOn(page, server.url);
        assert.equal(result.status, "valid", result.message);
      } finally {
        await page.close();
        await server.close();
      }
    });
  });

  test("a policy without 'wasm-unsafe-eval' is an error that names it", async () => {
    const home = install("plain", tarball);
    addSample(home);
    const policy = STRICT.replace(" 'wasm-unsafe-eval'", "");
    const server = await serve({
      isolated: true,
      root: home,
      headers: { "Content-Security-Policy": policy },
    });
    const page = await browser.newPage();
    try {
      await page.goto(server.url);
      await page.waitForSelector("body[data-result]", { state: "attached", timeout: 30_000 });
      const { status, message } = JSON.parse(await page.getAttribute("body", "data-result"));
      assert.equal(status, "error");
      assert.match(message, /could not be started[\s\S]*'wasm-unsafe-eval'/);
    } finally {
      await page.close();
      await server.close();
    }
  });

  for (const [how, headers, threads] of [
    ["Document-Isolation-Policy", { "Document-Isolation-Policy": "isolate-and-require-corp" }, true],
    [
      "credentialless",
      { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "credentialless" },
      true,
    ],
    ["COOP alone", { "Cross-Origin-Opener-Policy": "same-origin" }, false],
  ]) {
    test(`${how}: ${threads ? "isolates" : "does not isolate"} the page`, async () => {
      const home = install("plain", tarball);
      addSample(home);
      const server = await serve({ isolated: false, root: home, headers });
      const page = await browser.newPage();
      try {
        const result = await resultOn(page, server.url);
        assert.equal(result.status, "valid", result.message);
        assert.equal(result.bundle, threads ? "threads" : "base");
      } finally {
        await page.close();
        await server.close();
      }
    });
  }

  test("Vite's development server serves it too", async () => {
    const home = install("vite", tarball);
    mkdirSync(join(home, "public"), { recursive: true });
    addSample(join(home, "public"));
    const server = await createServer({
      root: home,
      logLevel: "warn",
      server: { host: "127.0.0.1", port: 0, headers: ISOLATION },
    });
    await server.listen();
    const page = await browser.newPage();
    try {
      const result = await resultOn(page, server.resolvedUrls.local[0]);
      assert.equal(result.status, "valid", result.message);
      assert.equal(result.bundle, "threads");
    } finally {
      await page.close();
      await server.close();
    }
  });
});
