/** The parallel run: its charts, its speed, its exports, and the slider that has it run again. */

import type { Report, Schedule, Verdict, VerifierInfo } from "../client/index.js";
import { ArcChart } from "./chart/arcs.js";
import { TimelineChart } from "./chart/timeline.js";
import { announce, saveJson } from "./copy.js";
import { byId, make } from "./dom.js";
import { showLocations } from "./locations.js";
import { set, settings } from "./settings.js";
import type { BlockSource } from "./source.js";
import { clearSpeed, compare, showSpeed, type Way } from "./speed.js";
import { storyOf } from "./story.js";
import { traceOf } from "./trace.js";
import { scheduleText } from "./words.js";

/** More threads than this gain nothing on a block. */
const MOST_THREADS = 16;

const charts = { timeline: new TimelineChart(), arcs: new ArcChart() };
let shown: { verdict: Verdict; source: BlockSource; way: Way } | undefined;

export function clearParallel(): void {
  byId("parallel").hidden = true;
  showLocations([]);
  shown = undefined;
}

/** Forgets the times of the block before. */
export const forgetBlock = clearSpeed;

/** Shows a run that was recorded, of a verifier that was asked for `schedule`. */
export function showParallel(
  verdict: Verdict,
  source: BlockSource,
  schedule: Schedule,
  info: VerifierInfo,
): void {
  const report: Report = verdict.report;
  const way = { bundle: info.bundle, schedule, recorded: true };
  shown = { verdict, source, way };
  // What was not executed has no run to show.
  byId("parallel").hidden = report.transactionReports.length === 0;
  if (byId("parallel").hidden) {
    return;
  }
  showThreads(info);
  byId("schedule-told").textContent = scheduleText(report.timing);
  const story = storyOf(report);
  byId("story").hidden = story === undefined;
  byId("no-story").hidden = story !== undefined;
  byId("no-story").textContent = story
    ? ""
    : "This run was not recorded, so there is no timeline, no dependencies and no trace to show.";
  byId<HTMLButtonElement>("export-trace").disabled = story === undefined;
  if (story) {
    charts.timeline.show(story.timeline.incarnations);
    charts.arcs.show(
      story.dependencies,
      report.transactionReports.map(({ gasUsed }) => Number(gasUsed)),
    );
  }
  showSpeed(report, story, way);
}

/** Fills in the table below the charts, which is long to lay out. */
export function showHotLocations(report: Report): void {
  showLocations(storyOf(report)?.dependencies.hotLocations ?? []);
}

function showThreads({ bundle, threads }: VerifierInfo): void {
  const slider = byId<HTMLInputElement>("threads");
  slider.max = String(Math.min(Math.max(navigator.hardwareConcurrency, threads, 2), MOST_THREADS));
  slider.value = String(threads);
  slider.disabled = bundle === "base";
  byId<HTMLButtonElement>("compare").disabled = bundle === "base";
  byId("threads-now").textContent = String(threads);
  const why = crossOriginIsolated ? "it was asked for" : "this page is not cross-origin isolated";
  byId("threads-told").textContent =
    bundle === "base" ? `The bundle “base” has one thread; it runs because ${why}.` : "";
}

/** Calls `again` when the block is to be run with the settings as they are now. */
export function listenToParallel(again: () => void): void {
  const slider = byId<HTMLInputElement>("threads");
  slider.addEventListener("input", () => {
    byId("threads-now").textContent = slider.value;
  });
  slider.addEventListener("change", () => {
    set({ threads: slider.valueAsNumber });
    again();
  });
  byId("export-report").addEventListener("click", () => {
    if (shown) {
      saveJson(`blocklight-${shown.verdict.report.number}-report.json`, shown.verdict);
    }
  });
  byId("export-trace").addEventListener("click", () => {
    if (shown) {
      saveJson(`blocklight-${shown.verdict.report.number}-trace.json`, traceOf(shown.verdict.report));
    }
  });
  byId("compare").addEventListener("click", () => void measure());
  byId("timeline-legend").replaceChildren(
    key("committed", "committed"),
    key("at-turn", "at its turn"),
    key("aborted", "aborted"),
    key("blocked", "blocked"),
  );
  byId("arcs-legend").replaceChildren(
    key("committed", "reads what the other wrote"),
    key("path", "critical path"),
    key("gas", "below: gas, batches"),
  );
}

function key(kind: string, text: string): HTMLElement {
  const swatch = make("span", `swatch ${kind}`);
  swatch.ariaHidden = "true";
  return make("span", "key", swatch, text);
}

async function measure(): Promise<void> {
  const now = shown;
  const button = byId<HTMLButtonElement>("compare");
  const told = byId("threads-told");
  if (!now) {
    return;
  }
  button.disabled = true;
  try {
    const { report } = now.verdict;
    await compare(now.source, now.way, settings.threads ?? report.timing.threads, (text) => {
      told.textContent = text;
    });
    if (shown === now) {
      showSpeed(report, storyOf(report), now.way);
      announce("Measured.");
    }
    told.textContent = "";
  } catch (error) {
    const why = `It could not be measured: ${error instanceof Error ? error.message : error}`;
    // With another block there, nobody waits for this one any more.
    told.textContent = shown === now ? why : "";
    if (shown === now) {
      announce(why);
    }
  } finally {
    button.disabled = shown?.way.bundle === "base";
  }
}
