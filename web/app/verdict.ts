/** The verdict line: words, icon and colour say the same. */
import { BlocklightError, type Report, type Verdict } from "../client/index.js";
import { copy } from "./copy.js";
import { byId, make } from "./dom.js";
import { PageError } from "./page-error.js";
import { count, milliseconds, missingText, reasonText, stoppedText, TRUST } from "./words.js";

type Status = Verdict["status"] | "error" | "working";

const MARKS: Record<Status, string> = { valid: "✓", invalid: "✕", incomplete: "?", error: "!", working: "" };

/** Why it is not valid, with nothing shortened. */
let reason = "";

/** Has a button copy the reason as it is, where the line above it has the ends of hashes alone. */
export function listenForReason(): void {
  const button = byId<HTMLButtonElement>("copy-reason");
  button.addEventListener("click", () => void copy(reason, "the reason", button));
}

/** Milliseconds after which it may be stopped: nobody needs a button for what is done in a moment. */
const LONG = 2000;
let stopOffered: ReturnType<typeof setTimeout> | undefined;

export function showWorking(what: string): void {
  show("working", `Verifying ${what}…`, "");
  stopOffered = setTimeout(() => {
    byId("stop").hidden = false;
  }, LONG);
}

export function showVerdict(verdict: Verdict): void {
  const { report } = verdict;
  const block = `block ${report.number}`;
  const compared = `Its hash was compared with ${TRUST[report.hashTrust]}.`;
  switch (verdict.status) {
    case "valid":
      show("valid", `Valid: ${block} is what its header says`, compared, toldOf(report));
      break;
    case "invalid":
      show("invalid", `Invalid: ${block} breaks a rule`, reasonText(verdict.reason), compared);
      break;
    case "incomplete":
      show(
        "incomplete",
        `Incomplete: ${block} cannot be judged`,
        `${missingText(verdict.missing)} Get a whole witness for this block.`,
        `${stoppedText(report.checks.length)} ${compared}`,
      );
      break;
  }
  if (verdict.status !== "valid") {
    offerReason(`${byId("verdict-line").textContent}: ${verdict.message}`);
  }
  showFigures(verdict);
}

function offerReason(text: string): void {
  reason = text;
  byId("copy-reason").hidden = false;
}

export function showError(error: unknown): void {
  if (error instanceof BlocklightError) {
    const details = error.details && `${error.details.replace(/\.?$/, ".")} `;
    show("error", `Error: ${error.shortMessage}`, `${details ?? ""}${error.advice ?? ""}`);
  } else if (error instanceof PageError) {
    show("error", `Error: ${error.shortMessage}`, error.advice);
  } else {
    show("error", "Error: something failed that should not", `${error}. Reload the page and try again.`);
  }
  offerReason(error instanceof Error ? `${error.name}: ${error.message}` : String(error));
}

/** What this machine did, for who has ten seconds. */
function toldOf({ transactions, witness, timing }: Report): string {
  const threads = timing.threads === 1 ? "one thread" : `${timing.threads} threads`;
  const took = `on ${threads}, in ${milliseconds(timing.totalMs)}`;
  const hashed = `This browser hashed ${count(witness.nodes)} trie nodes`;
  if (transactions === 0) {
    return `${hashed}, ${took}; the block has no transactions.`;
  }
  const what = transactions === 1 ? "its one transaction" : `all ${count(transactions)} transactions`;
  return `${hashed} and executed ${what} again, ${took}.`;
}

function showFigures({ status: verdict, report }: Verdict): void {
  const { transactions, gasUsed, timing, checks } = report;
  // Where it did not come to the end, its gas over its time is no speed, and how many checks there would have been is unknown.
  const whole = verdict === "valid";
  const passed = checks.filter(({ status }) => status === "passed").length;
  const speed = count(Math.round(Number(gasUsed) / 1000 / timing.totalMs));
  const figures: [string, string][] = [
    [milliseconds(timing.totalMs), timing.threads === 1 ? "on one thread" : `on ${timing.threads} threads`],
    [whole ? speed : "–", "Mgas/s"],
    [count(transactions), transactions === 1 ? "transaction" : "transactions"],
    verdict === "incomplete"
      ? [String(passed), passed === 1 ? "check passed before it stopped" : "checks passed before it stopped"]
      : [`${passed} of ${checks.length}`, "checks passed"],
  ];
  byId("figures").replaceChildren(
    ...figures.map(([value, name]) => make("div", "", make("dt", "", name), make("dd", "", value))),
  );
}

function show(status: Status, line: string, because: string, told = ""): void {
  byId("verdict").dataset.status = status;
  byId("mark").textContent = MARKS[status];
  byId("verdict-line").textContent = line;
  byId("because").textContent = because;
  byId("told").textContent = told;
  byId("figures").replaceChildren();
  byId("copy-reason").hidden = true;
  clearTimeout(stopOffered);
  hideStop();
}

/** Who was about to press it is left at the verdict, rather than nowhere. */
function hideStop(): void {
  const stop = byId("stop");
  const hadFocus = document.activeElement === stop;
  stop.hidden = true;
  if (hadFocus) {
    byId("verdict").focus();
  }
}
