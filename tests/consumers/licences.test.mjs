/** The licences of whatever of others' is in the package come with it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { install, pack, ROOT } from "./package.mjs";

const packed = pack();
const installed = join(install("plain", packed.tarball), "node_modules/blocklight");
const notices = readFileSync(join(installed, "THIRD-PARTY-LICENSES.txt"), "utf8");
const [list, body] = notices.split(/^Texts\n-+\n/m);
/** Each component's lines, by its name and version. */
const components = new Map(
  list
    .split(/\n\n+/)
    .filter((block) => /\n {2}\S/.test(block))
    .map((block) => block.trim().split(/\n */))
    .map(([name, ...lines]) => [name, lines]),
);
/** The texts, by their numbers. */
const texts = new Map(
  [...body.matchAll(/^=+\n\[(\d+)\]\n=+\n\n([\s\S]*?)(?=^=+\n\[|(?![\s\S]))/gm)].map(([, number, text]) => [
    number,
    text.trim(),
  ]),
);

/** The components of a name, with their lines and the texts that these name. */
function componentsOf(wanted) {
  return [...components]
    .filter(([name]) => name.startsWith(`${wanted} `))
    .map(([name, lines]) => {
      const numbers = lines.flatMap((line) => [...line.matchAll(/\[(\d+)\]/g)].map(([, number]) => number));
      return { name, lines, texts: numbers.map((number) => texts.get(number)) };
    });
}

const MIT = /Permission is hereby granted, free of charge/;
const APACHE = /Apache License\s+Version 2\.0, January 2004/;

describe("third-party licences", () => {
  for (const [name, ...wanted] of [
    ["revm", MIT, /Copyright \(c\) .*draganrakita/],
    ["alloy-primitives", MIT, APACHE],
    ["rayon", MIT, APACHE, /Copyright \(c\) 2010 The Rust Project Developers/],
    ["wasm-bindgen", MIT, APACHE, /Copyright \(c\) 2014 Alex Crichton/],
    ["wasm-bindgen-rayon", APACHE],
    ["k256", MIT, APACHE, /Copyright \(c\) .*RustCrypto Developers/],
    ["tiny-keccak", /CC0 1\.0 Universal/],
    ["std", MIT, APACHE, /UNICODE LICENSE V3/],
    ["wasm-feature-detect", APACHE],
    ["rolldown", MIT],
  ]) {
    test(`${name} is there with its licence's text`, () => {
      const found = componentsOf(name);
      assert.ok(found.length > 0, name);
      for (const { texts } of found) {
        for (const pattern of wanted) {
          assert.ok(
            texts.some((text) => pattern.test(text)),
            `${pattern}`,
          );
        }
      }
    });
  }

  test("each component names its licence, and each but those whose licence is named alone has a text", () => {
    assert.ok(components.size > 140, `${components.size}`);
    for (const [name, lines] of components) {
      assert.match(lines[0], /^[\w.(][\w .()/;-]+$/, name);
      assert.ok(
        lines.some((line) => /\[\d+\]/.test(line)),
        `${name} has a text`,
      );
    }
  });

  test("each text is named, is a text, and is there once", () => {
    const named = new Set([...list.matchAll(/\[(\d+)\]/g)].map(([, number]) => number));
    assert.deepEqual(
      [...texts.keys()],
      [...named].sort((a, b) => a - b),
    );
    const words = [...texts.values()].map((text) => text.split(/\s+/).join(" "));
    assert.equal(new Set(words).size, words.length);
    assert.ok(words.every((text) => text.length > 10));
  });

  test("crates are those of the lock file, in order, and none is ours", () => {
    const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
    const [, ...crates] = /Rust crates.*\n-+\n([\s\S]*?)\nRust's standard library/.exec(list);
    const names = crates[0].match(/^\S.*$/gm);
    assert.ok(names.length > 130, `${names.length}`);
    assert.deepEqual(names, names.toSorted());
    for (const crate of names) {
      const [, name, version] = /^(\S+) (\S+)$/.exec(crate);
      assert.ok(lock.includes(`name = "${name}"\nversion = "${version}"\n`), crate);
      assert.ok(!name.startsWith("blocklight"), name);
    }
  });

  test("nothing tells of the machine that it was made on", () => {
    for (const path of [ROOT, homedir(), "/home/", "/Users/", ".cargo/", "\\"]) {
      assert.ok(!list.includes(path), path);
    }
  });
});
