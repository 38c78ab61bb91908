/** The package's types: each is exported under its name, each field of it documented, and a caller can name them all. */
import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { compile, install, pack, ROOT } from "./package.mjs";

const home = install("types", pack().tarball);
const types = join(home, "node_modules/blocklight/types");
const read = (file) => readFileSync(join(types, file), "utf8");

/** Named by what is exported, and yet nobody's business: what our own classes make their messages of, and the list behind a type. */
const INTERNAL = ["Parts", "BUNDLES"];
/** Fields that a class has from the one above it, and their documentation with them. */
const INHERITED = ["name", "code"];

/** Every declaration in the package's types: its name, its text, and that text without comments. */
const declarations = readdirSync(types)
  .filter((file) => file !== "index.d.ts")
  .flatMap((file) => {
    const starts =
      /^(?:export )?(?:declare )?(?:abstract )?(?:const|class|function|interface|type) ([\w$]+)/gm;
    const text = read(file);
    const found = [...text.matchAll(starts)];
    return found.map(({ index, 1: name }, at) => {
      const whole = text.slice(index, found[at + 1]?.index);
      // What comes before the next one's start is that one's comment.
      const own = whole.replace(/(?<=\n)\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/, "");
      const comment = /\*\/\s*$/.test(text.slice(0, index));
      return { file, name, text: own, code: own.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ""), comment };
    });
  });

/** What index.d.ts exports. */
function exported() {
  const index = read("index.d.ts");
  const named = [...index.matchAll(/^export (?:type )?\{([^}]*)\} from/gm)].flatMap(([, names]) =>
    names.split(",").map((name) => name.replace(/\btype\b/, "").trim()),
  );
  const whole = [...index.matchAll(/^export \* from "\.\/(.*)\.js"/gm)].flatMap(([, file]) =>
    [...read(`${file}.d.ts`).matchAll(/^export (?:declare )?(?:abstract )?\w+ ([\w$]+)/gm)].map(
      ([, name]) => name,
    ),
  );
  return [...named, ...whole].filter(Boolean).sort();
}

describe("the package's types", () => {
  for (const resolution of ["bundler", "nodenext"]) {
    test(`a caller can name each, with module resolution ${resolution}`, () => {
      const folder = join(home, `interface-${resolution}`);
      mkdirSync(folder, { recursive: true });
      copyFileSync(join(home, "interface.ts"), join(folder, "interface.ts"));
      copyFileSync(join(ROOT, "tests/fixtures/sample-chain.json"), join(folder, "sample-chain.json"));
      compile(folder, resolution);
    });
  }

  test("what is documented is documented in TypeScript's words: no path of a Rust item", () => {
    for (const file of readdirSync(types)) {
      assert.doesNotMatch(read(file), /\[`|\w::\w/, file);
    }
  });

  test("all that is exported is named there", () => {
    const [, names] = /^import \{([^}]*)\} from "blocklight";/m.exec(
      readFileSync(join(home, "interface.ts"), "utf8"),
    );
    const named = names.split(",").map((name) => name.replace(/\btype\b/, "").trim());
    assert.deepEqual(named.filter(Boolean).sort(), exported());
  });

  test("whatever an exported type names is exported too", () => {
    const names = new Set(declarations.map(({ name }) => name));
    const out = new Set(exported());
    assert.ok(out.size > 70, `${out.size}`);
    for (const name of out) {
      assert.ok(names.has(name), `${name} is declared`);
    }
    const lost = declarations
      .filter(({ name }) => out.has(name))
      .flatMap(({ name, code }) =>
        [...new Set(code.match(/(?<![.\w$"'`])[A-Z][\w$]*/g))]
          .filter((other) => names.has(other) && !out.has(other) && !INTERNAL.includes(other))
          .map((other) => `${other}, which ${name} names`),
      );
    assert.deepEqual(lost, []);
  });

  test("every exported type and every field of it is documented", () => {
    const out = new Set(exported());
    const bare = declarations
      .filter(({ name }) => out.has(name))
      .flatMap(({ name, text, comment }) => [
        ...(comment ? [] : [name]),
        ...undocumented(text).map((field) => `${name}.${field}`),
      ]);
    assert.deepEqual(bare, []);
  });
});

/** The fields of a declaration that have no comment before them: those in the midst of a line too, which can have none. */
function undocumented(text) {
  const lines = text.replaceAll(/constructor\([\s\S]*?\);/g, "").split("\n");
  return lines.flatMap((line, at) => {
    const [, inline] = (!/^\s*(\*|\/)/.test(line) && /[{;] ([\w$]+)\??: /.exec(line)) || [];
    if (inline) {
      return [inline];
    }
    const [, field] =
      /^\s+(?:(?:readonly|abstract|static|get|set) )*([\w$]+|"[^"]+")\??(?:<.*?>)?(?:[:(]| =)/.exec(line) ??
      [];
    const inComment = /^\s*(\*|\/)/.test(line);
    const documented = /\*\/\s*$/.test(lines[at - 1] ?? "");
    return field && !INHERITED.includes(field) && !inComment && !documented ? [field] : [];
  });
}
