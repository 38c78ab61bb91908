/** The package as `npm pack` makes it, and consumers that have it installed from there. */
import { execFileSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { plain } from "../e2e/sample.mjs";

const folder = (path) => fileURLToPath(new URL(path, import.meta.url));
export const ROOT = folder("../../");
export const PACKAGE = folder("../../pkg/");
/** Consumers are built here, below the repository's own node_modules, where their bundlers are. */
const WORK = folder("../../test-results/consumers/");
/** Those of one file of tests, by its name: several are run at once. */
const OWN = join(WORK, basename(process.argv[1] ?? "", ".test.mjs"));

/** Packs the package, unless it was since it was built; its tarball and what npm says of it. */
export function pack() {
  const into = join(WORK, "tarball");
  const said = join(into, "packed.json");
  mkdirSync(into, { recursive: true });
  if (!existsSync(said) || newest(PACKAGE) > statSync(said).mtimeMs) {
    writeFileSync(said, npm(PACKAGE, "pack", "--json", "--pack-destination", into));
  }
  const [packed] = JSON.parse(readFileSync(said, "utf8"));
  return { ...packed, tarball: join(into, packed.filename) };
}

function newest(folder) {
  const files = readdirSync(folder, { recursive: true });
  return Math.max(...files.map((file) => statSync(join(folder, file)).mtimeMs));
}

const installed = new Set();

/** A copy of the consumer `name`, fresh for each file of tests, with the package installed from its tarball. */
export function install(name, tarball) {
  const home = join(OWN, name);
  if (installed.has(name)) {
    return home;
  }
  installed.add(name);
  rmSync(home, { recursive: true, force: true });
  cpSync(folder(name), home, { recursive: true });
  // What `npm install` does with a package that depends on nothing, in a tenth of the time.
  const place = join(home, "node_modules/blocklight");
  mkdirSync(place, { recursive: true });
  execFileSync("tar", ["-xzf", tarball, "-C", place, "--strip-components", "1"]);
  return home;
}

/** Puts the sample block and its chain where a page can fetch them. */
export function addSample(home) {
  mkdirSync(home, { recursive: true });
  const fixtures = folder("../fixtures/");
  for (const file of readdirSync(fixtures).filter((name) => name.startsWith("sample-"))) {
    copyFileSync(join(fixtures, file), join(home, file));
  }
  writeFileSync(join(home, "sample-block.json"), plain());
}

export function npm(cwd, ...args) {
  return execFileSync("npm", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/**
 * Compiles the scripts of a folder as strictly as TypeScript can, and with them the package's own types.
 *
 * @throws Error with what the compiler says of them.
 */
export function compile(folder, resolution) {
  const compilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    target: "ES2022",
    lib: ["ES2022", "DOM", "DOM.Iterable"],
    module: resolution === "bundler" ? "ESNext" : "NodeNext",
    moduleResolution: resolution,
    resolveJsonModule: true,
    types: [],
    skipLibCheck: false,
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  try {
    execFileSync(join(ROOT, "node_modules/.bin/tsc"), ["--project", folder], {
      encoding: "utf8",
      stdio: "pipe",
    });
  } catch (error) {
    throw new Error(error.stdout || error.message);
  }
}
