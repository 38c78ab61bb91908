/** The form that blocks are chosen with: files, pastes, RPC addresses, and what holds for all of them. */
import type { Bundle, Schedule } from "../client/index.js";
import { byId } from "./dom.js";
import { PageError } from "./page-error.js";
import { tellApart } from "./pair.js";
import { rpcSource } from "./rpc.js";
import { set, settings } from "./settings.js";
import { type BlockSource, blobSource, SAMPLE } from "./source.js";

type Chosen = (source: BlockSource) => void;

/** Shows the settings, and calls `chosen` with whatever block a person picks. */
export function listenToForm(chosen: Chosen): void {
  fill();
  listenToSettings();
  const given = (source: BlockSource) => {
    set({ source: "sample", fool: undefined });
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
  listenForPastes((name, blob) => given(blobSource(name, blob, chainChosen())));
}

/** The block of the RPC address that is set. */
export function rpcChosen(): BlockSource {
  return rpcSource(settings.rpc, settings.block, chainChosen());
}

/** One file that holds both, or block and witness as two. */
function filesSource(files: File[]): BlockSource {
  const [first, second, third] = files;
  const chain = chainChosen();
  if (first && !second) {
    return blobSource(first.name, first, chain);
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
    chain,
  };
}

const field = (id: string) => byId<HTMLInputElement>(id);

function fill(): void {
  field("rpc").value = settings.rpc;
  field("block").value = settings.block;
  for (const name of ["chain", "bundle", "schedule"] as const) {
    byId<HTMLSelectElement>(name).value = settings[name] ?? "";
  }
  field("trusted").value = settings.trusted;
  byId<HTMLDetailsElement>("settings").open = Boolean(settings.chain || settings.bundle || settings.trusted);
}

function listenToSettings(): void {
  const chain = byId<HTMLSelectElement>("chain");
  chain.addEventListener("change", () => {
    byId("genesis-part").hidden = chain.value !== "genesis";
    // A genesis is a file, which a link cannot carry.
    set({ chain: chain.value === "genesis" ? "" : chain.value });
  });
  const bundle = byId<HTMLSelectElement>("bundle");
  bundle.addEventListener("change", () => set({ bundle: (bundle.value || undefined) as Bundle | undefined }));
  const schedule = byId<HTMLSelectElement>("schedule");
  schedule.addEventListener("change", () => set({ schedule: schedule.value as Schedule }));
  const trusted = field("trusted");
  // Not when the field is left: a file may be dropped while it is still being written in.
  trusted.addEventListener("input", () => set({ trusted: trusted.value.trim() }));
}

/** The chain as chosen now, whatever is changed while a block waits. */
function chainChosen(): BlockSource["chain"] {
  const name = byId<HTMLSelectElement>("chain").value;
  const [genesis] = field("genesis").files ?? [];
  return async () => {
    if (name !== "genesis") {
      return name || undefined;
    }
    if (!genesis) {
      throw new PageError(
        "No genesis file was chosen.",
        "Choose the chain's genesis or configuration JSON, or another chain.",
      );
    }
    return genesis.text();
  };
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
