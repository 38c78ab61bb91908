/** Measures the bundles against each other on one block, interleaved. */
import { createVerifier, type Phase, type Schedule, type Verifier } from "../../client/index.js";
import { byId, make } from "../dom.js";
import { bytes, PHASES } from "../words.js";

/** What is measured of one configuration: milliseconds by name, one a round. */
type Samples = Map<string, number[]>;

const TOTAL = "whole verification";
const ANSWER = "until the page has its answer";
/**
 * Rounds that are not counted. The engine compiles what runs often once more, in the background, for some seconds: on the very
 * cores that `threads` wants. After four rounds that was still going on, and cost `threads` a tenth of its time and more.
 */
const WARM_UP = 20;

const state = byId("state");
const file = byId<HTMLInputElement>("file");

file.addEventListener("change", async () => {
  const [block] = file.files ?? [];
  if (block) {
    await measure(block).catch((error) => {
      state.textContent = `Failed: ${error.message}`;
      state.dataset.state = "failed";
    });
  }
});

async function measure(block: File): Promise<void> {
  // In memory, for reading and unpacking a file goes on beside what is measured, on cores that `threads` wants.
  const input = await unpacked(block);
  const rounds = byId<HTMLInputElement>("rounds").valueAsNumber;
  const threads = byId<HTMLInputElement>("threads").valueAsNumber;
  state.dataset.state = "measuring";
  const verifiers: Record<string, Verifier> = {
    base: await createVerifier({ bundle: "base" }),
    [`threads (${threads})`]: await createVerifier({ bundle: "threads", threads }),
  };
  const asked = new URLSearchParams(location.search).get("schedule");
  const schedule = asked === "speculative" || asked === "sequential" ? asked : "auto";
  const names = Object.keys(verifiers);
  // What the machine can do: two verifications that share nothing, at once. Where cores slow each other down, two
  // threads cannot take half the time of one.
  const pair = [await createVerifier({ bundle: "base" }), await createVerifier({ bundle: "base" })];
  const atOnce: number[] = [];
  const samples: Record<string, Samples> = Object.fromEntries(names.map((name) => [name, new Map()]));
  // The first rounds compile and warm up.
  for (let round = -WARM_UP; round < rounds; round += 1) {
    state.textContent = round < 0 ? "Warming up…" : `Round ${round + 1} of ${rounds}`;
    for (const name of names) {
      const measured = await once(verifiers[name] as Verifier, input, schedule);
      if (round >= 0) {
        for (const [what, ms] of measured) {
          const all = samples[name]?.get(what) ?? [];
          samples[name]?.set(what, [...all, ms]);
        }
      }
    }
  }
  // Apart from the others, which would find both cores' caches full of it.
  for (let round = -WARM_UP; round < rounds; round += 1) {
    state.textContent = "Two at once";
    const both = await Promise.all(pair.map((verifier) => once(verifier, input, schedule)));
    if (round >= 0) {
      atOnce.push(...both.map(([total]) => total?.[1] ?? Number.NaN));
    }
  }
  const memory = Object.fromEntries(names.map((name) => [name, verifiers[name]?.info.memory ?? 0]));
  for (const verifier of [...Object.values(verifiers), ...pair]) {
    verifier.close();
  }
  show(block, names, samples, memory, median(atOnce));
}

async function unpacked(file: File): Promise<Uint8Array> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const [first, second] = bytes;
  if (first !== 0x1f || second !== 0x8b) {
    return bytes;
  }
  const stream = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function once(verifier: Verifier, bytes: Uint8Array, schedule: Schedule): Promise<[string, number][]> {
  const input = bytes.slice();
  const from = performance.now();
  const verdict = await verifier.verify({ input, schedule });
  const answered = performance.now() - from;
  if (verdict.status !== "valid") {
    throw new Error(`the block is ${verdict.status}`);
  }
  const { timing } = verdict.report;
  return [
    [TOTAL, timing.totalMs],
    ...timing.phases.map(({ phase, ms }): [string, number] => [PHASES[phase as Phase], ms]),
    [ANSWER, answered],
  ];
}

function show(
  block: File,
  names: string[],
  samples: Record<string, Samples>,
  memory: Record<string, number>,
  atOnce: number,
): void {
  const [first = "", second = ""] = names;
  const head = (text: string) => {
    const cell = make("th", "", text);
    cell.scope = "col";
    return cell;
  };
  byId("columns").replaceChildren(...["", ...names, "ratio"].map(head));
  const rows: { what: string; values: number[] }[] = [];
  for (const what of samples[first]?.keys() ?? []) {
    rows.push({ what, values: names.map((name) => median(samples[name]?.get(what) ?? [])) });
  }
  const ratio = ([a = Number.NaN, b = Number.NaN]: number[]) => (b / a).toFixed(2);
  const row = (what: string, cells: string[]) =>
    make("tr", "", ...[what, ...cells].map((text, column) => make(column === 0 ? "th" : "td", "", text)));
  const peak = [memory[first] ?? 0, memory[second] ?? 0];
  byId("rows").replaceChildren(
    ...rows.map(({ what, values }) => row(what, [...values.map((ms) => ms.toFixed(1)), ratio(values)])),
    row("two of base at once, each", [
      atOnce.toFixed(1),
      "",
      (atOnce / 2 / (rows[0]?.values[0] ?? 0)).toFixed(2),
    ]),
    row("wasm memory", [...peak.map(bytes), ratio(peak)]),
  );
  state.textContent = `${block.name}: done.`;
  // For scripts.
  state.dataset.result = JSON.stringify({ names, rows, memory: peak, atOnce });
  state.dataset.state = "done";
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2;
}
