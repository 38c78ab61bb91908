// Signs transactions with the right nonces and fees, and remembers them until they are pushed.
import { encodeDeployData, encodeFunctionData, getContractAddress, keccak256 } from "viem";
import { withSidecar } from "./blobs.mjs";
import { chainId } from "./chain.mjs";

const gwei = 10n ** 9n;

/** Collects signed transactions. Nonces are counted here, from zero, for every account. */
export class Ledger {
  #nonces = new Map();
  /** `{ kind, hash, raw }` of every transaction not yet taken. */
  #signed = [];
  /** Base fee that prices are set against, in wei. */
  baseFee = gwei;

  nonceOf(account) {
    return this.#nonces.get(account.address) ?? 0;
  }

  /** Counts a nonce that an account spends otherwise: by a delegation it signed. */
  spendNonce(account) {
    const nonce = this.nonceOf(account);
    this.#nonces.set(account.address, nonce + 1);
    return nonce;
  }

  /** Takes and forgets what has been signed so far. */
  take() {
    return this.#signed.splice(0);
  }

  get length() {
    return this.#signed.length;
  }

  /**
   * Signs one transaction.
   * @param kind a word for the summary
   * @param type 0 to 4; 'unprotected' is type 0 without a chain id (before EIP-155)
   * @param tip priority fee in gwei
   */
  async add(
    kind,
    account,
    { type = 2, tip = 1, to, data, value = 0n, gas, accessList, authorizations, blobs },
  ) {
    const nonce = this.spendNonce(account);
    const priority = BigInt(Math.round(tip * 1e9));
    const legacyPrice = { gasPrice: (this.baseFee * 9n) / 8n + priority };
    const price = { maxPriorityFeePerGas: priority, maxFeePerGas: this.baseFee * 4n + priority };
    const common = { nonce, to, data, value, gas: BigInt(gas) };
    const forms = {
      unprotected: { ...common, ...legacyPrice, type: "legacy" },
      0: { ...common, ...legacyPrice, type: "legacy", chainId },
      1: { ...common, ...legacyPrice, type: "eip2930", chainId, accessList },
      2: { ...common, ...price, type: "eip1559", chainId, accessList },
      3: {
        ...{ ...common, ...price, type: "eip4844", chainId, accessList, maxFeePerBlobGas: gwei },
        blobVersionedHashes: blobs?.map((blob) => blob.versionedHash),
      },
      4: { ...common, ...price, type: "eip7702", chainId, accessList, authorizationList: authorizations },
    };
    const signed = await account.signTransaction(forms[type]);
    const raw = type === 3 ? withSidecar(signed, blobs) : signed;
    this.#signed.push({ kind, hash: keccak256(signed), raw });
  }

  /** A call of a contract's function. */
  async call(kind, account, contract, functionName, args, options) {
    const data = encodeFunctionData({ abi: contract.abi, functionName, args });
    await this.add(kind, account, { to: contract.address, data, ...options });
  }

  /** A contract creation; gives the contract with the address it will have. */
  async deploy(kind, account, { abi, bytecode }, args, options) {
    const address = getContractAddress({ from: account.address, nonce: BigInt(this.nonceOf(account)) });
    await this.add(kind, account, { data: encodeDeployData({ abi, bytecode, args }), ...options });
    return { abi, address };
  }
}

/** Sends signed transactions to the pool; throws naming the first one it refuses. */
export async function push(node, signed) {
  const small = signed.filter(({ raw }) => raw.length < 100_000);
  const large = signed.filter(({ raw }) => raw.length >= 100_000);
  const groups = large.map((one) => [one]);
  for (let i = 0; i < small.length; i += 60) groups.push(small.slice(i, i + 60));
  for (const group of groups) {
    const answers = await node.batch(group.map(({ raw }) => ["eth_sendRawTransaction", raw]));
    answers.forEach(({ result, error }, i) => {
      if (error) throw new Error(`the pool refused a transaction (${group[i].kind}): ${error.message}`);
      if (result !== group[i].hash)
        throw new Error(`the pool gave ${result} for ${group[i].hash} (${group[i].kind})`);
    });
  }
}
