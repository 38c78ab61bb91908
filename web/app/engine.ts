/**
 * The verifier of this page: started when it is first needed, kept as long as bundle and threads stay as asked.
 *
 * Invariant: at most one is alive or being started, but for the short comparisons that close theirs themselves.
 */
import { createVerifier, type Verifier, type VerifierInfo } from "../client/index.js";
import { settings } from "./settings.js";

let asked = "";
let starting: Promise<Verifier> | undefined;
/** Gives up the start under way. */
let start = new AbortController();

/**
 * The verifier as the settings want it; after a failed start the next call tries again. Where the settings have changed, whoever
 * still waits for one as they were before gets an `AbortError`.
 */
export function verifier(): Promise<Verifier> {
  const { bundle, threads } = settings;
  const now = `${bundle} ${threads}`;
  if (starting && asked !== now) {
    start.abort();
    starting.then(
      (old) => old.close(),
      () => {},
    );
    starting = undefined;
  }
  asked = now;
  if (!starting) {
    start = new AbortController();
    const mine = createVerifier({ bundle, threads, signal: start.signal }).catch((error) => {
      if (starting === mine) {
        starting = undefined;
      }
      throw error;
    });
    starting = mine;
  }
  return starting;
}

/** What runs, in a sentence. */
export function engineText({ bundle, threads }: VerifierInfo): string {
  if (bundle !== "base") {
    return `Running the bundle “${bundle}” on ${threads} ${threads === 1 ? "thread" : "threads"}.`;
  }
  const why = crossOriginIsolated ? "" : ": this page is not cross-origin isolated, which threads need";
  return `Running the bundle “base” on one thread${why}.`;
}
