/**
 * The options that a caller gives.
 *
 * Invariant: no option is dropped in silence. A misspelt `trustedHash` would else be a hash that nobody compares.
 */
import type { Options } from "../../pkg/base/blocklight_wasm.js";
import { OptionsError } from "./errors.js";
import type { Source } from "./source.js";
import type { VerifierOptions, VerifyInput, VerifyOptions } from "./verifier.js";

/** Records rather than lists, so that none can be forgotten here. */
const VERIFIER_OPTIONS: Record<keyof VerifierOptions, true> = {
  threads: true,
  bundle: true,
  signal: true,
  wasmUrl: true,
  workerUrl: true,
};
const REQUEST: Record<keyof Request, true> = {
  input: true,
  block: true,
  witness: true,
  chain: true,
  trustedHash: true,
  schedule: true,
  accessList: true,
  record: true,
  limits: true,
  onProgress: true,
  signal: true,
};

/** What may be given to `verify`, of either form. */
interface Request extends VerifyOptions {
  input?: Source | undefined;
  block?: Source | undefined;
  witness?: Source | undefined;
}

/** @throws OptionsError where an option is unknown or null. */
export function holdVerifierOptions(options: VerifierOptions): void {
  hold(options, VERIFIER_OPTIONS);
}

/**
 * The sources of a request, in the order in which the worker takes them, and what the worker is told beside them.
 *
 * @throws OptionsError where an option is unknown or null, or `input` comes together with `block` or `witness`.
 */
export function readRequest(request: VerifyInput & VerifyOptions): { sources: Source[]; options: Options } {
  hold(request, REQUEST);
  return { sources: sourcesOf(request), options: optionsOf(request) };
}

function hold<T extends object>(options: T, known: Record<keyof T & string, true>): void {
  if (typeof options !== "object" || options === null) {
    throw new OptionsError(
      `the options are ${options === null ? "null" : `a value of type ${typeof options}`}, not an object`,
    );
  }
  // What an object inherits is read as well, so it is held as well.
  for (const name in options) {
    if (!Object.hasOwn(known, name)) {
      throw new OptionsError(`there is no option \`${name}\`, only ${Object.keys(known).join(", ")}`);
    }
    if (options[name] === null) {
      throw new OptionsError(`\`${name}\` is null`);
    }
  }
}

function sourcesOf({ input, block, witness }: Request): Source[] {
  if (input !== undefined) {
    if (block !== undefined || witness !== undefined) {
      throw new OptionsError("`input` holds block and witness: there can be neither beside it");
    }
    return [input];
  }
  if (block === undefined || witness === undefined) {
    throw new OptionsError("what to verify is a `block` and its `witness`, or an `input` that holds both");
  }
  return [block, witness];
}

function json(name: keyof VerifyOptions, value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (error) {
    throw new OptionsError(`\`${name}\` has no JSON: ${String(error)}`, error);
  }
}

function optionsOf({ chain, trustedHash, schedule, accessList, record, limits }: VerifyOptions): Options {
  const options: Options = {};
  if (chain !== undefined) {
    options.chain = typeof chain === "object" ? json("chain", chain) : chain;
  }
  if (trustedHash !== undefined) {
    options.trustedHash = trustedHash;
  }
  if (schedule !== undefined) {
    options.schedule = schedule;
  }
  if (accessList !== undefined) {
    options.accessList = json("accessList", accessList);
  }
  if (record !== undefined) {
    options.record = record;
  }
  if (limits !== undefined) {
    options.limits = limits;
  }
  return options;
}
