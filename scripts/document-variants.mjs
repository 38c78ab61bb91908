/**
 * Gives the variants of enums, and their fields, in a bundle's types the comments that they have in Rust: tsify writes each enum
 * on one line, and leaves them out. Strict: what has no comment in Rust ends it.
 * Usage: node scripts/document-variants.mjs <TYPES >DOCUMENTED
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CRATES = fileURLToPath(new URL("../crate/", import.meta.url));
/** An enum or a struct, formatted by rustfmt: its attributes, its name, and what stands between its braces. */
const ITEM =
  /^((?:#\[[^\n]*\n(?: [^\n]*\n|\)\]\n)*)*)(?:pub(?:\(\w+\))? )?(?:enum|struct) (\w+)(?:<[^>]*>)? \{\n([\s\S]*?)^\}/gm;

const camel = (name) => name.replaceAll(/_(\w)/g, (_, letter) => letter.toUpperCase());
const lowerFirst = (name) => name[0].toLowerCase() + name.slice(1);

/** The comments of every item by its name in TypeScript, and in it by variant, or by variant and field; a struct has no variant. */
function readCrates() {
  const items = new Map();
  const files = readdirSync(CRATES, { recursive: true }).filter((path) => /\/src\/.*\.rs$/.test(path));
  for (const file of files.sort()) {
    for (const [, attributes, name, body] of readFileSync(join(CRATES, file), "utf8").matchAll(ITEM)) {
      const [, renamed = name] = /tsify\(rename = "(\w+)"\)/.exec(attributes) ?? [];
      // Others may have the name too. TypeScript knows tsify's, and what the crate of its surface writes by hand.
      if (attributes.includes("Tsify") || file.startsWith("wasm/")) {
        items.set(renamed, commentsIn(body));
      }
    }
  }
  return items;
}

function commentsIn(body) {
  const comments = new Map();
  let variant = "";
  let comment = [];
  for (const line of body.split("\n")) {
    const [, said] = /^ +\/\/\/ ?(.*)/.exec(line) ?? [];
    const [, started] = /^ {4}([A-Z]\w*)/.exec(line) ?? [];
    const [, field] = /^(?: {4}){1,2}(?:pub(?:\(\w+\))? )?([a-z]\w*): /.exec(line) ?? [];
    if (said !== undefined) {
      comment.push(inTypeScript(said));
    } else if (started || field) {
      variant = started ? lowerFirst(started) : variant;
      comments.set(started ? variant : `${variant}.${camel(field)}`, comment);
      comment = [];
    }
  }
  return comments;
}

/** Links to Rust's items are none there, and names are others. */
function inTypeScript(said) {
  return said.replaceAll(/\[`(?:\w+::)*(\w+)`\]/g, (_, name) => `\`${camel(name)}\``);
}

/** A union's members. */
function membersOf(union) {
  const members = [""];
  let depth = 0;
  for (const part of union.split(/( \| |[{}()<>])/)) {
    depth += /^[{(<]$/.test(part) ? 1 : /^[})>]$/.test(part) ? -1 : 0;
    if (part === " | " && depth === 0) {
      members.push("");
    } else {
      members[members.length - 1] += part;
    }
  }
  return members;
}

function documented(name, member, comments) {
  const comment = (key, indent) => {
    const lines = comments.get(key);
    if (!lines?.length) {
      throw new Error(`${name} has no comment in Rust for \`${key}\``);
    }
    return lines.length === 1
      ? `${indent}/** ${lines[0]} */\n`
      : `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
  };
  const [, text] = /^"(\w+)"$/.exec(member) ?? [];
  // Some say no more than which of another's fields they stand for, by the same name.
  if (text && comments.get(text)?.join() === `\`${text}\`.`) {
    return `    | ${member}`;
  }
  if (text) {
    return `${comment(text, "    ")}    | ${member}`;
  }
  // A variant is named by its tag, or by its one field; of neither is a struct.
  const [, first, tag] = /\{ (\w+)\??: (?:"(\w+)")?/.exec(member);
  const variant = [tag, first].find((name) => comments.has(name)) ?? "";
  const own = tag ? `${first}: "${variant}"` : `${first}: `;
  const fields = (_, list) => {
    const lines = list.split("; ").map((field) => {
      const isVariant = variant !== "" && field.startsWith(own);
      const [, name] = /^(\w+)\??: /.exec(field);
      return `${comment(isVariant ? variant : `${variant}.${name}`, "        ")}        ${field};\n`;
    });
    return `{\n${lines.join("")}    }`;
  };
  return `    | ${member.replaceAll(/\{ ([^{}]*) \}/g, fields)}`;
}

const items = readCrates();
const types = readFileSync(0, "utf8");
process.stdout.write(
  types.replaceAll(/^export type (\w+) = (["({].*);$/gm, (whole, name, union) => {
    const comments = items.get(name);
    return comments
      ? `export type ${name} =\n${membersOf(union)
          .map((member) => documented(name, member, comments))
          .join("\n")};`
      : whole;
  }),
);
