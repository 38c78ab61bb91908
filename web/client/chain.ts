/**
 * The chain that a caller names, as what it may be written as: types alone.
 *
 * Fields have geth's own names (go-ethereum, `params/config.go` and `core/genesis.go`). What is a JSON module's `string`
 * is `string` here too, so that an imported genesis file fits.
 */

/** A chain that is built in. */
export type ChainName = "mainnet" | "sepolia" | "holesky" | "hoodi";

/**
 * A chain, whose rules hold for a block.
 *
 * - a name, or the id of a chain that is built in: 1, 11155111, 17000, 560048
 * - a geth genesis, or the configuration under its `config`: as object, or as the text of its JSON
 */
// `string & {}` keeps the names, which editors then offer.
export type Chain = ChainName | (string & {}) | number | Genesis | ChainConfiguration;

/** A whole number: as such, in decimal, or as 0x-hex. */
export type Quantity = number | string;

/** A geth genesis file. Only `config` is read; the rest is named so that a whole file fits. */
export interface Genesis {
  /** The chain's configuration. */
  config: ChainConfiguration;
  /** The genesis header's nonce. Not read. */
  nonce?: unknown;
  /** The genesis header's timestamp. Not read. */
  timestamp?: unknown;
  /** The genesis header's extra data. Not read. */
  extraData?: unknown;
  /** The genesis header's gas limit. Not read. */
  gasLimit?: unknown;
  /** The genesis header's difficulty. Not read. */
  difficulty?: unknown;
  /** The genesis header's mix hash. Not read. */
  mixHash?: unknown;
  /** The genesis header's beneficiary. Not read. */
  coinbase?: unknown;
  /** The accounts that the chain begins with. Not read. */
  alloc?: unknown;
  /** The genesis header's number. Not read. */
  number?: unknown;
  /** The genesis header's gas used. Not read. */
  gasUsed?: unknown;
  /** The genesis header's parent hash. Not read. */
  parentHash?: unknown;
  /** The genesis header's base fee (EIP-1559). Not read. */
  baseFeePerGas?: unknown;
  /** The genesis header's excess blob gas (EIP-4844). Not read. */
  excessBlobGas?: unknown;
  /** The genesis header's blob gas used (EIP-4844). Not read. */
  blobGasUsed?: unknown;
  /** The genesis header's slot number (EIP-7843). Not read. */
  slotNumber?: unknown;
}

/**
 * geth's configuration of a chain. A fork that is left out never comes. Forks that stand on each other have to come in
 * their order, else it is a `ChainConfigurationError`.
 */
export interface ChainConfiguration {
  /** The chain's id (EIP-155). */
  chainId: number;
  /** First block of Homestead. */
  homesteadBlock?: Quantity | undefined;
  /** Block of the DAO fork (EIP-779). */
  daoForkBlock?: Quantity | undefined;
  /** Whether the chain moved the DAO's balances at `daoForkBlock`. Left out: no. */
  daoForkSupport?: boolean | undefined;
  /** First block of Tangerine Whistle (EIP-150). */
  eip150Block?: Quantity | undefined;
  /** First block of Spurious Dragon (EIP-155). */
  eip155Block?: Quantity | undefined;
  /** First block of Spurious Dragon (EIP-158): the same as `eip155Block`. */
  eip158Block?: Quantity | undefined;
  /** First block of Byzantium. */
  byzantiumBlock?: Quantity | undefined;
  /** First block of Constantinople. */
  constantinopleBlock?: Quantity | undefined;
  /** First block of Petersburg: the same as `constantinopleBlock`, or earlier. */
  petersburgBlock?: Quantity | undefined;
  /** First block of Istanbul. */
  istanbulBlock?: Quantity | undefined;
  /** First block of Muir Glacier. */
  muirGlacierBlock?: Quantity | undefined;
  /** First block of Berlin. */
  berlinBlock?: Quantity | undefined;
  /** First block of London. */
  londonBlock?: Quantity | undefined;
  /** First block of Arrow Glacier. */
  arrowGlacierBlock?: Quantity | undefined;
  /** First block of Gray Glacier. */
  grayGlacierBlock?: Quantity | undefined;
  /** Block by which networks split at the merge. It does not say when the merge was. */
  mergeNetsplitBlock?: Quantity | undefined;
  /** Total difficulty at which the merge comes: 0 where the chain begins after it. Left out: there is none. */
  terminalTotalDifficulty?: Quantity | undefined;
  /** Whether that difficulty is known to be reached. Nothing hangs on it. */
  terminalTotalDifficultyPassed?: boolean | undefined;
  /** Timestamp of Shanghai, in seconds. */
  shanghaiTime?: Quantity | undefined;
  /** Timestamp of Cancun, in seconds. */
  cancunTime?: Quantity | undefined;
  /** Timestamp of Prague, in seconds. */
  pragueTime?: Quantity | undefined;
  /** Timestamp of Osaka, in seconds. */
  osakaTime?: Quantity | undefined;
  /** Timestamp of the first fork of blob parameters alone (EIP-7892), in seconds. */
  bpo1Time?: Quantity | undefined;
  /** Timestamp of the second, in seconds. */
  bpo2Time?: Quantity | undefined;
  /** Timestamp of the third, in seconds. */
  bpo3Time?: Quantity | undefined;
  /** Timestamp of the fourth, in seconds. */
  bpo4Time?: Quantity | undefined;
  /** Timestamp of the fifth, in seconds. */
  bpo5Time?: Quantity | undefined;
  /** Timestamp of Amsterdam, in seconds. */
  amsterdamTime?: Quantity | undefined;
  /** Timestamp of Bogota, in seconds: blocks from then on are an `UnsupportedForkError`. */
  bogotaTime?: Quantity | undefined;
  /** Which Amsterdam it is: the public networks' (left out), or that of the tests `bal@v5.7.0`. geth has no such field. */
  amsterdamRules?: "public" | "bal@v5.7.0" | undefined;
  /** Address of the deposit contract (EIP-6110), 0x-hex. Left out: no log is a deposit. */
  depositContractAddress?: string | undefined;
  /** Blob parameters (EIP-7840) by the name of the fork that they begin with: `cancun`, `prague`, `osaka`, `bpo1` … */
  blobSchedule?: Readonly<Record<string, BlobParameters>> | undefined;
  /** Says that blocks are sealed by proof of work. Nothing hangs on it. */
  ethash?: object | undefined;
  /** Says that blocks are sealed by proof of authority: a `ChainConfigurationError`. */
  clique?: object | undefined;
}

/** How many blobs blocks may have (EIP-7840). */
export interface BlobParameters {
  /** The number of blobs at which their base fee stays as it is. */
  target: number;
  /** Most blobs of a block, 4096 at most. */
  max: number;
  /** By how much the base fee follows: the larger, the less. */
  baseFeeUpdateFraction: number;
}
