/**
 * One life of the worker: started once, asked one thing at a time, thrown away when it dies.
 *
 * Invariant: every promise handed out settles: by an answer, by word of a fault, or by `end`.
 */
import type { Options, SharedTable, Verdict } from "../../pkg/base/blocklight_wasm.js";
import type { BundleChoice } from "./bundle.js";
import { CrashError, LoadError, OptionsError } from "./errors.js";
import { errorOf } from "./failure.js";
import type { FromWorker, ToWorker, WasmSource } from "./messages.js";
import { type BytesRead, type PhaseProgress, readFault, readProgress, type WorkDone } from "./progress.js";
import type { Waiting } from "./source.js";

export interface Started extends BundleChoice {
  table: SharedTable;
  /** The wasm's memory, where it is shared. */
  memory: WebAssembly.Memory | undefined;
  /** Bytes of wasm memory before the first verification. */
  memoryBytes: number;
  /** The compiled wasm, for the next session. */
  module: WebAssembly.Module;
}

export interface Answer {
  verdict: Verdict;
  /** Bytes of wasm memory after the verification; it never shrinks, so also the most there were. */
  memoryBytes: number;
}

interface Call {
  resolve: (answer: Answer) => void;
  reject: (error: unknown) => void;
  onProgress: ((phases: PhaseProgress[], work: WorkDone) => void) | undefined;
}

/** Milliseconds between looks into the shared memory. */
const LOOK_EVERY = 40;
/**
 * Milliseconds from a worker's making until its script speaks: no browser tells of a script that it has come, and another in its
 * place, or what a bundler has left of it, may be silent for ever. Under 80 kB have to come until then, and nothing else.
 */
const SCRIPT_TIMEOUT = 60_000;
const SILENT = "the worker's script said nothing within a minute";
const SPEAKING =
  "See that it is the package's own worker.js, whole: a bundler that is told of no side effects drops what is only imported.";
/**
 * Milliseconds from the compiled wasm until it must run: a pool worker whose script cannot be fetched says nothing, so there
 * must be an end to waiting. Fetching the wasm takes what the line takes, and fails by itself.
 */
const START_TIMEOUT = 60_000;
/**
 * Milliseconds from the compiled wasm until its threads run, and how often their worker is started anew where they do not.
 * About one time in twenty Firefox (153) never returns from `new Worker` in a worker; in another worker it does.
 */
const THREADS_TIMEOUT = 5000;
const STARTS = 4;

export class Session {
  readonly started: Promise<Started>;
  #worker: Worker;
  #scriptTimer: ReturnType<typeof setTimeout> | undefined;
  #threadsTimer: ReturnType<typeof setTimeout> | undefined;
  #startTimer: ReturnType<typeof setTimeout> | undefined;
  #startsLeft = STARTS;
  #startup!: { resolve: (started: Started) => void; reject: (error: unknown) => void };
  #running: Started | undefined;
  #call: Call | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Why it is of no more use. */
  #ended: unknown;

  constructor(
    readonly choice: BundleChoice,
    private readonly open: () => Worker,
    wasm: WasmSource,
  ) {
    this.started = new Promise((resolve, reject) => {
      this.#startup = { resolve, reject };
    });
    // Whoever waits hears of it; without this, a failure before anybody does is reported as unhandled.
    this.started.catch(() => {});
    this.#worker = this.#start(wasm);
  }

  #start(wasm: WasmSource): Worker {
    this.#startsLeft -= 1;
    const worker = this.open();
    worker.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#hear(data);
    worker.onerror = (event) => {
      event.preventDefault();
      const details = event.message || "the worker's script could not be loaded";
      this.end(this.#running ? new CrashError(details) : new LoadError(details));
    };
    worker.onmessageerror = () => this.end(new CrashError("a message could not be read"));
    worker.postMessage({ kind: "start", wasm, ...this.choice } satisfies ToWorker);
    this.#scriptTimer = setTimeout(
      () => this.end(new LoadError(SILENT, { advice: SPEAKING })),
      SCRIPT_TIMEOUT,
    );
    return worker;
  }

  /** The wasm is compiled, and its threads are being started: they come soon or never. */
  #expectThreads(module: WebAssembly.Module): void {
    this.#startTimer ??= setTimeout(
      () => this.end(new LoadError("it was loaded, and did not run within a minute")),
      START_TIMEOUT,
    );
    if (this.#startsLeft > 0) {
      this.#threadsTimer = setTimeout(() => {
        this.#worker.onmessage = null;
        this.#worker.onerror = null;
        this.#worker.terminate();
        try {
          this.#worker = this.#start(module);
        } catch (error) {
          this.end(error);
        }
      }, THREADS_TIMEOUT);
    }
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Verifies one file that holds block and witness, or the two apart. */
  async verify(inputs: Waiting[], options: Options, onProgress: Call["onProgress"]): Promise<Answer> {
    await this.started;
    if (this.ended) {
      throw this.#ended;
    }
    return new Promise((resolve, reject) => {
      this.#call = { resolve, reject, onProgress };
      try {
        const all = inputs.map((input) => input.send());
        this.#say(
          {
            kind: "verify",
            inputs: all.map(({ sent }) => sent),
            options,
            progress: onProgress !== undefined,
          },
          all.flatMap(({ transfer }) => transfer),
        );
      } catch (error) {
        const details = `what is to be verified cannot be sent to the worker: ${String(error)}`;
        this.#settle()?.reject(new OptionsError(details, { cause: error }));
      }
    });
  }

  /** Ends the worker with its threads; what was under way fails with `reason`. */
  end(reason: unknown): void {
    if (this.ended) {
      return;
    }
    this.#ended = reason;
    this.#stopTimers();
    this.#worker.terminate();
    this.#startup.reject(reason);
    this.#settle()?.reject(reason);
  }

  /** Of starting there is nothing left to wait for. */
  #stopTimers(): void {
    clearTimeout(this.#scriptTimer);
    clearTimeout(this.#threadsTimer);
    clearTimeout(this.#startTimer);
  }

  #say(message: ToWorker, transfer: Transferable[] = []): void {
    this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromWorker): void {
    switch (message.kind) {
      case "here":
        clearTimeout(this.#scriptTimer);
        break;
      case "compiled":
        this.#expectThreads(message.module);
        break;
      case "started":
        this.#stopTimers();
        this.#running = {
          ...this.choice,
          threads: message.threads,
          table: message.table,
          memory: message.memory,
          memoryBytes: message.memoryBytes,
          module: message.module,
        };
        this.#startup.resolve(this.#running);
        break;
      case "notStarted":
        this.end(new LoadError(message.message));
        break;
      case "verifying":
        this.#watch(message.read);
        break;
      case "progress":
        this.#call?.onProgress?.(message.phases, message.work);
        break;
      case "verdict":
        this.#settle()?.resolve({ verdict: message.verdict, memoryBytes: message.memoryBytes });
        break;
      case "failed":
        this.#settle()?.reject(errorOf(message.failure));
        break;
      case "crashed":
        this.end(new CrashError(message.message));
        break;
    }
  }

  /** Begins to look into the memory, where that can be seen from here. */
  #watch(read: BytesRead): void {
    const running = this.#running;
    if (this.#call && running?.memory) {
      this.#timer = setInterval(() => this.#look(running, read), LOOK_EVERY);
    }
  }

  /** Sees how far the busy worker is, and whether one of its threads has died. */
  #look({ memory, table }: Started, read: BytesRead): void {
    if (!memory) {
      return;
    }
    const fault = readFault(memory, table);
    if (fault !== undefined) {
      this.end(new CrashError(fault));
    } else {
      const { phases, work } = readProgress(memory, table, read);
      this.#call?.onProgress?.(phases, work);
    }
  }

  #settle(): Call | undefined {
    clearInterval(this.#timer);
    const call = this.#call;
    this.#call = undefined;
    return call;
  }
}
