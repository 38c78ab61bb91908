/** Which compiled bundle runs, and on how many threads. */
import { threads as sharedMemory, simd, wideArithmetic } from "wasm-feature-detect";
import { LoadError, OptionsError } from "./errors.js";

/**
 * The compiled bundles, all with the same verdicts.
 *
 * - `threads-wide`: as `threads`, with 128-bit multiplication where the engine has it (wide-arithmetic)
 * - `threads`: a pool of workers on one shared memory; needs a cross-origin isolated page
 * - `base`: one thread; needs WebAssembly SIMD alone
 */
export type Bundle = (typeof BUNDLES)[number];

const BUNDLES = ["threads-wide", "threads", "base"] as const;

/** Which bundle runs, and on how many threads. */
export interface BundleChoice {
  /** The bundle that runs. */
  bundle: Bundle;
  /** Threads of its pool; 1 in the bundle `base`. */
  threads: number;
}

/** More threads than this gain nothing on a block. */
const MOST_THREADS = 16;

/**
 * The best bundle that runs here, unless one is asked for.
 *
 * @throws LoadError where the bundle asked for, or every bundle, cannot run here.
 * @throws OptionsError where what is asked for is not to be had anywhere.
 */
export async function chooseBundle(asked: {
  bundle?: Bundle | undefined;
  threads?: number | undefined;
}): Promise<BundleChoice> {
  if (asked.bundle !== undefined && !BUNDLES.includes(asked.bundle)) {
    throw new OptionsError(`\`bundle\` is one of ${BUNDLES.join(", ")}, not ${asked.bundle}`);
  }
  if (asked.threads !== undefined && !(Number.isInteger(asked.threads) && asked.threads >= 1)) {
    throw new OptionsError(`\`threads\` is a whole number from 1 on, not ${asked.threads}`);
  }
  if (!(await simd())) {
    throw new LoadError("this browser has no WebAssembly SIMD, which every bundle needs", {
      advice: "Use a newer one: Chromium has it from 91 on, Firefox from 89, Safari from 16.4.",
    });
  }
  const bundle = asked.bundle ?? (await best());
  if (bundle === "base") {
    return { bundle, threads: 1 };
  }
  if (!(await canShareMemory())) {
    throw new LoadError(`the bundle \`${bundle}\` needs a cross-origin isolated page, and this one is not`, {
      advice:
        "Send it with Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or leave " +
        "`bundle` out, and `base` runs.",
    });
  }
  if (bundle === "threads-wide" && !(await wideArithmetic())) {
    throw new LoadError(
      "this browser has no WebAssembly wide arithmetic, which the bundle `threads-wide` needs",
      { advice: "Leave `bundle` out, and the best that runs here is picked." },
    );
  }
  const threads = asked.threads ?? navigator.hardwareConcurrency ?? 2;
  return { bundle, threads: Math.min(threads, MOST_THREADS) };
}

async function best(): Promise<Bundle> {
  if (!(await canShareMemory())) {
    return "base";
  }
  return (await wideArithmetic()) ? "threads-wide" : "threads";
}

/** An engine may know shared memory, and the page still not be allowed to have it. */
async function canShareMemory(): Promise<boolean> {
  return globalThis.crossOriginIsolated === true && (await sharedMemory());
}
