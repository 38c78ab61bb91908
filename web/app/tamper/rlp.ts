/** Just enough of RLP (Yellow Paper, appendix B) to find a field in hex and put another value of its length there. */

/** Where an item's payload lies, in bytes. */
export interface Item {
  list: boolean;
  start: number;
  end: number;
}

/** A byte of 0x-hex. */
function byteAt(hex: string, at: number): number {
  return Number.parseInt(hex.slice(2 + 2 * at, 4 + 2 * at), 16);
}

/** The item whose head is at byte `at`. */
export function itemAt(hex: string, at: number): Item {
  const first = byteAt(hex, at);
  if (first < 0x80) {
    return { list: false, start: at, end: at + 1 };
  }
  const list = first >= 0xc0;
  const short = first - (list ? 0xc0 : 0x80);
  if (short <= 55) {
    return { list, start: at + 1, end: at + 1 + short };
  }
  const start = at + 1 + short - 55;
  const length = Number.parseInt(hex.slice(2 + 2 * (at + 1), 2 + 2 * start), 16);
  return { list, start, end: start + length };
}

/** The items within a list. */
export function itemsOf(hex: string, { start, end }: Item): Item[] {
  const items: Item[] = [];
  for (let at = start; at < end; ) {
    const item = itemAt(hex, at);
    items.push(item);
    at = item.end;
  }
  return items;
}

export function payload(hex: string, { start, end }: Item): string {
  return hex.slice(2 + 2 * start, 2 + 2 * end);
}

/** `hex` with the payload of `item` replaced by as many digits. */
export function withPayload(hex: string, { start, end }: Item, digits: string): string {
  return hex.slice(0, 2 + 2 * start) + digits + hex.slice(2 + 2 * end);
}

/** `hex` with one bit turned over. */
export function flipped(hex: string, at: number, bit: number): string {
  const byte = (byteAt(hex, at) ^ (1 << bit)).toString(16).padStart(2, "0");
  return withPayload(hex, { list: false, start: at, end: at + 1 }, byte);
}
