/**
 * How much the threads gained: measured against one thread, and bounded by the critical path.
 *
 * Invariant: a speed-up is said only of what was measured on this machine, on this block.
 */
import { createVerifier, type Phase, type Report } from "../client/index.js";
import { byId, make } from "./dom.js";
import { settings } from "./settings.js";
import type { BlockSource } from "./source.js";
import type { Story } from "./story.js";
import { milliseconds, plural } from "./words.js";

/** Milliseconds by threads. */
interface Measured {
  execute: number;
  total: number;
}

/** Rounds of a comparison; the first of each is for warming up. */
const ROUNDS = 4;

let measured = new Map<number, Measured>();

/** Forgets what was measured of another block. */
export function clearSpeed(): void {
  measured = new Map();
  byId("speed").replaceChildren();
}

export function showSpeed(report: Report, story: Story | undefined): void {
  const { threads } = report.timing;
  keep(threads, report);
  const rows = [...measured].sort(([a], [b]) => a - b);
  const slowest = Math.max(...rows.map(([, { execute }]) => execute), 0.001);
  const one = measured.get(1);
  const bars = rows.map(([count, { execute, total }]) => {
    const gain = one && count > 1 ? `, ${(one.execute / execute).toFixed(2)}× as fast` : "";
    const row = barRow(plural(count, "thread"), execute / slowest, `${milliseconds(execute)}${gain}`);
    row.classList.add("measured");
    row.classList.toggle("now", count === threads);
    row.title = `the whole verification took ${milliseconds(total)}`;
    return row;
  });
  if (story && story.timeline.criticalPathMs > 0) {
    const { criticalPathMs } = story.timeline;
    const bound = barRow(
      "critical path",
      criticalPathMs / slowest,
      `no less than ${milliseconds(criticalPathMs)}`,
    );
    bound.classList.add("bound");
    bars.push(bound);
  }
  byId("speed").replaceChildren(
    make("h3", "", "Execution, by threads"),
    make("ol", "phases gains", ...bars),
    make("p", "hint", boundText(report, story, one)),
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
function keep(threads: number, { timing }: Report): void {
  const of = (phase: Phase) => timing.phases.find((time) => time.phase === phase)?.ms;
  const now = { execute: of("execute") ?? Number.NaN, total: timing.totalMs };
  const best = measured.get(threads);
  if (Number.isFinite(now.execute) && (!best || now.execute < best.execute)) {
    measured.set(threads, now);
  }
}

function boundText(report: Report, story: Story | undefined, one: Measured | undefined): string {
  const sentences: string[] = [];
  if (story && story.dependencies.criticalPathGas > 0) {
    const { criticalPath, criticalPathGas, widest, batches } = story.dependencies;
    const bound = Number(report.gasUsed) / criticalPathGas;
    const { criticalPathMs, committedMs } = story.timeline;
    sentences.push(
      `The critical path is a chain of ${plural(criticalPath.length, "transaction")} with ${((100 * criticalPathGas) / Number(report.gasUsed)).toFixed(0)} % of the gas: ` +
        `no number of threads makes this block more than ${bound.toFixed(1)}× as fast.`,
      `In this run it took ${milliseconds(criticalPathMs)} of the ${milliseconds(committedMs)} that the committed runs took together.`,
      `At most ${plural(widest.length, "transaction")} are independent of one another at once; in order, they fall into ${plural(batches.length, "batch", "batches")}.`,
    );
  }
  if (!one) {
    sentences.push("What the threads gain is known once it has run on one.");
  }
  return sentences.join(" ");
}

/** Runs the block a few times on one thread and on as many as are set, with verifiers of its own. */
export async function compare(
  source: BlockSource,
  threads: number,
  said: (text: string) => void,
): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  for (const count of new Set([1, threads])) {
    const verifier = await createVerifier({ bundle: settings.bundle, threads: count, signal });
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        said(
          `Measuring on ${plural(count, "thread")}, ${round === 0 ? "warming up" : `round ${round} of ${ROUNDS - 1}`}…`,
        );
        const [{ gas: _, ...input }, chain] = await Promise.all([
          source.input(signal, () => {}),
          source.chain(),
        ]);
        const { report } = await verifier.verify({ ...input, chain, schedule: settings.schedule, signal });
        if (round > 0) {
          keep(count, report);
        }
      }
    } finally {
      verifier.close();
    }
  }
}
