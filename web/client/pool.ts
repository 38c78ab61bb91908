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

/** What a worker is asked whose script may not have been loaded, and what it answers once it has. */
export interface ThreadCall {
  kind: "call";
}
export const THREAD_HERE = "blocklight: thread here";

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

/**
 * Called by the glue: its name and arguments are wasm-bindgen-rayon's. No thread begins to wait in wasm before the scripts of
 * all are there: with one waiting, Firefox (153) was seen to start the next more rarely (`session.ts` begins anew then).
 */
export async function startWorkers(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  builder: PoolBuilder,
): Promise<void> {
  const started = Array.from({ length: builder.numThreads() }, (_, index) => startWorker(index));
  await Promise.all(started.map((worker) => told(worker, { kind: "call" }, THREAD_HERE)));
  const start: ThreadStart = { kind: "thread", bundle, module, memory, receiver: builder.receiver() };
  await Promise.all(started.map((worker) => told(worker, start, THREAD_READY)));
  builder.build();
}

function startWorker(index: number): Worker {
  const worker = new Worker(self.location.href, { type: ownType(), name: `blocklight thread ${index}` });
  workers.push(worker);
  return worker;
}

/** Tells a worker something, until it has answered as expected. */
function told(worker: Worker, message: ThreadCall | ThreadStart, answer: string): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => {
      if (data === answer) {
        worker.onerror = null;
        resolve();
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      reject(new Error(event.message || `a thread's script, ${self.location.href}, could not be loaded`));
    };
    worker.postMessage(message);
  });
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
