// Deploys the contracts and hands out tokens, so that the busy block meets a lived-in state.
import { keccak256, parseEther, toHex } from "viem";
import { account } from "./accounts.mjs";
import { chainId, transactionGasCap } from "./chain.mjs";
import { push } from "./ledger.mjs";

export const deployer = account("deployer");
export const depositor = account("depositor");

const gas = 4_000_000;
const deadline = 2n ** 40n;

/** Pushes what the ledger holds and waits until all of it is mined and has succeeded. */
export async function settle(node, ledger, what, say) {
  const signed = ledger.take();
  await push(node, signed);
  const waiting = new Map(signed.map((one) => [one.hash, one]));
  let used = 0;
  while (waiting.size > 0) {
    await node.nextBlock();
    const hashes = [...waiting.keys()];
    const answers = await node.batch(hashes.map((hash) => ["eth_getTransactionReceipt", hash]));
    answers.forEach(({ result }, i) => {
      if (!result) return;
      if (result.status !== "0x1") throw new Error(`set-up: ${waiting.get(hashes[i]).kind} reverted`);
      used += Number(result.gasUsed);
      waiting.delete(hashes[i]);
    });
  }
  say(`${what}: ${signed.length} transactions, ${(used / 1e6).toFixed(1)} Mgas`);
}

async function deployAll(ledger, code) {
  const made = {};
  const deploy = async (name, args = [], as = name) => {
    made[as] = await ledger.deploy(`deploy ${as}`, deployer, code[name], args, { gas: 6_000_000 });
  };
  made.deposits = await ledger.deploy("deploy Deposits", depositor, code.Deposits, [], { gas });
  await deploy("Weth");
  await deploy("Factory", [deployer.address]);
  await deploy("Router", [made.Factory.address, made.Weth.address]);
  made.coins = [];
  for (const symbol of ["AAA", "BBB", "CCC", "DDD", "EEE"]) {
    await deploy("Coin", [`Coin ${symbol}`, symbol], symbol);
    made.coins.push(made[symbol]);
  }
  await deploy("VotingCoin");
  await deploy("Vault", [made.coins[0].address]);
  for (const name of ["Art", "Items", "Workshop", "Nursery", "Tally", "Batch"]) await deploy(name);
  await deploy("TallyProxy", [made.Tally.address]);
  made.Mortals = [];
  for (let i = 0; i < 3; i++) {
    made.Mortals.push(
      await ledger.deploy("deploy Child", deployer, code.Child, [BigInt(i)], { gas, value: parseEther("1") }),
    );
  }
  return made;
}

async function handOut(ledger, made, users) {
  const addresses = users.map((user) => user.address);
  for (const [i, coin] of made.coins.entries()) {
    for (let from = 0; from < addresses.length; from += 100) {
      const part = addresses.slice(from, from + 100);
      await ledger.call(
        "hand out",
        deployer,
        coin,
        "handOut",
        [part, parseEther("10000"), made.Router.address],
        { gas: 12_000_000 },
      );
    }
    for (let part = 0; part < 3; part++) {
      const seed = keccak256(toHex(`crowd ${i} ${part}`));
      await ledger.call("crowd", deployer, coin, "crowd", [seed, 600n], { gas: transactionGasCap });
    }
    await ledger.call("approve", deployer, coin, "approve", [made.Router.address, 2n ** 256n - 1n], { gas });
  }
  await ledger.call(
    "hand out votes",
    deployer,
    made.VotingCoin,
    "handOut",
    [addresses.slice(0, 30), parseEther("100")],
    { gas: 12_000_000 },
  );
  await ledger.call("mint", deployer, made.Art, "mintMany", [addresses.slice(0, 60)], {
    gas: transactionGasCap,
  });
  await ledger.call("fill", deployer, made.Workshop, "fill", [1000n, 500n], { gas: transactionGasCap });
}

async function addLiquidity(ledger, made) {
  const router = made.Router;
  const amount = parseEther("1000000");
  const pair = (a, b) =>
    ledger.call(
      "add liquidity",
      deployer,
      router,
      "addLiquidity",
      [...[made.coins[a].address, made.coins[b].address, amount, amount, 0n, 0n, deployer.address, deadline]],
      { gas },
    );
  await pair(0, 1);
  await pair(1, 2);
  await pair(2, 3);
  await pair(3, 4);
  for (const i of [0, 4]) {
    await ledger.call(
      "add liquidity",
      deployer,
      router,
      "addLiquidityETH",
      [...[made.coins[i].address, amount, 0n, 0n, deployer.address, deadline]],
      { gas, value: parseEther("1000") },
    );
  }
}

/** Delegates three authorities (EIP-7702) before the busy block, which uses, changes and clears them. */
async function delegate(ledger, made, authorities) {
  const authorizations = [];
  for (const authority of authorities) {
    const nonce = ledger.spendNonce(authority);
    authorizations.push(
      await authority.signAuthorization({ contractAddress: made.Batch.address, chainId, nonce }),
    );
  }
  await ledger.add("delegate", deployer, { type: 4, to: deployer.address, gas: 500_000, authorizations });
}

/** Blocks with more blobs than the target, so that the busy block's excess blob gas is above zero. */
async function blobPressure(node, ledger, blob, senders, say) {
  for (let block = 0; block < 3; block++) {
    for (const sender of senders) {
      await ledger.add("blobs", sender, {
        type: 3,
        to: sender.address,
        gas: 21_000,
        blobs: Array(6).fill(blob),
      });
    }
    await settle(node, ledger, `blobs, block ${block + 1} of 3`, say);
  }
}

/** Runs all of the set-up; gives the deployed contracts as `{ abi, address }` by name. */
export async function setUp({ node, ledger, code, users, authorities, blob, blobSenders, say }) {
  const made = await deployAll(ledger, code);
  await settle(node, ledger, "contracts deployed", say);
  await handOut(ledger, made, users);
  await settle(node, ledger, "tokens handed out", say);
  await addLiquidity(ledger, made);
  await delegate(ledger, made, authorities);
  await settle(node, ledger, "liquidity added", say);
  await blobPressure(node, ledger, blob, blobSenders, say);
  const pair01 = await node.call(
    "eth_call",
    {
      to: made.Factory.address,
      data: `0xe6a43905${[0, 1].map((i) => made.coins[i].address.slice(2).padStart(64, "0")).join("")}`,
    },
    "latest",
  );
  made.HotPair = { abi: code.Pair.abi, address: `0x${pair01.slice(26)}` };
  await ledger.call(
    "approve shares",
    deployer,
    made.HotPair,
    "approve",
    [made.Router.address, 2n ** 256n - 1n],
    { gas },
  );
  await settle(node, ledger, "ready", say);
  return made;
}
