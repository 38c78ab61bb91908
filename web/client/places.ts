/** Where the worker's script and the wasm are, for those whose bundler does not find them by itself. */
import type { Bundle } from "./bundle.js";
import { LoadError, OptionsError } from "./errors.js";

/** Addresses that a bundler without support for `new URL(…, import.meta.url)` needs to be told; relative to the page. */
export interface Places {
  /**
   * The `.wasm` of the bundle that `bundle` names, or of each bundle by its name. Left out: where the package has it,
   * beside the worker's script.
   */
  wasmUrl?: string | URL | Partial<Record<Bundle, string | URL>> | undefined;
  /** The script of the worker, `blocklight/worker`, from the page's own origin. Left out: where the package has it. */
  workerUrl?: string | URL | undefined;
}

/**
 * The places as asked for.
 *
 * @throws OptionsError where one address is given for whatever bundle.
 */
export function placesOf({ wasmUrl, workerUrl, bundle }: Places & { bundle?: Bundle | undefined }): Places {
  if ((typeof wasmUrl === "string" || wasmUrl instanceof URL) && bundle === undefined) {
    throw new OptionsError(
      "one `wasmUrl` is of one bundle: name it in `bundle`, or give an address for each",
    );
  }
  return { wasmUrl, workerUrl };
}

/** How to get a new worker, and the wasm's address where one was given. */
export function workerAndWasm(
  { wasmUrl, workerUrl }: Places,
  bundle: Bundle,
): { open: () => Worker; wasm: string | undefined } {
  const given = typeof wasmUrl === "string" || wasmUrl instanceof URL ? wasmUrl : wasmUrl?.[bundle];
  const open = () =>
    orLoadError(
      () =>
        workerUrl === undefined ? ownWorker() : new Worker(workerUrl, { type: "module", name: "blocklight" }),
      "The worker's script has to come from the page's own origin: `workerUrl` says where it is.",
    );
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const wasm = orLoadError(
    () => (given === undefined ? undefined : new URL(given, base).href),
    "`wasmUrl` has to be an address, whole or relative to the page.",
  );
  return { open, wasm };
}

function orLoadError<T>(act: () => T, advice: string): T {
  try {
    return act();
  } catch (error) {
    throw new LoadError(String(error), { advice, cause: error });
  }
}

/** Spelt out, because bundlers look for exactly this to find the worker's file. */
function ownWorker(): Worker {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "blocklight" });
}
