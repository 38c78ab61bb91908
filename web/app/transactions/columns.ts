/** The columns of the table of transactions: what each shows and how it sorts. */
import type { TransactionReport } from "../../client/index.js";
import type { Incarnation } from "../story.js";
import { brief, count } from "../words.js";

/** A transaction as the table knows it. */
export interface Row {
  index: number;
  report: TransactionReport;
  /** Its runs, in order of start; empty where the run was not recorded. */
  runs: Incarnation[];
}

export interface Column {
  name: string;
  title: string;
  /** Numbers stand at the end of their cell. */
  number: boolean;
  value: (row: Row) => number | string;
  text: (row: Row) => string;
}

/** The transaction types by EIP-2718 number. */
export const TYPES = ["legacy", "access list", "dynamic fee", "blob", "set code"];

const typeName = ({ report }: Row) => TYPES[report.transactionType] ?? String(report.transactionType);

export const COLUMNS: Column[] = [
  {
    name: "index",
    title: "#",
    number: true,
    value: ({ index }) => index,
    text: ({ index }) => String(index),
  },
  {
    name: "hash",
    title: "Hash",
    number: false,
    value: ({ report }) => report.hash,
    text: ({ report }) => brief(report.hash),
  },
  {
    name: "type",
    title: "Type",
    number: false,
    value: ({ report }) => report.transactionType,
    text: typeName,
  },
  {
    name: "from",
    title: "From",
    number: false,
    value: ({ report }) => report.sender,
    text: ({ report }) => brief(report.sender),
  },
  {
    name: "to",
    title: "To",
    number: false,
    value: ({ report }) => report.to ?? "",
    text: ({ report }) => (report.to ? brief(report.to) : "new contract"),
  },
  {
    name: "gas",
    title: "Gas",
    number: true,
    value: ({ report }) => Number(report.gasUsed),
    text: ({ report }) => count(report.gasUsed),
  },
  {
    name: "status",
    title: "Status",
    number: false,
    value: ({ report }) => (report.success ? 1 : 0),
    text: ({ report }) => (report.success ? "✓ success" : "✕ failed"),
  },
  {
    name: "runs",
    title: "Runs",
    number: true,
    value: ({ runs }) => runs.length,
    text: ({ runs }) => (runs.length === 0 ? "–" : String(runs.length)),
  },
  {
    name: "logs",
    title: "Logs",
    number: true,
    value: ({ report }) => Number(report.logs),
    text: ({ report }) => count(report.logs),
  },
];

/** What can be shown alone. */
export const SHOWS: { name: string; title: string; has: (row: Row) => boolean }[] = [
  { name: "all", title: "all", has: () => true },
  { name: "failed", title: "failed", has: ({ report }) => !report.success },
  { name: "again", title: "run more than once", has: ({ runs }) => runs.length > 1 },
  { name: "creations", title: "contract creations", has: ({ report }) => !report.to },
  ...TYPES.map((title, type) => ({
    name: `type${type}`,
    title: `type ${type}: ${title}`,
    has: ({ report }: Row) => report.transactionType === type,
  })),
];

/** The rows that hold `filter` and belong to `show`, sorted; block order settles what is equal. */
export function selected(rows: Row[], filter: string, show: string, sort: string): Row[] {
  const wanted = filter.trim().toLowerCase();
  const has = SHOWS.find(({ name }) => name === show)?.has ?? (() => true);
  const matches = ({ index, report }: Row) =>
    wanted === "" ||
    String(index) === wanted ||
    (wanted.length > 1 &&
      [report.hash, report.sender, report.to ?? ""].some((text) => text.includes(wanted)));
  const falling = sort.startsWith("-");
  const column = COLUMNS.find(({ name }) => name === sort.replace(/^-/, ""));
  const found = rows.filter((row) => has(row) && matches(row));
  if (!column) {
    return found;
  }
  return found.sort((a, b) => {
    const [one, other] = [column.value(a), column.value(b)];
    const order = one < other ? -1 : one > other ? 1 : 0;
    return (falling ? -order : order) || a.index - b.index;
  });
}
