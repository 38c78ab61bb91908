/**
 * The options that a caller gives.
 *
 * Invariant: no option is dropped in silence. A misspelt `trustedHash` would else be a hash that nobody compares.
 */
import type { Limits, Options } from "../../pkg/base/blocklight_wasm.js";
import { OptionsError } from "./errors.js";
import { jsonOf } from "./json.js";
import type { Source } from "./source.js";
import type { VerifierOptions, VerifyInput, VerifyOptions } from "./verifier.js";

/** What an option has to be. */
interface Kind {
  words: string;
  fits: (value: unknown) => boolean;
  /** What helps where it is something else. */
  advice?: (value: unknown) => string | undefined;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
const isText = (value: unknown) => typeof value === "string";
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;
/** Gas has 64 bits, which numbers do not hold. */
const isGas = (value: unknown): value is bigint =>
  typeof value === "bigint" && BigInt.asUintN(64, value) === value;

/** Of a source `take` has more to say. */
const SOURCE: Kind = { words: "a source", fits: () => true };
const ADDRESS: Kind = { words: "an address", fits: (value) => isText(value) || isObject(value) };
/** By what is called of it, since one of another window's is as good. */
const SIGNAL: Kind = {
  words: "an AbortSignal",
  fits: (value) =>
    isObject(value) &&
    "aborted" in value &&
    "addEventListener" in value &&
    typeof value.addEventListener === "function",
  advice: (value) =>
    isObject(value) && "signal" in value ? "Give the `signal` of the AbortController." : undefined,
};

/** Records rather than lists, so that none can be forgotten here. */
const VERIFIER_OPTIONS: Record<keyof VerifierOptions, Kind> = {
  threads: { words: "a whole number from 1 on", fits: (value) => typeof value === "number" },
  bundle: { words: "the name of a bundle", fits: isText },
  signal: SIGNAL,
  wasmUrl: { ...ADDRESS, words: "an address, or one for each bundle" },
  workerUrl: ADDRESS,
};
const REQUEST: Record<keyof Request, Kind> = {
  input: SOURCE,
  block: SOURCE,
  witness: SOURCE,
  chain: {
    words: "a name, an id, or a geth genesis or configuration",
    fits: (value) => isText(value) || isWhole(value) || isObject(value),
  },
  trustedHash: {
    words: "32 bytes as 0x-hex",
    fits: (value) => typeof value === "string" && /^0x[0-9a-f]{64}$/i.test(value),
  },
  schedule: { words: "the name of a schedule", fits: isText },
  accessList: { words: "RLP as 0x-hex or a list", fits: (value) => isText(value) || isObject(value) },
  record: { words: "true or false", fits: (value) => typeof value === "boolean" },
  // A Map or a list would be read as an object without any.
  limits: {
    words: "an object with limits by their names",
    fits: (value) => isObject(value) && !(Symbol.iterator in value),
  },
  onProgress: { words: "a function", fits: (value) => typeof value === "function" },
  signal: SIGNAL,
};

/** What may be given to `verify`, of either form. */
interface Request extends VerifyOptions {
  input?: Source | undefined;
  block?: Source | undefined;
  witness?: Source | undefined;
}

/** @throws OptionsError where an option is unknown, null or of another type. */
export function holdVerifierOptions(options: VerifierOptions): void {
  hold(options, VERIFIER_OPTIONS);
}

/**
 * The sources of a request, in the order in which the worker takes them, and what the worker is told beside them.
 *
 * @throws OptionsError where an option is unknown, null or of another type, or `input` comes together with `block` or `witness`.
 */
export function readRequest(request: VerifyInput & VerifyOptions): { sources: Source[]; options: Options } {
  hold(request, REQUEST);
  return { sources: sourcesOf(request), options: optionsOf(request) };
}

function hold<T extends object>(options: T, known: Record<keyof T & string, Kind>): void {
  if (!isObject(options)) {
    throw new OptionsError(`the options are ${shown(options)}, not an object`);
  }
  // What an object inherits is read as well, so it is held as well.
  for (const name in options) {
    if (!Object.hasOwn(known, name)) {
      throw new OptionsError(`there is no option \`${name}\`, only ${Object.keys(known).join(", ")}`);
    }
  }
  // Not what can be counted alone: what an object's class has for it is read too.
  for (const name of Object.keys(known) as (keyof T & string)[]) {
    holdOne(name, options[name], known[name]);
  }
}

function holdOne(name: string, value: unknown, { words, fits, advice }: Kind): void {
  if (value === null) {
    throw new OptionsError(`\`${name}\` is null`, { advice: "Leave out what is not to be set." });
  }
  if (value !== undefined && !fits(value)) {
    throw new OptionsError(`\`${name}\` is ${shown(value)}, not ${words}`, { advice: advice?.(value) });
  }
}

/** Characters of a text that are shown. */
const SHOWN = 80;

/** A value in words. Nothing of its own is called for them, which might throw. */
function shown(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `"${value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value}"`;
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : "an object";
    default:
      return String(value);
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
  return jsonOf(value, (why, cause) => new OptionsError(`\`${name}\` has no JSON: ${why}`, { cause }));
}

/** Copied, because no message can hold a Proxy, and held to be numbers, because the wasm takes them for that unseen. */
function limitsOf(limits: Partial<Limits>): Partial<Limits> {
  const numbers: Record<string, number | bigint> = {};
  for (const name in limits) {
    const value: unknown = limits[name as keyof Limits];
    if (isWhole(value) || (name === "blockGas" && isGas(value))) {
      numbers[name] = value;
    } else if (value !== undefined) {
      throw new OptionsError(`the limit \`${name}\` is ${shown(value)}, not a whole number from 0 on`);
    }
  }
  return numbers;
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
    options.limits = limitsOf(limits);
  }
  return options;
}
