/**
 * What a person has set, kept in the address, so that a link shows the same view.
 *
 * Invariant: anything may stand in an address; what is not a value of its setting counts as not set.
 */
import type { Bundle, Hex, Schedule } from "../client/index.js";
import { MUTATIONS, type Mutation } from "./tamper/mutations.js";

export interface Settings {
  source: "sample" | "rpc";
  rpc: string;
  block: string;
  /** A built-in chain's name; empty: the one the input names. */
  chain: string;
  bundle: Bundle | undefined;
  threads: number | undefined;
  schedule: Schedule;
  trusted: Hex | undefined;
  fool: Mutation | undefined;
  filter: string;
  show: string;
  /** Column, `-` before it for falling order. */
  sort: string;
  /** The transaction picked, by index. */
  transaction: number | undefined;
}

const CHAINS = ["mainnet", "sepolia", "holesky", "hoodi"];
const SCHEDULES: Schedule[] = ["auto", "sequential", "speculative", "accessList"];
const BUNDLES: Bundle[] = ["threads", "threads-wide", "base"];

/** What every setting is when nobody has set it. */
const UNSET: Settings = {
  source: "sample",
  rpc: "",
  block: "latest",
  chain: "",
  bundle: undefined,
  threads: undefined,
  schedule: "auto",
  trusted: undefined,
  fool: undefined,
  filter: "",
  show: "all",
  sort: "index",
  transaction: undefined,
};

export const settings: Settings = read(new URLSearchParams(location.search));

/** Reads the settings of an address. */
function read(given: URLSearchParams): Settings {
  const text = (name: keyof Settings) => given.get(name) ?? String(UNSET[name] ?? "");
  const oneOf = <T extends string>(name: keyof Settings, values: readonly T[]) =>
    values.find((value) => value === given.get(name));
  const whole = (name: keyof Settings, least: number) => {
    const value = Number(given.get(name) ?? Number.NaN);
    return Number.isSafeInteger(value) && value >= least ? value : undefined;
  };
  const trusted = text("trusted");
  return {
    source: oneOf("source", ["sample", "rpc"]) ?? UNSET.source,
    rpc: text("rpc"),
    block: text("block"),
    chain: oneOf("chain", CHAINS) ?? "",
    bundle: oneOf("bundle", BUNDLES),
    threads: whole("threads", 1),
    schedule: oneOf("schedule", SCHEDULES) ?? UNSET.schedule,
    trusted: isHash(trusted) ? trusted : undefined,
    fool: oneOf("fool", MUTATIONS),
    filter: text("filter"),
    show: text("show"),
    sort: text("sort"),
    transaction: whole("transaction", 0),
  };
}

export function isHash(text: string): text is Hex {
  return /^0x[0-9a-fA-F]{64}$/.test(text);
}

/** Milliseconds between changes of the address: browsers refuse more than a few a second. */
const PAUSE = 400;

let written = Number.NEGATIVE_INFINITY;
let waiting = false;

/** Changes settings, and the address with them, if need be a moment later. */
export function set(changes: Partial<Settings>): void {
  Object.assign(settings, changes);
  if (!waiting) {
    waiting = true;
    setTimeout(write, Math.max(0, written + PAUSE - performance.now()));
  }
}

function write(): void {
  waiting = false;
  const address = new URL(location.href);
  for (const name of Object.keys(UNSET) as (keyof Settings)[]) {
    const value = settings[name];
    if (value === undefined || value === UNSET[name]) {
      address.searchParams.delete(name);
    } else {
      address.searchParams.set(name, String(value));
    }
  }
  if (address.href !== location.href) {
    written = performance.now();
    history.replaceState(null, "", address);
  }
}
