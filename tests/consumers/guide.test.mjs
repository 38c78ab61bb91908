/**
 * Every fenced example of the guide and every `@example` of the documentation comments: compiled strictly against the packed
 * package's types, and run as it stands in Chromium, where what its comments claim is seen. Nothing is stood in for but
 * `https://rpc.example`, and what examples name without saying where it comes from.
 *
 * They run on the embedded sample, which is of a chain of its own, so that what an example says of chain and hash is exchanged for
 * the sample's; and, where ../shared is here, on the mainnet block that the guide names, with nothing exchanged.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import { transform } from "esbuild";
import { launch } from "../e2e/browser.mjs";
import { plain, withHeaderField } from "../e2e/sample.mjs";
import { serve } from "../e2e/server.mjs";
import { usePackage } from "./driven.mjs";
import { documentedExamples, fencesOf, withImports } from "./guide.mjs";
import { addSample, compile, install, pack, ROOT } from "./package.mjs";

const MAINNET = fileURLToPath(
  new URL("../../../shared/blocks/mainnet-24628608-zisk.json.gz", import.meta.url),
);
const SAMPLE = JSON.parse(plain());
const BUNDLES = ["threads-wide", "threads", "base"];
const STATES = ["waiting", "running", "finished"];
/** The header's field that the transactions are held to. */
const TRANSACTIONS_ROOT = 4;

/** How the sample is changed for a verdict of each kind. */
const CHANGES = {
  valid: () => {},
  invalid: (file) => withHeaderField(file, TRANSACTIONS_ROOT, Buffer.alloc(32, 0x11)),
  incomplete: (file) => {
    file.witness.state = [];
  },
};

/** The package, with the sample's chain and hash for those that an example names. */
const ON_SAMPLE = `
export * from "./node_modules/blocklight/index.js";
import { createVerifier as create } from "./node_modules/blocklight/index.js";
const chain = await (await fetch("sample-chain.json")).json();
export async function createVerifier(options) {
  const verifier = await create(options);
  const verify = verifier.verify.bind(verifier);
  verifier.verify = (request) =>
    verify({ ...request, chain, ...(request.trustedHash && { trustedHash: "${SAMPLE.hash}" }) });
  return verifier;
}
`;

/** A page whose modules find the package under its name, as a bundler would have it. */
const pageWith = (module) => `<!doctype html>
<html lang="en">
  <head>
    <title>An example of the guide</title>
    <link rel="icon" href="data:," />
    <script type="importmap">{ "imports": { "blocklight": "./${module}" } }</script>
  </head>
</html>`;

/**
 * What each example is run with, and what is to be seen of it: `lines` is what it writes to the console, `example` what it
 * declares. Where nothing is said of it, its block is valid.
 */
const RUNS = {
  "blocklight, ts 1": [
    {
      what: "a valid block",
      mainnet: true,
      check: async ({ example, lines, file, page }) => {
        assert.equal(example.verdict.status, "valid");
        assert.deepEqual(lines, [[`${file.hash} is what its header says`]]);
        assert.ok(BUNDLES.includes(example.verifier.bundle), example.verifier.bundle);
        // It closed its verifier; the browser tells of a worker's end a little later.
        await Promise.all(page.workers().map((worker) => worker.waitForEvent("close")));
        assert.equal(page.workers().length, 0);
      },
    },
    ...["invalid", "incomplete"].map((status) => ({
      what: `a block that is ${status}`,
      change: CHANGES[status],
      check: ({ example, lines }) => {
        assert.equal(example.verdict.status, status);
        const said = status === "invalid" ? "it breaks a rule:" : "it cannot be told:";
        assert.deepEqual(lines, [[said, example.verdict.reason ?? example.verdict.missing]]);
      },
    })),
  ],
  "From a node, ts 1": [
    {
      what: "a node",
      mainnet: true,
      check: ({ example, asked, onMainnet }) => {
        const { verdict, number } = example;
        assert.equal(verdict.status, "valid");
        assert.deepEqual(asked, [
          { method: "debug_getRawBlock", params: [number] },
          { method: "debug_executionWitness", params: [number] },
        ]);
        assert.equal(verdict.report.number, onMainnet ? Number(number) : SAMPLE.number);
      },
    },
  ],
  "Verifying, ts 1": [
    {
      what: "a valid block",
      mainnet: true,
      check: ({ example, lines, file }) => {
        assert.equal(example.verdict.status, "valid");
        assert.equal(example.verdict.report.hash, file.hash);
        assert.equal(example.verdict.report.hashTrust, "givenByCaller");
        const [ms, bundle, threads, memory] = lines.pop();
        assert.ok(ms > 0 && BUNDLES.includes(bundle) && threads >= 1 && memory > 2 ** 20, `${lines.at(-1)}`);
        assert.ok(lines.length > 0, "progress is told");
        const names = new Set(example.verdict.report.timing.phases.map(({ phase }) => phase));
        for (const [phase, state, done, total] of lines) {
          assert.ok(names.has(phase) && STATES.includes(state), `${phase} ${state}`);
          assert.ok(done >= 0 && (total === 0 || done <= total), `${phase}: ${done} of ${total}`);
        }
      },
    },
    {
      what: "another block than the one that is trusted",
      change: CHANGES.invalid,
      check: ({ example }) => assert.equal(example.verdict.status, "invalid"),
    },
    {
      what: "giving up",
      fails: true,
      prepare: () => {
        // The example keeps its controller to itself.
        const controllers = [];
        globalThis.AbortController = class extends AbortController {
          constructor() {
            super();
            controllers.push(this);
          }
        };
        console.log = () => controllers[0].abort(new Error("enough"));
      },
      check: ({ error }) => assert.equal(error.message, "enough"),
    },
  ],
  "Verifying, ts 2": [
    {
      what: "a valid block",
      mainnet: true,
      check: ({ example, lines }) => {
        assert.deepEqual(lines, []);
        assert.equal(example.verifier.bundle, "base");
      },
    },
    {
      what: "a block beyond a limit",
      prepare: () => {
        globalThis.block = new Response("{}", { headers: { "Content-Length": `${2 ** 30}` } });
      },
      check: ({ lines }) => {
        const [[limit, expected, got]] = lines;
        assert.deepEqual([limit, expected], ["inputBytes", 512 * 2 ** 20]);
        assert.ok(got > expected, `${got}`);
      },
    },
    { what: "no witness", prepare: noWitness, check: saysInputError },
  ],
  "Bundlers, ts 1": [
    {
      what: "as the bundler builds it",
      bundled: true,
      check: ({ example, status }) => {
        assert.ok(BUNDLES.includes(example.verifier.bundle), example.verifier.bundle);
        assert.equal(status, "valid");
      },
    },
  ],
  "errors.d.ts, example 1": [{ what: "no witness", prepare: noWitness, check: saysInputError }],
  "verifier.d.ts, example 1": Object.keys(CHANGES).map((status) => ({
    what: `a block that is ${status}`,
    change: CHANGES[status],
    check: ({ example, lines }) => {
      const { verdict } = example;
      assert.equal(verdict.status, status);
      const said = { valid: [[verdict.report.hash]], invalid: [[verdict.reason]], incomplete: [] };
      assert.deepEqual(lines, said[status]);
    },
  })),
  "verifier.d.ts, example 2": [
    {
      what: "a valid block",
      mainnet: true,
      check: ({ example, lines }) => {
        assert.equal(example.verdict.status, "valid");
        const phases = new Set(example.verdict.report.timing.phases.map(({ phase }) => phase));
        assert.ok(lines.length > 0, "progress is told");
        assert.ok(lines.every(([phase]) => phase === undefined || phases.has(phase)));
      },
    },
  ],
};

function noWitness() {
  globalThis.witness = "hello";
}

function saysInputError({ lines }) {
  assert.equal(lines.length, 1);
  assert.deepEqual(lines[0].slice(0, 2), ["input", "The input could not be read."]);
  assert.ok(lines[0][2], "details");
}

const { tarball } = pack();
const home = install("types", tarball);
const installed = join(home, "node_modules/blocklight");
const fences = fencesOf(readFileSync(join(installed, "README.md"), "utf8"));
const examples = [
  ...fences.filter(({ kind }) => kind === "ts"),
  ...documentedExamples(join(installed, "types")),
];

describe("the guide's and the documentation's examples", () => {
  test("each is tested, whatever it is written in", () => {
    // `http`: bundlers.test.mjs serves all consumers with it. `sh`: builds the example for bundlers, below.
    assert.deepEqual([...new Set(fences.map(({ kind }) => kind))].sort(), ["http", "sh", "ts"]);
    assert.deepEqual(examples.map(({ name }) => name).sort(), Object.keys(RUNS).sort());
  });

  for (const resolution of ["bundler", "nodenext"]) {
    test(`compile, with module resolution ${resolution}`, () => {
      const folder = join(home, `examples-${resolution}`);
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(home, "names.d.ts"), join(folder, "names.d.ts"));
      examples.forEach(({ name, code }, at) => {
        writeFileSync(join(folder, `example-${at}.ts`), `// ${name}\n${withImports(code)}\nexport {};\n`);
      });
      compile(folder, resolution);
    });
  }
});

describe("run as they stand", () => {
  const use = usePackage();
  /** What the page asks for as `example.js`. */
  let script;
  before(() => {
    const files = {
      "/sample.html": ["text/html", () => pageWith("on-sample.js")],
      "/mainnet.html": ["text/html", () => pageWith("node_modules/blocklight/index.js")],
      "/on-sample.js": ["text/javascript", () => ON_SAMPLE],
      "/example.js": ["text/javascript", () => script],
    };
    use.server.answer = ({ url }, response) => {
      const [type, body] = files[url] ?? [];
      if (body) {
        const isolation = {
          "Cross-Origin-Opener-Policy": "same-origin",
          "Cross-Origin-Embedder-Policy": "require-corp",
        };
        response.writeHead(200, { "Content-Type": type, ...isolation }).end(body());
      }
      return body !== undefined;
    };
  });

  for (const { name, code } of examples) {
    for (const run of (RUNS[name] ?? []).filter(({ bundled }) => !bundled)) {
      for (const onMainnet of run.mainnet ? [false, true] : [false]) {
        test(`${name}: ${run.what}${onMainnet ? " of mainnet" : ""}`, async (t) => {
          if (onMainnet && !existsSync(MAINNET)) {
            t.skip("../shared is not here");
            return;
          }
          const file = onMainnet ? JSON.parse(gunzipSync(readFileSync(MAINNET))) : structuredClone(SAMPLE);
          run.change?.(file);
          script = await runnable(withImports(code));
          const page = await use.browser.newPage();
          t.after(() => page.close());
          const asked = await answerFor(page, file);
          await page.goto(`${use.server.url}${onMainnet ? "mainnet" : "sample"}.html`);
          await page.evaluate(setScene);
          if (run.prepare) {
            await page.evaluate(run.prepare);
          }
          const seen = await page.evaluate(outcomeOf, "./example.js");
          assert.equal(seen.error !== undefined, run.fails ?? false, seen.error?.message);
          await run.check({ ...seen, asked, file, page, onMainnet });
        });
      }
    }
  }
});

test("Bundlers, ts 1: as the bundler builds it, by the guide's own command", async (t) => {
  const { code } = examples.find(({ name }) => name === "Bundlers, ts 1");
  const [command, ...more] = fences.filter(({ kind }) => kind === "sh").map(({ code }) => code);
  assert.deepEqual(more, []);
  const consumer = install("esbuild", tarball);
  writeFileSync(join(consumer, "main.js"), await runnable(code));
  const PATH = [join(ROOT, "node_modules/.bin"), process.env.PATH].join(delimiter);
  execFileSync("bash", ["-euc", command], { cwd: consumer, env: { ...process.env, PATH }, stdio: "pipe" });
  const root = join(consumer, "dist");
  copyFileSync(join(consumer, "index.html"), join(root, "index.html"));
  addSample(root);
  const server = await serve({ isolated: true, root });
  t.after(() => server.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await browser.newPage();
  await page.goto(server.url);
  await page.waitForFunction(() => globalThis.example);
  const seen = await page.evaluate(async () => {
    const { verifier } = globalThis.example;
    const chain = await (await fetch("sample-chain.json")).json();
    const { status } = await verifier.verify({ input: await fetch("sample-block.json.gz"), chain });
    return { status, example: { verifier: verifier.info } };
  });
  RUNS["Bundlers, ts 1"][0].check(seen);
});

/** The script that an example is, as it stands, with a line behind it that shows what it declares. */
async function runnable(code) {
  const declared = [...code.matchAll(/^(?:const|let|function|class) (\w+)/gm)].map(([, name]) => name);
  const { code: script } = await transform(code, { loader: "ts", format: "esm", target: "es2022" });
  return `${script}\nglobalThis.example = { ${declared.join(", ")} };\n`;
}

/** Stands in for https://rpc.example: files, and a node. What the node is asked is in the list that is given back. */
async function answerFor(page, { block, witness }) {
  const asked = [];
  const answers = { debug_getRawBlock: block, debug_executionWitness: witness };
  const files = { "/block.json": block, "/witness.json": witness };
  const answer = (request) => {
    if (request.method() === "GET") {
      return files[new URL(request.url()).pathname];
    }
    const { jsonrpc, id, method, params } = request.postDataJSON();
    asked.push({ method, params });
    const error = { code: -32601, message: `the method ${method} does not exist` };
    return { jsonrpc, id, ...(answers[method] ? { result: answers[method] } : { error }) };
  };
  await page.route("https://rpc.example/**", (route) => {
    const json = answer(route.request());
    return route.fulfill({
      status: json === undefined ? 404 : 200,
      contentType: "application/json",
      headers: { "Access-Control-Allow-Origin": "*" },
      body: JSON.stringify(json ?? null),
    });
  });
  return asked;
}

/** In the page: what examples name without saying where it comes from (`names.d.ts`), and what they write to the console. */
async function setScene() {
  const { createVerifier } = await import("blocklight");
  const get = async (path) => (await fetch(`https://rpc.example/${path}`)).json();
  globalThis.block = await get("block.json");
  globalThis.witness = await get("witness.json");
  globalThis.verifier = await createVerifier();
  globalThis.lines = [];
  for (const level of ["log", "error"]) {
    console[level] = (...what) => lines.push(what);
  }
}

/** In the page: what is to be seen of an example once it has run. */
async function outcomeOf(script) {
  const seen = { lines };
  try {
    await import(script);
  } catch ({ name, message }) {
    seen.error = { name, message };
  }
  const { number, verdict, verifier } = globalThis.example ?? {};
  // An example's own verifier, or the one that was there.
  seen.example = { number, verdict, verifier: (verifier ?? globalThis.verifier).info };
  if (verifier) {
    globalThis.verifier.close();
  }
  return seen;
}
