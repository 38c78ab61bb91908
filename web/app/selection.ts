/** The one transaction that is picked, shown alike in table, timeline and arcs. */

type Listener = (transaction: number | undefined) => void;

const listeners: Listener[] = [];
let picked: number | undefined;

export function pick(transaction: number | undefined): void {
  if (transaction !== picked) {
    picked = transaction;
    for (const listener of listeners) {
      listener(transaction);
    }
  }
}

export const pickedNow = () => picked;

export function onPick(listener: Listener): void {
  listeners.push(listener);
}
