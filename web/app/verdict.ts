/** The verdict line: words, icon and colour say the same. */
import { BlocklightError, type Report, type Verdict } from "../client/index.js";
import { byId, make } from "./dom.js";
import { RpcError } from "./rpc.js";
import { count, milliseconds, missingText, reasonText, TRUST } from "./words.js";

type Status = Verdict["status"] | "error" | "working";

const MARKS: Record<Status, string> = { valid: "✓", invalid: "✕", incomplete: "?", error: "!", working: "" };

export function showWorking(what: string): void {
  show("working", `Verifying ${what}…`, "");
}

export function showVerdict(verdict: Verdict): void {
  const { report } = verdict;
  const block = `block ${report.number}`;
  switch (verdict.status) {
    case "valid":
      show(
        "valid",
        `Valid: ${block} is what its header says`,
        `Its hash was compared with ${TRUST[report.hashTrust]}.`,
        toldOf(report),
      );
      break;
    case "invalid":
      show("invalid", `Invalid: ${block} breaks a rule`, reasonText(verdict.reason));
      break;
    case "incomplete":
      show(
        "incomplete",
        `Incomplete: ${block} cannot be judged`,
        `${missingText(verdict.missing)} Get a whole witness for this block.`,
      );
      break;
  }
  showFigures(report, verdict.status === "valid");
}

export function showError(error: unknown): void {
  if (error instanceof BlocklightError) {
    const details = error.details && `${error.details.replace(/\.?$/, ".")} `;
    show("error", `Error: ${error.shortMessage}`, `${details ?? ""}${error.advice ?? ""}`);
  } else if (error instanceof RpcError) {
    show("error", `Error: ${error.shortMessage}`, error.advice);
  } else {
    show("error", "Error: something failed that should not", `${error}. Reload the page and try again.`);
  }
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

/** `whole`: it came to the end, so that its gas over its time is a speed. */
function showFigures({ transactions, gasUsed, timing, checks }: Report, whole: boolean): void {
  const passed = checks.filter(({ status }) => status === "passed").length;
  const speed = count(Math.round(Number(gasUsed) / 1000 / timing.totalMs));
  const figures: [string, string][] = [
    [milliseconds(timing.totalMs), timing.threads === 1 ? "on one thread" : `on ${timing.threads} threads`],
    [whole ? speed : "–", "Mgas/s"],
    [count(transactions), transactions === 1 ? "transaction" : "transactions"],
    [`${passed} of ${checks.length}`, "checks passed"],
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
}
