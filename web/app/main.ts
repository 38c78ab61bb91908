/** The page: verifies what the address names, then whatever is chosen. The newest choice wins. */
import type { PhaseProgress, WorkDone } from "../client/index.js";
import { listenToForm, rpcChosen } from "./choose.js";
import { byId } from "./dom.js";
import { engineText, verifier } from "./engine.js";
import { workOffline } from "./offline.js";
import { PageError } from "./page-error.js";
import { clearParallel, forgetBlock, listenToParallel, showParallel } from "./parallel.js";
import { clearPhases, showProgress, showTimes } from "./phases.js";
import { Progress } from "./progress.js";
import { clearReport, listenForCopies, showChecks, showFacts } from "./report.js";
import { pick } from "./selection.js";
import { scheduleOn, set, settings, trustedHash } from "./settings.js";
import { type BlockSource, SAMPLE } from "./source.js";
import { listenForLies, showLie, showOutcome, spoiledSample } from "./tamper/fool.js";
import { clearTransactions, listenToTransactions, showTransactions } from "./transactions/table.js";
import { listenForReason, showError, showVerdict, showWorking } from "./verdict.js";

let current = new AbortController();
/** What was verified last. */
let last: BlockSource = SAMPLE;

async function verify(source: BlockSource): Promise<void> {
  current.abort();
  current = new AbortController();
  const { signal } = current;
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
      verifier().then((started) => {
        byId("engine").textContent = engineText(started.info);
        return started;
      }),
      source.input(signal, (done, total) => progress.fetched(done, total)),
      source.chain(),
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
    await oneByOne(signal, [
      () => showTimes(verdict.report.timing),
      () => showChecks(verdict),
      () => showParallel(verdict, source, schedule, running.info),
      () => showTransactions(verdict.report),
      () => showFacts(verdict, running.info),
    ]);
  } catch (error) {
    // Another choice was made meanwhile, and the page shows that one.
    if (!signal.aborted) {
      progress.end(false);
      clearPhases();
      showError(error);
    }
  }
}

/** Ends what is under way, for who no longer wants to wait: for a node that does not answer there is no other end. */
function stop(): void {
  current.abort();
  clearPhases();
  showError(new PageError("Stopped.", "Nothing is known of the block. Choose another, or this one again."));
  byId("verdict").focus();
}

/** Gives the browser its turn between the parts, so that no frame is late. */
async function oneByOne(signal: AbortSignal, parts: (() => void)[]): Promise<void> {
  for (const part of parts) {
    if (signal.aborted) {
      return;
    }
    part();
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function verifyFirst(): void {
  showLie(settings.fool);
  if (settings.fool) {
    void verify(spoiledSample(settings.fool));
  } else {
    void verify(settings.source === "rpc" && settings.rpc ? rpcChosen() : SAMPLE);
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
  oneByOne(new AbortController().signal, [
    verifyFirst,
    () => {
      listenToForm(choose);
      listenForLies((mutation) => {
        set({ source: "sample", fool: mutation });
        choose(spoiledSample(mutation));
      });
      listenForCopies();
      listenForReason();
      byId("stop").addEventListener("click", stop);
    },
    () => listenToParallel(() => void verify(last)),
    listenToTransactions,
    () => void workOffline(),
  ]),
);
