/** Names, numbers and reasons as people read them. */
import type {
  HashTrust,
  InvalidReason,
  Missing,
  Phase,
  Rule,
  ScheduleReason,
  Timing,
  Trie,
} from "../client/index.js";
import type { Location } from "./story.js";

export const PHASES: Record<Phase, string> = {
  decode: "decode",
  ancestors: "link ancestors",
  reveal: "hash the witness",
  senders: "recover senders",
  preChecks: "check header and body",
  execute: "execute",
  postChecks: "check receipts",
  root: "compute state root",
};

export const RULES: Record<Rule, string> = {
  blockHash: "block hash",
  parentHash: "parent hash",
  number: "number",
  timestamp: "timestamp",
  gasLimit: "gas limit",
  baseFee: "base fee",
  extraData: "extra data",
  difficulty: "difficulty",
  nonce: "nonce",
  ommersHash: "ommers hash",
  ommers: "ommers",
  proofOfWork: "proof of work",
  headerFields: "header fields",
  excessBlobGas: "excess blob gas",
  blobGasUsed: "blob gas used",
  transactionsRoot: "transactions root",
  withdrawalsRoot: "withdrawals root",
  blockSize: "block size",
  transactions: "transactions",
  systemCalls: "system calls",
  gasUsed: "gas used",
  receiptsRoot: "receipts root",
  logsBloom: "logs bloom",
  requestsHash: "requests hash",
  accessList: "access list",
  stateRoot: "state root",
};

export const TRUST: Record<HashTrust, string> = {
  givenByCaller: "the hash you gave",
  givenByFile: "the hash the file gives: a check against slips, no more",
  nothing: "nothing: compare the hash with one you trust",
};

export const SCHEDULE_REASONS: Record<ScheduleReason, string> = {
  asked: "as asked",
  oneThread: "there is one thread",
  changesAfterEach: "the changes after each transaction were asked for",
  developmentRules: "only so are the rules of a development network's Amsterdam there",
  accessList: "the block brings an access list",
  noAccessList: "there is no access list to run by",
  littleWork: "too little work to share",
  sendersOutstanding: "the other threads had senders to recover",
  enoughWork: "enough work to share",
};

/** How the transactions were executed, where it came to that. */
export function scheduleText({ schedule, threads }: Timing): string {
  switch (schedule?.schedule) {
    case "speculative":
      return (
        `Transactions ran ahead of their turn, on ${plural(threads, "thread")}. What read something stale was run again, ` +
        "so the result is the one of a run in order."
      );
    case "accessList":
      return (
        `Transactions ran ahead of their turn by an access list, on ${plural(threads, "thread")}. What the list had wrong ` +
        "was run again, so the result is the one of a run in order."
      );
    case "sequential":
      return `Transactions ran one after the other: ${SCHEDULE_REASONS[schedule.reason]}.`;
    default:
      return "";
  }
}

/** Made when it is first needed, for it takes a while to make. */
let whole: Intl.NumberFormat | undefined;

/** 12907474 as 12,907,474. */
export function count(value: number | bigint): string {
  whole ??= new Intl.NumberFormat("en");
  return whole.format(value);
}

/** Milliseconds, with as many digits as they are worth. */
export function milliseconds(ms: number): string {
  if (ms < 1) {
    return `${ms.toFixed(2)} ms`;
  }
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${count(Math.round(ms))} ms`;
}

export function bytes(size: number): string {
  return size < 1e6 ? `${Math.round(size / 1e3)} kB` : `${(size / 1e6).toFixed(1)} MB`;
}

/** The ends of long hex. */
export function short(text: string): string {
  return /^0x[0-9a-f]{24,}$/.test(text) ? `${text.slice(0, 10)}…${text.slice(-8)}` : text;
}

/** Characters of a text of somebody else's that are shown. */
const LINE = 160;

/** As much of somebody else's text as goes on a line or so. */
export function lineOf(text: string): string {
  const shown = text.slice(0, LINE).replace(/\s+/g, " ").trim();
  return text.length > LINE ? `${shown}…` : shown;
}

/** "1 run", "2 runs". */
export function plural(value: number | bigint, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** That so many checks were made of a block that cannot be judged. */
export function stoppedText(checks: number): string {
  return checks === 0
    ? "It stopped before the first check."
    : `It stopped after ${plural(checks, "check")}; the rest could not be made.`;
}

/** A place in the state, its hex as `shown`. */
export function locationText(location: Location, shown = short): string {
  const address = shown(location.address);
  switch (location.kind) {
    case "account":
      return `account ${address}`;
    case "slot":
      return `slot ${shown(location.slot)} of ${address}`;
    case "storage":
      return `the whole storage of ${address}`;
  }
}

/** The ends of hex where there is little room. */
export function brief(hex: string): string {
  return `${hex.slice(0, 6)}…${hex.slice(-4)}`;
}

/** A name in camel case as words. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
}

/** Which rule is broken, and how. */
export function reasonText(reason: InvalidReason): string {
  if (reason.kind === "transaction") {
    const { error } = reason;
    return `Transaction ${reason.index}: ${spaced(error.error)}${mismatchText(error)}.`;
  }
  const where =
    "index" in reason
      ? ` ${reason.index}`
      : "field" in reason
        ? ` ${spaced(reason.field)}`
        : "contract" in reason
          ? ` to ${spaced(reason.contract)} failed`
          : "";
  const [first = "", ...rest] = `${spaced(reason.kind)}${where}`;
  return `${first.toUpperCase()}${rest.join("")}${mismatchText(reason)}.`;
}

function mismatchText(value: object): string {
  if (!("expected" in value && "got" in value)) {
    return "";
  }
  return `: expected ${short(String(value.expected))}, got ${short(String(value.got))}`;
}

/** What the witness lacks, and on the way to what. */
export function missingText(missing: Missing): string {
  switch (missing.kind) {
    case "parent":
      return `The witness lacks the parent's header ${short(missing.hash)}.`;
    case "ancestor":
      return `The witness lacks the header of ancestor ${missing.number}, or does not link it to the parent.`;
    case "node":
      return `The witness lacks trie node ${short(missing.hash)} at path 0x${missing.path} of ${trieText(missing.trie)}.`;
    case "garbledNode":
      return `Trie node ${short(missing.hash)} at path 0x${missing.path} of ${trieText(missing.trie)} is garbled: ${missing.cause}.`;
    case "code":
      return `The witness lacks the code ${short(missing.hash)}.`;
    case "accessList":
      return `The access list ${short(missing.got)} that came with the block is not its own, ${short(missing.expected)}.`;
  }
}

function trieText(trie: Trie): string {
  return trie === "account" ? "the account trie" : `the storage trie of account ${short(trie.storage)}`;
}
