// One meaningful input for each precompile that Osaka has.
import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bn254 } from "@noble/curves/bn254.js";
import { p256 } from "@noble/curves/nist.js";
import { bytesToHex, concat, keccak256, numberToHex, pad, parseSignature, toHex } from "viem";
import { account } from "./accounts.mjs";

const word = (value) => numberToHex(value, { size: 32 });

async function ecrecover() {
  const hash = keccak256(toHex("blocklight"));
  const { r, s, yParity } = parseSignature(await account("signer").sign({ hash }));
  return concat([hash, word(27 + yParity), r, s]);
}

function modexp() {
  const base = pad("0x03", { size: 128 });
  const modulus = `0x${"ff".repeat(127)}fd`;
  return concat([word(128), word(3), word(128), base, "0x010001", modulus]);
}

const bn = (point) => {
  const { x, y } = point.toAffine();
  return concat([word(x), word(y)]);
};

/** e(P, Q) · e(−P, Q) = 1. The precompile wants the imaginary part of G2 coordinates first. */
function bnPairing() {
  const { x, y } = bn254.G2.Point.BASE.toAffine();
  const q = concat([word(x.c1), word(x.c0), word(y.c1), word(y.c0)]);
  const p = bn254.G1.Point.BASE.multiply(7n);
  return concat([bn(p), q, bn(p.negate()), q]);
}

/** EIP-152: 12 rounds on the state and block of BLAKE2b("abc"). */
function blake2f() {
  const iv = [0x6a09e667f2bdc948n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n];
  const rest = [0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n];
  const little = (value) => `0x${numberToHex(value, { size: 8 }).slice(2).match(/../g).reverse().join("")}`;
  return concat([
    numberToHex(12, { size: 4 }),
    ...[...iv, ...rest].map(little),
    pad("0x616263", { dir: "right", size: 128 }),
    little(3n),
    little(0n),
    "0x01",
  ]);
}

const field = (value) => numberToHex(value, { size: 64 });
const g1 = (point) => {
  const { x, y } = point.toAffine();
  return concat([field(x), field(y)]);
};
const g2 = (point) => {
  const { x, y } = point.toAffine();
  return concat([field(x.c0), field(x.c1), field(y.c0), field(y.c1)]);
};

function bls() {
  const p = bls12_381.G1.Point.BASE;
  const q = bls12_381.G2.Point.BASE;
  const msm = (encode, point, n) =>
    concat(Array.from({ length: n }, (_, i) => [encode(point.multiply(BigInt(i + 2))), word(i + 99)]).flat());
  return {
    "0x0b": concat([g1(p), g1(p.double())]),
    "0x0c": msm(g1, p, 4),
    "0x0d": concat([g2(q), g2(q.double())]),
    "0x0e": msm(g2, q, 2),
    "0x0f": concat([g1(p), g2(q), g1(p.negate()), g2(q)]),
    "0x10": field(123456789n),
    "0x11": concat([field(5n), field(6n)]),
  };
}

/** RIP-7212 / EIP-7951: hash, r, s, x, y. */
function p256verify() {
  const secret = p256.utils.randomSecretKey(new Uint8Array(48).fill(7));
  const hash = keccak256(toHex("p256"));
  const signature = p256.sign(Buffer.from(hash.slice(2), "hex"), secret, { prehash: false });
  const key = bytesToHex(p256.getPublicKey(secret, false)).slice(4);
  return concat([hash, bytesToHex(signature), `0x${key}`]);
}

/** Addresses and inputs, as two lists of the same length. `pointEvaluation` is the input for 0x0a. */
export async function precompileTour(pointEvaluation) {
  const p = bn254.G1.Point.BASE;
  const inputs = {
    "0x01": await ecrecover(),
    "0x02": toHex("blocklight"),
    "0x03": toHex("blocklight"),
    "0x04": toHex("blocklight"),
    "0x05": modexp(),
    "0x06": concat([bn(p), bn(p.multiply(5n))]),
    "0x07": concat([bn(p), word(123456789)]),
    "0x08": bnPairing(),
    "0x09": blake2f(),
    "0x0a": pointEvaluation,
    ...bls(),
    "0x0100": p256verify(),
  };
  return [Object.keys(inputs).map((address) => pad(address, { size: 20 })), Object.values(inputs)];
}
