/** The examples of the package's guide and of its documentation comments, for tests to compile and run. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Every fenced block of a Markdown text, each named by its heading and its place below that.
 *
 * @returns {{ name: string, kind: string, code: string }[]}
 */
export function fencesOf(markdown) {
  const fences = [];
  let heading = "";
  let open;
  for (const line of markdown.split("\n")) {
    const [, ticks, kind] = /^\s*(`{3,}|~{3,})\s*(.*)$/.exec(line) ?? [];
    if (open) {
      // A fence is closed by at least as many ticks, with nothing behind them.
      if (ticks?.startsWith(open.ticks) && kind === "") {
        fences.push(open);
        open = undefined;
      } else {
        open.code += `${line}\n`;
      }
    } else if (ticks) {
      const before = fences.filter((fence) => fence.heading === heading && fence.kind === kind).length;
      open = { heading, kind, ticks, name: `${heading}, ${kind} ${before + 1}`, code: "" };
    } else if (/^#+ /.test(line)) {
      heading = line.replace(/^#+ /, "");
    }
  }
  if (open) {
    throw new Error(`the fence ${open.name} is not closed`);
  }
  return fences.map(({ name, kind, code }) => ({ name, kind, code }));
}

/** The headers that a fence of kind `http` has. */
export function headersIn(code) {
  const lines = code.trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(/: (.*)/, 2)));
}

/**
 * Every `@example` in the package's types, each named by its file and its place there.
 *
 * @returns {{ name: string, kind: string, code: string }[]}
 */
export function documentedExamples(types) {
  return readdirSync(types).flatMap((file) => {
    const text = readFileSync(join(types, file), "utf8");
    const comments = text.match(/\/\*\*[\s\S]*?\*\//g) ?? [];
    const examples = comments.flatMap((comment) => {
      const lines = comment.replace(/\s*\*\/$/, "").replaceAll(/^ *\/?\*+ ?/gm, "");
      return [...lines.matchAll(/^@example\n([\s\S]*?)(?=^@|(?![\s\S]))/gm)].map(([, code]) => code);
    });
    return examples.map((code, at) => ({ name: `${file}, example ${at + 1}`, kind: "ts", code }));
  });
}

/** An example may leave out its import; what it names then is the package's. */
export function withImports(code) {
  return code.includes('from "blocklight')
    ? code
    : `import { BlocklightError, createVerifier } from "blocklight";\nvoid [BlocklightError, createVerifier];\n${code}`;
}
