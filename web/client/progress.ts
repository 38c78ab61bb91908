/**
 * How far a verification is: bytes read by the worker, and the table in wasm memory that the phases fill in.
 *
 * Invariant: what is done never goes back within one verification.
 */
import type { Phase, ProgressUnit, SharedTable } from "../../pkg/base/blocklight_wasm.js";

/** How far one phase of a verification is. */
export interface PhaseProgress {
  /** The phase. */
  phase: Phase;
  /** Whether it has begun and ended; phases overlap. */
  state: "waiting" | "running" | "finished";
  /** Units of work done. */
  done: number;
  /** Units of work in all; 0 where they cannot be counted, and until the phase begins. */
  total: number;
  /** What is counted; undefined where nothing is. */
  unit: ProgressUnit | undefined;
}

/** What is counted beside the phases: bytes of the input while it is read, gas while transactions are executed. */
export interface WorkDone {
  /** Bytes of the input that have been read, as they came: packed ones where it is gzip. */
  bytesRead: number;
  /** Bytes of the input in all; 0 where nobody says, until they have been read. */
  bytesTotal: number;
  /** Gas that the transactions executed so far have used; before Byzantium it is told when all are. */
  gasUsed: number;
  /** Gas that the header says the block uses; 0 until transactions are executed. */
  gasClaimed: number;
}

/** What has been read of the input. */
export type BytesRead = Pick<WorkDone, "bytesRead" | "bytesTotal">;

/** All that is told at once. */
export interface Progress {
  phases: PhaseProgress[];
  work: WorkDone;
}

const STATES = ["waiting", "running", "finished"] as const;
const WORDS_IN_ROW = 3;
/** Words on gas. */
const GAS_WORDS = 2;

/** How far it is while the input is read: the table still has the verification before. */
export function progressOfReading(table: SharedTable, read: BytesRead): Progress {
  const phases = table.phases.map((phase, row) => ({
    phase,
    state: "waiting" as const,
    done: 0,
    total: 0,
    unit: table.units[row],
  }));
  return { phases, work: { ...read, gasUsed: 0, gasClaimed: 0 } };
}

/** How far it is once the input has been read: the phases' rows, and the gas. */
export function readProgress(memory: WebAssembly.Memory, table: SharedTable, read: BytesRead): Progress {
  const words = new Uint32Array(memory.buffer, table.rows, WORDS_IN_ROW * table.phases.length);
  const word = (index: number) => Atomics.load(words, index);
  const phases = table.phases.map((phase, row) => ({
    phase,
    state: STATES[word(WORDS_IN_ROW * row)] ?? "waiting",
    done: word(WORDS_IN_ROW * row + 1),
    total: word(WORDS_IN_ROW * row + 2),
    unit: table.units[row],
  }));
  const gas = new Uint32Array(memory.buffer, table.gas, GAS_WORDS);
  const [gasUsed, gasClaimed] = [Atomics.load(gas, 0), Atomics.load(gas, 1)];
  return { phases, work: { ...read, gasUsed, gasClaimed } };
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
