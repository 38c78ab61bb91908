// From geth's answers to the normalised file, with checks that need no EVM.
import { writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { fromRlp, keccak256, toRlp } from "viem";

const integer = (hex) => (BigInt(hex) === 0n ? "0x" : even(BigInt(hex).toString(16)));
const even = (digits) => `0x${digits.length % 2 ? "0" : ""}${digits}`;

/** Header fields in the order of their RLP; optional ones came fork by fork. */
const fields = [
  ["parentHash"],
  ["sha3Uncles"],
  ["miner"],
  ["stateRoot"],
  ["transactionsRoot"],
  ["receiptsRoot"],
  ["logsBloom"],
  ...[
    ["difficulty", integer],
    ["number", integer],
    ["gasLimit", integer],
    ["gasUsed", integer],
    ["timestamp", integer],
  ],
  ...[
    ["extraData"],
    ["mixHash"],
    ["nonce"],
    ["baseFeePerGas", integer],
    ["withdrawalsRoot"],
    ["blobGasUsed", integer],
  ],
  ...[["excessBlobGas", integer], ["parentBeaconBlockRoot"], ["requestsHash"]],
];

/** RLP of a header that geth gave as a JSON object. */
export function headerRlp(header) {
  const present = fields.filter(([name]) => header[name] !== undefined && header[name] !== null);
  return toRlp(present.map(([name, encode]) => (encode ? encode(header[name]) : header[name])));
}

function check(holds, what) {
  if (!holds) throw new Error(`check failed: ${what}`);
}

/** The block and its witness in the shape that every test reads; throws if they do not belong together. */
export function normalise({ chainId, source, block, rawBlock, witness }) {
  const headers = witness.headers.map(headerRlp);
  const [rawHeader] = fromRlp(rawBlock);
  check(keccak256(toRlp(rawHeader)) === block.hash, "the hash of the header in the block");
  headers.forEach((header, i) => {
    const child = headers[i + 1] ? fromRlp(headers[i + 1])[0] : rawHeader[0];
    check(keccak256(header) === child, `ancestor ${i} is the parent of its follower`);
  });
  const parentStateRoot = fromRlp(headers.at(-1))[3];
  const state = [...new Set(witness.state)];
  const codes = [...new Set(witness.codes)];
  check(
    state.some((node) => keccak256(node) === parentStateRoot),
    "the pre-state root's node is in the witness",
  );
  return {
    chainId,
    number: Number(block.number),
    hash: block.hash,
    parentStateRoot,
    source,
    block: rawBlock,
    witness: { state, codes, headers },
  };
}

/** Writes JSON compressed as far as gzip can; the number of bytes written. */
export function writeCompressed(file, value) {
  const bytes = gzipSync(JSON.stringify(value), { level: 9 });
  writeFileSync(file, bytes);
  return bytes.length;
}

const bytesIn = (list) => list.reduce((sum, hex) => sum + hex.length / 2 - 1, 0);

/** What a block and its witness contain, as rows of a table. */
export function describe({ block, rawBlock, witness, receipts }) {
  const perType = [0, 1, 2, 3, 4].map(
    (type) => block.transactions.filter((tx) => Number(tx.type) === type).length,
  );
  const reverted = receipts.filter(({ status }) => status === "0x0").length;
  return [
    ["number", Number(block.number)],
    ["hash", block.hash],
    ["transactions", block.transactions.length],
    ...perType.map((count, type) => [`of type ${type}`, count]),
    ["senders", new Set(block.transactions.map((tx) => tx.from)).size],
    ["reverted", reverted],
    ["logs", receipts.reduce((sum, receipt) => sum + receipt.logs.length, 0)],
    ["contract creations by a transaction", block.transactions.filter((tx) => !tx.to).length],
    ["withdrawals", block.withdrawals.length],
    ["gas used", Number(block.gasUsed)],
    ["gas limit", Number(block.gasLimit)],
    ["blob gas used", Number(block.blobGasUsed)],
    ["excess blob gas", Number(block.excessBlobGas)],
    ["block bytes", rawBlock.length / 2 - 1],
    ["trie nodes", witness.state.length],
    ["trie node bytes", bytesIn(witness.state)],
    ["codes", witness.codes.length],
    ["code bytes", bytesIn(witness.codes)],
    ["headers", witness.headers.length],
  ];
}
