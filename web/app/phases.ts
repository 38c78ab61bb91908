/** The phases: how far each is while they run, when and how long each ran afterwards. */
import type { Phase, PhaseProgress, Timing } from "../client/index.js";
import { byId, make } from "./dom.js";
import { count, milliseconds, PHASES } from "./words.js";

interface Row {
  item: HTMLLIElement;
  bar: HTMLElement;
  time: HTMLElement;
}

/** What a phase's units are, where counting them says something. */
const UNITS: Partial<Record<Phase, string>> = {
  senders: "senders",
  execute: "transactions",
  reveal: "nodes",
};

const rows = new Map<Phase, Row>();

/** Draws the list, empty. */
export function clearPhases(): void {
  rows.clear();
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

export function showProgress(phases: PhaseProgress[]): void {
  for (const progress of phases) {
    const row = rows.get(progress.phase);
    if (!row) {
      continue;
    }
    const { phase, state, done, total } = progress;
    row.item.dataset.state = state;
    place(row.bar, 0, partDone(progress));
    const counts = state === "running" && done > 0 && total > 0;
    const unit = UNITS[phase] ? `${count(done)} of ${count(total)}` : `${Math.floor((100 * done) / total)} %`;
    row.time.textContent = counts ? unit : "";
  }
}

/** Between 0 and 1. */
export function partDone({ state, done, total }: PhaseProgress): number {
  if (state === "running") {
    return total > 0 ? Math.min(done / total, 1) : 0;
  }
  return state === "finished" ? 1 : 0;
}

/** Bars as a timeline: phases overlap. */
export function showTimes({ phases, totalMs }: Timing): void {
  clearPhases();
  for (const { phase, startMs, ms } of phases) {
    const row = rows.get(phase);
    if (row) {
      row.item.dataset.state = "finished";
      place(row.bar, startMs / totalMs, ms / totalMs);
      row.time.textContent = milliseconds(ms);
    }
  }
}

function place(bar: HTMLElement, start: number, part: number): void {
  bar.style.marginInlineStart = `${(100 * start).toFixed(2)}%`;
  bar.style.inlineSize = `${(100 * part).toFixed(2)}%`;
}
