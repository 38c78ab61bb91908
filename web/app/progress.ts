/**
 * The one progress bar of a verification, with the time that has passed and the speed so far.
 *
 * Invariant: it never goes back, and stands at its end only when there is a verdict.
 */
import type { Phase, PhaseProgress } from "../client/index.js";
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
/** Milliseconds between looks at the clock. */
const TICK = 50;

export class Progress {
  readonly #from = performance.now();
  readonly #timer: ReturnType<typeof setInterval>;
  #part = 0;
  #base = 0;
  #doing = "";
  #verifyingSince: number | undefined;

  /** Of the block, where it is known before. */
  gas: number | undefined;

  constructor(gas: number | undefined) {
    this.gas = gas;
    this.#show();
    this.#timer = setInterval(() => this.#show(), TICK);
  }

  /** Told of bytes that come over the network. */
  fetched(done: number, total: number): void {
    this.#base = FETCHING;
    this.#advance(total > 0 ? (FETCHING * done) / total : 0);
    this.#doing = `fetched ${bytes(done)}${total > done ? ` of ${bytes(total)}` : ""}`;
  }

  verifying(phases: PhaseProgress[]): void {
    this.#verifyingSince ??= performance.now();
    const part = phases.reduce((sum, progress) => sum + SHARES[progress.phase] * partDone(progress), 0);
    this.#advance(this.#base + (1 - this.#base) * Math.min(part, 0.99));
    const executed = phases.find(({ phase }) => phase === "execute");
    if (executed && executed.done > 0 && executed.total > 0) {
      this.#doing = `executed ${count(executed.done)} of ${count(executed.total)} transactions`;
      const seconds = (performance.now() - this.#verifyingSince) / 1000;
      if (this.gas && seconds > 0) {
        const gasDone = (this.gas * executed.done) / executed.total;
        this.#doing += `, about ${count(Math.round(gasDone / 1e6 / seconds))} Mgas/s`;
      }
    }
  }

  /** Stops the clock; `done` when there is a verdict. */
  end(done: boolean): void {
    clearInterval(this.#timer);
    this.#part = done ? 1 : 0;
    place(this.#part);
    byId("live").textContent = "";
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

function place(part: number): void {
  const percent = Math.round(100 * part);
  byId("progress").setAttribute("aria-valuenow", String(percent));
  byId("progress-bar").style.inlineSize = `${percent}%`;
  byId("mark").style.setProperty("--part", `${percent}%`);
}
