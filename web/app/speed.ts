/**
 * How much the threads gained: measured against one thread, and bounded by the critical path.
 *
 * Invariant: a speed-up is said only of what was measured on this machine, on this block, in the same way but for the threads.
 */
import { type Bundle, createVerifier, type Phase, type Report, type Schedule } from "../client/index.js";
import { byId, make } from "./dom.js";
import { scheduleOn } from "./settings.js";
import type { BlockSource } from "./source.js";
import type { Story } from "./story.js";
import { milliseconds, plural } from "./words.js";

/** How a block was run. */
export interface Way {
  bundle: Bundle;
  /** As it was asked for. */
  schedule: Schedule;
  /** Whether the execution was recorded, which takes time. */
  recorded: boolean;
}

/** Milliseconds of the best run in one way, on so many threads. */
interface Measured {
  way: Way;
  threads: number;
  execute: number;
  total: number;
}

/** Rounds of a comparison; the first of each is for warming up. */
const ROUNDS = 4;

/** Milliseconds that a comparison may take. */
const COMPARED_WITHIN = 120_000;

let measured: Measured[] = [];
/** The comparison under way, which is of the block whose times are kept. */
let comparing: AbortController | undefined;

/** Forgets what was measured of another block, and ends what is still being measured of it. */
export function clearSpeed(): void {
  comparing?.abort();
  comparing = undefined;
  measured = [];
  byId("speed").replaceChildren();
}

/** Shows the times of every run with the bundle and the schedule of this one, which went `way`. */
export function showSpeed(report: Report, story: Story | undefined, way: Way): void {
  keep(way, report);
  const rows = measured
    .filter((run) => run.way.bundle === way.bundle && run.way.schedule === way.schedule)
    .sort((a, b) => Number(a.way.recorded) - Number(b.way.recorded) || a.threads - b.threads);
  const slowest = Math.max(...rows.map(({ execute }) => execute), 0.001);
  const bars = rows.map((run) => {
    const one = rows.find(({ threads, way: { recorded } }) => threads === 1 && recorded === run.way.recorded);
    const gain = one && run.threads > 1 ? `, ${(one.execute / run.execute).toFixed(2)}× as fast` : "";
    const name = `${plural(run.threads, "thread")}${run.way.recorded ? ", recorded" : ""}`;
    const row = barRow(name, run.execute / slowest, `${milliseconds(run.execute)}${gain}`);
    row.classList.add("measured");
    row.classList.toggle("now", run.threads === report.timing.threads && run.way.recorded === way.recorded);
    row.title = `the whole verification took ${milliseconds(run.total)}`;
    return row;
  });
  if (story && story.timeline.criticalPathMs > 0) {
    const { criticalPathMs } = story.timeline;
    const path = barRow(
      "critical path",
      criticalPathMs / slowest,
      `${milliseconds(criticalPathMs)} of this run`,
    );
    path.classList.add("bound");
    bars.push(path);
  }
  const alone = rows.some(({ threads }) => threads === 1);
  byId("speed").replaceChildren(
    make("h3", "", "Execution, by threads"),
    make("ol", "phases gains", ...bars),
    make("p", "hint", boundText(report, story, alone)),
  );
}

function barRow(name: string, part: number, text: string): HTMLLIElement {
  const bar = make("span", "bar");
  bar.style.inlineSize = `${(100 * Math.min(part, 1)).toFixed(1)}%`;
  return make(
    "li",
    "phase",
    make("span", "name", name),
    make("span", "track", bar),
    make("span", "time", text),
  );
}

/** The best of the runs seen counts: what else the machine did can only have made it slower. */
function keep(way: Way, { timing: { phases, threads, totalMs } }: Report): void {
  const of = (phase: Phase) => phases.find((time) => time.phase === phase)?.ms;
  const now = { way, threads, execute: of("execute") ?? Number.NaN, total: totalMs };
  const best = measured.find(
    (run) =>
      run.way.bundle === way.bundle &&
      run.way.schedule === way.schedule &&
      run.way.recorded === way.recorded &&
      run.threads === threads,
  );
  if (Number.isFinite(now.execute) && (!best || now.execute < best.execute)) {
    measured = [...measured.filter((run) => run !== best), now];
  }
}

/** `alone`: it has run on one thread as well. */
function boundText(report: Report, story: Story | undefined, alone: boolean): string {
  const sentences: string[] = [];
  if (story && story.dependencies.criticalPathGas > 0) {
    const { criticalPath, criticalPathGas, widest, batches } = story.dependencies;
    const bound = Number(report.gasUsed) / criticalPathGas;
    const { criticalPathMs, committedMs } = story.timeline;
    // By an access list a transaction knows what it reads before that is written, and need not wait.
    const waits = report.timing.schedule?.schedule !== "accessList";
    const most = `: counted in gas, which is not time, and if each transaction waits for what it reads, no number of threads makes this block more than ${bound.toFixed(1)}× as fast`;
    sentences.push(
      `The critical path is a chain of ${plural(criticalPath.length, "transaction")} with ${((100 * criticalPathGas) / Number(report.gasUsed)).toFixed(0)} % of the gas${waits ? most : ""}.`,
      `In this run it took ${milliseconds(criticalPathMs)} of the ${milliseconds(committedMs)} that the committed runs took together.`,
      `At most ${plural(widest.length, "transaction")} are independent of one another at once; in order, they fall into ${plural(batches.length, "batch", "batches")}.`,
    );
  }
  if (!alone) {
    sentences.push("What the threads gain is known once it has run on one.");
  }
  return sentences.join(" ");
}

/**
 * Runs the block a few times on one thread and on as many as are set, with verifiers of its own. Nothing is recorded, so that
 * it is the execution alone that is measured. Rejects where the block is forgotten meanwhile.
 */
export async function compare(
  source: BlockSource,
  { bundle, schedule }: Way,
  threads: number,
  said: (text: string) => void,
): Promise<void> {
  comparing?.abort();
  const own = new AbortController();
  comparing = own;
  const { signal } = own;
  const timer = setTimeout(
    () => own.abort(new DOMException("it took longer than two minutes", "TimeoutError")),
    COMPARED_WITHIN,
  );
  try {
    await compareUntil(signal, source, { bundle, schedule }, threads, said);
  } finally {
    clearTimeout(timer);
    // Of what was asked for a round, nothing goes on in the background.
    own.abort();
  }
}

async function compareUntil(
  signal: AbortSignal,
  source: BlockSource,
  { bundle, schedule }: Pick<Way, "bundle" | "schedule">,
  threads: number,
  said: (text: string) => void,
): Promise<void> {
  // Once: rounds by other rules are no rounds of the same.
  const chain = await source.chain(signal);
  for (const count of new Set([1, threads])) {
    const verifier = await createVerifier({ bundle, threads: count, signal });
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        said(
          `Measuring on ${plural(count, "thread")}, ${round === 0 ? "warming up" : `round ${round} of ${ROUNDS - 1}`}…`,
        );
        const input = await source.input(signal, () => {});
        const { report } = await verifier.verify({
          ...input,
          chain,
          schedule: scheduleOn(count, schedule),
          signal,
        });
        // Whatever has come in after all: it is of a block that is no longer there.
        signal.throwIfAborted();
        if (round > 0) {
          keep({ bundle, schedule, recorded: false }, report);
        }
      }
    } finally {
      verifier.close();
    }
  }
}
