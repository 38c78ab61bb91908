// A small block with one transaction of each type, for the fixture of geth's own dialect.
import { parseEther } from "viem";
import { account, strangerAddress } from "./accounts.mjs";
import { chainId } from "./chain.mjs";
import { users } from "./traffic.mjs";

/** Signs seven transactions whose witness has several headers, few nodes and a deletion. */
export async function addSmall(ledger, made, blobs) {
  const [first, second, third] = [0, 1, 2].map((i) => account("small", i));
  const accessList = [{ address: made.Workshop.address, storageKeys: [] }];
  await ledger.add("transfer", first, {
    type: 0,
    to: strangerAddress("small", 0),
    value: parseEther("1"),
    gas: 21_000,
  });
  await ledger.call("clear", first, made.Workshop, "clear", [1320n, 2n], {
    type: 1,
    accessList,
    gas: 100_000,
  });
  await ledger.call("ancestor hash", first, made.Workshop, "ancestor", [3n], { gas: 100_000 });
  await ledger.call("erc20 transfer", users[0], made.coins[0], "transfer", [users[1].address, 7n], {
    gas: 100_000,
  });
  await ledger.call("revert", first, made.Workshop, "refuse", [3n], { gas: 100_000 });
  await ledger.call("blobs", second, made.Workshop, "blobs", [], {
    type: 3,
    gas: 100_000,
    blobs: blobs.slice(0, 1),
  });
  const authority = account("small authority");
  const authorization = await authority.signAuthorization({
    contractAddress: made.Batch.address,
    chainId,
    nonce: 0,
  });
  await ledger.add("set code", third, {
    type: 4,
    to: authority.address,
    value: 5n,
    gas: 100_000,
    authorizations: [authorization],
  });
}
