/**
 * What went wrong on our side: the fourth family, never a verdict on the block.
 *
 * Every `code` has its class. `shortMessage` says what happened, `details` what was observed, `advice` what can be done;
 * `message` is all of them, and `cause` what was caught. A call that its signal gave up is none of these: it rejects with
 * the signal's own reason.
 */
import type { Limit } from "../../pkg/base/blocklight_wasm.js";

interface Parts {
  details?: string | undefined;
  advice?: string | undefined;
  cause?: unknown;
}

/** What went wrong, by kind: stable, and made for programs. */
export type ErrorCode =
  | "input"
  | "unzip"
  | "read"
  | "limit"
  | "memory"
  | "randomness"
  | "chainMismatch"
  | "unknownChain"
  | "chainConfiguration"
  | "unsupportedFork"
  | "options"
  | "internal"
  | "load"
  | "crash"
  | "closed";

/**
 * What all our errors are instances of.
 *
 * @example
 * try {
 *   await verifier.verify({ block, witness });
 * } catch (error) {
 *   if (error instanceof BlocklightError) console.error(error.code, error.shortMessage, error.details);
 * }
 */
export abstract class BlocklightError extends Error {
  override name = "BlocklightError";
  /** The kind of error. */
  abstract readonly code: ErrorCode;
  /** What happened, in one sentence. */
  readonly shortMessage: string;
  /** What was observed. */
  readonly details: string | undefined;
  /** What can be done. */
  readonly advice: string | undefined;

  constructor(shortMessage: string, { details, advice, cause }: Parts = {}) {
    const message = [shortMessage, details && `Details: ${details}`, advice].filter(Boolean).join("\n");
    super(message, cause === undefined ? undefined : { cause });
    this.shortMessage = shortMessage;
    this.details = details;
    this.advice = advice;
  }
}

/** The input is in no dialect we know, or cut or garbled as a file. */
export class InputError extends BlocklightError {
  override name = "InputError";
  readonly code = "input";

  constructor(details: string, cause?: unknown) {
    super("The input could not be read.", {
      details,
      advice:
        "It should be a JSON file with `block` and `witness` or an SSZ input (plain or .gz), or a block and a " +
        "debug_executionWitness answer.",
      cause,
    });
  }
}

/** The input is gzip, and cut or damaged. */
export class UnzipError extends BlocklightError {
  override name = "UnzipError";
  readonly code = "unzip";

  constructor(details: string) {
    super("The input could not be unpacked.", {
      details,
      advice: "The gzip file is cut or damaged: get it again.",
    });
  }
}

/** The file, the response or the stream broke off, or was refused. */
export class ReadError extends BlocklightError {
  override name = "ReadError";
  readonly code = "read";

  constructor(details: string, cause?: unknown) {
    super("The input could not be fetched or read to its end.", {
      details,
      advice:
        "Get it again: a file may have been moved or changed meanwhile, a connection may have broken, and a body can be read only once.",
      cause,
    });
  }
}

/** The input passes a limit. */
export class LimitError extends BlocklightError {
  override name = "LimitError";
  readonly code = "limit";
  /** Which limit. */
  readonly limit: Limit;
  /** The limit's value. */
  readonly expected: number | bigint;
  /** The input's value, as far as it was read. */
  readonly got: number | bigint;

  constructor(
    details: string,
    { limit, expected, got }: { limit: Limit; expected: number | bigint; got: number | bigint },
  ) {
    super("The input is larger than allowed.", {
      details,
      advice:
        "The limits leave room above what the protocol can produce, so the input is most likely not honest.",
    });
    this.limit = limit;
    this.expected = expected;
    this.got = got;
  }
}

/** The engine gives no more memory. */
export class MemoryError extends BlocklightError {
  override name = "MemoryError";
  readonly code = "memory";
  /** Bytes that were needed in one piece. */
  readonly bytes: number;

  constructor(details: string, bytes: number) {
    super("There is not enough memory for the input.", {
      details,
      advice: "Close other pages, or verify on a machine with more memory.",
    });
    this.bytes = bytes;
  }
}

/** The engine gives no randomness, by which hash maps are seeded. */
export class RandomnessError extends BlocklightError {
  override name = "RandomnessError";
  readonly code = "randomness";

  constructor(details: string) {
    super("There is no source of randomness.", {
      details,
      advice:
        "Verify in a browser whose workers have `crypto.getRandomValues`, and see that no script takes it away.",
    });
  }
}

/** The input names another chain than the one asked for. */
export class ChainMismatchError extends BlocklightError {
  override name = "ChainMismatchError";
  readonly code = "chainMismatch";
  /** Chain id asked for. */
  readonly expected: number | bigint;
  /** Chain id the input names. */
  readonly got: number | bigint;

  constructor(details: string, { expected, got }: { expected: number | bigint; got: number | bigint }) {
    super("The input is of another chain.", {
      details,
      advice: `Choose chain ${got}, or let the chain be found from the input.`,
    });
    this.expected = expected;
    this.got = got;
  }
}

/** No built-in chain has this name or id. */
export class UnknownChainError extends BlocklightError {
  override name = "UnknownChainError";
  readonly code = "unknownChain";
  /** The name, or the id in decimal. */
  readonly chain: string;

  constructor(chain: string) {
    super(`Chain ${chain} is not built in.`, {
      advice: "Give the chain's genesis or configuration JSON, as geth writes it.",
    });
    this.chain = chain;
  }
}

/** The genesis or configuration JSON cannot be used. */
export class ChainConfigurationError extends BlocklightError {
  override name = "ChainConfigurationError";
  readonly code = "chainConfiguration";

  constructor(details: string) {
    super("The chain's configuration cannot be used.", {
      details,
      advice: "Give a geth genesis file, or the object under its `config`.",
    });
  }
}

/** The block is of a fork whose rules are not implemented, or for which its public chain has no date here. */
export class UnsupportedForkError extends BlocklightError {
  override name = "UnsupportedForkError";
  readonly code = "unsupportedFork";
  /** The fork's name. */
  readonly fork: string;

  constructor(details: string, fork: string) {
    super(`The fork ${fork} is not implemented for the block's chain.`, {
      details,
      advice: "Blocks of the forks before it can be verified; a newer version may have it.",
    });
    this.fork = fork;
  }
}

/** An option is not what it should be: `details` has which, and mostly what it should be. */
export class OptionsError extends BlocklightError {
  override name = "OptionsError";
  readonly code = "options";

  constructor(details: string, { advice, cause }: Omit<Parts, "details"> = {}) {
    super("The options are not what they should be.", { details, advice, cause });
  }
}

/** A bug of ours or of a dependency. */
export class InternalError extends BlocklightError {
  override name = "InternalError";
  readonly code = "internal";

  constructor(details: string) {
    super("Something failed that should not. This says nothing about the block.", {
      details,
      advice: "Please report it together with the input.",
    });
  }
}

/** What most often keeps the files from being loaded. */
const LOADING =
  "Check that the .wasm and .js files beside the page can be fetched, and that its content security policy allows " +
  "'wasm-unsafe-eval' and workers from 'self'. The bundle `base` needs the least.";

/** The bundle could not be loaded or started. */
export class LoadError extends BlocklightError {
  override name = "LoadError";
  readonly code = "load";

  constructor(details: string, { advice = LOADING, cause }: Omit<Parts, "details"> = {}) {
    super("The verifier could not be started.", { details, advice, cause });
  }
}

/** The verifier crashed. It was thrown away; the next call starts a new one. */
export class CrashError extends BlocklightError {
  override name = "CrashError";
  readonly code = "crash";

  constructor(details: string) {
    super("The verifier crashed. This says nothing about the block.", {
      details,
      advice:
        "Try again: the next call starts afresh. If it happens again, the input may need more memory than there is.",
    });
  }
}

/** `close()` was called. */
export class ClosedError extends BlocklightError {
  override name = "ClosedError";
  readonly code = "closed";

  constructor() {
    super("The verifier is closed.", { advice: "Create another one with createVerifier()." });
  }
}
