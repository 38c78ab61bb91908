// Accounts by role and index: the same keys in every run, so that the sample keeps its shape.
import { keccak256, toHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const seed = "blocklight sample";

/** The account number `index` of a role, with its key derived by hashing: for test chains only. */
export function account(role, index = 0) {
  return privateKeyToAccount(keccak256(toHex(`${seed}/${role}/${index}`)));
}

/** `count` accounts of a role. */
export function accounts(role, count) {
  return Array.from({ length: count }, (_, index) => account(role, index));
}

/** An address nobody holds a key of. */
export function strangerAddress(role, index) {
  return `0x${keccak256(toHex(`${seed}/stranger/${role}/${index}`)).slice(26)}`;
}

/** Deterministic numbers in [0, 1), for amounts and tips. */
export function randomSource(name) {
  let round = 0;
  return () => Number(BigInt(keccak256(toHex(`${seed}/random/${name}/${round++}`))) >> 204n) / 2 ** 52;
}
