/**
 * A lane per worker, a bar per incarnation: solid where it was committed, hatched where aborted, hollow where blocked.
 *
 * Invariant: the view stays within the run, and the incarnation that is picked within the view.
 */
import { byId } from "../dom.js";
import { onPick, pick, pickedNow } from "../selection.js";
import type { Incarnation } from "../story.js";
import { milliseconds } from "../words.js";
import { Canvas, type Colours, font, hatch, step } from "./canvas.js";
import { tellByKeys, withModifier } from "./keys.js";
import { incarnationText } from "./say.js";

const LANE = 34;
const BAR = 24;
const AXIS = 24;
/** Pixels from the left, for the workers' names. */
const LEFT = 26;
/** The least part of the run that can be looked at. */
const CLOSEST = 1 / 400;

export class TimelineChart {
  readonly #canvas: Canvas;
  #incarnations: Incarnation[] = [];
  /** Workers that ran anything, in order: the lanes. */
  #workers: number[] = [];
  #run = { from: 0, to: 1 };
  #view = { from: 0, to: 1 };
  #picked: Incarnation | undefined;
  #runs = new Map<number, number>();

  constructor() {
    const element = byId<HTMLCanvasElement>("timeline");
    this.#canvas = new Canvas(element, (...to) => this.#draw(...to));
    tellByKeys(element, byId("timeline-detail"));
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("focus", () => this.#picked || this.#choose(this.#incarnations[0]));
    this.#listenToPointers(element);
    byId("zoom-in").addEventListener("click", () => this.#zoom(0.5));
    byId("zoom-out").addEventListener("click", () => this.#zoom(2));
    byId("zoom-all").addEventListener("click", () => this.#look(this.#run.from, this.#run.to));
    onPick((transaction) => {
      if (this.#picked?.transaction !== transaction) {
        const last = this.#incarnations.findLast((one) => one.transaction === transaction);
        this.#choose(last, false);
      }
    });
  }

  show(incarnations: Incarnation[]): void {
    this.#incarnations = incarnations;
    this.#workers = [...new Set(incarnations.map(({ worker }) => worker))].sort((a, b) => a - b);
    this.#runs = new Map();
    for (const { transaction, incarnation } of incarnations) {
      this.#runs.set(transaction, Math.max(this.#runs.get(transaction) ?? 0, incarnation + 1));
    }
    const from = Math.min(...incarnations.map(({ startMs }) => startMs));
    const to = Math.max(...incarnations.map(({ startMs, ms }) => startMs + ms));
    this.#run = Number.isFinite(from) && to > from ? { from, to } : { from: 0, to: 1 };
    this.#view = { ...this.#run };
    const picked = pickedNow();
    this.#choose(
      incarnations.findLast(({ transaction }) => transaction === picked),
      false,
    );
    this.#canvas.height = LANE * Math.max(this.#workers.length, 1) + AXIS;
    const { element } = this.#canvas;
    const [lanes, spent] = [this.#workers.length, milliseconds(to - from)];
    element.setAttribute(
      "aria-label",
      `${incarnations.length} runs of transactions on ${lanes} workers in ${spent}`,
    );
  }

  // --- The view ---

  #x(ms: number): number {
    const { from, to } = this.#view;
    return LEFT + ((ms - from) / (to - from)) * (this.#canvas.width - LEFT);
  }

  #msAt(x: number): number {
    const { from, to } = this.#view;
    return from + ((x - LEFT) / (this.#canvas.width - LEFT)) * (to - from);
  }

  #look(from: number, to: number): void {
    const whole = this.#run.to - this.#run.from;
    const span = Math.min(Math.max(to - from, whole * CLOSEST), whole);
    const start = Math.min(Math.max(from, this.#run.from), this.#run.to - span);
    this.#view = { from: start, to: start + span };
    this.#canvas.redraw();
  }

  /** Nearer below 1, farther above, about a moment; about what is picked, or the middle, when none is named. */
  #zoom(factor: number, about?: number): void {
    const { from, to } = this.#view;
    const picked = this.#picked && this.#picked.startMs + this.#picked.ms / 2;
    const inView = picked !== undefined && picked >= from && picked <= to ? picked : (from + to) / 2;
    const centre = about ?? inView;
    this.#look(centre - (centre - from) * factor, centre + (to - centre) * factor);
  }

  #choose(incarnation: Incarnation | undefined, tell = true): void {
    this.#picked = incarnation;
    if (incarnation) {
      const { from, to } = this.#view;
      const [start, end] = [incarnation.startMs, incarnation.startMs + incarnation.ms];
      if (start < from || end > to) {
        const half = (to - from) / 2;
        this.#look((start + end) / 2 - half, (start + end) / 2 + half);
      }
      if (tell) {
        pick(incarnation.transaction);
      }
    }
    this.#describe(incarnation);
    this.#canvas.redraw();
  }

  #describe(incarnation?: Incarnation): void {
    byId("timeline-detail").textContent = incarnation
      ? incarnationText(incarnation, this.#runs.get(incarnation.transaction) ?? 1)
      : "Point at a bar, or use the arrow keys: what ran, where, and what became of it.";
  }

  // --- Keys and pointers ---

  #key(event: KeyboardEvent): void {
    const acts: Record<string, () => void> = {
      ArrowLeft: () => this.#neighbour(-1),
      ArrowRight: () => this.#neighbour(1),
      ArrowUp: () => this.#otherLane(-1),
      ArrowDown: () => this.#otherLane(1),
      Home: () => this.#choose(this.#incarnations[0]),
      End: () => this.#choose(this.#incarnations.at(-1)),
      "+": () => this.#zoom(0.5),
      "=": () => this.#zoom(0.5),
      "-": () => this.#zoom(2),
    };
    const act = acts[event.key];
    if (act && !withModifier(event)) {
      event.preventDefault();
      act();
    }
  }

  /** The run before or after on the same worker. */
  #neighbour(way: 1 | -1): void {
    const picked = this.#picked ?? this.#incarnations[0];
    const lane = this.#incarnations.filter(({ worker }) => worker === picked?.worker);
    const next = picked && lane[lane.indexOf(picked) + way];
    this.#choose(next ?? picked);
  }

  /** What another worker did at the same moment. */
  #otherLane(way: 1 | -1): void {
    const picked = this.#picked ?? this.#incarnations[0];
    if (picked) {
      const worker = this.#workers[this.#workers.indexOf(picked.worker) + way];
      const middle = picked.startMs + picked.ms / 2;
      const lane = this.#incarnations.filter((one) => one.worker === worker);
      const distance = ({ startMs, ms }: Incarnation) => Math.abs(startMs + ms / 2 - middle);
      this.#choose(lane.sort((a, b) => distance(a) - distance(b))[0] ?? picked);
    }
  }

  #listenToPointers(element: HTMLCanvasElement): void {
    let dragged: { x: number; view: { from: number; to: number } } | undefined;
    element.addEventListener("pointerdown", (event) => {
      dragged = { x: event.offsetX, view: { ...this.#view } };
      element.setPointerCapture(event.pointerId);
    });
    element.addEventListener("pointermove", (event) => {
      if (dragged && Math.abs(event.offsetX - dragged.x) > 3) {
        const { from, to } = dragged.view;
        const moved = ((event.offsetX - dragged.x) / (this.#canvas.width - LEFT)) * (to - from);
        this.#look(from - moved, to - moved);
      } else if (!dragged && event.pointerType !== "touch") {
        const under = this.#under(event.offsetX, event.offsetY);
        if (under && under !== this.#picked) {
          this.#choose(under);
        }
      }
    });
    const drop = (event: PointerEvent) => {
      if (dragged && Math.abs(event.offsetX - dragged.x) <= 3) {
        const under = this.#under(event.offsetX, event.offsetY);
        if (under) {
          this.#choose(under);
        }
      }
      dragged = undefined;
    };
    element.addEventListener("pointerup", drop);
    element.addEventListener("pointercancel", () => {
      dragged = undefined;
    });
    element.addEventListener(
      "wheel",
      (event) => {
        if (event.ctrlKey) {
          event.preventDefault();
          this.#zoom(event.deltaY > 0 ? 1.25 : 0.8, this.#msAt(event.offsetX));
        }
      },
      { passive: false },
    );
  }

  /** The bar at a point, or the nearest one within a few pixels of it. */
  #under(x: number, y: number): Incarnation | undefined {
    const worker = this.#workers[Math.floor(y / LANE)];
    let [best, least] = [undefined as Incarnation | undefined, 6];
    for (const one of this.#incarnations) {
      if (one.worker === worker) {
        const [start, end] = [this.#x(one.startMs), this.#x(one.startMs + one.ms)];
        const distance = Math.max(start - x, x - end, 0);
        if (distance < least) {
          [best, least] = [one, distance];
        }
      }
    }
    return best;
  }

  // --- Drawing ---

  #draw(context: CanvasRenderingContext2D, width: number, _height: number, colours: Colours): void {
    const bottom = LANE * this.#workers.length;
    this.#drawAxis(context, width, bottom, colours);
    context.font = font(12);
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.fillStyle = colours.soft;
    this.#workers.forEach((worker, lane) => {
      context.fillText(String(worker), 4, LANE * lane + LANE / 2);
    });
    context.save();
    context.beginPath();
    context.rect(LEFT, 0, width - LEFT, bottom);
    context.clip();
    const fills = {
      aborted: context.createPattern(hatch(colours.aborted, colours.card), "repeat") ?? colours.aborted,
      committed: colours.committed,
    };
    for (const one of this.#incarnations) {
      if (one.startMs <= this.#view.to && one.startMs + one.ms >= this.#view.from) {
        this.#drawBar(context, one, colours, fills);
      }
    }
    this.#drawPicked(context, colours);
    context.restore();
  }

  #box(one: Incarnation): [number, number, number, number] {
    const [start, end] = [this.#x(one.startMs), this.#x(one.startMs + one.ms)];
    const lane = this.#workers.indexOf(one.worker);
    // A hair of ground between neighbours, where there is room for it.
    const gap = end - start > 4 ? 0.75 : 0;
    return [start, LANE * lane + (LANE - BAR) / 2, Math.max(end - start - gap, 0.75), BAR];
  }

  #drawBar(
    context: CanvasRenderingContext2D,
    one: Incarnation,
    colours: Colours,
    fills: { aborted: CanvasPattern | string; committed: string },
  ): void {
    const [x, y, wide, high] = this.#box(one);
    switch (one.end.kind) {
      case "committed":
        context.fillStyle = fills.committed;
        context.fillRect(x, y, wide, high);
        if (one.atTurn) {
          context.fillStyle = colours.atTurn;
          context.fillRect(x, y, wide, 6);
        }
        break;
      case "aborted":
        context.fillStyle = fills.aborted;
        context.fillRect(x, y, wide, high);
        this.#frame(context, x, y, wide, high, colours.aborted);
        break;
      case "blocked":
        context.fillStyle = colours.card;
        context.fillRect(x, y, wide, high);
        this.#frame(context, x, y, wide, high, colours.blocked);
        context.fillStyle = colours.blocked;
        context.fillRect(x, y + high / 2 - 1.5, wide, 3);
        break;
    }
    if (wide > 26) {
      context.fillStyle = colours.ink;
      context.font = font(11, 600);
      context.textAlign = "center";
      context.textBaseline = "middle";
      const name = String(one.transaction);
      if (one.end.kind !== "committed") {
        const box = context.measureText(name).width + 6;
        context.fillStyle = colours.card;
        context.fillRect(x + wide / 2 - box / 2, y + 4, box, high - 8);
        context.fillStyle = colours.ink;
      } else {
        context.fillStyle = colours.onCommitted;
      }
      context.fillText(name, x + wide / 2, y + high / 2 + (one.atTurn ? 3 : 0));
    }
  }

  #frame(
    context: CanvasRenderingContext2D,
    x: number,
    y: number,
    wide: number,
    high: number,
    colour: string,
  ): void {
    context.strokeStyle = colour;
    context.lineWidth = 1;
    context.strokeRect(x + 0.5, y + 0.5, Math.max(wide - 1, 0.5), high - 1);
  }

  /** Every run of the transaction picked gets a frame, the very one a thicker one. */
  #drawPicked(context: CanvasRenderingContext2D, colours: Colours): void {
    if (!this.#picked) {
      return;
    }
    context.strokeStyle = colours.ink;
    for (const one of this.#incarnations) {
      if (one.transaction === this.#picked.transaction) {
        const [x, y, wide, high] = this.#box(one);
        context.lineWidth = one === this.#picked ? 3 : 1.25;
        context.strokeRect(x - 1.5, y - 1.5, wide + 3, high + 3);
      }
    }
  }

  #drawAxis(context: CanvasRenderingContext2D, width: number, bottom: number, colours: Colours): void {
    const { from, to } = this.#view;
    const every = step(to - from, width / 90);
    context.font = font(11);
    context.textAlign = "center";
    context.textBaseline = "top";
    context.strokeStyle = colours.line;
    context.fillStyle = colours.soft;
    context.lineWidth = 1;
    const digits = Math.max(0, -Math.floor(Math.log10(every)));
    for (let at = Math.ceil(from / every) * every; at <= to; at += every) {
      const x = Math.round(this.#x(at)) + 0.5;
      context.beginPath();
      context.moveTo(x, 0);
      context.lineTo(x, bottom + 4);
      context.stroke();
      if (x > LEFT + 16 && x < width - 16) {
        context.fillText(`${at.toFixed(digits)} ms`, x, bottom + 7);
      }
    }
  }
}
