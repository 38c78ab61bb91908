/**
 * Transactions along a line in block order, an arc from each to what it depends on, its gas hanging below.
 *
 * Invariant: the critical path is told by thickness and marks as well as by colour.
 */
import { byId } from "../dom.js";
import { onPick, pick, pickedNow } from "../selection.js";
import type { Dependencies, Dependency } from "../story.js";
import { plural } from "../words.js";
import { Canvas, type Colours, font } from "./canvas.js";
import { tellByKeys, withModifier } from "./keys.js";
import { dependenciesText } from "./say.js";

const ABOVE = 170;
const BELOW = 54;
const AXIS = 18;
const SIDE = 8;
/** Opacity of what is neither picked nor on the critical path: with it a single arc has a contrast of 3 to 1 in either scheme. */
const FAINT = 0.85;

export class ArcChart {
  readonly #canvas: Canvas;
  #dependencies: Dependencies = {
    edges: [],
    edgesLeftOut: 0,
    hotLocations: [],
    criticalPath: [],
    criticalPathGas: 0,
    widest: [],
    batches: [],
  };
  #gas: number[] = [];
  /** Transactions between the ends of the widest arc. */
  #widest = 1;

  constructor() {
    const element = byId<HTMLCanvasElement>("arcs");
    this.#canvas = new Canvas(element, (...to) => this.#draw(...to));
    tellByKeys(element, byId("arcs-detail"));
    element.addEventListener("keydown", (event) => this.#key(event));
    element.addEventListener("focus", () => pickedNow() ?? pick(this.#dependencies.criticalPath[0] ?? 0));
    const point = (event: PointerEvent) => this.#gas.length > 0 && pick(this.#at(event.offsetX));
    element.addEventListener("pointermove", point);
    element.addEventListener("pointerdown", point);
    onPick(() => {
      this.#describe();
      this.#canvas.redraw();
    });
  }

  /** `gas` is each transaction's. */
  show(dependencies: Dependencies, gas: number[]): void {
    this.#dependencies = dependencies;
    this.#gas = gas;
    this.#widest = dependencies.edges.reduce(
      (most, { on, transaction }) => Math.max(most, transaction - on),
      1,
    );
    this.#describe();
    this.#canvas.height = ABOVE + BELOW + AXIS;
    this.#canvas.element.setAttribute(
      "aria-label",
      `${plural(dependencies.edges.length, "dependency", "dependencies")} among ${plural(gas.length, "transaction")}, ` +
        `${dependencies.criticalPath.length} of them on the critical path`,
    );
  }

  #describe(): void {
    const picked = pickedNow();
    byId("arcs-detail").textContent =
      picked === undefined
        ? "Point at a transaction, or use the arrow keys: what it reads of others, and who reads what it wrote."
        : dependenciesText(picked, this.#dependencies);
    const { edgesLeftOut } = this.#dependencies;
    byId("arcs-left-out").textContent =
      edgesLeftOut > 0
        ? `${plural(edgesLeftOut, "more dependency", "more dependencies")} are not drawn.`
        : "";
  }

  #x(transaction: number): number {
    const slot = (this.#canvas.width - 2 * SIDE) / Math.max(this.#gas.length, 1);
    return SIDE + (transaction + 0.5) * slot;
  }

  #at(x: number): number {
    const slot = (this.#canvas.width - 2 * SIDE) / this.#gas.length;
    return Math.min(Math.max(Math.floor((x - SIDE) / slot), 0), this.#gas.length - 1);
  }

  #key(event: KeyboardEvent): void {
    const now = pickedNow() ?? 0;
    const { criticalPath } = this.#dependencies;
    const next: Record<string, number | undefined> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      ArrowUp: criticalPath.findLast((transaction) => transaction < now),
      ArrowDown: criticalPath.find((transaction) => transaction > now),
      Home: 0,
      End: this.#gas.length - 1,
    };
    if (event.key in next && !withModifier(event)) {
      event.preventDefault();
      const transaction = next[event.key];
      if (transaction !== undefined && transaction >= 0 && transaction < this.#gas.length) {
        pick(transaction);
      }
    }
  }

  #draw(context: CanvasRenderingContext2D, width: number, _height: number, colours: Colours): void {
    const { edges, criticalPath } = this.#dependencies;
    this.#drawBatches(context, width, colours);
    this.#drawGas(context, colours);
    const steps = new Set(criticalPath.slice(1).map((to, place) => `${criticalPath[place]} ${to}`));
    const onPath = ({ on, transaction }: Dependency) => steps.has(`${on} ${transaction}`);
    const picked = pickedNow();
    const touches = ({ on, transaction }: Dependency) => on === picked || transaction === picked;
    this.#stroke(context, edges, colours.committed, 1, FAINT);
    this.#stroke(context, edges.filter(onPath), colours.path, 2.5, 1);
    this.#stroke(context, edges.filter(touches), colours.ink, 1.75, 1);
    context.fillStyle = colours.path;
    for (const transaction of criticalPath) {
      const x = this.#x(transaction);
      context.beginPath();
      context.moveTo(x, ABOVE - 5);
      context.lineTo(x + 4, ABOVE);
      context.lineTo(x, ABOVE + 5);
      context.lineTo(x - 4, ABOVE);
      context.fill();
    }
    this.#drawPicked(context, colours);
  }

  #stroke(
    context: CanvasRenderingContext2D,
    edges: Dependency[],
    colour: string,
    lineWidth: number,
    alpha: number,
  ): void {
    // The widest arc just fits; near ones are told apart all the same.
    const most = Math.max(this.#x(this.#widest) - this.#x(0), 40) / 2;
    context.globalAlpha = alpha;
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.beginPath();
    for (const { on, transaction } of edges) {
      const [from, to] = [this.#x(on), this.#x(transaction)];
      const [middle, half] = [(from + to) / 2, (to - from) / 2];
      const high = (ABOVE - 8) * (half / most) ** 0.7;
      context.moveTo(from, ABOVE);
      context.ellipse(middle, ABOVE, half, high, 0, Math.PI, 2 * Math.PI);
    }
    context.stroke();
    context.globalAlpha = 1;
  }

  /** Consecutive transactions that are independent of one another stand on one stretch of ground. */
  #drawBatches(context: CanvasRenderingContext2D, width: number, colours: Colours): void {
    const { batches } = this.#dependencies;
    const slot = (width - 2 * SIDE) / Math.max(this.#gas.length, 1);
    context.fillStyle = colours.line;
    context.globalAlpha = 0.55;
    batches.forEach((first, place) => {
      if (place % 2 === 0) {
        const last = batches[place + 1] ?? this.#gas.length;
        context.fillRect(SIDE + first * slot, ABOVE, (last - first) * slot, BELOW);
      }
    });
    context.globalAlpha = 1;
    context.strokeStyle = colours.soft;
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(0, ABOVE + 0.5);
    context.lineTo(width, ABOVE + 0.5);
    context.stroke();
  }

  #drawGas(context: CanvasRenderingContext2D, colours: Colours): void {
    const most = Math.max(...this.#gas, 1);
    const slot = (this.#canvas.width - 2 * SIDE) / Math.max(this.#gas.length, 1);
    const onPath = new Set(this.#dependencies.criticalPath);
    this.#gas.forEach((gas, transaction) => {
      // Square roots: one huge transaction is not to hide all others.
      const high = 2 + Math.sqrt(gas / most) * (BELOW - 6);
      context.fillStyle = onPath.has(transaction) ? colours.path : colours.committed;
      context.fillRect(SIDE + transaction * slot + slot * 0.1, ABOVE + 1, Math.max(slot * 0.8, 0.6), high);
    });
  }

  #drawPicked(context: CanvasRenderingContext2D, colours: Colours): void {
    context.font = font(11, 600);
    context.textBaseline = "top";
    context.fillStyle = colours.soft;
    const [bottom, width] = [ABOVE + BELOW + 4, this.#canvas.width];
    context.textAlign = "left";
    context.fillText("0", SIDE, bottom);
    context.textAlign = "right";
    context.fillText(String(Math.max(this.#gas.length - 1, 0)), width - SIDE, bottom);
    const picked = pickedNow();
    if (picked !== undefined && picked < this.#gas.length) {
      const x = this.#x(picked);
      context.strokeStyle = colours.ink;
      context.lineWidth = 1.5;
      context.beginPath();
      context.moveTo(x, ABOVE - 4);
      context.lineTo(x, bottom - 2);
      context.stroke();
      const text = String(picked);
      const half = context.measureText(text).width / 2;
      const at = Math.min(Math.max(x, half + 2), width - half - 2);
      context.fillStyle = colours.card;
      context.fillRect(at - half - 3, bottom - 1, 2 * half + 6, AXIS - 4);
      context.fillStyle = colours.ink;
      context.textAlign = "center";
      context.fillText(text, at, bottom);
    }
  }
}
