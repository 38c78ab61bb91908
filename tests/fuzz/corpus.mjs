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

/** SSZ: lengths and offsets are little-endian, what has no fixed length stands behind what has, in order. */
const number = (value) => {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(BigInt(value));
  return eight;
};
/** A container of fields; those in brackets have no fixed length. */
function container(fields) {
  const fixed = fields.reduce((sum, field) => sum + (Array.isArray(field) ? 4 : field.length), 0);
  const [heads, tails] = [[], []];
  let end = fixed;
  for (const field of fields) {
    if (Array.isArray(field)) {
      const offset = Buffer.alloc(4);
      offset.writeUInt32LE(end);
      heads.push(offset);
      tails.push(field[0]);
      end += field[0].length;
    } else {
      heads.push(field);
    }
  }
  return Buffer.concat([...heads, ...tails]);
}
/** A list of byte lists is laid out as a container of them. */
const byteLists = (items) => container(items.map((item) => [item]));

/** A list as RLP: one account that a slot is written and read of, and whose balance, nonce and code change. */
const one = Buffer.from([1]);
const accessList = [[Buffer.alloc(20, 0x11), [[one, [[one, Buffer.from([7])]]]], [Buffer.from([2])], [[one, Buffer.from([9])]], [[one, one]], [[one, Buffer.from([0x60, 1])]]]];
const listRlp = encode(accessList);
const [header, transactions] = decode(rlp);
const payload = container([
  ...[header[0], header[2], header[3], header[5], header[6], header[13]],
  ...[8, 9, 10, 11].map((index) => number(`0x${header[index].toString("hex") || "0"}`)),
  [header[12]],
  Buffer.concat([number(7), Buffer.alloc(24)]),
  Buffer.alloc(32, 2),
  [byteLists(transactions.map((transaction) => (Array.isArray(transaction) ? encode(transaction) : transaction)))],
  [Buffer.concat([number(1), number(2), Buffer.alloc(20, 3), number(4)])],
  number(0),
  number(0),
  [listRlp],
  number(5),
]);
const request = container([[payload], [Buffer.alloc(0)], Buffer.alloc(32, 6), [byteLists([Buffer.from([0, 1, 2])])]]);
const parts = container([witness.state, witness.codes, witness.headers].map((list) => [byteLists(list.map(bytes))]));
const ssz = container([[request], [parts], number(1337), [Buffer.alloc(0)]]);
put("file", "ssz", ssz);
put("file", "ssz-hex", hex(ssz));
put("file", "with-list", JSON.stringify({ ...rest, block, witness, blockAccessList: hex(listRlp) }));

put("access_list", "rlp", JSON.stringify(hex(listRlp)));
put("access_list", "null", "null");
put(
  "access_list",
  "accounts",
  JSON.stringify([
    {
      address: `0x${"11".repeat(20)}`,
      storageChanges: [{ slot: "0x1", changes: [{ index: "0x1", value: "0x7" }] }],
      storageReads: ["0x2"],
      balanceChanges: [{ index: "0x1", value: "0x9" }],
      nonceChanges: [{ index: "0x1", value: "0x1" }],
      codeChanges: [{ index: "0x1", code: "0x6001" }],
    },
  ]),
);

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
// One answer changed: the first is a header, the others are proofs and codes. What the second byte means is in the target.
const change = (answer, how) => Buffer.from([answer, how, answer % 3, 1, 0, 40, 1, 2]);
put("proof", "header", change(0, 1));
for (let answer = 1; answer < 14; answer += 1) {
  put("proof", `said-${answer}`, change(answer, [0, 1, 2, 3, 4, 5, 6, 128, 129][answer % 9]));
  put("proof", `account-${answer}`, change(answer, 7 + answer));
  put("proof", `slot-${answer}`, change(answer, 130 + answer));
}
put("proof", "nodes-not-needed", Buffer.concat([change(3, 13), change(5, 12), change(7, 136), change(9, 11)]));
const length = Buffer.alloc(4);
length.writeUInt32BE(rlp.length);
put("verify", "mutation", Buffer.from([0, 1, 2, 3]));
put("verify", "listed-mutation", Buffer.from([255, 1, 2, 3]));
put("verify", "rlp", Buffer.concat([Buffer.from([1]), length.subarray(1), rlp, witnessRlp]));
put("verify", "lists", Buffer.concat([Buffer.from([1]), length.subarray(1), rlp, Buffer.from(lists)]));

if (total > 300_000) {
  throw new Error(`the corpus has ${total} bytes`);
}
console.log(`${total} bytes`);
