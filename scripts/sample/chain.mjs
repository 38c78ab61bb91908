// The sample's chain: a genesis for `geth init` and the configuration that verifiers need.
import { toHex } from "viem";
import { strangerAddress } from "./accounts.mjs";

export const chainId = 1337;
export const gasLimit = 60_000_000;

/** EIP-7825: no transaction may ask for more gas than this. */
export const transactionGasCap = 2 ** 24;

const blobParameters = (target, max, baseFeeUpdateFraction) => ({ target, max, baseFeeUpdateFraction });

/**
 * Every fork up to Osaka from the start, and the blob parameters that mainnet has had since BPO2.
 * @param depositContractAddress the contract whose logs are deposit requests (EIP-6110)
 */
export function chainConfig(depositContractAddress) {
  const blocks = [
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
  ];
  const laterBlocks = ["muirGlacier", "berlin", "london", "arrowGlacier", "grayGlacier"];
  const times = ["shanghai", "cancun", "prague", "osaka", "bpo1", "bpo2"];
  return {
    chainId,
    ...Object.fromEntries([...blocks, ...laterBlocks].map((name) => [`${name}Block`, 0])),
    ...Object.fromEntries(times.map((name) => [`${name}Time`, 0])),
    terminalTotalDifficulty: 0,
    depositContractAddress,
    blobSchedule: {
      cancun: blobParameters(3, 6, 3338477),
      prague: blobParameters(6, 9, 5007716),
      osaka: blobParameters(6, 9, 5007716),
      bpo1: blobParameters(10, 15, 8346193),
      bpo2: blobParameters(14, 21, 11684671),
    },
  };
}

/**
 * @param devGenesis what `geth --dev dumpgenesis` prints: precompiles and system contracts are taken from it
 * @param funded addresses that get ether
 * @param crowd how many strangers get some, so that the account trie has a mainnet-like depth near its root
 */
export function genesis({ devGenesis, config, funded, crowd }) {
  const alloc = { ...devGenesis.alloc };
  for (const address of funded) alloc[address.slice(2)] = { balance: toHex(10n ** 24n) };
  for (let i = 0; i < crowd; i++) {
    alloc[strangerAddress("crowd", i).slice(2)] = { balance: toHex(10n ** 18n + BigInt(i)) };
  }
  return { ...devGenesis, config, gasLimit: toHex(gasLimit), baseFeePerGas: toHex(10n ** 9n), alloc };
}
