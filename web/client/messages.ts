/** What client and worker say to each other. One request is under way at a time. */
import type { Failure, Options, SharedTable, Verdict } from "../../pkg/base/blocklight_wasm.js";
import type { BundleChoice } from "./bundle.js";
import type { ReadFailure } from "./failure.js";
import type { BytesRead, Progress } from "./progress.js";

/** An input on its way to the worker. None of them has the page's bytes copied. */
export type Sent =
  /** Moved, buffer and all. */
  | { kind: "bytes"; bytes: Uint8Array<ArrayBuffer> }
  /** A handle: the worker reads what is behind it. */
  | { kind: "blob"; blob: Blob }
  /** Pieces, each moved when the worker asks the port for it. `length` is what the sender says it will be in all. */
  | { kind: "pieces"; port: MessagePort; length: number | undefined };

/** What the port of `pieces` is asked. */
export type AskForPiece = "next" | "stop";

/** What the port of `pieces` answers. */
export type Piece =
  | { kind: "piece"; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "end" }
  | { kind: "broken"; message: string };

export type ToWorker =
  | ({ kind: "start"; wasm: WasmSource } & BundleChoice)
  | { kind: "verify"; inputs: Sent[]; options: Options; progress: boolean };

/** The compiled wasm, or the address to get it from, or nothing: it lies where the package has it. */
export type WasmSource = WebAssembly.Module | string | undefined;

export type FromWorker =
  /** The script has been loaded, and has heard that it is to start. */
  | { kind: "here" }
  /** The bundle is compiled, and its threads are to be started. */
  | { kind: "compiled"; module: WebAssembly.Module }
  /** The bundle runs. `memory` is there where it is shared. */
  | {
      kind: "started";
      threads: number;
      table: SharedTable;
      memory: WebAssembly.Memory | undefined;
      memoryBytes: number;
      module: WebAssembly.Module;
    }
  | { kind: "notStarted"; message: string }
  /** The inputs are read; from here on the worker is busy until it answers. */
  | { kind: "verifying"; read: BytesRead }
  | ({ kind: "progress" } & Progress)
  | { kind: "verdict"; verdict: Verdict; memoryBytes: number }
  | { kind: "failed"; failure: Failure | ReadFailure }
  /** The wasm trapped: it is of no more use. */
  | { kind: "crashed"; message: string };
