/** The page: verifies what the address names, then whatever is chosen. The newest choice wins. */
import type { PhaseProgress, Verifier, WorkDone } from "../client/index.js";
import { undrawn } from "./chart/canvas.js";
import { listenToForm, rpcChosen } from "./choose.js";
import { byId } from "./dom.js";
import { engineText, verifier } from "./engine.js";
import { workOffline } from "./offline.js";
import { PageError } from "./page-error.js";
import { clearParallel, forgetBlock, listenToParallel, showHotLocations, showParallel } from "./parallel.js";
import { clearPhases, showProgress, showTimes } from "./phases.js";
import { Progress } from "./progress.js";
import { clearReport, listenForCopies, showChecks, showFacts } from "./report.js";
import { pick } from "./selection.js";
import { scheduleOn, set, settings, trustedHash } from "./settings.js";
import { type BlockSource, SAMPLE } from "./source.js";
import { listenForLies, showLie, showOutcome, spoiledSample } from "./tamper/fool.js";
import {
  clearTransactions,
  listenToTransactions,
  listTransactions,
  showTransactions,
} from "./transactions/table.js";
import { listenForReason, showError, showVerdict, showWorking } from "./verdict.js";

let current = new AbortController();
/** What was verified last, if anything was. */
let last: BlockSource | undefined;

async function verify(source: BlockSource): Promise<void> {
  current.abort();
  const run = new AbortController();
  current = run;
  const { signal } = run;
  if (source !== last) {
    last = source;
    forgetBlock();
  }
  showWorking(source.name);
  clearPhases();
  clearReport();
  clearParallel();
  clearTransactions();
  const progress = new Progress();
  signal.addEventListener("abort", () => progress.end(false));
  const onProgress = (phases: PhaseProgress[], work: WorkDone) => {
    if (!signal.aborted) {
      showProgress(phases, work);
      progress.verifying(phases, work);
    }
  };
  try {
    const { schedule } = settings;
    const trusted = trustedHash();
    const [running, input, chain] = await Promise.all([
      engine(signal),
      source.input(signal, (done, total) => progress.fetched(done, total)),
      source.chain(signal),
    ]);
    const verdict = await running.verify({
      ...input,
      chain,
      schedule: scheduleOn(running.info.threads, schedule),
      trustedHash: trusted,
      record: true,
      onProgress,
      signal,
    });
    progress.end(true);
    showVerdict(verdict);
    if (settings.fool) {
      showOutcome(`${byId("verdict-line").textContent}. ${byId("because").textContent}`);
    }
    performance.mark("verdict");
    await oneByOne(
      [
        () => showTimes(verdict.report.timing),
        () => showChecks(verdict),
        () => showParallel(verdict, source, schedule, running.info),
        () => showHotLocations(verdict.report),
        () => showTransactions(verdict.report),
        listTransactions,
        // The last, by which it is known that all is there.
        () => showFacts(verdict, running.info),
      ],
      drawn,
      signal,
    );
  } catch (error) {
    // Another choice was made meanwhile, and the page shows that one.
    if (!signal.aborted) {
      // Of what was asked for besides, nothing goes on in the background.
      run.abort();
      refuse(error);
    }
  }
}

/** The verifier, once it runs. The page says which it is, unless nobody waits for that one any more. */
async function engine(signal: AbortSignal): Promise<Verifier> {
  const running = await verifier();
  if (!signal.aborted) {
    byId("engine").textContent = engineText(running.info);
  }
  return running;
}

/** Says why there is no verdict. */
function refuse(error: unknown): void {
  clearPhases();
  showError(error);
}

/** The same block once more, with the settings as they are now. */
function again(): void {
  if (last) {
    void verify(last);
  }
}

/** As `again`, on another chain: what it took by the rules of the one before is not held against it. */
function againByOtherRules(): void {
  forgetBlock();
  again();
}

/** Ends what is under way, for who no longer wants to wait: for a node that does not answer there is no other end. */
function stop(): void {
  current.abort();
  refuse(new PageError("Stopped.", "Nothing is known of the block. Choose another, or this one again."));
  byId("verdict").focus();
}

/** Gives the browser its turn between the parts, so that no task and no frame is long. */
async function oneByOne(
  parts: (() => void)[],
  turn: () => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  for (const part of parts) {
    if (signal?.aborted) {
      return;
    }
    part();
    await turn();
  }
}

/** Until the browser has done what else there was to do. */
function idle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}

/** Milliseconds after which no frame is waited for: a page that nobody sees has none. */
const NO_FRAME = 100;

/** Until a frame has been laid out and painted; or `false`, where there is none. */
function frame(): Promise<boolean> {
  return new Promise((resolve) => {
    const unseen = setTimeout(() => resolve(false), NO_FRAME);
    requestAnimationFrame(() => {
      clearTimeout(unseen);
      setTimeout(() => resolve(true));
    });
  });
}

/** Until what has changed is on the screen, charts too: a frame with the next part in it would have both to do. */
async function drawn(): Promise<void> {
  while ((await frame()) && undrawn()) {}
}

/** What the address names. Never something else in its place, whose verdict would be taken for that of what was meant. */
function verifyFirst(): void {
  const { source, fool, rpc, block } = settings;
  showLie(fool);
  if (fool) {
    void verify(spoiledSample(fool));
  } else if (source === "file") {
    refuse(
      new PageError(
        "This link is of a file, which neither a link nor a reload brings along.",
        "Choose the file again, or have the sample verified.",
      ),
    );
  } else if (source === "rpc" && !rpc) {
    refuse(
      new PageError(
        "This link is of a node whose address it does not carry.",
        "An address that may have a key in it is kept out of links, and a reload does not bring it along either. " +
          `Give the address of a node and fetch block ${block} again, or have the sample verified.`,
      ),
    );
  } else {
    void verify(source === "rpc" ? rpcChosen() : SAMPLE);
  }
}

/** A choice of the person's, rather than the address's or a run of the same again. */
function choose(source: BlockSource): void {
  pick(undefined);
  showLie(settings.fool);
  void verify(source);
}

// Not within the task that loads the scripts, which is long enough.
setTimeout(() =>
  oneByOne(
    [
      // What is verified first reads the form and presses a button: both have to be there.
      () => listenToForm(choose, again, againByOtherRules),
      () =>
        listenForLies((mutation) => {
          set({ source: "sample", fool: mutation });
          choose(spoiledSample(mutation));
        }),
      verifyFirst,
      () => {
        listenForCopies();
        listenForReason();
        byId("stop").addEventListener("click", stop);
      },
      () => listenToParallel(again),
      listenToTransactions,
      () => void workOffline(),
    ],
    idle,
  ),
);
