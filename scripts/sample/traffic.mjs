// The busy block's transactions: tokens, swaps and plain transfers. Corners of the EVM are in corners.mjs.
import { parseEther, parseSignature } from "viem";
import { account, accounts, randomSource, strangerAddress } from "./accounts.mjs";
import { chainId } from "./chain.mjs";
import { deployer } from "./setup.mjs";

const deadline = 2n ** 40n;
const random = randomSource("traffic");

/** A tip in gwei. Different tips mix the kinds within the block. */
export const tip = () => 0.5 + 4 * random();
const pick = (list) => list[Math.floor(random() * list.length)];
const ether = (from, to) => parseEther((from + (to - from) * random()).toFixed(6));
const times = async (count, each) => {
  for (let i = 0; i < count; i++) await each(i);
};

export const users = accounts("user", 160);
export const beneficiary = account("beneficiary");

/** Users in turn, so that most transactions come from senders of their own. */
function* roundRobin() {
  for (let i = 0; ; i++) yield users[i % users.length];
}
const turn = roundRobin();
const nextUser = () => turn.next().value;

async function transfers(ledger) {
  const send = (type, from, to, value, more) =>
    ledger.add("transfer", from, { type, to, value, gas: 21_000, tip: tip(), ...more });
  await times(3, (i) => send("unprotected", account("old-timer", i), strangerAddress("old", i), ether(0, 1)));
  await times(22, () => send(0, nextUser(), pick(users).address, ether(0, 1)));
  await times(12, (i) => send(2, nextUser(), strangerAddress("new", i), ether(0, 1)));
  await times(10, () => send(2, nextUser(), strangerAddress("popular", 0), ether(0, 0.1)));
  await times(6, (i) => {
    const accessList = [
      { address: strangerAddress("listed", i), storageKeys: [`0x${"00".repeat(31)}0${i}`] },
    ];
    return send(1, nextUser(), pick(users).address, ether(0, 1), { accessList, gas: 30_000 });
  });
  // One sender after itself: each transaction needs the one before it.
  const chain = account("chain");
  const steady = tip();
  await times(14, (i) => send(2, chain, strangerAddress("chain", i % 5), ether(0, 1), { tip: steady }));
  // A row of accounts in which each pays the next: every one reads a balance that the one before it wrote.
  await times(8, (i) => send(2, users[i], users[i + 1].address, parseEther("900"), { tip: 3 - i / 10 }));
  await times(3, () => send(2, nextUser(), beneficiary.address, ether(0, 1)));
  await send(2, beneficiary, strangerAddress("beneficiary", 0), parseEther("2"));
  await times(2, (i) => send(2, nextUser(), strangerAddress("empty", i), 0n));
}

async function coins(ledger, made) {
  const gas = 100_000;
  const whole = parseEther("10000");
  await times(44, () =>
    ledger.call(
      "erc20 transfer",
      nextUser(),
      pick(made.coins),
      "transfer",
      [pick(users).address, ether(0, 5)],
      { gas, tip: tip(), type: random() < 0.2 ? 0 : 2 },
    ),
  );
  await times(8, (i) =>
    ledger.call(
      "erc20 transfer",
      nextUser(),
      made.coins[0],
      "transfer",
      [strangerAddress("shop", i % 2), ether(0, 5)],
      { gas, tip: tip() },
    ),
  );
  // Everything a holder has: his balance's slot goes to zero, a deletion in the trie.
  const leavers = accounts("leaver", 8);
  await times(8, (i) =>
    ledger.call("erc20 empty out", leavers[i], made.coins[4], "transfer", [pick(users).address, whole], {
      gas,
      tip: tip(),
    }),
  );
  await times(14, () =>
    ledger.call(
      "erc20 approve",
      nextUser(),
      pick(made.coins),
      "approve",
      [pick(users).address, ether(1, 9)],
      { gas, tip: tip() },
    ),
  );
  await times(6, () =>
    ledger.call("erc20 disapprove", nextUser(), pick(made.coins), "approve", [made.Router.address, 0n], {
      gas,
      tip: 0.1,
    }),
  );
  await times(4, () =>
    ledger.call(
      "erc20 over balance",
      nextUser(),
      pick(made.coins),
      "transfer",
      [pick(users).address, whole * 99n],
      { gas, tip: tip() },
    ),
  );
  await times(6, (i) => permit(ledger, made.coins[3], users[100 + i], nextUser()));
  await times(4, () =>
    ledger.call("wrap ether", nextUser(), made.Weth, "deposit", [], { gas, tip: tip(), value: ether(0, 2) }),
  );
}

/** A relayed approval: ecrecover inside a transaction. */
async function permit(ledger, coin, owner, relayer) {
  const value = parseEther("3");
  const signature = await owner.signTypedData({
    domain: { name: "Coin DDD", version: "1", chainId, verifyingContract: coin.address },
    types: {
      Permit: ["owner:address", "spender:address", "value:uint256", "nonce:uint256", "deadline:uint256"].map(
        (field) => ({ name: field.split(":")[0], type: field.split(":")[1] }),
      ),
    },
    primaryType: "Permit",
    message: { owner: owner.address, spender: relayer.address, value, nonce: 0n, deadline },
  });
  const { r, s, yParity } = parseSignature(signature);
  const args = [owner.address, relayer.address, value, deadline, 27 + yParity, r, s];
  await ledger.call("erc20 permit", relayer, coin, "permit", args, { gas: 150_000, tip: tip() });
}

async function swaps(ledger, made) {
  const { Router: router, Weth: weth } = made;
  const path = (...at) => at.map((i) => (i === "eth" ? weth.address : made.coins[i].address));
  const swap = (kind, amount, least, way, more) => {
    const user = nextUser();
    const args = [amount, least, way, user.address, deadline];
    return ledger.call(kind, user, router, "swapExactTokensForTokens", args, {
      gas: 400_000,
      tip: tip(),
      ...more,
    });
  };
  // Everybody wants the same pair: a chain of conflicts.
  await times(26, (i) => swap("swap, hot pair", ether(1, 40), 0n, i % 2 ? path(0, 1) : path(1, 0)));
  const roads = [
    [1, 2],
    [2, 1],
    [2, 3],
    [3, 2],
    [3, 4],
    [4, 3],
  ];
  await times(22, () => swap("swap", ether(1, 40), 0n, path(...pick(roads))));
  await times(5, () => swap("swap over 4 pairs", ether(1, 9), 0n, path(0, 1, 2, 3, 4)));
  await times(7, () => swap("swap, too little out", ether(1, 9), parseEther("9000"), path(...pick(roads))));
  await times(6, () => {
    const user = nextUser();
    return ledger.call(
      "swap ether",
      user,
      router,
      "swapExactETHForTokens",
      [0n, path("eth", pick([0, 4])), user.address, deadline],
      { gas: 300_000, tip: tip(), value: ether(0, 1) },
    );
  });
  await times(5, () => {
    const user = nextUser();
    return ledger.call(
      "swap to ether",
      user,
      router,
      "swapExactTokensForETH",
      [ether(1, 9), 0n, path(pick([0, 4]), "eth"), user.address, deadline],
      { gas: 300_000, tip: tip() },
    );
  });
  const [a, b] = path(0, 1);
  const pay = parseEther("50");
  await times(3, () => {
    const user = nextUser();
    return ledger.call(
      "add liquidity",
      user,
      router,
      "addLiquidity",
      [a, b, pay, pay, 0n, 0n, user.address, deadline],
      { gas: 400_000, tip: tip() },
    );
  });
  await times(2, () =>
    ledger.call(
      "remove liquidity",
      deployer,
      router,
      "removeLiquidity",
      [a, b, pay, 0n, 0n, deployer.address, deadline],
      { gas: 400_000, tip: 2 },
    ),
  );
  // A pair nobody had: created, with CREATE2, by adding liquidity to it.
  await times(1, () => {
    const user = nextUser();
    return ledger.call(
      "new pair",
      user,
      router,
      "addLiquidity",
      [...path(0, 4), pay, pay, 0n, 0n, user.address, deadline],
      { gas: 4_000_000, tip: tip() },
    );
  });
}

async function collections(ledger, made) {
  const gas = 250_000;
  await times(40, () => {
    const user = nextUser();
    return ledger.call("nft mint", user, made.Art, "mint", [user.address], { gas, tip: tip() });
  });
  await times(8, (i) =>
    ledger.call(
      "nft transfer",
      users[i],
      made.Art,
      "transferFrom",
      [users[i].address, strangerAddress("collector", i), BigInt(i)],
      { gas, tip: tip() },
    ),
  );
  await times(10, (i) =>
    ledger.call("nft burn", users[10 + i], made.Art, "burn", [BigInt(10 + i)], { gas, tip: tip() }),
  );
  await times(3, () =>
    ledger.call("nft not yours", nextUser(), made.Art, "burn", [50n], { gas, tip: tip() }),
  );
  await times(8, () => {
    const user = nextUser();
    const ids = Array.from({ length: 8 }, () => BigInt(Math.floor(random() * 1000)));
    return ledger.call(
      "erc1155 mint",
      user,
      made.Items,
      "mintBatch",
      [user.address, ids, ids.map((id) => id + 1n)],
      { gas: 400_000, tip: tip() },
    );
  });
}

async function savings(ledger, made) {
  const gas = 300_000;
  await times(6, (i) =>
    ledger.call("vote delegate", users[i], made.VotingCoin, "delegate", [users[i % 2].address], {
      gas,
      tip: 4,
    }),
  );
  await times(6, (i) =>
    ledger.call(
      "vote transfer",
      users[i + 10],
      made.VotingCoin,
      "transfer",
      [users[i].address, ether(1, 9)],
      { gas, tip: tip() },
    ),
  );
  await times(8, () =>
    ledger.call("proxy call", nextUser(), { ...made.TallyProxy, abi: made.Tally.abi }, "bump", [3n], {
      gas,
      tip: tip(),
    }),
  );
  await times(4, async (i) => {
    const saver = account("saver", i);
    const amount = parseEther("100");
    await ledger.call("erc20 approve", saver, made.coins[0], "approve", [made.Vault.address, amount], {
      gas,
      tip: 2,
    });
    await ledger.call("vault deposit", saver, made.Vault, "deposit", [amount, saver.address], {
      gas,
      tip: 2,
    });
    if (i < 2)
      await ledger.call("vault redeem", saver, made.Vault, "redeem", [amount, saver.address, saver.address], {
        gas,
        tip: 2,
      });
  });
}

/** Accounts beyond `users` that hold coins: the leavers and the savers. */
export const holders = [...users, ...accounts("leaver", 8), ...accounts("saver", 4)];

/** Accounts of this file that need ether at genesis. */
export const funded = [...holders, ...accounts("old-timer", 3), account("chain"), beneficiary];

/** Signs all ordinary traffic. */
export async function addTraffic(ledger, made) {
  await transfers(ledger);
  await coins(ledger, made);
  await swaps(ledger, made);
  await collections(ledger, made);
  await savings(ledger, made);
}
