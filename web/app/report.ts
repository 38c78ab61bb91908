/** What was checked, and the facts of block and run. */
import type { Check, CheckStatus, Verdict, VerifierInfo } from "../client/index.js";
import { copy } from "./copy.js";
import { byId, make } from "./dom.js";
import { bytes, count, milliseconds, RULES, SCHEDULE_REASONS, short, stoppedText, TRUST } from "./words.js";

let shown: Check[] = [];

export function clearReport(): void {
  shown = [];
  byId("facts-part").hidden = true;
  byId("checks-part").hidden = true;
}

export function showChecks({ status, report: { checks } }: Verdict): void {
  shown = checks;
  byId("checks").replaceChildren(...checks.map(checkRow));
  byId("checks-told").textContent = {
    valid: `${checks.length} rules, each with what it demands and what was found.`,
    invalid: "After a broken rule no more are checked.",
    incomplete: stoppedText(checks.length),
  }[status];
  byId("checks-part").hidden = checks.length === 0;
}

/** Has one button copy every row, tab-separated. */
export function listenForCopies(): void {
  const button = byId<HTMLButtonElement>("copy-checks");
  button.addEventListener("click", () => {
    const lines = shown.map(({ rule, status, expected, got }) =>
      [RULES[rule], status, expected, got].join("\t"),
    );
    void copy(lines.join("\n"), "every check", button);
  });
}

export function showFacts({ status, report }: Verdict, info: VerifierInfo): void {
  const { timing, witness } = report;
  // Where it did not come to the end, its gas over its time is no speed.
  const speed = `${(Number(report.gasUsed) / 1000 / timing.totalMs).toFixed(0)} Mgas/s`;
  const threads = timing.threads === 1 ? "1 thread" : `${timing.threads} threads`;
  const hashed = witness.revealPermutations + witness.rootPermutations;
  const facts: [string, string, string?][] = [
    ["Block hash", report.hash, "wide"],
    ["Compared with", TRUST[report.hashTrust], "wide"],
    ["State root before", report.preStateRoot, "wide"],
    ["State root after", report.postStateRoot, "wide"],
    ["Time", `${milliseconds(timing.totalMs)} on ${threads}`],
    ["Speed", status === "valid" ? speed : "–"],
    ["Bundle", info.bundle],
    ["Memory", bytes(info.memory)],
    ["Chain", `${report.chainId}, fork ${report.fork}`],
    ["Transactions", count(report.transactions)],
    ["Gas used", count(report.gasUsed)],
    ["Witness", `${count(witness.nodes)} nodes, ${count(witness.codes)} codes, ${bytes(witness.bytes)}`],
    ["Keccak", `${count(hashed)} permutations`],
    ["Written as", `block ${report.dialects.block}, witness ${report.dialects.witness}`],
  ];
  if (timing.schedule) {
    facts.push(["Schedule", `${timing.schedule.schedule}: ${SCHEDULE_REASONS[timing.schedule.reason]}`]);
  }
  byId("facts").replaceChildren(...facts.map(fact));
  byId("facts-part").hidden = false;
}

/** A named value in a list of them. */
export function fact([name, value, width = ""]: [string, string, string?]): HTMLElement {
  const item = make("div", width, make("dt", "", name), make("dd", "", value));
  item.dataset.fact = name;
  return item;
}
const OUTCOMES: Record<CheckStatus, [sign: string, words: string]> = {
  passed: ["✓", "holds"],
  failed: ["✕", "broken"],
  unchecked: ["–", "not checked"],
};

function checkRow({ rule, status, expected, got }: Check): HTMLTableRowElement {
  const [sign, words] = OUTCOMES[status];
  const name = make("th", "", make("span", "sign", sign), RULES[rule]);
  name.scope = "row";
  name.append(make("span", "away", `, ${words}`));
  const button = make("button", "copy", make("span", "away", `Copy ${RULES[rule]}`));
  button.type = "button";
  button.title = "Copy expected and got";
  button.addEventListener("click", () => {
    void copy(`${RULES[rule]}\nexpected\t${expected}\ngot\t${got}`, RULES[rule], button);
  });
  const row = make(
    "tr",
    expected === got ? "same" : "",
    name,
    cell("Expected", expected),
    cell("Got", got),
    make("td", "act", button),
  );
  row.dataset.rule = rule;
  row.dataset.status = status;
  return row;
}

/** Long values are shown by their ends; the whole is in the tooltip, and in what is copied. */
function cell(column: string, value: string): HTMLTableCellElement {
  const data = make("td", "value", short(value));
  data.dataset.column = column;
  data.title = value;
  return data;
}
