/**
 * The table of transactions. Only the rows in sight are in the document.
 *
 * Invariant: rows are of one height, so that where a row is follows from its place.
 */

import type { Incarnation, Report } from "../../client/index.js";
import { withModifier } from "../chart/keys.js";
import { byId, make } from "../dom.js";
import { onPick, pick, pickedNow } from "../selection.js";
import { set, settings } from "../settings.js";
import { plural } from "../words.js";
import { COLUMNS, type Row, SHOWS, selected } from "./columns.js";
import { clearPicked, showPicked } from "./picked.js";

/** Height of a row, in rem. */
const ROW = 2.25;
/** Rows drawn beyond what is in sight, above and below. */
const BEYOND = 8;

let rows: Row[] = [];
let inOrder: Row[] = [];
let drawn = { first: -1, last: -1 };

export function clearTransactions(): void {
  byId("transactions-part").hidden = true;
  clearPicked();
}

/** Shows the table, still empty: how many rows are in sight is known once it has been laid out. */
export function showTransactions({ transactionReports, timing }: Report): void {
  const runs = new Map<number, Incarnation[]>();
  for (const one of timing.timeline?.incarnations ?? []) {
    runs.set(one.transaction, [...(runs.get(one.transaction) ?? []), one]);
  }
  rows = transactionReports.map((report, index) => ({ index, report, runs: runs.get(index) ?? [] }));
  inOrder = [];
  draw(true);
  byId("transactions-part").hidden = rows.length === 0;
}

/** Fills it. */
export function listTransactions(): void {
  select();
  const { transaction } = settings;
  if (transaction !== undefined && transaction < rows.length) {
    pick(transaction);
    tellPicked(transaction);
  }
}

/** Draws the head, once, and hears of what is typed, chosen and clicked. */
export function listenToTransactions(): void {
  byId("columns").replaceChildren(...COLUMNS.map(head));
  const filter = byId<HTMLInputElement>("filter");
  filter.value = settings.filter;
  filter.addEventListener("input", () => {
    set({ filter: filter.value });
    select();
  });
  const show = byId<HTMLSelectElement>("show");
  show.replaceChildren(
    ...SHOWS.map(({ name, title }) => {
      const option = make("option", "", title);
      option.value = name;
      return option;
    }),
  );
  show.value = SHOWS.some(({ name }) => name === settings.show) ? settings.show : "all";
  show.addEventListener("change", () => {
    set({ show: show.value });
    select();
  });
  byId("rows").addEventListener("scroll", () => requestAnimationFrame(() => draw(false)), { passive: true });
  new ResizeObserver(() => draw(false)).observe(byId("rows"));
  byId("transactions").addEventListener("keydown", key);
  byId("transaction-rows").addEventListener("click", (event) => {
    const row = (event.target as Element).closest<HTMLElement>("[data-index]");
    if (row) {
      pick(Number(row.dataset.index));
    }
  });
  onPick(tellPicked);
}

function tellPicked(transaction: number | undefined): void {
  const row = transaction === undefined ? undefined : rows[transaction];
  set({ transaction });
  row ? showPicked(row) : clearPicked();
  draw(true);
}

function head({ name, title, number }: (typeof COLUMNS)[number]): HTMLTableCellElement {
  const button = make("button", "sort", title);
  button.type = "button";
  button.addEventListener("click", () => {
    // Numbers are looked at from the largest down, but for the block's own order.
    const [first, second] = number && name !== "index" ? [`-${name}`, name] : [name, `-${name}`];
    set({ sort: settings.sort === first ? (second as string) : (first as string) });
    select();
  });
  const cell = make("th", `${name}${number ? " number" : ""}`, button);
  cell.scope = "col";
  cell.dataset.column = name;
  return cell;
}

/** Filters and sorts anew. */
function select(): void {
  inOrder = selected(rows, settings.filter, settings.show, settings.sort);
  byId("rows").scrollTop = 0;
  // It asks where it stands, so before anything else changes that.
  draw(true);
  const of = inOrder.length === rows.length ? "" : ` of ${rows.length}`;
  byId("transactions-told").textContent = `${plural(inOrder.length, "transaction")}${of}`;
  byId("transactions").setAttribute("aria-rowcount", String(inOrder.length + 1));
  for (const cell of byId("columns").querySelectorAll<HTMLElement>("th")) {
    const sorted = settings.sort.replace(/^-/, "") === cell.dataset.column;
    cell.ariaSort = sorted ? (settings.sort.startsWith("-") ? "descending" : "ascending") : "none";
  }
}

/** In pixels, since the text may be enlarged. */
function rowHeight(): number {
  return ROW * Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
}

/** Draws what is in sight, if that has changed or `anew` says so. */
function draw(anew: boolean): void {
  const scroll = byId("rows");
  const high = rowHeight();
  const first = Math.max(0, Math.floor(scroll.scrollTop / high) - BEYOND);
  const last = Math.min(inOrder.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / high) + BEYOND);
  if (!anew && first === drawn.first && last === drawn.last) {
    return;
  }
  drawn = { first, last };
  const picked = pickedNow();
  const visible = inOrder.slice(first, last).map((row, place) => rowElement(row, first + place, picked));
  const body = byId("transaction-rows");
  body.replaceChildren(space(first * high), ...visible, space((inOrder.length - last) * high));
  const table = byId("transactions");
  const current = body.querySelector("[aria-selected=true]");
  if (current) {
    table.setAttribute("aria-activedescendant", current.id);
  } else {
    table.removeAttribute("aria-activedescendant");
  }
}

function space(pixels: number): HTMLTableRowElement {
  const row = make("tr", "space");
  row.ariaHidden = "true";
  row.style.blockSize = `${pixels}px`;
  return row;
}

function rowElement(row: Row, place: number, picked: number | undefined): HTMLTableRowElement {
  const cells = COLUMNS.map(({ name, number, text }) =>
    make("td", `${name}${number ? " number" : ""}`, text(row)),
  );
  const element = make("tr", "", ...cells);
  element.id = `transaction-${row.index}`;
  element.dataset.index = String(row.index);
  element.dataset.success = String(row.report.success);
  element.ariaRowIndex = String(place + 2);
  element.ariaSelected = String(row.index === picked);
  return element;
}

function key(event: KeyboardEvent): void {
  if (event.target !== byId("transactions") || withModifier(event)) {
    return;
  }
  const place = inOrder.findIndex(({ index }) => index === pickedNow());
  const page = Math.max(1, Math.floor(byId("rows").clientHeight / rowHeight()) - 2);
  const next: Record<string, number> = {
    ArrowDown: place + 1,
    ArrowUp: place < 0 ? 0 : place - 1,
    PageDown: place + page,
    PageUp: place - page,
    Home: 0,
    End: inOrder.length - 1,
  };
  const wanted = next[event.key];
  if (wanted === undefined || inOrder.length === 0) {
    return;
  }
  event.preventDefault();
  const to = Math.min(Math.max(wanted, 0), inOrder.length - 1);
  reveal(to);
  pick(inOrder[to]?.index);
}

/** Scrolls no farther than it takes for the row to be seen whole, below the head. */
function reveal(place: number): void {
  const scroll = byId("rows");
  const high = rowHeight();
  const room = scroll.clientHeight - high;
  if (place * high < scroll.scrollTop) {
    scroll.scrollTop = place * high;
  } else if ((place + 1) * high > scroll.scrollTop + room) {
    scroll.scrollTop = (place + 1) * high - room;
  }
}
