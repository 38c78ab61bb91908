/** The error class of each failure that comes out of the wasm or the worker. */
import type { Failure } from "../../pkg/base/blocklight_wasm.js";
import * as errors from "./errors.js";

/** What the worker reports when an input cannot be read or unpacked. */
export interface ReadFailure {
  status: "error";
  code: "unzip" | "read";
  message: string;
}

export function errorOf(failure: Failure | ReadFailure): errors.BlocklightError {
  const { message } = failure;
  switch (failure.code) {
    case "input":
      return new errors.InputError(message);
    case "unzip":
      return new errors.UnzipError(message);
    case "read":
      return new errors.ReadError(message);
    case "limit":
      return new errors.LimitError(message, failure);
    case "memory":
      return new errors.MemoryError(message, failure.bytes);
    case "randomness":
      return new errors.RandomnessError(message);
    case "chainMismatch":
      return new errors.ChainMismatchError(message, failure);
    case "unknownChain":
      return new errors.UnknownChainError(failure.chain);
    case "chainConfiguration":
      return new errors.ChainConfigurationError(message);
    case "unsupportedFork":
      return new errors.UnsupportedForkError(message, failure.fork);
    case "options":
      return new errors.OptionsError(message);
    case "internal":
      return new errors.InternalError(message);
  }
}
