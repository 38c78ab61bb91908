/** The embedded sample, to be tampered with. */
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { decode, encode } from "./rlp.mjs";

const PACKED = readFileSync(new URL("../fixtures/sample-block.json.gz", import.meta.url));

export const packed = () => Buffer.from(PACKED);
export const plain = () => gunzipSync(PACKED);

/** The sample after `change` has been at it. */
export function changed(change) {
  const file = JSON.parse(plain());
  change(file);
  return gzipSync(JSON.stringify(file), { level: 1 });
}

/** Hex with one bit of one byte turned over. */
export function flipped(hex, at) {
  const bytes = Buffer.from(hex.slice(2), "hex");
  bytes[at] ^= 1;
  return `0x${bytes.toString("hex")}`;
}

/** The block with field `index` of its header replaced. The file's own hash goes, so that the field itself is judged. */
export function withHeaderField(file, index, bytes) {
  const block = decode(Buffer.from(file.block.slice(2), "hex"));
  block[0][index] = bytes;
  file.block = `0x${encode(block).toString("hex")}`;
  delete file.hash;
}
