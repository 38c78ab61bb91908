/** What is in the package, and whether npm, bundlers and TypeScript find it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { publint } from "publint";
import { install, npm, PACKAGE, pack, ROOT } from "./package.mjs";

const kB = 1000;
/** Most bytes that each part may have: scripts after gzip as shipped, unminified; wasm after brotli. */
const BUDGET = {
  "index.js": 9 * kB,
  "worker.js": 16 * kB,
  "base/blocklight_wasm_bg.wasm": 900 * kB,
  "threads/blocklight_wasm_bg.wasm": 900 * kB,
  "threads-wide/blocklight_wasm_bg.wasm": 900 * kB,
};
/** Of the tarball, which holds all bundles. */
const TARBALL = 4000 * kB;

describe("the package", () => {
  let packed;
  let installed;
  before(() => {
    packed = pack();
    const home = install("types", packed.tarball);
    installed = join(home, "node_modules/blocklight/");
    rmSync(installed, { recursive: true });
    npm(
      home,
      "install",
      "--no-save",
      "--offline",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      packed.tarball,
    );
  });
  const read = (path) => readFileSync(join(installed, path));

  test("holds what it should and nothing else", () => {
    const files = packed.files.map(({ path }) => path).filter((path) => !path.startsWith("types/"));
    assert.deepEqual(
      files.sort(),
      [
        "LICENSE-APACHE",
        "LICENSE-MIT",
        "README.md",
        "THIRD-PARTY-LICENSES.txt",
        ...Object.keys(BUDGET),
        "package.json",
        "wasm.d.ts",
        "worker.d.ts",
      ].sort(),
    );
  });

  test("has the version of the Rust crates", () => {
    const [, version] = /\[workspace\.package\][^[]*?version = "([^"]+)"/.exec(
      readFileSync(`${ROOT}Cargo.toml`, "utf8"),
    );
    assert.equal(JSON.parse(read("package.json")).version, version);
  });

  for (const [path, most] of Object.entries(BUDGET)) {
    test(`${path} is within its ${most / kB} kB`, () => {
      const bytes = read(path);
      const size = path.endsWith(".wasm") ? brotliSize(bytes, path) : gzipSync(bytes, { level: 9 }).length;
      console.log(`${path}: ${(size / kB).toFixed(1)} kB`);
      assert.ok(size <= most, `${size} bytes`);
    });
  }

  test(`the tarball is within its ${TARBALL / kB} kB`, () => {
    console.log(`tarball: ${(packed.size / kB).toFixed(1)} kB`);
    assert.ok(packed.size <= TARBALL, `${packed.size} bytes`);
  });

  test("scripts import nothing, evaluate nothing and hold no wasm", () => {
    for (const script of ["index.js", "worker.js"]) {
      const code = read(script).toString();
      for (const [what, pattern] of [
        ["imports", /^\s*import(\s+[\w*{"']|["'{*])/m],
        ["imports on demand", /\bimport\(/],
        ["evaluates", /\beval\(|new Function\(/],
        ["holds wasm", /AGFzbQ|data:application\/wasm/],
      ]) {
        // Not by assert.match, which would print all of it.
        assert.equal(pattern.exec(code)?.[0], undefined, `${script} ${what}`);
      }
    }
    const named = [
      ...read("worker.js")
        .toString()
        .matchAll(/new URL\("([^"]+)", import\.meta\.url\)/g),
    ].map(([, path]) => path);
    assert.deepEqual(
      named.sort(),
      Object.keys(BUDGET)
        .filter((path) => path.endsWith(".wasm"))
        .map((path) => `./${path}`)
        .sort(),
    );
  });

  test("scripts call nothing that browsers of the floor lack", () => {
    for (const script of ["index.js", "worker.js"]) {
      const newer =
        /\b(Promise\.(withResolvers|try)|Array\.fromAsync|AbortSignal\.any|Map\.groupBy)\b|\.(transfer|throwIfAborted)\(/;
      assert.equal(newer.exec(read(script).toString())?.[0], undefined, script);
    }
  });

  test("publint, strict, has nothing to say", async () => {
    const { messages } = await publint({ pkgDir: PACKAGE, strict: true });
    assert.deepEqual(messages, []);
  });

  test("are the types wrong? No", () => {
    const attw = join(ROOT, "node_modules/.bin/attw");
    // Made for the browser, hence modules alone.
    execFileSync(attw, [packed.tarball, "--profile", "esm-only", "--no-emoji", "--no-color"], {
      stdio: "pipe",
    });
  });
});

function brotliSize(bytes, path) {
  // Measured when it was built, since it takes long.
  const [bundle] = path.split("/");
  const noted = readFileSync(join(PACKAGE, bundle, ".brotli-size"), "utf8");
  assert.deepEqual(bytes, readFileSync(join(PACKAGE, path)));
  return Number(noted) || brotliCompressSync(bytes).length;
}
