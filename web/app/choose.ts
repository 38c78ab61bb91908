/** The form that blocks are chosen with: files, pastes, RPC addresses, and what holds for all of them. */
import type { Bundle, Schedule } from "../client/index.js";
import { byId } from "./dom.js";
import { PageError } from "./page-error.js";
import { tellApart } from "./pair.js";
import { rpcSource } from "./rpc.js";
import { set, settings } from "./settings.js";
import { type BlockSource, blobSource, SAMPLE } from "./source.js";

type Chosen = (source: BlockSource) => void;

/**
 * Shows the settings, and calls `chosen` with whatever block a person picks, and `again` when the block that is there is to be
 * run with the settings as they are now: `againByOtherRules` when it is their chain that is another.
 */
export function listenToForm(chosen: Chosen, again: () => void, againByOtherRules: () => void): void {
  fill();
  listenToChain(againByOtherRules);
  listenToRun(again);
  listenToTrusted(again);
  const given = (source: BlockSource) => {
    set({ source: "file", fool: undefined });
    chosen(source);
  };
  const file = byId<HTMLInputElement>("file");
  file.addEventListener("change", () => {
    const files = [...(file.files ?? [])];
    if (files.length > 0) {
      given(filesSource(files));
      // So that choosing the same file again is heard.
      file.value = "";
    }
  });
  byId("sample").addEventListener("click", () => {
    set({ source: "sample", fool: undefined });
    chosen(SAMPLE);
  });
  byId("source").addEventListener("submit", (event) => {
    event.preventDefault();
    const [rpc, block] = [field("rpc").value.trim(), field("block").value.trim()];
    set({ source: "rpc", rpc, block, fool: undefined });
    chosen(rpcChosen());
  });
  listenForDrops((dropped) => given(filesSource(dropped)));
  listenForPastes((name, blob) => given(blobSource(name, blob, chainChosen)));
}

/** The block of the RPC address that is set. Where a tag names it, the link names its number once that is known. */
export function rpcChosen(): BlockSource {
  const { rpc, block } = settings;
  return rpcSource(rpc, block, chainChosen, (number) => {
    // What was chosen meanwhile stays.
    if (settings.source === "rpc" && settings.rpc === rpc && settings.block === block) {
      set({ block: number });
    }
  });
}

/** One file that holds both, or block and witness as two. */
function filesSource(files: File[]): BlockSource {
  const [first, second, third] = files;
  if (first && !second) {
    return blobSource(first.name, first, chainChosen);
  }
  return {
    name: files.map(({ name }) => name).join(" and "),
    input: async () => {
      if (!first || !second || third) {
        throw new PageError(
          `${files.length} files are not one block.`,
          "Give one that holds block and witness, or the two as two files.",
        );
      }
      return tellApart(first, second);
    },
    chain: chainChosen,
  };
}

const field = (id: string) => byId<HTMLInputElement>(id);

function fill(): void {
  field("rpc").value = settings.rpc;
  field("block").value = settings.block;
  for (const name of ["chain", "bundle", "schedule"] as const) {
    byId<HTMLSelectElement>(name).value = settings[name] ?? "";
  }
  byId("genesis-part").hidden = settings.chain !== "genesis";
  field("trusted").value = settings.trusted;
  byId<HTMLDetailsElement>("settings").open = Boolean(settings.chain || settings.bundle || settings.trusted);
}

function listenToChain(againByOtherRules: () => void): void {
  const chain = byId<HTMLSelectElement>("chain");
  const genesis = field("genesis");
  const run = () => {
    const isWhole = chain.value !== "genesis" || genesis.files?.length;
    // The sample, spoiled or not, has its own chain.
    if (isWhole && settings.source !== "sample") {
      againByOtherRules();
    }
  };
  chain.addEventListener("change", () => {
    byId("genesis-part").hidden = chain.value !== "genesis";
    set({ chain: chain.value });
    run();
  });
  genesis.addEventListener("change", run);
}

function listenToRun(again: () => void): void {
  const bundle = byId<HTMLSelectElement>("bundle");
  bundle.addEventListener("change", () => {
    set({ bundle: (bundle.value || undefined) as Bundle | undefined });
    again();
  });
  const schedule = byId<HTMLSelectElement>("schedule");
  schedule.addEventListener("change", () => {
    set({ schedule: schedule.value as Schedule });
    again();
  });
}

function listenToTrusted(again: () => void): void {
  const trusted = field("trusted");
  /** What the block was last held to by this field. */
  let held = settings.trusted;
  const hold = () => {
    held = settings.trusted;
    again();
  };
  // Not when the field is left: a file may be dropped while it is still being written in.
  trusted.addEventListener("input", () => set({ trusted: trusted.value.trim() }));
  trusted.addEventListener("change", () => held !== settings.trusted && hold());
  trusted.addEventListener("keydown", (event) => {
    if (event.key === "Enter") {
      // Else it would count as a change once more.
      event.preventDefault();
      hold();
    }
  });
}

/** The chain as it is chosen when a run begins; whoever chooses another while that waits begins another run. */
async function chainChosen(): Promise<string | undefined> {
  const name = byId<HTMLSelectElement>("chain").value;
  if (name !== "genesis") {
    return name || undefined;
  }
  const [genesis] = field("genesis").files ?? [];
  if (!genesis) {
    throw new PageError(
      "No genesis file was chosen.",
      "Choose the chain's genesis or configuration JSON, or another chain.",
    );
  }
  return genesis.text();
}

function listenForDrops(dropped: (files: File[]) => void): void {
  const landing = byId("landing");
  const show = (over: boolean) => landing.classList.toggle("over", over);
  const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
  window.addEventListener("dragover", (event) => {
    if (hasFiles(event)) {
      event.preventDefault();
      show(true);
    }
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) {
      show(false);
    }
  });
  window.addEventListener("drop", (event) => {
    show(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length > 0) {
      event.preventDefault();
      dropped(files);
    }
  });
}

/** A paste outside of fields, or into the one made for it: never put into the field, which megabytes would choke. */
function listenForPastes(pasted: (name: string, blob: Blob) => void): void {
  const place = byId<HTMLTextAreaElement>("paste");
  window.addEventListener("paste", (event) => {
    const target = event.target as Element | null;
    if (target !== place && target?.matches("input, textarea")) {
      return;
    }
    const [file] = event.clipboardData?.files ?? [];
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (file) {
      event.preventDefault();
      pasted(file.name, file);
    } else if (text.trim() !== "") {
      event.preventDefault();
      pasted("the pasted text", new Blob([text]));
    }
  });
  // Typed, or put there by what knows no paste.
  place.addEventListener("change", () => {
    if (place.value.trim() !== "") {
      pasted("the pasted text", new Blob([place.value]));
      place.value = "";
    }
  });
}
