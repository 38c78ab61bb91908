/**
 * A run as Chrome's trace events, which Perfetto and chrome://tracing open.
 *
 * Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU, times in microseconds.
 */
import type { Incarnation, Report } from "../client/index.js";
import { locationText, PHASES } from "./words.js";

interface TraceEvent {
  name: string;
  cat?: string;
  /** X: a span; b and e: begin and end of one that may overlap others; s and f: an arrow's ends; M: a name. */
  ph: "X" | "b" | "e" | "s" | "f" | "M";
  pid: number;
  tid: number;
  ts?: number;
  dur?: number;
  id?: number;
  bp?: "e";
  cname?: string;
  args?: Record<string, unknown>;
}

const PID = 1;
/** Colour names that both viewers know. */
const COLOURS = { committed: "thread_state_running", aborted: "terrible", blocked: "thread_state_iowait" };
const MICROSECONDS = 1000;

export function traceOf(report: Report): {
  traceEvents: TraceEvent[];
  displayTimeUnit: "ms";
  otherData: object;
} {
  const incarnations = report.timing.timeline?.incarnations ?? [];
  const workers = [...new Set(incarnations.map(({ worker }) => worker))].sort((a, b) => a - b);
  return {
    traceEvents: [
      named("process_name", 0, `Blocklight, block ${report.number}`),
      ...workers.map((worker) => named("thread_name", worker + 1, `worker ${worker}`)),
      ...report.timing.phases.flatMap(phaseEvents),
      ...incarnations.map((one) => runEvent(one, report)),
      ...abortArrows(incarnations),
    ],
    displayTimeUnit: "ms",
    otherData: { block: report.hash, chain: String(report.chainId), threads: String(report.timing.threads) },
  };
}

function named(name: "process_name" | "thread_name", tid: number, text: string): TraceEvent {
  return { name, ph: "M", pid: PID, tid, args: { name: text } };
}

/** Phases overlap, so they are asynchronous spans. */
function phaseEvents({ phase, startMs, ms }: Report["timing"]["phases"][number], id: number): TraceEvent[] {
  const both = { name: PHASES[phase], cat: "phase", pid: PID, tid: 0, id };
  return [
    { ...both, ph: "b", ts: startMs * MICROSECONDS },
    { ...both, ph: "e", ts: (startMs + ms) * MICROSECONDS },
  ];
}

function runEvent(one: Incarnation, report: Report): TraceEvent {
  const { end } = one;
  const told = report.transactionReports[one.transaction];
  const args: Record<string, unknown> = {
    transaction: one.transaction,
    incarnation: one.incarnation,
    atTurn: one.atTurn,
    end: end.kind,
    hash: told?.hash,
    gasUsed: told && Number(told.gasUsed),
  };
  if (end.kind === "aborted") {
    args.by = end.by;
    args.location = locationText(end.location);
  } else if (end.kind === "blocked") {
    args.on = end.on;
  }
  return {
    name: `transaction ${one.transaction}`,
    cat: end.kind,
    ph: "X",
    pid: PID,
    tid: one.worker + 1,
    ts: one.startMs * MICROSECONDS,
    dur: one.ms * MICROSECONDS,
    cname: COLOURS[end.kind],
    args,
  };
}

/** A flow belongs to the span that is open at its time, so its ends lie just inside: parts of a run's length. */
const AT_START = 0.01;
const AT_END = 0.99;

/**
 * From the end of the run that made another stale to the start of the next run of the one made stale. That is also the order
 * in time; the stale run itself may have begun, and even ended, before the writer.
 */
function abortArrows(incarnations: Incarnation[]): TraceEvent[] {
  return incarnations.flatMap((stale, id) => {
    if (stale.end.kind !== "aborted" || stale.end.by === undefined) {
      return [];
    }
    const { by } = stale.end;
    const next = incarnations.find(
      ({ transaction, incarnation }) =>
        transaction === stale.transaction && incarnation === stale.incarnation + 1,
    );
    const writer =
      next &&
      incarnations.findLast(
        ({ transaction, startMs, ms }) => transaction === by && startMs + ms <= next.startMs,
      );
    if (!writer) {
      return [];
    }
    const both = { name: "aborted", cat: "abort", pid: PID, id };
    const at = (run: Incarnation, part: number) => (run.startMs + part * run.ms) * MICROSECONDS;
    return [
      { ...both, ph: "s" as const, tid: writer.worker + 1, ts: at(writer, AT_END) },
      { ...both, ph: "f" as const, bp: "e" as const, tid: next.worker + 1, ts: at(next, AT_START) },
    ];
  });
}
