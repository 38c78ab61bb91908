/** The buttons that spoil the sample and have it verified. */
import { byId, make } from "../dom.js";
import { type BlockSource, sampleFile, sampleGenesis, unpacked } from "../source.js";
import { MUTATION_NAMES, MUTATIONS, type Mutation, mutate, type SampleFile } from "./mutations.js";

let sample: SampleFile | undefined;

/** Draws the buttons; each calls `chosen` with its lie. */
export function listenForLies(chosen: (mutation: Mutation) => void): void {
  const buttons = MUTATIONS.map((mutation) => {
    const button = make("button", "button", MUTATION_NAMES[mutation]);
    button.type = "button";
    button.dataset.mutation = mutation;
    button.addEventListener("click", () => chosen(mutation));
    return button;
  });
  byId("fool").replaceChildren(...buttons);
}

/** Marks the lie that was told last, if the page shows one. */
export function showLie(mutation: Mutation | undefined): void {
  for (const button of byId("fool").querySelectorAll<HTMLElement>("button")) {
    button.setAttribute("aria-pressed", String(button.dataset.mutation === mutation));
  }
  byId("fool-told").textContent = "";
  byId("fool-outcome").textContent = "";
}

/** Says the verdict again beside the buttons: on a small screen they are far from it. */
export function showOutcome(line: string): void {
  byId("fool-outcome").textContent = line;
}

/** The sample with `mutation` done to it. What was done is told where the buttons are. */
export function spoiledSample(mutation: Mutation): BlockSource {
  return {
    name: "the spoiled sample",
    input: async (signal) => {
      sample ??= (await new Response(await unpacked(await sampleFile(signal))).json()) as SampleFile;
      signal.throwIfAborted();
      const { file, told } = mutate(sample, mutation);
      byId("fool-told").textContent = told;
      return { input: new Blob([JSON.stringify(file)]) };
    },
    chain: sampleGenesis,
  };
}
