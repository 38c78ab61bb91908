/**
 * A canvas that is sharp on every screen, follows its box and the colour scheme, and draws only when something changed.
 *
 * Invariant: `draw` gets CSS pixels; of all canvases one is drawn a frame, so that no frame is late for two of them.
 */

export interface Colours {
  ground: string;
  card: string;
  ink: string;
  soft: string;
  line: string;
  committed: string;
  /** Words on what was committed. */
  onCommitted: string;
  atTurn: string;
  aborted: string;
  blocked: string;
  path: string;
}

export type Draw = (
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  colours: Colours,
) => void;

const dark = matchMedia("(prefers-color-scheme: dark)");

/** Those that are to be drawn, in the order in which they changed. */
const changed = new Set<Canvas>();

/** Whether any is still to be drawn. */
export const undrawn = (): boolean => changed.size > 0;

function drawNext(): void {
  const [next] = changed;
  if (!next) {
    return;
  }
  changed.delete(next);
  if (changed.size > 0) {
    requestAnimationFrame(drawNext);
  }
  next.drawNow();
}

export class Canvas {
  /** Made with the first drawing: it takes longer than the page may be held up while it loads. */
  #context: CanvasRenderingContext2D | undefined;
  #height = 0;
  /** As the last layout had it. To ask the element would lay out at once all that has changed, in the very frame that draws. */
  #width = 0;

  constructor(
    readonly element: HTMLCanvasElement,
    readonly draw: Draw,
  ) {
    new ResizeObserver(() => {
      this.#width = element.clientWidth;
      this.redraw();
    }).observe(element);
    dark.addEventListener("change", () => this.redraw());
  }

  /** Sets the height, in CSS pixels. */
  set height(pixels: number) {
    this.#height = pixels;
    this.element.style.blockSize = `${pixels}px`;
    this.redraw();
  }

  /** CSS pixels; 0 until it has been laid out. */
  get width(): number {
    return this.#width;
  }

  /** Draws with one of the next frames. */
  redraw(): void {
    if (changed.size === 0) {
      requestAnimationFrame(drawNext);
    }
    changed.add(this);
  }

  /** Draws at once. */
  drawNow(): void {
    const { element } = this;
    const [width, height] = [this.#width, this.#height];
    if (width === 0 || height === 0) {
      return;
    }
    this.#context ??= element.getContext("2d") ?? undefined;
    const context = this.#context;
    if (!context) {
      throw new Error("this browser gives no 2d canvas");
    }
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (element.width !== wide || element.height !== high) {
      element.width = wide;
      element.height = high;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    this.draw(context, width, height, coloursOf(element));
  }
}

function coloursOf(element: Element): Colours {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ground: colour("ground"),
    card: colour("card"),
    ink: colour("ink"),
    soft: colour("soft"),
    line: colour("line"),
    committed: colour("bar"),
    onCommitted: colour("bar-ink"),
    atTurn: colour("at-turn"),
    aborted: colour("aborted"),
    blocked: colour("blocked"),
    path: colour("path"),
  };
}

/** Diagonal lines: what was thrown away is told by more than its colour. */
export function hatch(colour: string, ground: string): HTMLCanvasElement {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 6;
  const context = tile.getContext("2d");
  if (context) {
    context.fillStyle = ground;
    context.fillRect(0, 0, 6, 6);
    context.strokeStyle = colour;
    context.lineWidth = 1.6;
    context.beginPath();
    for (const shift of [-6, 0, 6]) {
      context.moveTo(shift, 6);
      context.lineTo(shift + 6, 0);
    }
    context.stroke();
  }
  return tile;
}

/** The font of the page, at a size in pixels. */
export function font(size: number, weight = 400): string {
  return `${weight} ${size}px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif`;
}

/** Round steps for an axis: the first of 1, 2, 5, 10, … that leaves at most `most` of them. */
export function step(span: number, most: number): number {
  const least = span / Math.max(most, 1);
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
