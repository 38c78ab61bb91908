/**
 * The dedicated worker that owns the wasm and its pool of threads; and each of those threads.
 *
 * Invariant: it does one thing at a time and always answers; where it cannot, because a thread died that it waits
 * for, the fault word in shared memory speaks for it.
 */
import type { Failure, SharedTable, Verdict } from "../../pkg/base/blocklight_wasm.js";
import type { FromWorker, Sent, ToWorker } from "./messages.js";
import { startPoolOf, THREAD_HERE, THREAD_READY, type ThreadCall, type ThreadStart } from "./pool.js";
import { type BytesRead, type Progress, progressOfReading, readFault, readProgress } from "./progress.js";
import { lengthOf, ReadFault, readInto } from "./read.js";
import { compile, type Glue, glueOf, ownWasm } from "./wasm.js";

interface Running {
  glue: Glue;
  memory: WebAssembly.Memory;
  table: SharedTable;
}

/** Progress is posted at most this often, in milliseconds. */
const PROGRESS_EVERY = 30;
/** Where the engine refuses the full 4 GiB of shared memory, these are tried: pages of 64 KiB. */
const SMALLER_MEMORIES = [32768, 16384, 8192];
/** Pages that a memory of ours starts with: more than any bundle asks for. */
const FIRST_PAGES = 512;

const scope = self as unknown as DedicatedWorkerGlobalScope;
const post = (message: FromWorker) => scope.postMessage(message);
let running: Running | undefined;

scope.onmessage = async ({ data }: MessageEvent<ToWorker | ThreadCall | ThreadStart>) => {
  switch (data.kind) {
    case "call":
      scope.postMessage(THREAD_HERE);
      break;
    case "thread":
      await beThread(data);
      break;
    case "start":
      post({ kind: "here" });
      await start(data).catch((error) => post({ kind: "notStarted", message: describe(error) }));
      break;
    case "verify":
      if (running) {
        await verify(running, data);
      }
      break;
  }
};

/** Serves the pool for the rest of this worker's life. */
async function beThread({ bundle, module, memory, receiver }: ThreadStart): Promise<void> {
  if (bundle !== "base") {
    const glue = glueOf(bundle);
    await glue.default({ module_or_path: module, memory });
    scope.postMessage(THREAD_READY);
    glue.wbg_rayon_start_worker(receiver);
  }
}

async function start({ bundle, threads, wasm }: ToWorker & { kind: "start" }): Promise<void> {
  const module = wasm instanceof WebAssembly.Module ? wasm : await compile(wasm ?? ownWasm(bundle));
  let glue: Glue;
  let memory: WebAssembly.Memory;
  if (bundle === "base") {
    const base = glueOf(bundle);
    ({ memory } = await base.default({ module_or_path: module }));
    glue = base;
  } else {
    const pooled = glueOf(bundle);
    ({ memory } = await withLargestMemory((own) =>
      pooled.default(own ? { module_or_path: module, memory: own } : { module_or_path: module }),
    ));
    post({ kind: "compiled", module });
    startPoolOf(bundle);
    await pooled.initThreadPool(threads);
    glue = pooled;
  }
  glue.watchForFaults();
  const table = glue.sharedTable();
  running = { glue, memory, table };
  post({
    kind: "started",
    threads: glue.threads(),
    table,
    memory: bundle === "base" ? undefined : memory,
    memoryBytes: memory.buffer.byteLength,
    module,
  });
}

/** Shared memory is reserved as a whole, and some engines refuse the most there can be. */
async function withLargestMemory<T>(load: (memory?: WebAssembly.Memory) => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof RangeError)) {
      throw error;
    }
    for (const maximum of SMALLER_MEMORIES) {
      try {
        return await load(new WebAssembly.Memory({ initial: FIRST_PAGES, maximum, shared: true }));
      } catch (refusal) {
        if (!(refusal instanceof RangeError)) {
          throw refusal;
        }
      }
    }
    throw error;
  }
}

async function verify(now: Running, request: ToWorker & { kind: "verify" }): Promise<void> {
  const { memory, table } = now;
  const read = { bytesRead: 0, bytesTotal: totalOf(request.inputs) };
  try {
    const verdict = await verdictOn(now, request, read);
    if (request.progress) {
      post({ kind: "progress", ...readProgress(memory, table, read) });
    }
    post({ kind: "verdict", verdict, memoryBytes: memory.buffer.byteLength });
  } catch (error) {
    if (error instanceof ReadFault) {
      post({ kind: "failed", failure: error.failure });
    } else if (isFailure(error)) {
      post({ kind: "failed", failure: error });
    } else {
      // A panic leaves its words there, and ends in a trap that has none.
      post({ kind: "crashed", message: readFault(memory, table) ?? describe(error) });
    }
  }
}

/** Bytes that come in all; 0 where a sender does not say. */
function totalOf(inputs: Sent[]): number {
  let total = 0;
  for (const sent of inputs) {
    const length = lengthOf(sent);
    if (length === undefined) {
      return 0;
    }
    total += length;
  }
  return total;
}

/** Keeps in `read` what has been read. */
async function verdictOn(
  { glue, memory, table }: Running,
  { inputs, options, progress }: ToWorker & { kind: "verify" },
  read: BytesRead,
): Promise<Verdict> {
  let last = 0;
  const tell = (progressNow: () => Progress) => {
    if (progress && performance.now() - last >= PROGRESS_EVERY) {
      last = performance.now();
      post({ kind: "progress", ...progressNow() });
    }
  };
  const [first, second] = await readAll(glue, inputs, options.limits?.inputBytes, (bytes) => {
    read.bytesRead += bytes;
    // A length that was told of packed bytes: not every server may say that it packs.
    if (read.bytesRead > read.bytesTotal) {
      read.bytesTotal = 0;
    }
    tell(() => progressOfReading(table, read));
  });
  // What a sender said of the length may have been wrong.
  read.bytesTotal = read.bytesRead;
  post({ kind: "verifying", read });
  // Where the page sees the memory itself, it needs no telling.
  const onProgress =
    progress && memory.buffer instanceof ArrayBuffer
      ? () => tell(() => readProgress(memory, table, read))
      : undefined;
  return second
    ? glue.verifyPair(first, second, options, onProgress)
    : glue.verifyFile(first, options, onProgress);
}

type InputBytes = InstanceType<Glue["InputBytes"]>;

/** One after the other: what grows alone at the end of the memory need not be moved. */
async function readAll(
  glue: Glue,
  inputs: Sent[],
  limit: number | undefined,
  came: (bytes: number) => void,
): Promise<[InputBytes, InputBytes | undefined]> {
  const [first = new glue.InputBytes(limit), second] = inputs.map(() => new glue.InputBytes(limit));
  try {
    for (const [at, bytes] of [first, second].entries()) {
      const sent = inputs[at];
      if (bytes && sent) {
        await readInto(bytes, sent, came);
      }
    }
    return [first, second];
  } catch (error) {
    // After a trap nothing may be called any more.
    if (error instanceof ReadFault || isFailure(error)) {
      first.free();
      second?.free();
    }
    throw error;
  }
}

function isFailure(error: unknown): error is Failure {
  return typeof error === "object" && error !== null && (error as Partial<Failure>).status === "error";
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
