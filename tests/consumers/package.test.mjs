/** What is in the package, and whether npm, bundlers and TypeScript find it. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { publint } from "publint";
import { install, npm, PACKAGE, pack, ROOT } from "./package.mjs";

const kB = 1000;
/** Most bytes that each part may have: scripts after gzip as shipped, unminified; wasm after brotli. */
const BUDGET = {
  "index.js": 8 * kB,
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
        /\b(Promise\.(withResolvers|try)|Array\.fromAsync|AbortSignal\.any|Map\.groupBy)\b|\.transfer\(/;
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

  for (const resolution of ["bundler", "nodenext"]) {
    test(`the guide's and the documentation's examples compile, with module resolution ${resolution}`, () => {
      const home = join(installed, "../..");
      const examples = [
        ...examplesOf(read("README.md").toString(), /^```ts\n([\s\S]*?)^```$/gm),
        ...documented(),
      ];
      assert.ok(examples.length >= 7, `only ${examples.length} examples`);
      const folder = join(home, `examples-${resolution}`);
      mkdirSync(folder, { recursive: true });
      const names = readFileSync(join(home, "names.d.ts"), "utf8");
      writeFileSync(join(folder, "names.d.ts"), names);
      examples.forEach((code, at) => {
        writeFileSync(join(folder, `example-${at}.ts`), withImports(code));
      });
      writeFileSync(
        join(folder, "tsconfig.json"),
        JSON.stringify({
          compilerOptions: {
            strict: true,
            noEmit: true,
            target: "ES2022",
            lib: ["ES2022", "DOM", "DOM.Iterable"],
            module: resolution === "bundler" ? "ESNext" : "NodeNext",
            moduleResolution: resolution,
            types: [],
            // The package's own types are compiled too.
            skipLibCheck: false,
          },
          include: ["*.ts"],
        }),
      );
      try {
        execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["--project", folder], {
          encoding: "utf8",
          stdio: "pipe",
        });
      } catch (error) {
        assert.fail(error.stdout);
      }
    });
  }

  /** The examples in the package's documentation comments. */
  function documented() {
    const types = join(installed, "types");
    return readdirSync(types).flatMap((file) =>
      examplesOf(
        readFileSync(join(types, file), "utf8"),
        /^ *\* @example\n((?: *\* ?(?!@).*\n)*?)(?= *\* *\n| *\*\/| *\* @)/gm,
      ).map((code) => code.replaceAll(/^ *\* ?/gm, "")),
    );
  }
});

function examplesOf(text, pattern) {
  return [...text.matchAll(pattern)].map(([, code]) => code);
}

/** An example may leave out the import; what it names then is the package's. */
function withImports(code) {
  const module = `${code}\nexport {};\n`;
  return code.includes('from "blocklight')
    ? module
    : `import * as blocklight from "blocklight";\nimport { createVerifier, BlocklightError } from "blocklight";\nvoid [blocklight, createVerifier, BlocklightError];\n${module}`;
}

function brotliSize(bytes, path) {
  // Measured when it was built, since it takes long.
  const [bundle] = path.split("/");
  const noted = readFileSync(join(PACKAGE, bundle, ".brotli-size"), "utf8");
  assert.deepEqual(bytes, readFileSync(join(PACKAGE, path)));
  return Number(noted) || brotliCompressSync(bytes).length;
}
