import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { defineConfig, type Plugin } from "vite";
import { ownPool } from "./web/client/own-pool.ts";

// Shared memory, hence threads, only exists in a cross-origin isolated page.
const isolation = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** The service worker's file: beside the page, since it serves what is below it, and under one name, so that it is found again. */
const SERVICE_WORKER = "sw.js";

/** What others' licences want to be handed on with the wasm, which scripts/build-client has put beside the package's. */
const LICENCES = "THIRD-PARTY-LICENSES.txt";

/** Lays others' licences beside the page. */
function thirdPartyLicences(): Plugin {
  return {
    name: "third-party-licences",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: LICENCES, source: readFileSync(`pkg/${LICENCES}`) });
    },
  };
}

/** Tells the service worker which files there are, and has it change whenever one of them does. */
function serviceWorkerFiles(): Plugin {
  return {
    name: "service-worker-files",
    enforce: "post",
    generateBundle(_, bundle) {
      const worker = bundle[SERVICE_WORKER];
      if (worker?.type !== "chunk") {
        return;
      }
      const kept = Object.values(bundle).filter(
        ({ fileName }) =>
          fileName !== SERVICE_WORKER && fileName !== LICENCES && !fileName.startsWith("web/app/bench/"),
      );
      const contents = createHash("sha256");
      for (const file of kept.toSorted((a, b) => (a.fileName < b.fileName ? -1 : 1))) {
        contents.update(file.fileName).update(file.type === "chunk" ? file.code : file.source);
      }
      // A page is asked for by its folder.
      const files = kept.map(({ fileName }) => (fileName === "index.html" ? "./" : `./${fileName}`));
      worker.code = worker.code
        .replaceAll("__FILES__", JSON.stringify(files))
        .replaceAll("__VERSION__", JSON.stringify(contents.digest("hex").slice(0, 16)));
    },
  };
}

export default defineConfig(({ mode }) => ({
  base: "./",
  publicDir: "web/app/public",
  resolve: { alias: [ownPool] },
  assetsInclude: ["**/*.json.gz"],
  plugins: [serviceWorkerFiles(), ...(mode === "site" ? [thirdPartyLicences()] : [])],
  build: {
    target: "esnext",
    // Inlined workers and wasm would become data: addresses, which a strict content security policy refuses.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1000,
    // What is put on a host (`--mode site`) has no use for the bench page.
    outDir: mode === "site" ? "site" : "dist",
    rolldownOptions: {
      input: {
        index: "index.html",
        ...(mode === "site" ? {} : { bench: "web/app/bench/index.html" }),
        sw: "web/app/sw.ts",
      },
      output: {
        entryFileNames: ({ name }) => (name === "sw" ? SERVICE_WORKER : "assets/[name]-[hash].js"),
      },
    },
  },
  // The pool's workers import the module that starts them, so they must be modules too.
  worker: { format: "es" },
  server: { host: "127.0.0.1", headers: isolation },
  preview: { host: "127.0.0.1", headers: isolation },
}));
