// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

/// The corners of the EVM that token traffic does not reach.
contract Workshop {
    event Seen(bytes32 indexed what, uint256 value);
    event Answer(address indexed precompile, bytes32 digest);

    error Refused(uint256 code);

    mapping(uint256 => uint256) public slots;

    /// Writes `count` fresh slots.
    function fill(uint256 from, uint256 count) external {
        for (uint256 i = from; i < from + count; i++) slots[i] = i + 1;
    }

    /// Zeroes `count` slots: each one is a deletion in the storage trie.
    function clear(uint256 from, uint256 count) external {
        for (uint256 i = from; i < from + count; i++) slots[i] = 0;
    }

    /// Writes slots and puts the old values back: no change may reach the trie.
    function wobble(uint256 from, uint256 count) external {
        for (uint256 i = from; i < from + count; i++) {
            uint256 old = slots[i];
            slots[i] = old + 7;
            slots[i] = old;
        }
    }

    /// Hashes in a loop and keeps the last digest.
    function grind(uint256 rounds, uint256 key) external {
        bytes32 h = bytes32(key);
        for (uint256 i = 0; i < rounds; i++) h = keccak256(abi.encode(h, i));
        slots[key] = uint256(h);
    }

    /// Everything the environment opcodes answer.
    function environment() external payable {
        emit Seen("coinbase balance", block.coinbase.balance);
        emit Seen("prevrandao", block.prevrandao);
        emit Seen("timestamp", block.timestamp);
        emit Seen("number", block.number);
        emit Seen("gas limit", block.gaslimit);
        emit Seen("base fee", block.basefee);
        emit Seen("blob base fee", block.blobbasefee);
        emit Seen("chain id", block.chainid);
        emit Seen("gas price", tx.gasprice);
        emit Seen("self balance", address(this).balance);
    }

    /// Reads an ancestor's hash, `back` blocks ago.
    function ancestor(uint256 back) external {
        emit Seen(blockhash(block.number - back), back);
    }

    /// Logs the versioned hashes of the transaction's own blobs.
    function blobs() external payable {
        for (uint256 i = 0; blobhash(i) != 0; i++) emit Seen(blobhash(i), i);
    }

    /// Runs precompiles; an answer's hash is logged, so a wrong one changes the receipts root.
    function precompiles(address[] calldata at, bytes[] calldata input) external {
        for (uint256 i = 0; i < at.length; i++) {
            (bool ok, bytes memory out) = at[i].staticcall(input[i]);
            require(ok, "precompile failed");
            emit Answer(at[i], keccak256(out));
        }
    }

    /// Transient storage, used and forgotten.
    function transient(uint256 rounds) external {
        uint256 sum;
        assembly {
            for { let i := 0 } lt(i, rounds) { i := add(i, 1) } {
                tstore(and(i, 7), add(tload(and(i, 7)), i))
                sum := add(sum, tload(and(i, 7)))
            }
        }
        emit Seen("transient", sum);
    }

    function refuse(uint256 code) external payable {
        slots[code] = block.number;
        revert Refused(code);
    }

    function invalid() external {
        slots[1] = 1;
        assembly {
            invalid()
        }
    }

    function forever() external {
        for (uint256 i = 0; ; i++) slots[0] = i;
    }

    /// A failed inner call whose changes are undone, inside a call that succeeds.
    function tryRefuse(uint256 code) external {
        try this.refuse(code) {} catch (bytes memory reason) {
            emit Seen("caught", reason.length);
        }
    }
}

/// Made by CREATE and CREATE2; keeps one slot and can be destroyed.
contract Child {
    uint256 public immutable salt;
    uint256 public kept;

    constructor(uint256 salt_) payable {
        salt = salt_;
        kept = salt_ + 1;
    }

    function end(address payable heir) external {
        selfdestruct(heir);
    }
}

contract Nursery {
    event Born(address child);

    function create2(uint256 salt) external payable returns (Child child) {
        child = new Child{salt: bytes32(salt), value: msg.value}(salt);
        emit Born(address(child));
    }

    function create(uint256 count) external {
        for (uint256 i = 0; i < count; i++) emit Born(address(new Child(i)));
    }

    /// Made and destroyed in one transaction: the only case in which EIP-6780 still deletes an account.
    function createAndDestroy(uint256 salt, address payable heir) external payable {
        Child child = new Child{salt: bytes32(salt), value: msg.value}(salt);
        emit Born(address(child));
        child.end(heir);
    }
}

/// Its construction always reverts.
contract Stillborn {
    constructor() {
        revert("never");
    }
}

/// The implementation behind a proxy.
contract Tally {
    mapping(address => uint256) public count;
    uint256 public total;

    function bump(uint256 by) external {
        count[msg.sender] += by;
        total += by;
    }
}

contract TallyProxy is ERC1967Proxy {
    constructor(address implementation) ERC1967Proxy(implementation, abi.encodeCall(Tally.bump, (1))) {}
}

/// What an externally owned account delegates to (EIP-7702): a batch of calls.
contract Batch {
    struct Call {
        address to;
        uint256 value;
        bytes data;
    }

    event Ran(uint256 calls);

    uint256 private runs;

    function run(Call[] calldata calls) external payable {
        for (uint256 i = 0; i < calls.length; i++) {
            (bool ok,) = calls[i].to.call{value: calls[i].value}(calls[i].data);
            require(ok, "inner call failed");
        }
        runs++;
        emit Ran(calls.length);
    }

    receive() external payable {}
}

/// Emits the beacon deposit contract's event (EIP-6110). It checks and keeps nothing.
contract Deposits {
    event DepositEvent(bytes pubkey, bytes withdrawal_credentials, bytes amount, bytes signature, bytes index);

    uint64 private count;

    function deposit(bytes calldata pubkey, bytes calldata credentials, bytes calldata signature) external payable {
        emit DepositEvent(pubkey, credentials, little(uint64(msg.value / 1 gwei)), signature, little(count++));
    }

    function little(uint64 value) private pure returns (bytes memory out) {
        out = new bytes(8);
        for (uint256 i = 0; i < 8; i++) out[i] = bytes1(uint8(value >> (8 * i)));
    }
}
