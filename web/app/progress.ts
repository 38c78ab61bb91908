/**
 * The one progress bar of a verification, with the time that has passed, what is being done and the speed so far.
 *
 * Invariant: it never goes back, and stands at its end only when there is a verdict.
 */
import type { Phase, PhaseProgress, WorkDone } from "../client/index.js";
import { byId } from "./dom.js";
import { partDone } from "./phases.js";
import { bytes, count, milliseconds } from "./words.js";

/** Shares of the whole that the phases take on an ordinary block, measured in Chromium. */
const SHARES: Record<Phase, number> = {
  decode: 0.15,
  ancestors: 0.01,
  reveal: 0.15,
  senders: 0.25,
  preChecks: 0.02,
  execute: 0.26,
  postChecks: 0.04,
  root: 0.12,
};
/** Of the whole bar, what fetching takes where there is something to fetch. */
const FETCHING = 0.4;
/** Of what is left then, what reading takes: a guess, for it hangs on where the input lies and whether it is packed. */
const READING = 0.15;
/** Milliseconds between looks at the clock. */
const TICK = 50;
/** What is said of phases that take long and are counted in bytes; the later one is said. */
const IN_BYTES: Partial<Record<Phase, string>> = { decode: "decoded", reveal: "hashed" };

export class Progress {
  readonly #from = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #part = 0;
  #base = 0;
  #doing = "";
  /** When the input had been read: the speed is of what follows, as it is in the report. */
  #verifyingSince: number | undefined;

  constructor() {
    this.#show();
    this.#timer = setInterval(() => this.#show(), TICK);
  }

  /** Told of bytes that come over the network. */
  fetched(done: number, total: number): void {
    this.#base = FETCHING;
    this.#advance(total > 0 ? (FETCHING * done) / total : 0);
    this.#doing = `fetched ${bytesText(done, total)}`;
  }

  /** Told of what the verifier does. */
  verifying(phases: PhaseProgress[], work: WorkDone): void {
    const { bytesRead, bytesTotal } = work;
    const hasRead = phases.some(({ state }) => state !== "waiting");
    const read = hasRead ? 1 : bytesTotal > 0 ? Math.min(bytesRead / bytesTotal, 1) : 0;
    const verified = phases.reduce(
      (sum, progress) => sum + SHARES[progress.phase] * partDone(progress, work),
      0,
    );
    const part = READING * read + (1 - READING) * verified;
    this.#advance(this.#base + (1 - this.#base) * Math.min(part, 0.99));
    if (hasRead) {
      this.#verifyingSince ??= performance.now();
      this.#doing = this.#doingText(phases, work) ?? this.#doing;
    } else if (bytesRead > 0) {
      this.#doing = `read ${bytesText(bytesRead, bytesTotal)}`;
    }
  }

  /** Stops the clock; `done` when there is a verdict. */
  end(done: boolean): void {
    clearInterval(this.#timer);
    this.#part = done ? 1 : 0;
    place(this.#part);
    byId("live").textContent = "";
  }

  /** The last of the phases that have something to say. */
  #doingText(phases: PhaseProgress[], work: WorkDone): string | undefined {
    const executed = phases.find(({ phase }) => phase === "execute");
    if (executed && executed.done > 0) {
      const transactions = `executed ${count(executed.done)} of ${count(executed.total)} transactions`;
      return [transactions, this.#speedText(work)].filter(Boolean).join(", ");
    }
    const counted = phases.findLast(({ phase, done }) => IN_BYTES[phase] && done > 0);
    return counted && `${IN_BYTES[counted.phase]} ${bytesText(counted.done, counted.total)}`;
  }

  /** Gas over the time since verifying began, as the report will say of the whole. */
  #speedText({ gasUsed }: WorkDone): string {
    const ms = performance.now() - (this.#verifyingSince ?? Number.NaN);
    return gasUsed > 0 && ms > 0 ? `${count(Math.round(gasUsed / 1000 / ms))} Mgas/s` : "";
  }

  #advance(part: number): void {
    this.#part = Math.max(this.#part, part);
    place(this.#part);
  }

  #show(): void {
    const elapsed = milliseconds(performance.now() - this.#from);
    byId("live").textContent = [elapsed, this.#doing].filter(Boolean).join(" · ");
    place(this.#part);
  }
}

/** So many bytes, and of how many where that is known. */
function bytesText(done: number, total: number): string {
  return `${bytes(done)}${total > done ? ` of ${bytes(total)}` : ""}`;
}

function place(part: number): void {
  const percent = Math.round(100 * part);
  byId("progress").setAttribute("aria-valuenow", String(percent));
  byId("progress-bar").style.inlineSize = `${percent}%`;
  byId("mark").style.setProperty("--part", `${percent}%`);
}
