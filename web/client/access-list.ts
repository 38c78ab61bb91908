/**
 * A block-level access list (EIP-7928) as a caller writes it: types alone.
 *
 * Fields have the names of execution-apis, or those of the EIP itself.
 */
import type { Address, Bytes, Hex } from "../../pkg/base/blocklight_wasm.js";

/** What a block accesses and changes (EIP-7928): its RLP in 0x-hex, or its accounts. */
export type BlockAccessList = Hex | readonly AccountChanges[];

/** What a block accesses and changes of one account. */
export interface AccountChanges {
  /** The account. */
  address: Address;
  /** Slots that are written, with what is written there. */
  storageChanges: readonly SlotChanges[];
  /** Slots that are read, and not written. */
  storageReads: readonly Hex[];
  /** Balances, in wei, after what changed them. */
  balanceChanges: readonly BalanceChange[];
  /** Nonces after what changed them. */
  nonceChanges: readonly NonceChange[];
  /** Codes after what changed them. */
  codeChanges: readonly CodeChange[];
}

/** What is written to one slot. */
export type SlotChanges =
  | {
      /** The slot. */
      key: Hex;
      /** What is written, in the order of the block. */
      changes: readonly StorageChange[];
    }
  | {
      /** The slot. */
      slot: Hex;
      /** What is written, in the order of the block. */
      slotChanges: readonly StorageChange[];
    };

/** A slot's value from some place in the block on. */
export type StorageChange =
  | {
      /** Where in the block: 0 before its transactions, then 1 for the first of them and so on, one more after the last. */
      index: Hex;
      /** The value. */
      value: Hex;
    }
  | {
      /** Where in the block, as `index`. */
      blockAccessIndex: Hex;
      /** The value. */
      newValue: Hex;
    };

/** An account's balance from some place in the block on. */
export type BalanceChange =
  | {
      /** Where in the block: 0 before its transactions, then 1 for the first of them and so on, one more after the last. */
      index: Hex;
      /** The balance, in wei. */
      value: Hex;
    }
  | {
      /** Where in the block, as `index`. */
      blockAccessIndex: Hex;
      /** The balance, in wei. */
      postBalance: Hex;
    };

/** An account's nonce from some place in the block on. */
export type NonceChange =
  | {
      /** Where in the block: 0 before its transactions, then 1 for the first of them and so on, one more after the last. */
      index: Hex;
      /** The nonce. */
      value: Hex;
    }
  | {
      /** Where in the block, as `index`. */
      blockAccessIndex: Hex;
      /** The nonce. */
      newNonce: Hex;
    };

/** An account's code from some place in the block on. */
export type CodeChange =
  | {
      /** Where in the block: 0 before its transactions, then 1 for the first of them and so on, one more after the last. */
      index: Hex;
      /** The code. */
      code: Bytes;
    }
  | {
      /** Where in the block, as `index`. */
      blockAccessIndex: Hex;
      /** The code. */
      newCode: Bytes;
    };
