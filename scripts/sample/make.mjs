#!/usr/bin/env node
// Makes the embedded sample: one busy block of a real `geth --dev`, with its execution witness.
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { getContractAddress } from "viem";

const help = `Makes tests/fixtures/sample-block.json.gz, sample-chain.json and dialects/geth-debug_executionWitness.json.gz

  npm ci --prefix scripts/sample      once: packages at the versions of package-lock.json
  node scripts/sample/make.mjs        about two minutes; builds geth on the first run (needs Go)

Options
  --geth PATH     use this geth instead of the pinned one
  --period N      seconds between blocks (default 6); take more on a slow machine, when a run says
                  that the block did not take every transaction
  --out DIR       where to write (default tests/fixtures)
  --verbose       show geth's log
  --help          this text

Keys, contracts, amounts and tips are the same in every run; timestamps, block hashes and the order of
equal tips are not. So two runs give samples of the same shape and different bytes.
`;

const { values: options } = parseArgs({
  options: {
    geth: { type: "string" },
    period: { type: "string", default: "6" },
    out: { type: "string", default: fileURLToPath(new URL("../../tests/fixtures", import.meta.url)) },
    verbose: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (options.help) {
  process.stdout.write(help);
  process.exit(0);
}

const began = Date.now();
const say = (text) =>
  process.stderr.write(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}\n`);

// Only now: --help has to work before `npm ci`.
const modules = [
  "accounts",
  "blobs",
  "chain",
  "contracts",
  "corners",
  "geth",
  "ledger",
  "setup",
  "small",
  "traffic",
  "witness",
];
const [
  { account, accounts },
  { makeBlob },
  chain,
  { loadContracts },
  corners,
  geth,
  { Ledger, push },
  setup,
  { addSmall },
  traffic,
  witness,
] = await Promise.all(modules.map((name) => import(`./${name}.mjs`)));

/** All that geth says about one block. */
async function capture(node, number) {
  const tag = `0x${number.toString(16)}`;
  const block = await node.call("eth_getBlockByNumber", tag, true);
  return {
    block,
    rawBlock: await node.call("debug_getRawBlock", tag),
    witness: await node.call("debug_executionWitness", tag),
    receipts: await node.call("eth_getBlockReceipts", tag),
  };
}

/** Pushes all that is signed right after a block, so that the next one takes it whole. */
async function mineTogether(node, ledger, withdrawals) {
  const signed = ledger.take();
  const before = await node.nextBlock();
  for (const withdrawal of withdrawals) await node.call("dev_addWithdrawal", withdrawal);
  await push(node, signed);
  say(`${signed.length} transactions in the pool`);
  const number = (await node.height()) > before ? before + 1 : await node.nextBlock();
  const block = await node.call("eth_getBlockByNumber", `0x${number.toString(16)}`, false);
  const taken = new Set(block.transactions);
  const left = signed.filter(({ hash }) => !taken.has(hash));
  if (left.length > 0) {
    const kinds = [...new Set(left.map(({ kind }) => kind))].join(", ");
    throw new Error(
      `block ${number} left out ${left.length} of ${signed.length} transactions (${kinds}): try a longer --period`,
    );
  }
  return { number, signed };
}

function sayKinds(signed, receipts) {
  const failed = new Set(
    receipts.filter(({ status }) => status === "0x0").map((receipt) => receipt.transactionHash),
  );
  const gas = new Map(receipts.map((receipt) => [receipt.transactionHash, Number(receipt.gasUsed)]));
  const kinds = new Map();
  for (const { kind, hash } of signed) {
    const row = kinds.get(kind) ?? { count: 0, failed: 0, gas: 0 };
    kinds.set(kind, {
      count: row.count + 1,
      failed: row.failed + failed.has(hash),
      gas: row.gas + gas.get(hash),
    });
  }
  for (const [kind, { count, failed, gas }] of kinds) {
    process.stderr.write(
      `    ${kind.padEnd(30)} ${String(count).padStart(4)}  ${String(gas).padStart(9)} gas${failed ? `  ${failed} failed` : ""}\n`,
    );
  }
}

async function makeSample(node, version, config, carried, code) {
  const ledger = new Ledger();
  const blobSenders = accounts("blob-pressure", 3);
  const authorities = corners.delegatedBefore;
  const made = await setup.setUp({
    node,
    ledger,
    code,
    users: traffic.holders,
    authorities,
    blob: carried[0],
    blobSenders,
    say,
  });

  await node.call("dev_setFeeRecipient", traffic.beneficiary.address);
  ledger.baseFee = BigInt((await node.call("eth_getBlockByNumber", "latest", false)).baseFeePerGas);
  await traffic.addTraffic(ledger, made);
  await corners.addCorners(ledger, code, made, carried);
  say(`${ledger.length} transactions signed`);
  const busy = await mineTogether(node, ledger, corners.withdrawals());
  const sample = await capture(node, busy.number);
  sayKinds(busy.signed, sample.receipts);

  await addSmall(ledger, made, carried);
  const small = await capture(node, (await mineTogether(node, ledger, [])).number);
  const complaints = node.complaints.filter((line) => /witness|mismatch|bad block|invalid/i.test(line));
  if (complaints.length > 0) throw new Error(`geth complained:\n${complaints.join("\n")}`);

  const source = `geth ${version} --dev, debug_executionWitness; made by scripts/sample`;
  mkdirSync(`${options.out}/dialects`, { recursive: true });
  const normal = witness.normalise({ chainId: chain.chainId, source, ...sample });
  witness.normalise({ chainId: chain.chainId, source, ...small });
  const size = witness.writeCompressed(`${options.out}/sample-block.json.gz`, normal);
  const smallSize = witness.writeCompressed(`${options.out}/dialects/geth-debug_executionWitness.json.gz`, {
    chainId: chain.chainId,
    source,
    eth_getBlockByNumber: small.block,
    debug_getRawBlock: small.rawBlock,
    debug_executionWitness: small.witness,
  });
  writeFileSync(`${options.out}/sample-chain.json`, `${JSON.stringify({ config }, null, 2)}\n`);
  const rows = [witness.describe(sample), witness.describe(small)];
  process.stdout.write("| | sample | small (dialects) |\n| --- | ---: | ---: |\n");
  for (const [i, [name, value]] of rows[0].entries()) {
    process.stdout.write(`| ${name} | ${value} | ${rows[1][i][1]} |\n`);
  }
  process.stdout.write(`| file bytes (gzip) | ${size} | ${smallSize} |\n`);
}

const { binary, version } = geth.findGeth(options.geth, say);
say(`geth ${version}; compiling contracts, computing blobs`);
const code = loadContracts();
const carried = [makeBlob(1), makeBlob(2)];
const config = chain.chainConfig(getContractAddress({ from: setup.depositor.address, nonce: 0n }));
const rich = [
  setup.deployer,
  setup.depositor,
  ...accounts("blob-pressure", 3),
  account("small"),
  account("small", 1),
  account("small", 2),
];
const funded = [...rich, ...traffic.funded, ...corners.funded].map(({ address }) => address);
const genesis = chain.genesis({ devGenesis: geth.devGenesis(binary), config, funded, crowd: 20_000 });
const node = await geth.Geth.start({
  binary,
  genesis,
  period: Number(options.period),
  verbose: options.verbose,
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => {
    node.stop();
    process.exit(130);
  });
}
process.once("exit", () => node.stop());
try {
  say("geth runs");
  await makeSample(node, version, config, carried, code);
  say("written");
} catch (error) {
  process.stderr.write(`\n${options.verbose ? error.stack : error.message}\n`);
  process.exitCode = 1;
} finally {
  node.stop();
}
