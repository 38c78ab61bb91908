/**
 * Names every type that the package exports, as a caller would who hands values on through code of its own. Compiled, never
 * run: types.test.mjs holds the list to what is exported.
 */
import {
  type AccessListFault,
  type AccessListPart,
  type AccountChanges,
  type Address,
  type B64,
  type B256,
  type BalanceChange,
  type BlobParameters,
  type BlockAccessList,
  type BlockDialect,
  BlocklightError,
  type Bloom,
  type Bundle,
  type BundleChoice,
  type Bytes,
  type Chain,
  type ChainConfiguration,
  ChainConfigurationError,
  ChainMismatchError,
  type ChainName,
  type Check,
  type CheckStatus,
  ClosedError,
  type CodeChange,
  CrashError,
  createVerifier,
  type Dependencies,
  type Dependency,
  type Dialects,
  type ErrorCode,
  type Failure,
  type FailureCause,
  type ForkField,
  type Genesis,
  type HashTrust,
  type Hex,
  type HotLocation,
  type Incarnation,
  type IncarnationEnd,
  InputError,
  InternalError,
  type InvalidReason,
  type Limit,
  LimitError,
  type Limits,
  LoadError,
  type Location,
  MemoryError,
  type Mismatch,
  type Missing,
  type NonceChange,
  type OmmerFault,
  OptionsError,
  type Phase,
  type PhaseProgress,
  type PhaseTime,
  type Places,
  type Presence,
  type ProgressUnit,
  type Quantity,
  RandomnessError,
  ReadError,
  type Report,
  type Rule,
  type Schedule,
  type ScheduleChoice,
  type ScheduleReason,
  type SlotChanges,
  type Source,
  type StorageChange,
  type SystemContract,
  type Timeline,
  type Timing,
  type TransactionError,
  type TransactionReport,
  type Trie,
  type U256,
  UnknownChainError,
  UnsupportedForkError,
  UnzipError,
  type Verdict,
  type Verifier,
  type VerifierInfo,
  type VerifierOptions,
  type VerifyInput,
  type VerifyOptions,
  type WitnessDialect,
  type WitnessFacts,
  type WorkDone,
} from "blocklight";
import file from "./sample-chain.json" with { type: "json" };

/** Whether two types are the same, each assignable to the other. */
type Same<A, B> = [A, B] extends [B, A] ? true : false;

// --- What is given --------------------------------------------------------------------------------------------------

const places: Places = {
  wasmUrl: { base: "base.wasm", threads: new URL("https://a.example/") },
  workerUrl: "w.js",
};
const bundles: Record<Bundle, true> = { "threads-wide": true, threads: true, base: true };
export const starting: VerifierOptions = {
  ...places,
  bundle: "threads",
  threads: 4,
  signal: new AbortController().signal,
};
export const left: VerifierOptions = { bundle: undefined, threads: undefined, signal: undefined };

const sources: Source[] = [
  new Response(),
  new ReadableStream<Uint8Array>(),
  new File([], "block.json.gz"),
  new Blob(),
  new Uint8Array(),
  new ArrayBuffer(0),
  "0xf902",
  { jsonrpc: "2.0", result: {} },
];
export const inputs: VerifyInput[] = [
  ...sources.map((source) => ({ block: source, witness: source })),
  ...sources.map((input) => ({ input })),
];
// @ts-expect-error a block without its witness
export const half: VerifyInput = { block: "0xf902" };

const blobs: BlobParameters = { target: 3, max: 6, baseFeeUpdateFraction: 3338477 };
const configuration: ChainConfiguration = {
  chainId: 1337,
  londonBlock: 0,
  terminalTotalDifficulty: "0x0",
  cancunTime: "0",
  blobSchedule: { cancun: blobs },
};
const genesis: Genesis = { config: configuration, alloc: {}, gasLimit: "0x3938700" };
const name: ChainName = "hoodi";
export const chains: Chain[] = [
  name,
  560048,
  "560048",
  genesis,
  configuration,
  JSON.stringify(genesis),
  file,
];
export const fork: Quantity[] = [0, "0", "0x0"];
// @ts-expect-error a fork misspelt
export const misspelt: ChainConfiguration = { chainId: 1337, cancunTimes: 0 };

const address: Address = "0x0000000000000000000000000000000000000001";
const written: StorageChange[] = [
  { index: "0x1", value: "0x2" },
  { blockAccessIndex: "0x1", newValue: "0x2" },
];
const slots: SlotChanges[] = [
  { key: "0x1", changes: written },
  { slot: "0x1", slotChanges: written },
];
const balances: BalanceChange[] = [
  { index: "0x1", value: "0x2" },
  { blockAccessIndex: "0x1", postBalance: "0x2" },
];
const nonces: NonceChange[] = [
  { index: "0x1", value: "0x2" },
  { blockAccessIndex: "0x1", newNonce: "0x2" },
];
const codes: CodeChange[] = [
  { index: "0x1", code: "0x" },
  { blockAccessIndex: "0x1", newCode: "0x" },
];
const account: AccountChanges = {
  address,
  storageChanges: slots,
  storageReads: ["0x3"],
  balanceChanges: balances,
  nonceChanges: nonces,
  codeChanges: codes,
};
export const lists: BlockAccessList[] = ["0xc0", [account]];
// @ts-expect-error hex begins with 0x
export const bare: BlockAccessList = "c0";

const hash: B256 = "0x2fd7407d232b8b7fde2a8372b5e77fd65f815847b70d9cf25134b123f4a69e03";
const limits: Partial<Limits> = { inputBytes: 2 ** 20, nodes: 1000 };
const schedules: Record<Schedule, true> = {
  auto: true,
  sequential: true,
  speculative: true,
  accessList: true,
};
export const options: VerifyOptions = {
  chain: "mainnet",
  trustedHash: hash,
  schedule: "accessList",
  accessList: [account],
  record: true,
  limits,
  onProgress: (phases: PhaseProgress[], work: WorkDone) => [
    phases.map(percent),
    work.bytesRead,
    work.gasUsed,
  ],
  signal: AbortSignal.timeout(1000),
};
// @ts-expect-error an option misspelt
export const trust: VerifyOptions = { trustHash: hash };

function percent({ phase, state, done, total }: PhaseProgress): [Phase, string] {
  const states: Record<PhaseProgress["state"], string> = { waiting: "", running: "…", finished: "!" };
  return [phase, `${total === 0 ? 0 : done / total}${states[state]}`];
}

// --- What is got ----------------------------------------------------------------------------------------------------

export async function verify(input: VerifyInput, options: VerifyOptions): Promise<Verdict> {
  const verifier: Verifier = await createVerifier(starting);
  const info: VerifierInfo = verifier.info;
  const choice: BundleChoice = info;
  const memory: number = info.memory;
  void [choice, memory, bundles[info.bundle], schedules.auto];
  try {
    return await verifier.verify({ ...input, ...options });
  } finally {
    verifier.close();
  }
}

/** Every verdict is of one of three kinds, each with what belongs to it. */
export function why(verdict: Verdict): InvalidReason | Missing | Report {
  switch (verdict.status) {
    case "valid":
      return verdict.report;
    case "invalid":
      return verdict.reason;
    case "incomplete":
      return verdict.missing;
    default:
      return verdict satisfies never;
  }
}

/** Each code has one class, which has that code. */
const byCode: { [Code in ErrorCode]: abstract new (...args: never[]) => BlocklightError & { code: Code } } = {
  input: InputError,
  unzip: UnzipError,
  read: ReadError,
  limit: LimitError,
  memory: MemoryError,
  randomness: RandomnessError,
  chainMismatch: ChainMismatchError,
  unknownChain: UnknownChainError,
  chainConfiguration: ChainConfigurationError,
  unsupportedFork: UnsupportedForkError,
  options: OptionsError,
  internal: InternalError,
  load: LoadError,
  crash: CrashError,
  closed: ClosedError,
};
export function said(error: unknown): unknown[] {
  if (error instanceof LimitError) {
    const limit: Limit = error.limit;
    return [limit, error.expected satisfies number | bigint, error.got satisfies number | bigint];
  }
  if (error instanceof ChainMismatchError) {
    return [error.expected satisfies number | bigint, error.got satisfies number | bigint];
  }
  if (error instanceof MemoryError) {
    return [error.bytes satisfies number];
  }
  if (error instanceof UnknownChainError) {
    return [error.chain satisfies string];
  }
  if (error instanceof UnsupportedForkError) {
    return [error.fork satisfies string];
  }
  if (error instanceof BlocklightError) {
    const known: boolean = error instanceof byCode[error.code];
    return [known, error.code, error.shortMessage, error.details, error.advice, error.cause];
  }
  throw error;
}

/** A number of 64 bits. */
type Whole = number | bigint;
/** Parts of a report, reached from it by the names of their fields. */
export type Parts = {
  checks: Same<Report["checks"][number], Check>;
  status: Same<Check["status"], CheckStatus>;
  rule: Same<Check["rule"], Rule>;
  hash: Same<Report["hash"], B256>;
  trust: Same<Report["hashTrust"], HashTrust>;
  timing: Same<Report["timing"], Timing>;
  phases: Same<Timing["phases"][number], PhaseTime>;
  witness: Same<Report["witness"], WitnessFacts>;
  claimed: Same<[Report["number"], Mismatch<number>["got"], LimitError["got"]], [Whole, Whole, Whole]>;
  hashes: Same<Mismatch<Hex>["got"], Hex>;
};
export const parts: Parts = {
  checks: true,
  status: true,
  rule: true,
  hash: true,
  trust: true,
  timing: true,
  phases: true,
  witness: true,
  claimed: true,
  hashes: true,
};
/** The other names, of values that a caller hands on. */
export type Others = [
  AccessListFault,
  AccessListPart,
  B64,
  BlockDialect,
  Bloom,
  Bytes,
  Dependencies,
  Dependency,
  Dialects,
  Failure,
  FailureCause,
  ForkField,
  Hex,
  HotLocation,
  Incarnation,
  IncarnationEnd,
  Location,
  Mismatch<number>,
  OmmerFault,
  Presence,
  ProgressUnit,
  ScheduleChoice,
  ScheduleReason,
  SystemContract,
  Timeline,
  TransactionError,
  TransactionReport,
  Trie,
  U256,
  WitnessDialect,
];
