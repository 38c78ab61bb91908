// The busy block's unusual transactions: creations, reverts, deletes, precompiles, blobs, delegations, requests.
import { concat, encodeFunctionData, pad, parseEther, parseGwei, toHex } from "viem";
import { account, accounts, strangerAddress } from "./accounts.mjs";
import { chainId, transactionGasCap } from "./chain.mjs";
import { precompileTour } from "./precompiles.mjs";
import { depositor } from "./setup.mjs";
import { tip, users } from "./traffic.mjs";

const builders = accounts("builder", 24);
const relayers = accounts("relayer", 12);
const blobSenders = accounts("blob-sender", 4);
const authorities = accounts("authority", 12);
const validator = account("validator");

/** Accounts of this file that need ether at genesis. */
export const funded = [
  ...builders,
  ...relayers,
  ...blobSenders,
  validator,
  authorities[0],
  authorities[2],
  authorities[7],
];

/** Authorities that are delegated before the busy block. */
export const delegatedBefore = authorities.slice(0, 3);

const withdrawalRequests = "0x00000961Ef480Eb55e80D19ad83579A64c007002";
const consolidationRequests = "0x0000BBdDc7CE488642fb579F8B00f3a590007251";

async function creations(ledger, code, made) {
  for (let i = 0; i < 6; i++) {
    await ledger.deploy("create", builders[i], code.Coin, [`Made ${i}`, `M${i}`], {
      gas: 2_500_000,
      tip: tip(),
      type: i % 3,
    });
  }
  await ledger.deploy("create", builders[6], code.VotingCoin, [], { gas: 4_000_000, tip: tip() });
  await ledger.deploy("create", builders[7], code.Factory, [builders[7].address], {
    gas: 4_000_000,
    tip: tip(),
  });
  await ledger.deploy("create, reverts", builders[8], code.Stillborn, [], { gas: 200_000, tip: tip() });
  await ledger.deploy("create, out of gas", builders[9], code.Art, [], { gas: 300_000, tip: tip() });
  const nursery = (kind, who, name, args, more) =>
    ledger.call(kind, who, made.Nursery, name, args, { gas: 900_000, tip: tip(), ...more });
  for (let i = 0; i < 5; i++)
    await nursery("create2", builders[10 + i], "create2", [BigInt(i)], { value: 5n });
  // The salt is taken already: the address collides and the call reverts.
  await nursery("create2, taken", builders[10], "create2", [0n]);
  await nursery("create many", builders[15], "create", [5n]);
  await nursery("create and destroy", builders[16], "createAndDestroy", [77n, strangerAddress("heir", 0)], {
    value: 9n,
  });
  await nursery("create and destroy", builders[17], "createAndDestroy", [78n, strangerAddress("heir", 1)]);
  for (const [i, mortal] of made.Mortals.entries()) {
    await ledger.call("selfdestruct", builders[18 + i], mortal, "end", [strangerAddress("heir", i)], {
      gas: 100_000,
      tip: tip(),
    });
  }
}

async function workshop(ledger, made, pointEvaluation) {
  const call = (kind, who, name, args, more) =>
    ledger.call(kind, users[who], made.Workshop, name, args, { gas: 2_000_000, tip: tip(), ...more });
  for (let i = 0; i < 5; i++) await call("fill 40 slots", 20 + i, "fill", [BigInt(10_000 + 40 * i), 40n]);
  for (let i = 0; i < 6; i++) await call("clear 40 slots", 25 + i, "clear", [BigInt(1000 + 40 * i), 40n]);
  await call("change and restore", 31, "wobble", [1300n, 30n]);
  for (let i = 0; i < 4; i++) await call("hash in a loop", 32 + i, "grind", [2500n, BigInt(i)]);
  await call("environment", 36, "environment", [], { value: 3n });
  await call("environment", 37, "environment", [], { type: 0 });
  for (const back of [1, 2, 5, 9]) await call("ancestor hash", 38 + (back % 3), "ancestor", [BigInt(back)]);
  await call("transient storage", 41, "transient", [1500n]);
  // Asks for all the gas a transaction may have (EIP-7825), so it has to come early in the block.
  await call("precompiles", 42, "precompiles", await precompileTour(pointEvaluation), {
    gas: transactionGasCap,
    tip: 50,
  });
  const [at, input] = await precompileTour(pointEvaluation);
  const cheap = [0, 1, 2, 3, 4, 5, 6];
  for (let i = 0; i < 3; i++)
    await call("precompiles", 43 + i, "precompiles", [cheap.map((k) => at[k]), cheap.map((k) => input[k])]);
  for (let i = 0; i < 3; i++)
    await call("revert", 46 + i, "refuse", [BigInt(i + 7)], { gas: 100_000, value: 1n });
  await call("invalid opcode", 49, "invalid", [], { gas: 60_000 });
  await call("out of gas", 50, "forever", [], { gas: 150_000 });
  await call("caught revert", 51, "tryRefuse", [9n], { gas: 150_000 });
  const accessList = [{ address: made.Workshop.address, storageKeys: [pad("0x00"), pad("0x01")] }];
  for (let i = 0; i < 4; i++)
    await call("listed slots", 52 + i, "wobble", [BigInt(1400 + i), 1n], {
      gas: 150_000,
      type: 1,
      accessList,
    });
}

async function blobs(ledger, made, blobs) {
  const data = encodeFunctionData({ abi: made.Workshop.abi, functionName: "blobs" });
  for (const [i, sender] of blobSenders.entries()) {
    const carried = i === 0 ? [...blobs, ...blobs] : [blobs[i % blobs.length]];
    const to = i === 3 ? strangerAddress("rollup", 0) : made.Workshop.address;
    await ledger.add("blobs", sender, {
      type: 3,
      to,
      data: i === 3 ? "0x1234" : data,
      gas: 120_000,
      tip: tip(),
      blobs: carried,
    });
  }
}

async function delegations(ledger, made) {
  const { Batch, Workshop, coins } = made;
  const sign = (authority, { to = Batch.address, chain = chainId, nonce } = {}) =>
    authority.signAuthorization({
      contractAddress: to,
      chainId: chain,
      nonce: nonce ?? ledger.spendNonce(authority),
    });
  const inner = (amount, to) => ({ to, value: amount, data: "0x" });
  const transfer = encodeFunctionData({
    abi: coins[0].abi,
    functionName: "balanceOf",
    args: [users[0].address],
  });
  const run = (calls) => encodeFunctionData({ abi: Batch.abi, functionName: "run", args: [calls] });
  const data = run([
    inner(1n, strangerAddress("batch", 0)),
    { to: coins[0].address, value: 0n, data: transfer },
  ]);
  const setCode = (i, to, authorizations, more) =>
    ledger.add("set code", relayers[i], {
      type: 4,
      to: to.address,
      gas: 400_000,
      tip: tip(),
      authorizations,
      ...more,
    });

  // Set and used at once, by an authority that has no account yet.
  await setCode(0, authorities[3], [await sign(authorities[3])], { data, value: 5n });
  await setCode(
    1,
    authorities[4],
    [await sign(authorities[4]), await sign(authorities[5]), await sign(authorities[6])],
    { data, value: 5n },
  );
  // For any chain; and one with a nonce that never fits, which is skipped.
  await setCode(
    2,
    authorities[8],
    [await sign(authorities[8], { chain: 0 }), await sign(authorities[9], { nonce: 5 })],
    { value: 1n },
  );
  // Taken back, and changed to another contract.
  await setCode(3, relayers[3], [await sign(authorities[0], { to: `0x${"00".repeat(20)}` })]);
  await setCode(4, authorities[1], [await sign(authorities[1], { to: Workshop.address })], {
    data: encodeFunctionData({ abi: Workshop.abi, functionName: "fill", args: [0n, 3n] }),
  });
  // The call reverts, the delegation stays.
  await setCode(5, Workshop, [await sign(authorities[10])], {
    data: encodeFunctionData({ abi: Workshop.abi, functionName: "refuse", args: [1n] }),
  });
  // The same authority twice in one list; the last one counts.
  await setCode(
    6,
    authorities[11],
    [await sign(authorities[11], { to: Workshop.address }), await sign(authorities[11])],
    { data, value: 5n },
  );
  // An account that delegates itself: its authorization's nonce is one above its transaction's.
  const self = authorities[7];
  const own = await sign(self, { nonce: ledger.nonceOf(self) + 1 });
  await ledger.add("set code", self, {
    type: 4,
    to: self.address,
    data,
    gas: 400_000,
    tip: tip(),
    authorizations: [own],
  });

  // Uses of delegated accounts, by others and by one of them itself.
  for (let i = 7; i < 12; i++) {
    await ledger.add("call of a delegated account", relayers[i], {
      to: authorities[i % 3].address,
      data,
      value: 2n,
      gas: 200_000,
      tip: tip(),
    });
  }
  await ledger.add("call of a delegated account", authorities[2], {
    to: authorities[2].address,
    data,
    gas: 200_000,
    tip: tip(),
  });
}

/** What execution asks of the consensus layer: EIP-6110, EIP-7002 and EIP-7251 requests. */
async function requests(ledger, made) {
  const key = (i) => toHex(BigInt(i) + 1n, { size: 48 });
  const ask = (to, data) =>
    ledger.add("request", validator, { to, data, value: 1000n, gas: 300_000, tip: 2 });
  await ask(withdrawalRequests, concat([key(1), toHex(0n, { size: 8 })]));
  await ask(withdrawalRequests, concat([key(2), toHex(parseGwei("1"), { size: 8 })]));
  await ask(consolidationRequests, concat([key(3), key(4)]));
  for (let i = 0; i < 2; i++) {
    const args = [key(5 + i), pad("0x01", { dir: "right" }), toHex(BigInt(i), { size: 96 })];
    await ledger.call("request", depositor, made.deposits, "deposit", args, {
      value: parseEther("32"),
      gas: 200_000,
      tip: 2,
    });
  }
}

/** Withdrawals from the consensus layer: to old and new accounts, and one of nothing. Amounts are in gwei. */
export function withdrawals() {
  const to = [
    ...users.slice(0, 4).map((user) => user.address),
    strangerAddress("withdrawal", 0),
    strangerAddress("withdrawal", 1),
    users[0].address,
  ];
  const all = to.map((address, i) => ({ address, amount: 10_000_000 + i }));
  all.push({ address: strangerAddress("withdrawal", 2), amount: 0 });
  return all.map(({ address, amount }, i) => ({
    index: toHex(i),
    validatorIndex: toHex(100 + i),
    address,
    amount: toHex(amount),
  }));
}

/** Signs all of them. */
export async function addCorners(ledger, code, made, carried) {
  await creations(ledger, code, made);
  await workshop(ledger, made, carried[0].pointEvaluation);
  await blobs(ledger, made, carried);
  await delegations(ledger, made);
  await requests(ledger, made);
}
