/**
 * The lies that the page offers to tell: each changes the sample in one place.
 *
 * Invariant: what is changed is a copy; the same button tells the same lie every time.
 */
import { flipped, type Item, itemAt, itemsOf, payload, withPayload } from "./rlp.js";

/** The sample's file. */
export interface SampleFile {
  hash?: string;
  block: string;
  witness: { state: string[]; codes: string[]; headers: string[] };
}

export const MUTATIONS = ["drop", "flip", "balance", "headers", "code", "root"] as const;
export type Mutation = (typeof MUTATIONS)[number];

/** On the buttons. */
export const MUTATION_NAMES: Record<Mutation, string> = {
  drop: "Drop a node",
  flip: "Flip a bit",
  balance: "Change a balance",
  headers: "Cut the headers",
  code: "Swap the code",
  root: "Claim another state",
};

interface Lie {
  file: SampleFile;
  /** What was done, in a sentence. */
  told: string;
}

export function mutate(file: SampleFile, mutation: Mutation): Lie {
  const { state, codes, headers } = file.witness;
  const witness = (changes: Partial<SampleFile["witness"]>): SampleFile => ({
    ...file,
    witness: { ...file.witness, ...changes },
  });
  switch (mutation) {
    case "drop": {
      const at = Math.floor(state.length / 3);
      return {
        file: witness({ state: state.toSpliced(at, 1) }),
        told: `Node ${at + 1} of ${state.length} was left out of the witness.`,
      };
    }
    case "flip": {
      const at = Math.floor((2 * state.length) / 3);
      return {
        file: witness({ state: state.with(at, flipped(state[at] ?? "0x", 20, 0)) }),
        told: `One bit of node ${at + 1} of ${state.length} was turned over, so its hash is another one.`,
      };
    }
    case "balance":
      return changeBalance(state, witness);
    case "headers":
      return {
        file: witness({ headers: [] }),
        told: `All ${headers.length} ancestor headers were cut, the parent's among them: what the state was before, nobody says.`,
      };
    case "code": {
      const longest = codes.reduce((best, code) => (code.length > best.length ? code : best), "0x");
      const at = codes.indexOf(longest);
      // A contract that hands everything it has to its caller.
      const thief = "0x33ff";
      return {
        file: witness({ codes: codes.with(at, thief) }),
        told: `A contract's ${(longest.length - 2) / 2} bytes of code were swapped for 33ff: give everything to the caller.`,
      };
    }
    case "root":
      return claimAnotherState(file);
  }
}

/** Makes the first rich account that is found richer still. */
function changeBalance(state: string[], witness: (changes: { state: string[] }) => SampleFile): Lie {
  for (const [at, node] of state.entries()) {
    const balance = balanceIn(node);
    // Eight bytes hold up to 18 ether.
    if (balance && balance.end - balance.start >= 8) {
      const before = payload(node, balance);
      const after = `ff${before.slice(2)}`;
      if (before !== after) {
        return {
          file: witness({ state: state.with(at, withPayload(node, balance, after)) }),
          told: `An account's balance was raised from ${ether(before)} to ${ether(after)} ether, in its leaf, node ${at + 1}.`,
        };
      }
    }
  }
  throw new Error("the sample has no account to make richer");
}

/** The balance in a leaf of the account trie: `[path, rlp([nonce, balance, storage root, code hash])]`. */
function balanceIn(node: string): Item | undefined {
  const whole = itemAt(node, 0);
  const items = whole.list ? itemsOf(node, whole) : [];
  const [path, value] = items;
  // A path whose first digit is 2 or 3 is a leaf's.
  if (items.length !== 2 || !path || !value || !/^[23]/.test(payload(node, path))) {
    return undefined;
  }
  const account = itemAt(node, value.start);
  const fields = account.list && account.end === value.end ? itemsOf(node, account) : [];
  return fields.length === 4 ? fields[1] : undefined;
}

function ether(digits: string): string {
  const milli = BigInt(`0x${digits}`) / 10n ** 15n;
  return (Number(milli) / 1000).toLocaleString("en");
}

/** The header's fourth field is the state root. The file's own hash goes with it, so that the root itself is judged. */
function claimAnotherState(file: SampleFile): Lie {
  const [header] = itemsOf(file.block, itemAt(file.block, 0));
  const root = header && itemsOf(file.block, header)[3];
  if (!root) {
    throw new Error("the sample's block has no header");
  }
  const { hash: _, ...rest } = file;
  return {
    file: { ...rest, block: withPayload(file.block, root, "07".repeat(32)) },
    told: "The header claims that the state after the block has the root 0x0707…07.",
  };
}
