//! EIP-7928, block-level access lists.
//!
//! Invariant: a list is believed only once it hashes to what the header commits to, and even then nothing rests on it: the
//! block is judged by the list that execution rebuilds.

use crate::{Error, InvalidReason, Missing, Rule, checks::Checks, verifier::Stop};
use alloy_consensus::Header;
use alloy_eips::eip7928::{
    BlockAccessList, BlockAccessListChangeKind as Kind, BlockAccessListValidationError as Fault, ITEM_COST,
    total_bal_items, validate_block_access_list,
};
use alloy_primitives::{Address, B256, U256};
use blocklight_keccak::keccak256;
use serde::Serialize;

/// How a list breaks the rules of its own order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
#[non_exhaustive]
pub enum AccessListFault {
    /// The account does not come after the one before it: out of order, or there twice.
    #[error("the account is out of order or there twice")]
    AccountOrder,
    /// A slot does not come after the one before it, or is among both the changed and the read.
    #[error("slot {slot:#x} is out of order or there twice")]
    SlotOrder {
        /// The slot.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        slot: U256,
    },
    /// A changed slot has no changes.
    #[error("slot {slot:#x} has no changes")]
    EmptySlot {
        /// The slot.
        #[cfg_attr(feature = "typescript", tsify(type = "Hex"))]
        slot: U256,
    },
    /// A change does not come after the one before it, or there are two at one index.
    #[error("the change at index {index} in {list:?} is out of order or there twice")]
    IndexOrder {
        /// The block access index.
        index: u64,
        /// Which list of the account.
        list: AccessListPart,
    },
    /// A change is said to be later than the block's end; `expected` is the last index.
    #[error("the change at index {got} in {list:?} is past the block's last, {expected}")]
    IndexPastEnd {
        /// The block's last index.
        expected: u64,
        /// The block access index.
        got: u64,
        /// Which list of the account.
        list: AccessListPart,
    },
}

/// Which of an account's lists of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "typescript", derive(tsify::Tsify))]
pub enum AccessListPart {
    /// Changes of a slot.
    Storage,
    /// Changes of the balance.
    Balance,
    /// Changes of the nonce.
    Nonce,
    /// Changes of the code.
    Code,
}

impl From<Kind> for AccessListPart {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Storage => Self::Storage,
            Kind::Balance => Self::Balance,
            Kind::Nonce => Self::Nonce,
            Kind::Code => Self::Code,
        }
    }
}

/// Keccak-256 of a list's RLP.
pub(crate) fn access_list_hash(list: &BlockAccessList) -> B256 {
    keccak256(&alloy_rlp::encode(list))
}

/// Holds the list that came with a block to the header, and if it is the block's, to the rules of its order and size.
pub(crate) fn check_given_list(
    header: &Header,
    transactions: usize,
    list: &BlockAccessList,
    checks: &mut Checks,
) -> Result<(), Stop> {
    // Before the fork no list is part of a block, so whatever comes beside it says nothing of it.
    let Some(expected) = header.block_access_list_hash else {
        return Ok(());
    };
    let got = access_list_hash(list);
    if expected != got {
        return Err(Missing::AccessList { expected, got }.into());
    }
    checks.outcome(
        Rule::AccessList,
        format_args!("{} accounts in order", list.len()),
        check_order(list, transactions),
    )?;
    check_size(header, list, checks)?;
    Ok(())
}

/// Holds the list that execution has rebuilt to the header. `given` is the list that came with the block, if any, which
/// hashes to what the header says; with it the account can be named that is not as it says.
pub(crate) fn check_rebuilt_list(
    header: &Header,
    given: Option<&BlockAccessList>,
    rebuilt: Option<&BlockAccessList>,
    checks: &mut Checks,
) -> Result<(), Stop> {
    let (expected, rebuilt) = match (header.block_access_list_hash, rebuilt) {
        (Some(expected), Some(rebuilt)) => (expected, rebuilt),
        (None, None) => return Ok(()),
        // The header has the hash from the fork on and only then, which is checked before; so has execution the list.
        (Some(_), None) | (None, Some(_)) => {
            return Err(Stop::Error(Error::Internal {
                during: "rebuilding the access list",
                source: "a list without a hash, or a hash without a list".into(),
            }));
        }
    };
    check_size(header, rebuilt, checks)?;
    let got = access_list_hash(rebuilt);
    checks.equal(Rule::AccessList, expected, got, |mismatch| {
        InvalidReason::AccessListHash {
            mismatch,
            account: given.and_then(|given| first_difference(given, rebuilt)),
        }
    })?;
    Ok(())
}

/// Whether a list could be of a block like this by its order and its size. Only such a one is worth running by where nobody has
/// committed to it: what it costs to look into is then in proportion to the block's gas.
pub(crate) fn is_well_formed(header: &Header, transactions: usize, list: &BlockAccessList) -> bool {
    total_bal_items(list) <= most_items(header) && validate_block_access_list(list, transactions).is_ok()
}

/// The block's gas limit pays for so many items, 2,000 each: an item is an account or a slot of one.
const fn most_items(header: &Header) -> u64 {
    header.gas_limit / ITEM_COST as u64
}

/// At most so many items as the block's gas limit pays for.
fn check_size(header: &Header, list: &BlockAccessList, checks: &mut Checks) -> Result<(), InvalidReason> {
    checks.at_most(
        Rule::AccessList,
        most_items(header),
        total_bal_items(list),
        InvalidReason::AccessListItems,
    )
}

/// Accounts by address, slots by key, changes by index; nothing twice, no slot both changed and read, no index past the
/// block's end.
fn check_order(list: &BlockAccessList, transactions: usize) -> Result<(), InvalidReason> {
    validate_block_access_list(list, transactions).map_err(|fault| {
        let (account, fault) = sorted(fault, transactions);
        InvalidReason::AccessListOrder { account, fault }
    })
}

fn sorted(fault: Fault, transactions: usize) -> (Address, AccessListFault) {
    match fault {
        Fault::DuplicateAccount { address } | Fault::AccountsOutOfOrder { address, .. } => {
            (address, AccessListFault::AccountOrder)
        }
        Fault::DuplicateStorageKey { address, slot } | Fault::StorageKeysOutOfOrder { address, slot, .. } => {
            (address, AccessListFault::SlotOrder { slot })
        }
        Fault::EmptyStorageChanges { address, slot } => (address, AccessListFault::EmptySlot { slot }),
        Fault::DuplicateBlockAccessIndex { address, kind, index }
        | Fault::ChangeIndicesOutOfOrder {
            address, kind, index, ..
        } => {
            let list = kind.into();
            (
                address,
                AccessListFault::IndexOrder {
                    index: index.get(),
                    list,
                },
            )
        }
        Fault::BlockAccessIndexOutOfRange { address, kind, index }
        | Fault::BlockAccessIndexExceedsBlock {
            address, kind, index, ..
        } => {
            let fault = AccessListFault::IndexPastEnd {
                expected: (transactions as u64).saturating_add(1),
                got: index.get(),
                list: kind.into(),
            };
            (address, fault)
        }
    }
}

/// The first account, by address, on which two lists differ; none if they differ in nothing but order.
fn first_difference(given: &BlockAccessList, rebuilt: &BlockAccessList) -> Option<Address> {
    let mut given = given.iter().peekable();
    let mut rebuilt = rebuilt.iter().peekable();
    loop {
        return match (given.peek(), rebuilt.peek()) {
            (Some(left), Some(right)) if left == right => {
                given.next();
                rebuilt.next();
                continue;
            }
            (Some(left), Some(right)) => Some(left.address.min(right.address)),
            (Some(left), None) => Some(left.address),
            (None, right) => right.map(|account| account.address),
        };
    }
}
