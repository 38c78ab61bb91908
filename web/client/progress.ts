/** The table in wasm memory that the phases of a running verification fill in. */
import type { Phase, SharedTable } from "../../pkg/base/blocklight_wasm.js";

/** How far one phase of a verification is. */
export interface PhaseProgress {
  /** The phase. */
  phase: Phase;
  /** Whether it has begun and ended; phases overlap. */
  state: "waiting" | "running" | "finished";
  /** Units of work done: bytes, transactions, nodes. */
  done: number;
  /** Units of work in all; 0 where they cannot be counted. */
  total: number;
}

const STATES = ["waiting", "running", "finished"] as const;
const WORDS_IN_ROW = 3;

/** Reads the phases' rows. */
export function readProgress(memory: WebAssembly.Memory, table: SharedTable): PhaseProgress[] {
  const words = new Uint32Array(memory.buffer, table.rows, WORDS_IN_ROW * table.phases.length);
  const word = (index: number) => Atomics.load(words, index);
  return table.phases.map((phase, row) => ({
    phase,
    state: STATES[word(WORDS_IN_ROW * row)] ?? "waiting",
    done: word(WORDS_IN_ROW * row + 1),
    total: word(WORDS_IN_ROW * row + 2),
  }));
}

/** The words that a dying thread left, if one did. */
export function readFault(memory: WebAssembly.Memory, table: SharedTable): string | undefined {
  if (Atomics.load(new Uint32Array(memory.buffer, table.fault, 1), 0) === 0) {
    return undefined;
  }
  const length = Atomics.load(new Uint32Array(memory.buffer, table.faultLength, 1), 0);
  // Copied, because a TextDecoder does not read shared memory.
  return new TextDecoder().decode(new Uint8Array(memory.buffer, table.faultText, length).slice());
}
