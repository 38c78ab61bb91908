/**
 * The verifier: a queue of verifications before one worker.
 *
 * Invariant: calls run one at a time, in the order in which they were made; one that is given up leaves at once and
 * holds nobody up.
 */
import type { Hex, Limits, Options, Schedule, Verdict } from "../../pkg/base/blocklight_wasm.js";
import type { BlockAccessList } from "./access-list.js";
import { type Bundle, type BundleChoice, chooseBundle } from "./bundle.js";
import type { Chain } from "./chain.js";
import { ClosedError, ReadError } from "./errors.js";
import { holdVerifierOptions, readRequest } from "./options.js";
import { type Places, placesOf, workerAndWasm } from "./places.js";
import type { PhaseProgress, WorkDone } from "./progress.js";
import { Session } from "./session.js";
import { type Source, take, type Waiting } from "./source.js";

/** How a verifier is started. All may be left out. */
export interface VerifierOptions extends Places {
  /** Threads of the pool, at least 1, of which at most 16 are started. Left out: as many as the machine has. */
  threads?: number | undefined;
  /** The bundle. Left out: the best that runs here. */
  bundle?: Bundle | undefined;
  /** Gives up starting. */
  signal?: AbortSignal | undefined;
}

/** What to verify: a block and its execution witness, or one file that holds both. */
export type VerifyInput =
  | {
      /** The block: RLP, or a JSON-RPC block with full transactions. */
      block: Source;
      /** Its execution witness, as `debug_executionWitness` answers it. */
      witness: Source;
    }
  | {
      /** Both in one: JSON `{block, witness, blockAccessList?}`, or the SSZ input of stateless validation. */
      input: Source;
    };

/** How a block is verified. All may be left out. */
export interface VerifyOptions {
  /**
   * The chain whose rules hold: a name (`mainnet`, `sepolia`, `holesky`, `hoodi`), an id, or a geth genesis or
   * configuration JSON, as text or object. Left out: the chain that the input names.
   */
  chain?: Chain | undefined;
  /** A hash that you vouch for: a block with another one is invalid. */
  trustedHash?: Hex | undefined;
  /** How transactions are executed; the verdict is the same. Left out: whichever suits the block and the threads. */
  schedule?: Schedule | undefined;
  /**
   * What the block accesses and changes (EIP-7928), as RLP in hex or as a list of accounts: a hint by which the schedules
   * `accessList` and `auto` run transactions ahead. It is not believed: a wrong one costs time and no more.
   */
  accessList?: BlockAccessList | undefined;
  /**
   * Whether to record the execution, which costs a little time: `report.dependencies` and `report.timing.timeline`. Left
   * out: no.
   */
  record?: boolean | undefined;
  /**
   * Limits on sizes, counts and gas: what is read is held to them before it is hashed, the block's gas before anything is
   * executed. Those left out are at their defaults.
   */
  limits?: Partial<Limits> | undefined;
  /**
   * Told how far it is, some 25 times a second and at the end: how far each phase is, and how many bytes have been read and
   * how much gas has been used. While the input is read, every phase waits. Speed is yours to tell: gas by your own clock.
   */
  onProgress?: ((phases: PhaseProgress[], work: WorkDone) => void) | undefined;
  /** Gives the verification up; its promise rejects with the signal's reason at once. */
  signal?: AbortSignal | undefined;
}

/** What runs. */
export interface VerifierInfo extends BundleChoice {
  /** Bytes of wasm memory: it never shrinks, so also the most there were since the worker was started. */
  memory: number;
}

/**
 * Starts a verifier: picks a bundle, loads it in a worker, starts its threads.
 *
 * @example
 * const verifier = await createVerifier();
 * const verdict = await verifier.verify({ block, witness });
 * if (verdict.status === "valid") console.log(verdict.report.hash);
 * if (verdict.status === "invalid") console.log(verdict.reason);
 *
 * @throws LoadError where no bundle can be started.
 * @throws OptionsError where an option is not what it should be, unknown, or null.
 */
export async function createVerifier(options: VerifierOptions = {}): Promise<Verifier> {
  holdVerifierOptions(options);
  const { signal } = options;
  throwIfAborted(signal);
  const places = placesOf(options);
  const verifier = new Verifier(await chooseBundle(options), places);
  const abort = () => verifier.close(signal?.reason);
  signal?.addEventListener("abort", abort, { once: true });
  try {
    throwIfAborted(signal);
    await verifier.start();
    return verifier;
  } catch (error) {
    verifier.close();
    throw error;
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** Verifies blocks in a worker of its own. Made by {@link createVerifier}. */
export class Verifier {
  #choice: BundleChoice;
  #places: Places;
  #session: Session | undefined;
  /** Compiled once, however often the worker is started. */
  #module: WebAssembly.Module | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #memory = 0;
  #closed: unknown;

  /** @internal Use {@link createVerifier}. */
  constructor(choice: BundleChoice, places: Places) {
    this.#choice = choice;
    this.#places = places;
  }

  /** What runs. */
  get info(): VerifierInfo {
    return { ...this.#choice, memory: this.#memory };
  }

  /** @internal Starts the worker, if none is alive. */
  async start(): Promise<void> {
    const { threads, memoryBytes, module } = await this.#live().started;
    this.#choice = { bundle: this.#choice.bundle, threads };
    this.#memory = memoryBytes;
    this.#module = module;
  }

  /**
   * Verifies a block. Calls queue up and run in the order in which they were made; a call's input is read at its turn.
   *
   * Bytes are moved into the worker, not copied: a `Uint8Array` that covers its whole buffer is empty afterwards. A
   * `Response`, `File`, `Blob` or `ReadableStream` is read piece by piece and never lies whole on the JavaScript heap.
   *
   * @example
   * const verdict = await verifier.verify({
   *   block,
   *   witness: await fetch("https://rpc.example/witness.json"),
   *   chain: "mainnet",
   *   signal: AbortSignal.timeout(30_000),
   *   onProgress: (phases) => console.log(phases.find(({ state }) => state === "running")?.phase),
   * });
   *
   * @throws BlocklightError where there can be no verdict: `InputError`, `LimitError`, `ReadError` and so on. An option
   * that is unknown, null or of another type is an `OptionsError`.
   */
  verify(request: VerifyInput & VerifyOptions): Promise<Verdict> {
    const inputs: Waiting[] = [];
    const abandon = (reason: unknown) => {
      for (const input of inputs) {
        input.abandon(reason);
      }
    };
    try {
      // Whatever is wrong with it is told by the promise, and not thrown past it.
      const { sources, options } = readRequest(request);
      const { signal, onProgress } = request;
      throwIfAborted(signal);
      for (const source of sources) {
        inputs.push(take(source));
      }
      const turn = this.#last.then(() => this.#run(inputs, options, onProgress, signal));
      this.#last = turn.catch(() => {});
      return settledBy(turn, signal).catch((error) => {
        abandon(error);
        throw error;
      });
    } catch (error) {
      abandon(error);
      return Promise.reject(error);
    }
  }

  /** Ends the worker and its threads. Verifications under way or queued fail with a `ClosedError`, or with `reason`. */
  close(reason: unknown = new ClosedError()): void {
    this.#closed ??= reason;
    this.#session?.end(this.#closed);
  }

  async #run(
    inputs: Waiting[],
    options: Options,
    onProgress: VerifyOptions["onProgress"],
    signal: AbortSignal | undefined,
  ): Promise<Verdict> {
    throwIfAborted(signal);
    const session = this.#live();
    // A computation cannot be interrupted, a worker can. The next call starts another.
    const abort = () => session.end(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await this.start();
      const { verdict, memoryBytes } = await session.verify(inputs, options, onProgress);
      this.#memory = memoryBytes;
      return verdict;
    } catch (error) {
      throw withCause(error, inputs);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #live(): Session {
    if (this.#closed !== undefined) {
      throw this.#closed;
    }
    if (!this.#session || this.#session.ended) {
      const { open, wasm } = workerAndWasm(this.#places, this.#choice.bundle);
      this.#session = new Session(this.#choice, open, this.#module ?? wasm);
    }
    return this.#session;
  }
}

/** As the signal's own method, which is newer than all else that is needed here. */
function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw signal.reason;
  }
}

/** A worker tells in words why a stream broke off; what was caught is here. */
function withCause(error: unknown, inputs: Waiting[]): unknown {
  const broken = inputs.find((input) => input.broken !== undefined)?.broken;
  if (error instanceof ReadError && error.cause === undefined && broken !== undefined) {
    error.cause = broken;
  }
  return error;
}

/** As `turn`, but an abort settles it at once, wherever in the queue it is. */
function settledBy(turn: Promise<Verdict>, signal: AbortSignal | undefined): Promise<Verdict> {
  if (!signal) {
    return turn;
  }
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    turn.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
