/**
 * Writes tests/fuzz/corpus: for each target some small inputs of every dialect, from tests/fixtures alone.
 * Usage: node tests/fuzz/corpus.mjs. The same files every time, under 300 kB in all.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { decode, encode } from "../e2e/rlp.mjs";

const fixture = (name) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url));
const unpacked = (name) => JSON.parse(gunzipSync(fixture(name)));
const bytes = (hex) => Buffer.from(hex.slice(2), "hex");
const hex = (buffer) => `0x${buffer.toString("hex")}`;

const corpus = new URL("corpus/", import.meta.url);
rmSync(corpus, { recursive: true, force: true });
let total = 0;
function put(target, name, contents) {
  const folder = new URL(`${target}/`, corpus);
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(name, folder), contents);
  total += contents.length;
}

const { block, witness, ...rest } = unpacked("hostile/slots.json.gz");
const geth = unpacked("dialects/geth-debug_executionWitness.json.gz");
const rlp = bytes(block);
const witnessRlp = encode([
  witness.headers.map((header) => decode(bytes(header))),
  witness.codes.map(bytes),
  witness.state.map(bytes),
]);
const lists = JSON.stringify(witness);
const response = (result) => JSON.stringify({ jsonrpc: "2.0", id: 1, result });

put("block", "rlp", rlp);
put("block", "hex", block);
put("block", "response", response(block));
put("block", "json-rpc", JSON.stringify(geth.eth_getBlockByNumber));
put("block", "raw", bytes(geth.debug_getRawBlock));

const maps = Object.fromEntries(witness.state.map((node, index) => [`0x${index}`, node]));
// A witness of geth's with a few of its nodes: it is to be decoded, not to be enough.
const few = (list) => list?.slice(0, 6);
const small = geth.debug_executionWitness;
put("witness", "rlp", witnessRlp);
put("witness", "hex", hex(witnessRlp));
put("witness", "lists", lists);
put("witness", "maps", JSON.stringify({ state: maps, codes: {}, keys: null }));
put(
  "witness",
  "geth",
  JSON.stringify({ headers: few(small.headers), codes: [], state: few(small.state), keys: null }),
);

put("file", "file", JSON.stringify({ ...rest, block, witness }));
put("file", "response", response({ block, witness }));
put("file", "error", '{"id":1,"error":{"code":-32000,"message":"no"}}');

put("chain", "sample", fixture("sample-chain.json"));
const config = JSON.parse(fixture("sample-chain.json")).config;
const account = { balance: "0x1", nonce: "0x2", code: "0x6001", storage: {} };
const genesis = { config, gasLimit: "0x1c9c380", difficulty: "0x1", timestamp: "0x1", extraData: "0x01" };
put("chain", "genesis", JSON.stringify({ ...genesis, alloc: { [`0x${"11".repeat(20)}`]: account } }));

for (const [index, node] of [...few(small.state), ...few(witness.state)].entries()) {
  put("node", String(index), bytes(node));
}
for (let seed = 0; seed < 6; seed += 1) {
  put("trie", String(seed), Buffer.from(Array.from({ length: 400 }, (_, i) => (i * i + 31 * i * seed) >> 8)));
}
const length = Buffer.alloc(4);
length.writeUInt32BE(rlp.length);
put("verify", "mutation", Buffer.from([0, 1, 2, 3]));
put("verify", "rlp", Buffer.concat([Buffer.from([1]), length.subarray(1), rlp, witnessRlp]));
put("verify", "lists", Buffer.concat([Buffer.from([1]), length.subarray(1), rlp, Buffer.from(lists)]));

if (total > 300_000) {
  throw new Error(`the corpus has ${total} bytes`);
}
console.log(`${total} bytes`);
