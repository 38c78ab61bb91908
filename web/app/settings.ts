/**
 * What a person has set, kept in the address, so that a link shows the same view.
 *
 * Invariant: anything may stand in an address; what is not a value of its setting counts as not set. But a trusted hash that
 * is none is kept as it stands and refused when a block is to be held to it: unset, it would let any block pass.
 */
import type { Bundle, Hex, Schedule } from "../client/index.js";
import { PageError } from "./page-error.js";
import { MUTATIONS, type Mutation } from "./tamper/mutations.js";

export interface Settings {
  /** Of a file or a pasted text a link can say no more than that it was one. */
  source: "sample" | "file" | "rpc";
  rpc: string;
  block: string;
  /**
   * A built-in chain's name; `genesis`: the chain of a file, which a link does not carry, so that who follows it is asked for the
   * file; empty: the one the input names.
   */
  chain: string;
  bundle: Bundle | undefined;
  threads: number | undefined;
  schedule: Schedule;
  /** The hash that is vouched for, as it was written; empty: none. */
  trusted: string;
  fool: Mutation | undefined;
  filter: string;
  show: string;
  /** Column, `-` before it for falling order. */
  sort: string;
  /** The transaction picked, by index. */
  transaction: number | undefined;
}

const CHAINS = ["mainnet", "sepolia", "holesky", "hoodi", "genesis"];
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
  // Whatever is the fastest: a run in order would leave nothing to be drawn.
  schedule: "speculative",
  trusted: "",
  fool: undefined,
  filter: "",
  show: "all",
  sort: "index",
  transaction: undefined,
};

/** What to ask for where so many threads are to run by `schedule`: one has nobody to run ahead of it, and the report says so. */
export const scheduleOn = (threads: number, schedule: Schedule): Schedule =>
  threads > 1 ? schedule : "auto";

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
  return {
    source: oneOf("source", ["sample", "file", "rpc"]) ?? UNSET.source,
    rpc: text("rpc"),
    block: text("block"),
    chain: oneOf("chain", CHAINS) ?? "",
    bundle: oneOf("bundle", BUNDLES),
    threads: whole("threads", 1),
    schedule: oneOf("schedule", SCHEDULES) ?? UNSET.schedule,
    trusted: text("trusted"),
    fool: oneOf("fool", MUTATIONS),
    filter: text("filter"),
    show: text("show"),
    sort: text("sort"),
    transaction: whole("transaction", 0),
  };
}

/**
 * The hash that is vouched for, if any.
 *
 * @throws PageError where something is written that is no hash.
 */
export function trustedHash(): Hex | undefined {
  const text = settings.trusted.trim();
  if (text === "" || isHash(text)) {
    return text || undefined;
  }
  throw new PageError(
    "“A block hash that you vouch for” is no block hash.",
    `“${text}” stands there, and a hash is 0x and 64 hex digits. Nothing was verified: correct the field, or empty it.`,
  );
}

function isHash(text: string): text is Hex {
  return /^0x[0-9a-fA-F]{64}$/.test(text);
}

/** An RPC address without name and password. */
export function withoutLogin(address: URL | string): string {
  if (!URL.canParse(address)) {
    return String(address);
  }
  const url = new URL(address);
  if (url.username === "" && url.password === "") {
    return String(address);
  }
  url.username = "";
  url.password = "";
  return url.href;
}

/** Longer parts of an address than names of hosts' paths are: keys. */
const KEY = 16;

/** What of an RPC address a link holds, which is made to be passed on: no login, and nothing of an address that may have a key. */
function shareable(address: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // Of what is no address of a node, nobody can say where a key stands in it.
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    return "";
  }
  const mayHaveKey =
    url.search !== "" ||
    url.pathname.split("/").some((part) => part.length >= KEY) ||
    url.hostname.split(".").some(looksRandom);
  if (mayHaveKey) {
    return "";
  }
  const [whole = ""] = withoutLogin(address).split("#", 1);
  return whole;
}

/** Whether a part of a host's name is a key rather than a word: long, and hex or of letters and digits at once. */
function looksRandom(label: string): boolean {
  return label.length >= KEY && (/^[0-9a-f-]+$/.test(label) || /^(?=.*\d)(?=.*[a-z])[0-9a-z]+$/.test(label));
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
    const value = name === "rpc" ? shareable(settings.rpc) : settings[name];
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
