/**
 * A story of a parallel run made up from a report's transactions, for tests of how stories are drawn: real ones differ from
 * run to run. It is put into the worker's answer before the page sees it.
 *
 * Invariant: the same report gets the same story, and the story is one that could have happened.
 */
import { changingReports } from "./browser.mjs";

/** Adds `dependencies` and `timing.timeline` to a report. Complete in itself, so that it can be sent to a page as text. */
export function tellStory(report) {
  const told = report.transactionReports;
  const gas = told.map(({ gasUsed }) => Number(gasUsed));
  let seed = 1;
  const chance = () => {
    seed = (seed * 48271) % 2147483647;
    return seed / 2147483647;
  };

  // Who reads what whom wrote: the sender's account always, the contract's slots now and then.
  const edges = [];
  const hot = new Map();
  const lastBySender = new Map();
  const lastByContract = new Map();
  told.forEach(({ sender, to }, transaction) => {
    const mine = new Map();
    const account = lastBySender.get(sender);
    if (account !== undefined) {
      mine.set(account, { kind: "account", address: sender });
    }
    const contract = lastByContract.get(to);
    if (to && contract !== undefined && chance() < 0.5) {
      mine.set(contract, { kind: "slot", address: to, slot: `0x${(contract % 7).toString(16)}` });
    }
    for (const [on, location] of [...mine].sort(([a], [b]) => a - b)) {
      edges.push({ transaction, on, locations: 1 + (transaction % 3), location });
      const key = JSON.stringify(location);
      hot.set(key, (hot.get(key) ?? 0) + 1);
    }
    lastBySender.set(sender, transaction);
    if (to) {
      lastByContract.set(to, transaction);
    }
  });

  // The chain with the most gas.
  const heaviest = gas.map((own) => own);
  const before = gas.map(() => undefined);
  for (const { transaction, on } of edges) {
    if (heaviest[on] + gas[transaction] > heaviest[transaction]) {
      heaviest[transaction] = heaviest[on] + gas[transaction];
      before[transaction] = on;
    }
  }
  const criticalPathGas = Math.max(0, ...heaviest);
  const criticalPath = [];
  for (let at = heaviest.indexOf(criticalPathGas); at !== undefined && at >= 0; at = before[at]) {
    criticalPath.unshift(at);
  }
  const batches = [];
  told.forEach((_, transaction) => {
    const first = batches.at(-1);
    const mine = edges.filter((edge) => edge.transaction === transaction);
    if (first === undefined || mine.some(({ on }) => on >= first)) {
      batches.push(transaction);
    }
  });
  report.dependencies = {
    edges,
    edgesLeftOut: 0,
    hotLocations: [...hot]
      .sort(([, a], [, b]) => b - a)
      .slice(0, 64)
      .map(([location, dependencies]) => ({ location: JSON.parse(location), dependencies })),
    criticalPath,
    criticalPathGas,
    widest: told
      .map((_, transaction) => transaction)
      .filter((at) => !edges.some((edge) => edge.transaction === at)),
    batches,
  };

  // Workers take transactions in order; one that starts before what it depends on has ended is aborted or blocked.
  const phase = report.timing.phases.find(({ phase }) => phase === "execute") ?? { startMs: 0, ms: 50 };
  const workers = new Array(Number(report.timing.threads)).fill(phase.startMs);
  const perGas = (0.85 * phase.ms * workers.length) / (gas.reduce((sum, own) => sum + own, 0) * 1.15);
  const ended = [];
  const incarnations = [];
  const run = (transaction, incarnation, ms, notBefore, atTurn, end) => {
    const worker = workers.indexOf(Math.min(...workers));
    const startMs = Math.max(workers[worker], notBefore);
    workers[worker] = startMs + ms;
    incarnations.push({ transaction, incarnation, worker, startMs, ms, atTurn, end });
    return startMs + ms;
  };
  gas.forEach((own, transaction) => {
    const ms = own * perGas;
    const mine = edges.filter((edge) => edge.transaction === transaction);
    const late = mine.find(({ on }) => ended[on] > Math.min(...workers));
    if (!late) {
      ended[transaction] = run(transaction, 0, ms, 0, false, { kind: "committed" });
    } else if (chance() < 0.7) {
      const end = run(transaction, 0, ms, 0, false, {
        kind: "aborted",
        location: late.location,
        by: late.on,
      });
      ended[transaction] = run(transaction, 1, ms, Math.max(end, ended[late.on]), true, {
        kind: "committed",
      });
    } else {
      run(transaction, 0, ms / 3, 0, false, { kind: "blocked", on: late.on });
      ended[transaction] = run(transaction, 1, ms, ended[late.on], false, { kind: "committed" });
    }
  });
  incarnations.sort((a, b) => a.startMs - b.startMs);
  const committed = incarnations.filter(({ end }) => end.kind === "committed");
  report.timing.timeline = {
    incarnations,
    reExecutions: incarnations.length - told.length,
    criticalPathMs: criticalPathGas * perGas,
    committedMs: committed.reduce((sum, { ms }) => sum + ms, 0),
  };
  return report;
}

/** Prepares a page to have every verdict that a worker of it gives come with a story. */
export const withStories = changingReports(`(report) => {
  if (report.transactionReports.length > 0) {
    (${tellStory})(report);
  }
}`);
