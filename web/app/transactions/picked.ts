/** Everything about the transaction that is picked. */
import { incarnationText } from "../chart/say.js";
import { byId, make } from "../dom.js";
import { fact } from "../report.js";
import { count } from "../words.js";
import { type Row, TYPES } from "./columns.js";

export function clearPicked(): void {
  byId("picked").hidden = true;
}

export function showPicked({ index, report, runs }: Row): void {
  const facts: [string, string, string?][] = [
    ["Transaction", `${index}, ${TYPES[report.transactionType] ?? "of an unknown type"}`],
    ["Outcome", report.success ? "success" : "failed"],
    ["Gas used", count(report.gasUsed)],
    ["Logs", count(report.logs)],
    ["Hash", report.hash, "wide"],
    ["From", report.sender, "wide"],
    ["To", report.to ?? "none: it creates a contract", "wide"],
  ];
  const items = facts.map(fact);
  if (runs.length > 0) {
    const told = runs.map((run) => make("li", "", incarnationText(run, runs.length)));
    const item = make("div", "wide", make("dt", "", "Runs"), make("dd", "", make("ol", "", ...told)));
    item.dataset.fact = "Runs";
    items.push(item);
  }
  byId("picked").replaceChildren(...items);
  byId("picked").hidden = false;
}
