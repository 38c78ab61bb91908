/** The charts in words: what is under the pointer, or where the keys have gone. */
import type { Dependencies, Incarnation } from "../story.js";
import { locationText, milliseconds, plural } from "../words.js";

/** What became of one run of a transaction. `runs`: how often the transaction ran in all. */
export function incarnationText(one: Incarnation, runs: number): string {
  const which = runs === 1 ? "its only run" : `run ${one.incarnation + 1} of ${runs}`;
  const how = one.atTurn ? ", at its turn" : "";
  const when = `on worker ${one.worker}, from ${one.startMs.toFixed(2)} ms for ${milliseconds(one.ms)}`;
  return `Transaction ${one.transaction}, ${which}${how}: ${endText(one)} It ran ${when}.`;
}

function endText({ end }: Incarnation): string {
  switch (end.kind) {
    case "committed":
      return "committed.";
    case "aborted": {
      const by = end.by === undefined ? "had changed by its turn" : `was changed by transaction ${end.by}`;
      return `aborted, because ${locationText(end.location)} ${by} after it had read it.`;
    }
    case "blocked":
      return end.on === undefined
        ? "blocked, because it asked what only its turn can tell."
        : `blocked, waiting for what transaction ${end.on} was to write.`;
  }
}

/** What a transaction waits for and what waits for it. */
export function dependenciesText(transaction: number, { edges, criticalPath }: Dependencies): string {
  const before = edges.filter((edge) => edge.transaction === transaction);
  const after = edges.filter((edge) => edge.on === transaction);
  const [first] = before;
  const needs =
    first === undefined
      ? "reads nothing that another one of the block wrote"
      : `reads what ${listText(before.map(({ on }) => on))} wrote, first of all ${locationText(first.location)}`;
  const serves =
    after.length === 0
      ? "none reads what it wrote"
      : `${plural(after.length, "later one")} read what it wrote`;
  const place = criticalPath.indexOf(transaction);
  const path = place < 0 ? "" : ` It is number ${place + 1} of ${criticalPath.length} on the critical path.`;
  return `Transaction ${transaction} ${needs}; ${serves}.${path}`;
}

function listText(indices: number[]): string {
  const shown = indices.slice(0, 4).join(", ");
  return indices.length > 4 ? `${shown} and ${indices.length - 4} more` : shown;
}
