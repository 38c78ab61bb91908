/**
 * What a report tells of the parallel run, where it was asked to record one.
 *
 * Invariant: the page draws what is here and nothing else; where a run was not recorded, it says so.
 */
import type { Dependencies, Report, Timeline } from "../client/index.js";

export type {
  Dependencies,
  Dependency,
  HotLocation,
  Incarnation,
  Location,
  Timeline,
} from "../client/index.js";

/** The whole story of a run. */
export interface Story {
  dependencies: Dependencies;
  timeline: Timeline;
}

/** The story of a run, if the report tells it. */
export function storyOf({ dependencies, timing: { timeline } }: Report): Story | undefined {
  return dependencies && timeline ? { dependencies, timeline } : undefined;
}
