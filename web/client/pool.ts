/**
 * The pool's threads: workers that run this worker's own script again, so that there is one file to serve, to bundle and
 * to allow. Takes the place of wasm-bindgen-rayon's `workerHelpers.js`, whose workers import the glue by a folder's name,
 * which only bundlers understand.
 *
 * Invariant: a pool either has all its threads or its start fails; none is waited for that cannot come.
 */
import type { Bundle } from "./bundle.js";

/** What a worker is told that is to be a thread. */
export interface ThreadStart {
  kind: "thread";
  bundle: Bundle;
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Where the thread gets its work, in the wasm memory. */
  receiver: number;
}

/** What a thread says before it begins, and waits in wasm for ever. */
export const THREAD_READY = "blocklight: thread ready";

/** What wasm-bindgen-rayon hands over. */
interface PoolBuilder {
  numThreads(): number;
  receiver(): number;
  build(): void;
}

let bundle: Bundle = "threads";
/** Held, because Firefox collects workers that share a memory and that nobody holds (its bug 1702191). */
const workers: Worker[] = [];

/** Says which bundle's pool is started next. */
export function startPoolOf(started: Bundle): void {
  bundle = started;
}

/** Called by the glue: its name and arguments are wasm-bindgen-rayon's. */
export async function startWorkers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  const start: ThreadStart = { kind: "thread", bundle, module, memory, receiver: builder.receiver() };
  const threads = Array.from({ length: builder.numThreads() }, (_, index) => startThread(start, index));
  await Promise.all(threads);
  builder.build();
}

function startThread(start: ThreadStart, index: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const worker = new Worker(self.location.href, { type: ownType(), name: `blocklight thread ${index}` });
  workers.push(worker);
  worker.onmessage = ({ data }) => {
    if (data === THREAD_READY) {
      worker.onerror = null;
      resolve();
    }
  };
  worker.onerror = (event) => {
    event.preventDefault();
    reject(new Error(event.message || `a thread's script, ${self.location.href}, could not be loaded`));
  };
  worker.postMessage(start);
  return promise;
}

/**
 * Bundlers make classic workers or modules of us. A module may not import scripts, whatever they are; a classic worker gets
 * as far as the address, which is none. (Without any address Firefox lets modules pass.)
 */
function ownType(): WorkerType {
  try {
    importScripts("http://[");
  } catch (error) {
    return error instanceof TypeError ? "module" : "classic";
  }
  return "classic";
}
