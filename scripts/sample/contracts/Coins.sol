// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {ERC4626} from "@openzeppelin/contracts/token/ERC20/extensions/ERC4626.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";

/// An ordinary token that can be handed out to many holders in one transaction.
contract Coin is ERC20, ERC20Permit {
    constructor(string memory name_, string memory symbol_) ERC20(name_, symbol_) ERC20Permit(name_) {
        _mint(msg.sender, 1e30);
    }

    /// Gives `amount` to each of `to` and lets `spender` move all of it.
    function handOut(address[] calldata to, uint256 amount, address spender) external {
        for (uint256 i = 0; i < to.length; i++) {
            _mint(to[i], amount);
            _approve(to[i], spender, type(uint256).max);
        }
    }

    /// Mints to `count` made-up holders, so that the storage trie has a mainnet-like depth.
    function crowd(bytes32 seed, uint256 count) external {
        for (uint256 i = 0; i < count; i++) {
            _mint(address(uint160(uint256(keccak256(abi.encode(seed, i))))), 1 ether + i);
        }
    }
}

/// A token whose transfers write checkpoints.
contract VotingCoin is ERC20, ERC20Permit, ERC20Votes {
    constructor() ERC20("Voting coin", "VOTE") ERC20Permit("Voting coin") {}

    function handOut(address[] calldata to, uint256 amount) external {
        for (uint256 i = 0; i < to.length; i++) _mint(to[i], amount);
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }

    function nonces(address owner) public view override(ERC20Permit, Nonces) returns (uint256) {
        return super.nonces(owner);
    }
}

/// A tokenised vault over a coin.
contract Vault is ERC4626 {
    constructor(ERC20 asset_) ERC20("Vault share", "VS") ERC4626(asset_) {}
}
