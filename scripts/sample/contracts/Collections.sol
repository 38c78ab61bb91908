// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {ERC721Enumerable} from "@openzeppelin/contracts/token/ERC721/extensions/ERC721Enumerable.sol";
import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";

/// An enumerable NFT: each mint writes five slots, each burn deletes some.
contract Art is ERC721Enumerable {
    uint256 public next;

    constructor() ERC721("Art", "ART") {}

    function mint(address to) external {
        _mint(to, next++);
    }

    function mintMany(address[] calldata to) external {
        for (uint256 i = 0; i < to.length; i++) _mint(to[i], next++);
    }

    function burn(uint256 id) external {
        _update(address(0), id, msg.sender);
    }
}

/// A multi-token.
contract Items is ERC1155 {
    constructor() ERC1155("https://example.invalid/{id}") {}

    function mintBatch(address to, uint256[] calldata ids, uint256[] calldata amounts) external {
        _mintBatch(to, ids, amounts, "");
    }
}
