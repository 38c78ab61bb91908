/** The phases: how far each is while they run, when and how long each ran afterwards. */
import type { Phase, PhaseProgress, PhaseTime, Timing, WorkDone } from "../client/index.js";
import { byId, make } from "./dom.js";
import { count, milliseconds, PHASES } from "./words.js";

interface Row {
  item: HTMLLIElement;
  bar: HTMLElement;
  time: HTMLElement;
}

const rows = new Map<Phase, Row>();

/** Milliseconds by which times may be wrong: browsers' clocks are coarse. */
const COARSE = 1;

/** Draws the list, empty. */
export function clearPhases(): void {
  rows.clear();
  byId("phases-told").textContent = "";
  const items = (Object.keys(PHASES) as Phase[]).map((phase) => {
    const bar = make("span", "bar");
    const time = make("span", "time");
    const item = make("li", "phase", make("span", "name", PHASES[phase]), make("span", "track", bar), time);
    item.dataset.phase = phase;
    rows.set(phase, { item, bar, time });
    return item;
  });
  byId("phases").replaceChildren(...items);
}

export function showProgress(phases: PhaseProgress[], work: WorkDone): void {
  for (const progress of phases) {
    const row = rows.get(progress.phase);
    if (!row) {
      continue;
    }
    const { state, done, total, unit } = progress;
    row.item.dataset.state = state;
    place(row.bar, 0, partDone(progress, work));
    const counts = state === "running" && done > 0 && total > 0;
    // Bytes are told in full beside the verdict; there is little room here.
    const text =
      unit === "bytes" ? `${Math.floor((100 * done) / total)} %` : `${count(done)} of ${count(total)}`;
    row.time.textContent = counts ? text : "";
  }
}

/** Between 0 and 1. Transactions differ, so that it is their gas that counts where it is known. */
export function partDone({ phase, state, done, total }: PhaseProgress, work: WorkDone): number {
  if (state !== "running") {
    return state === "finished" ? 1 : 0;
  }
  const counted = total > 0 ? done / total : 0;
  const gas = phase === "execute" && work.gasClaimed > 0 ? work.gasUsed / work.gasClaimed : 0;
  return Math.min(gas > 0 ? gas : counted, 1);
}

/** Bars as a timeline: phases overlap where there are threads for it. */
export function showTimes({ phases, totalMs }: Timing): void {
  clearPhases();
  byId("phases-told").textContent = overlap(phases)
    ? "Phases overlap: signatures are recovered while the witness is decoded and hashed and the trie is built."
    : "";
  for (const { phase, startMs, ms } of phases) {
    const row = rows.get(phase);
    if (row) {
      row.item.dataset.state = "finished";
      place(row.bar, startMs / totalMs, ms / totalMs);
      row.time.textContent = milliseconds(ms);
    }
  }
}

/** Whether senders were recovered while something else was done. */
function overlap(phases: PhaseTime[]): boolean {
  const senders = phases.find(({ phase }) => phase === "senders");
  return phases.some(
    (other) =>
      senders !== undefined &&
      other !== senders &&
      Math.min(other.startMs + other.ms, senders.startMs + senders.ms) -
        Math.max(other.startMs, senders.startMs) >
        COARSE,
  );
}

function place(bar: HTMLElement, start: number, part: number): void {
  bar.style.marginInlineStart = `${(100 * start).toFixed(2)}%`;
  bar.style.inlineSize = `${(100 * part).toFixed(2)}%`;
}
