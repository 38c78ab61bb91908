/**
 * The package's two scripts, each one file without imports: `index.js` for the page and `worker.js`, which holds the glue
 * of all bundles. Bundlers and browsers find the worker and the wasm by `new URL(…, import.meta.url)`, left as it is but
 * for the places of the files.
 */
import { defineConfig, type Plugin } from "rolldown";
import { ownPool } from "./own-pool.ts";

const pool: Plugin = {
  name: "own-pool",
  resolveId: { filter: { id: ownPool.find }, handler: () => ownPool.replacement },
};

/** Where the package has what the sources name. */
const places: Plugin = {
  name: "places",
  transform: {
    filter: { code: "import.meta.url" },
    handler: (code) =>
      code
        .replaceAll('new URL("../../pkg/', 'new URL("./')
        .replaceAll('new URL("./worker.ts"', 'new URL("./worker.js"'),
  },
};

export default defineConfig(
  ["index", "worker"].map((name) => ({
    input: { [name]: `web/client/${name}.ts` },
    platform: "browser" as const,
    plugins: [pool, places],
    output: {
      dir: "pkg",
      format: "es" as const,
      codeSplitting: false,
      // Whoever builds a page minifies it; here what was shipped can be read.
      minify: false,
      comments: { legal: true, annotation: true, jsdoc: false },
    },
  })),
);
