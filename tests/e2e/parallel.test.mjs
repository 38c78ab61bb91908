/** The parallel run as it is drawn, measured, run again and exported. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, describe, test } from "node:test";
import {
  assertAddress,
  assertValid,
  changingReports,
  choose,
  chooseSampleChain,
  openSettings,
  shoot,
  useBrowser,
  verdictAfter,
  verdictOn,
} from "./browser.mjs";
import { packed } from "./sample.mjs";
import { tellStory, withStories } from "./story.mjs";

/** The report that the page saves. */
async function saved(page, button) {
  const download = page.waitForEvent("download");
  await page.click(button);
  const file = await download;
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), "utf8") };
}

/** How many pixels of a canvas are near a colour that a property of the page names. */
function pixels(page, canvas, property) {
  return page.evaluate(
    ([id, name]) => {
      const probe = document.createElement("canvas").getContext("2d");
      probe.fillStyle = getComputedStyle(document.body).getPropertyValue(name);
      probe.fillRect(0, 0, 1, 1);
      const [red, green, blue] = probe.getImageData(0, 0, 1, 1).data;
      const element = document.getElementById(id);
      const { data } = element.getContext("2d").getImageData(0, 0, element.width, element.height);
      let near = 0;
      for (let at = 0; at < data.length; at += 4) {
        const [r, g, b] = [data[at] - red, data[at + 1] - green, data[at + 2] - blue].map(Math.abs);
        near += r + g + b < 40 && data[at + 3] > 200 ? 1 : 0;
      }
      return near;
    },
    [canvas, property],
  );
}

/** Waits until both charts are drawn. */
async function drawn(page) {
  await page.waitForFunction(() => document.querySelector("#arcs").width > 500);
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Three runs of one length, one after the other, one of each kind. Complete in itself, so that it can be sent to a page as text. */
function oneOfEach({ timing }) {
  const ends = [
    { kind: "committed" },
    { kind: "aborted", location: { kind: "account", address: `0x${"11".repeat(20)}` }, by: 0 },
    { kind: "blocked", on: 0 },
  ];
  timing.timeline.incarnations = ends.map((end, transaction) => ({
    transaction,
    incarnation: 0,
    worker: 0,
    startMs: 10 * transaction,
    ms: 10,
    atTurn: false,
    end,
  }));
}

/** Which colours of the page are within the bars of `oneOfEach`, without their frames and the numbers in their middle. */
function coloursWithin(page) {
  return page.evaluate(() => {
    // As `timeline.ts` lays them out, in CSS pixels.
    const [LANE, BAR, LEFT] = [34, 24, 26];
    const canvas = document.querySelector("#timeline");
    const names = ["--bar", "--aborted", "--blocked", "--card"];
    const colours = names.map((name) => {
      const probe = document.createElement("canvas").getContext("2d");
      probe.fillStyle = getComputedStyle(canvas).getPropertyValue(name);
      probe.fillRect(0, 0, 1, 1);
      return [...probe.getImageData(0, 0, 1, 1).data];
    });
    const wide = (canvas.clientWidth - LEFT) / 3;
    return [0, 1, 2].map((place) => {
      const box = [LEFT + place * wide + 4, (LANE - BAR) / 2 + 3, wide / 4, BAR - 6];
      const { data } = canvas
        .getContext("2d")
        .getImageData(...box.map((at) => Math.round(at * devicePixelRatio)));
      const found = new Set();
      for (let at = 0; at < data.length; at += 4) {
        const far = (colour) =>
          [0, 1, 2].reduce((sum, part) => sum + Math.abs(colour[part] - data[at + part]), 0);
        const near = colours.findIndex((colour) => far(colour) < 60);
        // Between two colours lies what is neither.
        if (near >= 0) {
          found.add(names[near]);
        }
      }
      return [...found].sort();
    });
  });
}

describe("the parallel run", () => {
  const use = useBrowser();
  let page;
  let verdict;
  before(async () => {
    page = await use.open("?threads=2", {
      prepare: withStories,
      permissions: ["clipboard-read", "clipboard-write"],
      viewport: { width: 1280, height: 900 },
    });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#parallel:not([hidden])");
    verdict = JSON.parse((await saved(page, "#export-report")).text);
    await page.waitForFunction(() => document.querySelector("#arcs").width > 500);
  });

  test("the timeline draws a lane a worker, and every end in its own way", async () => {
    await page.evaluate(() => new Promise(requestAnimationFrame));
    for (const property of ["--bar", "--aborted", "--blocked"]) {
      assert.ok((await pixels(page, "timeline", property)) > 20, `${property} is seen`);
    }
    assert.match(
      await page.locator("#timeline").getAttribute("aria-label"),
      /^\d+ runs of transactions on 2 workers/,
    );
    await shoot(page, "timeline", "#timeline-figure");
  });

  test("every run is described by keyboard: what aborted it, and where", async () => {
    const { incarnations } = verdict.report.timing.timeline;
    const at = (kind) => {
      const lane = incarnations.filter(({ worker }) => worker === incarnations[0].worker);
      return lane.findIndex(({ end }) => end.kind === kind);
    };
    for (const [kind, words] of [
      ["aborted", /aborted, because (slot 0x[0-9a-f]+ of|account) 0x.* was changed by transaction \d+ after/],
      ["blocked", /blocked, waiting for what transaction \d+ was to write/],
    ]) {
      await page.focus("#timeline");
      await page.keyboard.press("Home");
      for (let press = 0; press < at(kind); press += 1) {
        await page.keyboard.press("ArrowRight");
      }
      assert.match(await page.textContent("#timeline-detail"), words);
    }
    await page.keyboard.press("ArrowDown");
    assert.match(await page.textContent("#timeline-detail"), /on worker 1/);
  });

  test("pointing at a bar describes it, and dragging moves a zoomed view", async () => {
    await page.click("#zoom-all");
    const box = await page.locator("#timeline").boundingBox();
    await page.mouse.move(box.x + box.width / 2, box.y + 17);
    const pointed = await page.textContent("#timeline-detail");
    assert.match(pointed, /^Transaction \d+, .* on worker 0/);
    for (let click = 0; click < 5; click += 1) {
      await page.click("#zoom-in");
    }
    const before = await page.evaluate(() => document.querySelector("#timeline").toDataURL());
    await page.mouse.move(box.x + box.width / 2, box.y + 17);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2 - 200, box.y + 17, { steps: 4 });
    await page.mouse.up();
    await page.evaluate(
      () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
    );
    assert.notEqual(await page.evaluate(() => document.querySelector("#timeline").toDataURL()), before);
    await page.click("#zoom-all");
  });

  test("the arcs mark the critical path, and the keys walk along it", async () => {
    assert.ok((await pixels(page, "arcs", "--path")) > 50);
    const { criticalPath, edges } = verdict.report.dependencies;
    assert.match(
      await page.locator("#arcs").getAttribute("aria-label"),
      new RegExp(`^${edges.length} dependencies among 433 transactions, ${criticalPath.length} of them`),
    );
    await page.focus("#arcs");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    const first = criticalPath.find((transaction) => transaction > 0);
    const place = criticalPath.indexOf(first) + 1;
    assert.match(
      await page.textContent("#arcs-detail"),
      new RegExp(`^Transaction ${first} .*number ${place} of ${criticalPath.length} on the critical path`),
    );
    const { transaction, on } = edges[0];
    await page.evaluate((index) => document.querySelector(`[data-index="${index}"]`)?.click(), transaction);
    await page.focus("#arcs");
    await page.keyboard.press("Home");
    for (let press = 0; press < transaction; press += 1) {
      await page.keyboard.press("ArrowRight");
    }
    assert.match(
      await page.textContent("#arcs-detail"),
      new RegExp(`reads what .*${on}.* wrote, first of all`),
    );
    await shoot(page, "arcs", "#arcs-figure");
  });

  test("a sweep of the pointer changes the address seldom: browsers refuse to do it often", async () => {
    const box = await page.locator("#arcs").boundingBox();
    await page.evaluate(() => {
      globalThis.changes = 0;
      const own = history.replaceState;
      history.replaceState = (...to) => {
        changes += 1;
        own.apply(history, to);
      };
    });
    const from = Date.now();
    await page.mouse.move(box.x + 10, box.y + 60);
    await page.mouse.move(box.x + box.width - 10, box.y + 60, { steps: 150 });
    assert.match(await page.textContent("#arcs-detail"), /^Transaction 4[23]\d /);
    const most = 2 + (Date.now() - from) / 400;
    assert.ok((await page.evaluate(() => changes)) <= most);
    await assertAddress(page, { transaction: (await page.textContent("#arcs-detail")).split(" ")[1] });
  });

  test("hot locations are listed, the hottest first", async () => {
    const { hotLocations } = verdict.report.dependencies;
    const rows = await page
      .locator("#locations tr")
      .evaluateAll((all) => all.map((row) => [row.cells[0].textContent, Number(row.cells[1].textContent)]));
    assert.equal(rows.length, hotLocations.length);
    assert.equal(rows[0][1], hotLocations[0].dependencies);
    assert.match(rows[0][0], /^(slot|account|the whole storage)/);
    const [{ location }] = hotLocations;
    await page.click("#locations tr:first-child button");
    await page.waitForFunction(() => document.querySelector("#announce").textContent.startsWith("Copied"));
    assert.equal(
      await page.evaluate(() => navigator.clipboard.readText()),
      location.kind === "slot" ? `${location.slot} of ${location.address}` : location.address,
    );
    assert.deepEqual(
      rows.map(([, count]) => count),
      rows.map(([, count]) => count).toSorted((a, b) => b - a),
    );
  });

  test("a hot location is shown in full where it is tapped, or its button has a keyboard's focus", async () => {
    // Where nothing was saved: Firefox gives the focus to its list of downloads.
    const page = await use.open("?threads=2", {
      prepare: withStories,
      permissions: ["clipboard-read", "clipboard-write"],
      viewport: { width: 1280, height: 900 },
    });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#parallel:not([hidden])");
    const whole = (row) => page.getAttribute(`#locations tr:nth-child(${row}) .copy`, "title");
    assert.match(await whole(2), /0x[0-9a-f]{40}$/);
    const name = (row) => page.textContent(`#locations tr:nth-child(${row}) th`);
    await page.click("#locations tr:nth-child(2) th");
    assert.ok((await name(2)).endsWith(await whole(2)), await name(2));
    await page.click("#locations tr:nth-child(3) .copy");
    assert.ok((await name(3)).endsWith(await whole(3)), await name(3));
    assert.match(await name(2), /…/, "one at a time");
    const boxes = await page.evaluate(() => {
      const row = document.querySelector("#locations tr:nth-child(3)");
      const [, { width: bars }, act] = [...row.cells].map((cell) => cell.getBoundingClientRect());
      return {
        bars,
        act,
        said: row.querySelector(".came-of-it")?.getBoundingClientRect(),
        all: row.offsetWidth,
      };
    });
    assert.ok(boxes.act.width < 60 && boxes.bars < boxes.all / 2, JSON.stringify(boxes));
    await page.waitForSelector("#locations tr:nth-child(3) .came-of-it");
    const apart = await page.evaluate(() => {
      const middle = (element) => {
        const { top, height } = element.getBoundingClientRect();
        return top + height / 2;
      };
      const row = document.querySelector("#locations tr:nth-child(3)");
      return Math.abs(middle(row.querySelector(".came-of-it")) - middle(row.querySelector(".copy")));
    });
    assert.ok(apart < 30, `“Copied” is ${apart} px from its button`);
    await page.keyboard.press("Tab");
    // Firefox answers to the key before the page has heard of the focus.
    await page.waitForFunction(
      (text) => document.querySelector("#locations tr:nth-child(4) th").textContent.endsWith(text),
      await whole(4),
    );
    await shoot(page, "locations", "#story .scroll");
    await page.context().close();
  });

  test("the bound is the block's gas by the critical path's, and said to be of gas", async () => {
    const bound = verdict.report.gasUsed / verdict.report.dependencies.criticalPathGas;
    const told = await page.textContent("#speed");
    assert.ok(told.includes(`more than ${bound.toFixed(1)}× as fast`), told);
    assert.match(told, /counted in gas, which is not time, and if each transaction waits for what it reads/);
  });

  test("a gain is said only once one thread was measured as well", async () => {
    assert.doesNotMatch(await page.textContent("#speed"), /\d× as fast$/m);
    await page.click("#compare");
    await page.waitForFunction(() => document.querySelectorAll("#speed .measured").length === 3, undefined, {
      timeout: 60_000,
    });
    const rows = await page.locator("#speed .measured").allTextContents();
    assert.match(rows[0], /^1 thread\d/);
    assert.match(rows[1], /^2 threads\d.*, \d+\.\d\d× as fast$/);
    // Recording takes time, so what was recorded is not held against what was not.
    assert.match(rows[2], /^2 threads, recorded[\d.,]+ ms$/);
  });

  test("the trace has events in Chrome's format, and an arrow to each run that had to be made again", async () => {
    const { name, text } = await saved(page, "#export-trace");
    assert.match(name, /^blocklight-15-trace\.json$/);
    const { traceEvents } = JSON.parse(text);
    const { incarnations } = verdict.report.timing.timeline;
    const runs = traceEvents.filter(({ ph }) => ph === "X");
    assert.equal(runs.length, incarnations.length);
    for (const { ts, dur, pid, tid, name } of runs) {
      assert.ok(Number.isFinite(ts) && dur >= 0 && pid === 1 && tid >= 1 && /^transaction \d+$/.test(name));
    }
    assert.equal(runs[0].ts, incarnations[0].startMs * 1000);
    const names = traceEvents.filter(({ ph, name }) => ph === "M" && name === "thread_name");
    assert.deepEqual(
      names.map(({ args }) => args.name),
      ["worker 0", "worker 1"],
    );
    const begun = traceEvents.filter(({ ph }) => ph === "b").length;
    assert.equal(begun, verdict.report.timing.phases.length);
    assert.equal(traceEvents.filter(({ ph }) => ph === "e").length, begun);
    const aborted = incarnations.filter(({ end }) => end.kind === "aborted");
    const arrows = traceEvents.filter(({ ph }) => ph === "s");
    assert.ok(aborted.length > 10, `${aborted.length}`);
    assert.equal(arrows.length, aborted.length);
    assert.equal(traceEvents.filter(({ ph }) => ph === "f").length, arrows.length);
    const runAt = ({ ts, tid }) =>
      runs.find((run) => run.tid === tid && run.ts <= ts && ts <= run.ts + run.dur)?.args;
    for (const from of arrows) {
      const to = traceEvents.find(({ ph, id }) => ph === "f" && id === from.id);
      assert.ok(from.ts <= to.ts, "an arrow points forward in time");
      const stale = incarnations[from.id];
      assert.equal(runAt(from).transaction, stale.end.by);
      assert.deepEqual(
        [runAt(to).transaction, runAt(to).incarnation],
        [stale.transaction, stale.incarnation + 1],
      );
    }
  });

  test("the report is saved whole", () => {
    assert.equal(verdict.status, "valid");
    assert.equal(verdict.report.transactionReports.length, 433);
    assert.ok(verdict.report.checks.length > 15);
  });

  test("the slider runs the block again on so many threads, and the address says so", async () => {
    await page.focus("#threads");
    const { facts } = await verdictAfter(page, () => page.keyboard.press("Home"));
    assert.match(facts.Time, /on 1 thread$/);
    await assertAddress(page, { threads: "1" });
    assert.equal(await page.textContent("#threads-now"), "1");
    const again = await verdictAfter(page, async () => {
      await page.focus("#threads");
      await page.keyboard.press("ArrowRight");
    });
    assertValid(again);
    assert.match(again.facts.Time, /on 2 threads$/);
    assert.deepEqual(page.complaints, []);
  });

  test("another schedule, bundle or trusted hash runs the block again", async () => {
    await openSettings(page);
    const ordered = await verdictAfter(page, () => page.selectOption("#schedule", "sequential"));
    assertValid(ordered);
    assert.match(ordered.facts.Schedule, /^sequential/);
    const alone = await verdictAfter(page, () => page.selectOption("#bundle", "base"));
    assertValid(alone);
    assert.equal(alone.facts.Bundle, "base");
    await page.fill("#trusted", `0x${"11".repeat(32)}`);
    const refused = await verdictAfter(page, () => page.press("#trusted", "Enter"));
    assert.equal(refused.status, "invalid");
    await page.fill("#trusted", "");
    assertValid(await verdictAfter(page, () => page.press("#trusted", "Enter")));
    await page.selectOption("#bundle", "");
    assertValid(await verdictAfter(page, () => page.selectOption("#schedule", "speculative")));
  });

  test("times of another schedule are not held against each other", async () => {
    await openSettings(page);
    assertValid(await verdictAfter(page, () => page.selectOption("#schedule", "sequential")));
    await page.focus("#threads");
    assertValid(await verdictAfter(page, () => page.keyboard.press("Home")));
    await page.waitForSelector("#parallel:not([hidden])");
    assert.match(
      (await page.locator("#speed .measured").allTextContents()).join("|"),
      /^1 thread, recorded[\d.,]+ ms\|2 threads, recorded[\d.,]+ ms, \d+\.\d\d× as fast$/,
      "none of those that were measured ahead of their turn",
    );
  });

  test("what is still being measured of a block is not said of the next", async () => {
    await chooseSampleChain(page);
    const told = page.locator("#threads-told");
    await page.click("#compare");
    // Its second round of those that count: the first has been kept.
    await page.waitForFunction(
      () => document.querySelector("#threads-told").textContent.includes("round 2"),
      undefined,
      { timeout: 60_000 },
    );
    assertValid(await choose(page, packed()));
    await page.waitForSelector("#compare:not([disabled])", { timeout: 60_000 });
    assert.equal(await told.textContent(), "");
    const rows = await page.locator("#speed .measured").allTextContents();
    assert.match(rows.join("|"), /^\d+ threads?, recorded[\d.,]+ ms$/);
  });
});

describe("a run that was made up", () => {
  const use = useBrowser();

  test("what was committed is solid, what was aborted hatched, what was blocked hollow", async () => {
    const page = await use.open("?threads=2", {
      prepare: changingReports(`(report) => {
        (${tellStory})(report);
        (${oneOfEach})(report);
      }`),
    });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#parallel:not([hidden])");
    await drawn(page);
    assert.deepEqual(await coloursWithin(page), [
      ["--bar"],
      ["--aborted", "--card"],
      ["--blocked", "--card"],
    ]);
    await page.context().close();
  });

  for (const colorScheme of ["light", "dark"]) {
    test(`a single arc has a contrast of 3 to 1 among thousands, ${colorScheme}`, async () => {
      const page = await use.open("?threads=2", {
        colorScheme,
        // So that a line is broader than what is smoothed of it.
        deviceScaleFactor: 3,
        prepare: changingReports(`(report) => {
          (${tellStory})(report);
          const { dependencies } = report;
          const near = { ...dependencies.edges[0], on: 0, transaction: 1 };
          dependencies.edges = [...new Array(5000).fill(near), { ...near, on: 100, transaction: 300 }];
          dependencies.criticalPath = [];
        }`),
      });
      assertValid(await verdictOn(page));
      await page.waitForSelector("#parallel:not([hidden])");
      await drawn(page);
      const contrast = await page.evaluate(() => {
        const canvas = document.querySelector("#arcs");
        const context = canvas.getContext("2d");
        const brightness = ([red, green, blue]) => {
          const [r, g, b] = [red, green, blue].map((part) =>
            part <= 10 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4,
          );
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        const probe = document.createElement("canvas").getContext("2d");
        probe.fillStyle = getComputedStyle(canvas).getPropertyValue("--card");
        probe.fillRect(0, 0, 1, 1);
        const card = brightness(probe.getImageData(0, 0, 1, 1).data);
        // The top of the arc that stands alone, above the line that the transactions are on.
        const x = Math.round((200.5 / 433) * canvas.width);
        const { data } = context.getImageData(x, 0, 1, Math.round(150 * devicePixelRatio));
        const ratios = [];
        for (let at = 0; at < data.length; at += 4) {
          // What is drawn on nothing lies on the card.
          const part = data[at + 3] / 255;
          const under = [...probe.getImageData(0, 0, 1, 1).data];
          const seen = brightness([0, 1, 2].map((of) => data[at + of] * part + under[of] * (1 - part)));
          ratios.push((Math.max(seen, card) + 0.05) / (Math.min(seen, card) + 0.05));
        }
        return Math.max(...ratios);
      });
      assert.ok(contrast >= 3, `${contrast}`);
      // It is the arc's own colour, not a darker one's.
      assert.ok(contrast < 5, `${contrast}`);
      await page.context().close();
    });
  }
});

describe("the story that the verifier tells", () => {
  const use = useBrowser();
  const dependencies = [];

  for (const [query, how] of [
    ["?threads=2&schedule=speculative", /^Transactions ran ahead of their turn, on 2 threads\./],
    ["?threads=2&schedule=sequential", /^Transactions ran one after the other: as asked\.$/],
    ["?bundle=base", /^Transactions ran one after the other: there is one thread\.$/],
  ]) {
    test(`is drawn as it was recorded, ${query}`, async () => {
      const page = await use.open(query);
      assertValid(await verdictOn(page));
      await page.waitForSelector("#parallel:not([hidden])");
      assert.ok(await page.isVisible("#story"));
      assert.ok(await page.isHidden("#no-story"));
      assert.match(await page.textContent("#schedule-told"), how);
      const { report } = JSON.parse((await saved(page, "#export-report")).text);
      const { incarnations } = report.timing.timeline;
      const committed = incarnations.filter(({ end }) => end.kind === "committed");
      assert.deepEqual(
        committed.map(({ transaction }) => transaction).toSorted((a, b) => a - b),
        report.transactionReports.map((_, index) => index),
      );
      const execute = report.timing.phases.find(({ phase }) => phase === "execute");
      for (const { startMs, ms } of incarnations) {
        // Browsers' clocks are coarse.
        assert.ok(startMs >= execute.startMs - 1, "no run begins before its phase");
        assert.ok(startMs + ms <= execute.startMs + execute.ms + 1, "nor ends after it");
      }
      const label = await page.locator("#timeline").getAttribute("aria-label");
      assert.ok(label.startsWith(`${incarnations.length} runs of transactions on `));
      await page.evaluate(
        () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))),
      );
      assert.ok((await pixels(page, "timeline", "--bar")) > 20);
      assert.equal(await page.locator("#locations tr").count(), report.dependencies.hotLocations.length);
      assert.ok(report.dependencies.edges.length > 50, "the sample's transactions depend on one another");
      dependencies.push(report.dependencies);
      await shoot(page, `story-${dependencies.length}`, "#parallel");
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }

  test("by an access list transactions need not wait, and no bound is said", async () => {
    const page = await use.open("?threads=2", {
      prepare: changingReports((report) => {
        report.timing.schedule = { schedule: "accessList", reason: "accessList" };
      }),
    });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#parallel:not([hidden])");
    assert.match(await page.textContent("#schedule-told"), /by an access list, on 2 threads/);
    const told = await page.textContent("#speed");
    assert.match(told, /The critical path is a chain of \d+ transactions with \d+ % of the gas\. /);
    assert.doesNotMatch(told, /no number of threads/);
    await page.context().close();
  });

  test("has the same dependencies whatever the schedule, the bundle and the threads", () => {
    assert.equal(dependencies.length, 3);
    assert.deepEqual(dependencies[1], dependencies[0]);
    assert.deepEqual(dependencies[2], dependencies[0]);
  });
});

describe("a run that was not recorded", () => {
  const use = useBrowser({ isolated: false });

  test("says so, in place of charts; and that one thread is all there is", async () => {
    const page = await use.open("", {
      prepare: changingReports((report) => {
        delete report.dependencies;
      }),
    });
    assertValid(await verdictOn(page));
    await page.waitForSelector("#parallel:not([hidden])");
    assert.match(await page.textContent("#no-story"), /^This run was not recorded/);
    assert.ok(await page.isHidden("#story"));
    assert.ok(await page.isDisabled("#export-trace"));
    assert.ok(await page.isDisabled("#threads"));
    assert.match(await page.textContent("#threads-told"), /not cross-origin isolated/);
    await page.context().close();
  });
});
