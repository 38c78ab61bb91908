// Compiles contracts/*.sol with solc and loads Uniswap v2's published artifacts.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import solc from "solc";

const require = createRequire(import.meta.url);
const here = new URL("./contracts/", import.meta.url);

/** Settings of the compiler, also named in the fixtures' README. */
export const compiler = { version: solc.version(), evmVersion: "prague", runs: 200 };

function compile() {
  const names = readdirSync(here).filter((name) => name.endsWith(".sol"));
  const input = {
    language: "Solidity",
    sources: Object.fromEntries(
      names.map((name) => [name, { content: readFileSync(new URL(name, here), "utf8") }]),
    ),
    settings: {
      evmVersion: compiler.evmVersion,
      optimizer: { enabled: true, runs: compiler.runs },
      outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
    },
  };
  const readImport = (path) => {
    try {
      return { contents: readFileSync(require.resolve(path), "utf8") };
    } catch {
      return { error: `not installed: ${path}; run npm ci` };
    }
  };
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  const errors = (output.errors ?? []).filter((e) => e.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join("\n"));
  const found = {};
  for (const name of names) {
    for (const [contract, made] of Object.entries(output.contracts[name])) {
      found[contract] = { abi: made.abi, bytecode: `0x${made.evm.bytecode.object}` };
    }
  }
  return found;
}

function published(path) {
  const { abi, bytecode } = require(path);
  return { abi, bytecode: bytecode.startsWith("0x") ? bytecode : `0x${bytecode}` };
}

/** Every contract the sample uses: name to `{ abi, bytecode }` (creation code, 0x-hex). */
export function loadContracts() {
  return {
    ...compile(),
    Factory: published("@uniswap/v2-core/build/UniswapV2Factory.json"),
    Pair: published("@uniswap/v2-core/build/UniswapV2Pair.json"),
    Router: published("@uniswap/v2-periphery/build/UniswapV2Router02.json"),
    Weth: published("@uniswap/v2-periphery/build/WETH9.json"),
  };
}
