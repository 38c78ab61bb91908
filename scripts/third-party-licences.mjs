/**
 * Prints the licences of whatever of others' is in the npm package: the crates that are linked into the bundles, the part of
 * Rust's standard library that is built for them, and the npm packages that are bundled into the scripts.
 * Usage: node scripts/third-party-licences.mjs >pkg/THIRD-PARTY-LICENSES.txt, once the bundles are built.
 *
 * Where a crate leaves a choice of licences, all its texts are kept: whoever passes the package on has the same choice. Texts
 * that differ in white space alone are one. The same lock files, compiler and scripts give the same bytes on any machine.
 */
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";
import { loadConfig } from "rolldown/config";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Bundles that differ in their crates: `threads-wide` has those of `threads`. */
const BUNDLES = ["base", "threads"];
const TARGET = "wasm32-unknown-unknown";
/** Files of licences, by their names: at a crate's root, in a folder named like them, or beside code taken from elsewhere. */
const LICENCE_FILE =
  /(^|\/)([^/]*[-_.])?(licen[sc]es?|copying|copyright|notice|unlicense)([-._][^/]*)?(\/[^/]+)?$/i;
const CODE = /\.(rs|toml|json|html|js|ts|py|sh)$/i;

/** Runs a command with the Rust and the flags of a bundle. */
function inBundle(bundle, command, ...args) {
  const script = `source scripts/environment; use_wasm_rust; use_bundle ${bundle}; exec "$0" "$@"`;
  return execFileSync("bash", ["-euc", script, command, ...args], {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    stdio: ["ignore", "pipe", "inherit"],
  });
}

/** The crates linked in, as cargo names them: what only runs while compiling (build scripts, macros) is not. */
function linked(bundle, ...args) {
  const tree = ["tree", "--target", TARGET, "--edges", "normal,no-proc-macro", "--prefix", "none", ...args];
  const names = [...inBundle(bundle, "cargo", ...tree).matchAll(/^(\S+) v(\S+)/gm)];
  return new Set(names.map(([, name, version]) => `${name} ${version}`));
}

/** What cargo knows of the packages with these names, none of which it may not know. */
function packages(names, ...args) {
  const metadata = ["metadata", "--format-version", "1", "--filter-platform", TARGET, ...args];
  const all = JSON.parse(inBundle("threads", "cargo", ...metadata)).packages;
  const found = all.filter(({ name, version }) => names.has(`${name} ${version}`));
  if (found.length !== names.size) {
    throw new Error(`of ${names.size} crates linked in, cargo tells of ${found.length}`);
  }
  return found;
}

/** Whatever of a folder is a licence, but for what lies below `without`. */
function textsIn(folder, without) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() || entry.isSymbolicLink())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => LICENCE_FILE.test(path) && !CODE.test(path) && !(without && path.startsWith(without)))
    .sort()
    .map((path) => readFileSync(join(folder, path), "utf8"));
}

function ofCrate({ name, version, license, license_file, authors, repository, manifest_path }) {
  const folder = dirname(manifest_path);
  const named = license_file ? [readFileSync(join(folder, license_file), "utf8")] : [];
  const texts = [...textsIn(folder), ...named];
  return { name: `${name} ${version}`, licence: license ?? "", from: repository ?? "", authors, texts };
}

/** Our own crates have no source. */
const isOwn = ({ source }) => source === null;

function crates() {
  const names = new Set(
    BUNDLES.flatMap((bundle) => [...linked(bundle, "--locked", "-p", "blocklight-wasm")]),
  );
  return packages(names, "--locked")
    .filter((crate) => !isOwn(crate))
    .map(ofCrate);
}

/** Rust's standard library, as `build-std` builds it: its own crates as one, and those that it brings along. */
function standardLibrary() {
  const library = join(
    inBundle("base", "rustc", "--print", "sysroot").trim(),
    "lib/rustlib/src/rust/library",
  );
  // From the registry, not from the copies beside it: Debian's have lost their licences.
  const there = ["--manifest-path", join(library, "Cargo.toml"), "--locked"];
  const names = linked("base", ...there, "-p", "std", "--features", "backtrace,panic-unwind");
  const all = packages(names, ...there, "--all-features");
  const version = inBundle("base", "rustc", "--version").trim().replace("rustc ", "");
  return [
    {
      name: `std ${version}, with core, alloc and the rest of Rust's own`,
      licence: [...new Set(all.filter(isOwn).map(({ license }) => license))].sort().join("; "),
      from: "https://github.com/rust-lang/rust",
      authors: ["The Rust Project Developers (see https://thanks.rust-lang.org)"],
      texts: textsIn(library, "vendor/"),
      // Of `core/src/unicode/unicode_data.rs`, which says so in Rust's COPYRIGHT-library.html alone.
      also: "Unicode-3.0",
    },
    ...all.filter((crate) => !isOwn(crate)).map(ofCrate),
  ];
}

/** The npm packages whose modules the bundler puts into the scripts, and the bundler itself where it adds code of its own. */
async function npmPackages() {
  const names = new Set();
  for (const options of await loadConfig(join(ROOT, "web/client/rolldown.config.ts"))) {
    const bundle = await rolldown({ ...options, cwd: ROOT });
    const { output } = await bundle.generate(options.output);
    await bundle.close();
    for (const id of output.flatMap(({ moduleIds }) => moduleIds)) {
      const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
      if (name || id.startsWith("\0rolldown/")) {
        names.add(name ?? "rolldown");
      }
    }
  }
  return [...names].map((name) => {
    const folder = join(ROOT, "node_modules", name);
    const { version, license, repository, author } = JSON.parse(
      readFileSync(join(folder, "package.json"), "utf8"),
    );
    return {
      name: `${name} ${version}`,
      licence: license,
      from: typeof repository === "string" ? repository : (repository?.url ?? ""),
      authors: [typeof author === "string" ? author : author?.name].filter(Boolean),
      texts: textsIn(folder),
    };
  });
}

/** All texts, numbered in the order in which they are first asked for. */
class Texts {
  #byWords = new Map();

  /** The number of a text. */
  numberOf(text) {
    const words = text.split(/\s+/).filter(Boolean).join(" ");
    const known = this.#byWords.get(words);
    if (known) {
      return known.number;
    }
    const number = this.#byWords.size + 1;
    const lines = text.replaceAll(/\r\n?/g, "\n").replaceAll(/[ \t]+$/gm, "");
    this.#byWords.set(words, { number, text: lines.replace(/^\n+/, "").trimEnd() });
    return number;
  }

  find(pattern) {
    return [...this.#byWords.values()].find(({ text }) => pattern.test(text))?.text;
  }

  toString() {
    const rule = "=".repeat(78);
    return [...this.#byWords.values()]
      .map(({ number, text }) => `${rule}\n[${number}]\n${rule}\n\n${text}\n`)
      .join("\n");
  }
}

const ours = (name) => readFileSync(join(ROOT, name), "utf8");
/** The standard texts of licences, for what names one and has no file of it. */
const STANDARD = {
  MIT: () => ours("LICENSE-MIT").replace(/^[\s\S]*?(?=Permission is hereby granted)/, ""),
  "Apache-2.0": () => ours("LICENSE-APACHE"),
  // Others' words, which nobody's name is in.
  "CC0-1.0": (texts) => texts.find(/^Creative Commons Legal Code\s+CC0 1\.0 Universal/),
  "Unicode-3.0": (texts) => texts.find(/^UNICODE LICENSE V3/),
};

/** One component's lines; `texts` takes up its texts. */
function entry({ name, licence, from, authors, texts: own, also }, texts) {
  const lines = [name, licence];
  if (from) {
    lines.push(addressOf(from));
  }
  if (own.length > 0) {
    lines.push(`${own.length > 1 ? "texts" : "text"} ${numbers(own, texts)}`);
  } else {
    lines.push("comes without a file of its licence, and names it as above");
    if (authors.length > 0) {
      lines.push(`by ${authors.join(", ")}`);
    }
    lines.push(...standardLines(licence, texts));
  }
  if (also) {
    lines.push(`data in it: ${also}`, ...standardLines(also, texts));
  }
  return lines.join("\n  ");
}

/** Where the standard texts are of the licences that an SPDX expression names. */
function standardLines(expression, texts) {
  const ids = new Set(expression.match(/[A-Za-z0-9][\w.-]*/g).filter((id) => !/^(OR|AND|WITH)$/.test(id)));
  return [...ids].map((id) => {
    const text = STANDARD[id]?.(texts);
    return text
      ? `standard text of ${id} ${numbers([text], texts)}`
      : `standard text of ${id} https://spdx.org/licenses/${id}.html`;
  });
}

/** npm has short forms of an address. */
function addressOf(repository) {
  const address = /^[\w-]+\/[\w.-]+$/.test(repository) ? `https://github.com/${repository}` : repository;
  return address.replace(/^git\+/, "").replace(/\.git$/, "");
}

function numbers(own, texts) {
  return [...new Set(own.map((text) => texts.numberOf(text)))].map((number) => `[${number}]`).join(", ");
}

function chapter(title, components, texts) {
  const sorted = components.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  // Those that have texts go first, for the others to be given them.
  const entries = new Map();
  for (const component of [
    ...sorted.filter((c) => c.texts.length > 0),
    ...sorted.filter((c) => c.texts.length === 0),
  ]) {
    entries.set(component, entry(component, texts));
  }
  const lines = sorted.map((component) => entries.get(component));
  return `${title}\n${"-".repeat(title.length)}\n\n${lines.join("\n\n")}\n`;
}

const texts = new Texts();
const chapters = [
  chapter("Rust crates, compiled into the .wasm files", crates(), texts),
  chapter("Rust's standard library, compiled into the .wasm files", standardLibrary(), texts),
  chapter("npm packages, bundled into the scripts", await npmPackages(), texts),
];
process.stdout.write(`Third-party licences

blocklight itself is licensed under MIT or Apache-2.0: see LICENSE-MIT and LICENSE-APACHE. It holds code of the others below, each
under the licence that is named with it; numbers are those of the texts at the end. Generated by scripts/third-party-licences.mjs.

${chapters.join("\n")}
Texts
-----

${texts}`);
