//! Limits on what a server may make us read and execute. The gas limit, which bounds execution, is applied before anything is
//! executed; all others, which bound what is read, before anything of the witness is hashed.
//!
//! Invariant: passing a limit is [`Error::Limit`](crate::Error::Limit), our refusal; it is never a verdict on
//! the block.

use crate::{Block, Error, Witness};
use alloy_rlp::Encodable as _;
use serde::{Deserialize, Serialize};

/// Largest sizes and counts accepted, in bytes and items. The defaults leave room above anything the protocol
/// can produce at today's gas limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub struct Limits {
    /// Bytes of the whole input file or message. Default 512 MiB.
    pub input_bytes: usize,
    /// Bytes of the block's RLP. Default 16 MiB (EIP-7934 allows 8 MiB from Osaka on).
    pub block_bytes: usize,
    /// Number of transactions of a block. Default 131,072: more than transfers of 21,000 gas fill the
    /// default gas limit.
    pub transactions: usize,
    /// Bytes of the text of one transaction in JSON. Default 32 MiB, two digits for each of the
    /// default 16 MiB of a block.
    pub transaction_text: usize,
    /// Bytes of the text of all transactions in JSON together. Default 256 MiB: names and fields that no block holds
    /// make the text of a small transaction ten times as long as its RLP.
    pub transactions_text: usize,
    /// Values in the JSON of one transaction, names counted too. Default 262,144: the longest access list that
    /// 60,000,000 gas pay for has 100,000. The reader of transactions keeps each in memory, at up to a hundred bytes.
    pub transaction_values: usize,
    /// Gas limit of the block: execution takes time in its proportion. Default 2,000,000,000, which is over thirty times
    /// mainnet's.
    #[cfg_attr(feature = "typescript", tsify(type = "number | bigint"))]
    pub block_gas: u64,
    /// Bytes of the block-level access list's RLP, where one comes with the block. Default 16 MiB (EIP-7928's own limit is
    /// some 2 MiB at a gas limit of 60,000,000, but for codes).
    pub access_list_bytes: usize,
    /// Values in the access list: in JSON its values and names, in RLP its strings and lists. Default 2,097,152: the list with
    /// the most that 60,000,000 gas pay for has some 700,000 in JSON. Each takes up to a hundred bytes of memory.
    pub access_list_values: usize,
    /// Bytes of one trie node. Default 64 KiB: a branch or leaf of the state trie is under 1 KiB, but a custom
    /// chain's genesis may be odd.
    pub node_bytes: usize,
    /// Number of trie nodes. Default 1,048,576.
    pub nodes: usize,
    /// Bytes of one contract code. Default 64 KiB (EIP-170 allows 24 KiB, EIP-7954 32 KiB).
    pub code_bytes: usize,
    /// Number of codes. Default 65,536.
    pub codes: usize,
    /// Bytes of one ancestor header. Default 8 KiB.
    pub header_bytes: usize,
    /// Number of ancestor headers. Default 256, the reach of BLOCKHASH.
    pub headers: usize,
    /// Bytes of all nodes, codes and headers together. Default 256 MiB.
    pub witness_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 512 << 20,
            block_bytes: 16 << 20,
            transactions: 1 << 17,
            transaction_text: 32 << 20,
            transactions_text: 256 << 20,
            transaction_values: 1 << 18,
            block_gas: 2_000_000_000,
            access_list_bytes: 16 << 20,
            access_list_values: 1 << 21,
            node_bytes: 64 << 10,
            nodes: 1 << 20,
            code_bytes: 64 << 10,
            codes: 1 << 16,
            header_bytes: 8 << 10,
            headers: 256,
            witness_bytes: 256 << 20,
        }
    }
}

impl Limits {
    /// Holds a block to the limit of its gas, before anything of it is executed.
    ///
    /// # Errors
    /// [`Error::Limit`].
    pub const fn check_gas(&self, gas_limit: u64) -> Result<(), Error> {
        if gas_limit <= self.block_gas {
            return Ok(());
        }
        Err(Error::Limit {
            limit: Limit::BlockGas,
            expected: self.block_gas,
            got: gas_limit,
        })
    }

    /// Holds a typed witness to the limits, before anything in it is hashed.
    ///
    /// # Errors
    /// [`Error::Limit`] naming the first limit passed.
    pub fn check_witness(&self, witness: &Witness) -> Result<(), Error> {
        let lists = [
            (List::Nodes, &witness.state),
            (List::Codes, &witness.codes),
            (List::Headers, &witness.headers),
        ];
        let mut total = 0;
        for (list, items) in lists {
            let limits = self.of_list(list);
            limits.hold_count(items.len())?;
            for item in items {
                limits.hold_item(item.len())?;
                total += item.len();
            }
        }
        hold(Limit::WitnessBytes, self.witness_bytes, total)
    }

    /// Holds a typed block to the limits on its transactions and its size.
    ///
    /// # Errors
    /// [`Error::Limit`] naming the first limit passed.
    pub fn check_block(&self, block: &Block) -> Result<(), Error> {
        hold(
            Limit::Transactions,
            self.transactions,
            block.body.transactions.len(),
        )?;
        hold(Limit::BlockBytes, self.block_bytes, block.length())
    }

    /// The limits on one list of a witness.
    pub(crate) const fn of_list(&self, list: List) -> ListLimits {
        let ((count, items), (size, bytes)) = match list {
            List::Nodes => ((Limit::Nodes, self.nodes), (Limit::NodeBytes, self.node_bytes)),
            List::Codes => ((Limit::Codes, self.codes), (Limit::CodeBytes, self.code_bytes)),
            List::Headers => (
                (Limit::Headers, self.headers),
                (Limit::HeaderBytes, self.header_bytes),
            ),
        };
        ListLimits {
            count,
            items,
            size,
            bytes,
        }
    }
}

/// The lists of a witness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// `state`.
    Nodes,
    /// `codes`.
    Codes,
    /// `headers`.
    Headers,
}

/// What may be in one list of a witness.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListLimits {
    count: Limit,
    items: usize,
    size: Limit,
    bytes: usize,
}

impl ListLimits {
    /// Holds the number of items to its limit.
    pub(crate) const fn hold_count(self, got: usize) -> Result<(), Error> {
        hold(self.count, self.items, got)
    }

    /// Holds the bytes of one item to their limit.
    pub(crate) const fn hold_item(self, got: usize) -> Result<(), Error> {
        hold(self.size, self.bytes, got)
    }
}

/// Holds `got` to at most `expected`.
pub(crate) const fn hold(limit: Limit, expected: usize, got: usize) -> Result<(), Error> {
    if got <= expected {
        Ok(())
    } else {
        Err(Error::Limit {
            limit,
            expected: expected as u64,
            got: got as u64,
        })
    }
}

/// Which limit was passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum Limit {
    /// [`Limits::input_bytes`].
    InputBytes,
    /// [`Limits::block_bytes`].
    BlockBytes,
    /// [`Limits::transactions`].
    Transactions,
    /// [`Limits::transaction_text`].
    TransactionText,
    /// [`Limits::transactions_text`].
    TransactionsText,
    /// [`Limits::transaction_values`].
    TransactionValues,
    /// [`Limits::block_gas`].
    BlockGas,
    /// [`Limits::access_list_bytes`].
    AccessListBytes,
    /// [`Limits::access_list_values`].
    AccessListValues,
    /// [`Limits::node_bytes`].
    NodeBytes,
    /// [`Limits::nodes`].
    Nodes,
    /// [`Limits::code_bytes`].
    CodeBytes,
    /// [`Limits::codes`].
    Codes,
    /// [`Limits::header_bytes`].
    HeaderBytes,
    /// [`Limits::headers`].
    Headers,
    /// [`Limits::witness_bytes`].
    WitnessBytes,
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::InputBytes => "bytes of input",
            Self::BlockBytes => "bytes of the block",
            Self::Transactions => "transactions",
            Self::TransactionText => "bytes of a transaction's text",
            Self::TransactionsText => "bytes of the transactions' text",
            Self::TransactionValues => "values in a transaction's text",
            Self::BlockGas => "gas allowed in the block",
            Self::AccessListBytes => "bytes of the access list",
            Self::AccessListValues => "values in the access list",
            Self::NodeBytes => "bytes of a trie node",
            Self::Nodes => "trie nodes",
            Self::CodeBytes => "bytes of a code",
            Self::Codes => "codes",
            Self::HeaderBytes => "bytes of an ancestor header",
            Self::Headers => "ancestor headers",
            Self::WitnessBytes => "bytes of the witness",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Transaction;
    use alloy_consensus::{BlockBody, Header, Signed, TxLegacy};
    use alloy_primitives::{Signature, U256};

    /// A block of so many small transactions.
    fn block_of(transactions: usize) -> Block {
        let signature = Signature::new(U256::ONE, U256::ONE, false);
        let transaction = Transaction::Legacy(Signed::new_unhashed(TxLegacy::default(), signature));
        Block {
            header: Header::default(),
            body: BlockBody {
                transactions: vec![transaction; transactions],
                ..BlockBody::default()
            },
        }
    }

    #[test]
    fn a_typed_block_is_held_to_the_number_of_its_transactions() {
        let limits = Limits {
            transactions: 3,
            ..Limits::default()
        };
        assert!(limits.check_block(&block_of(3)).is_ok());
        assert!(matches!(
            limits.check_block(&block_of(4)),
            Err(Error::Limit {
                limit: Limit::Transactions,
                expected: 3,
                got: 4
            })
        ));
    }

    #[test]
    fn a_typed_block_is_held_to_its_size() {
        let block = block_of(3);
        let limits = |block_bytes| Limits {
            block_bytes,
            ..Limits::default()
        };
        assert!(limits(block.length()).check_block(&block).is_ok());
        let size = block.length() as u64;
        assert!(matches!(
            limits(block.length() - 1).check_block(&block),
            Err(Error::Limit { limit: Limit::BlockBytes, expected, got }) if (expected, got) == (size - 1, size)
        ));
    }
}
