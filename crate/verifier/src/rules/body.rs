//! Body against header: the roots over transactions, ommers and withdrawals, and the block's size.
//!
//! Invariant: after this the body is what the header commits to.

use super::ommers::{OmmersError, check_ommers};
use crate::{
    Block, ChainSpec, InvalidReason, Mismatch, Rule, ancestors::Ancestors, checks::Checks, reason::ForkField,
};
use alloy_consensus::proofs::{
    calculate_ommers_root, calculate_transaction_root, calculate_withdrawals_root,
};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::B256;
use alloy_rlp::Encodable;

/// Most bytes of a block's RLP from Osaka on: 10 MiB less a margin of 2 MiB for the beacon block (EIP-7934).
const MAX_RLP_BLOCK_SIZE: u64 = 10_485_760 - 2_097_152;

/// The roots of a body, computed apart so that this can run beside other work.
#[derive(Debug)]
pub(crate) struct BodyRoots {
    transactions: B256,
    ommers: B256,
    withdrawals: Option<B256>,
    /// Bytes of the block's RLP.
    size: u64,
}

impl BodyRoots {
    /// Computes the roots of the block's body.
    pub(crate) fn new(block: &Block) -> Self {
        Self {
            transactions: calculate_transaction_root(&block.body.transactions),
            ommers: calculate_ommers_root(&block.body.ommers),
            withdrawals: block
                .body
                .withdrawals
                .as_ref()
                .map(|list| calculate_withdrawals_root(list)),
            size: block.length() as u64,
        }
    }
}

/// Holds the body to the header.
pub(crate) fn check_body(
    chain: &ChainSpec,
    block: &Block,
    roots: &BodyRoots,
    ancestors: &Ancestors,
    checks: &mut Checks,
) -> Result<(), OmmersError> {
    check_roots(chain, block, roots, checks).map_err(OmmersError::Invalid)?;
    if chain.is_paris_active_at_block(block.header.number) {
        return Ok(());
    }
    let outcome = match check_ommers(chain, block, ancestors) {
        Err(missing @ OmmersError::Missing(_)) => return Err(missing),
        Err(OmmersError::Invalid(reason)) => Err(reason),
        Ok(()) => Ok(()),
    };
    let count = block.body.ommers.len();
    checks
        .outcome(
            Rule::Ommers,
            format_args!("{count} by the rules of ommers"),
            outcome,
        )
        .map_err(OmmersError::Invalid)?;
    if count > 0 {
        checks.unchecked(
            Rule::Ommers,
            "none that an ancestor included beside another",
            "headers do not show it",
        );
    }
    checks.unchecked(
        Rule::ProofOfWork,
        "a seal by Ethash",
        "not checked: no cache is built for it",
    );
    Ok(())
}

fn check_roots(
    chain: &ChainSpec,
    block: &Block,
    roots: &BodyRoots,
    checks: &mut Checks,
) -> Result<(), InvalidReason> {
    let header = &block.header;
    checks.equal(
        Rule::TransactionsRoot,
        header.transactions_root,
        roots.transactions,
        InvalidReason::TransactionsRoot,
    )?;
    checks.equal(
        Rule::OmmersHash,
        header.ommers_hash,
        roots.ommers,
        InvalidReason::OmmersHash,
    )?;
    match (header.withdrawals_root, roots.withdrawals) {
        (None, None) => {}
        (Some(expected), Some(got)) => {
            checks.equal(
                Rule::WithdrawalsRoot,
                expected,
                got,
                InvalidReason::WithdrawalsRoot,
            )?;
        }
        (expected, got) => {
            let mismatch = Mismatch {
                expected: expected.is_some().into(),
                got: got.is_some().into(),
            };
            let reason = InvalidReason::ForkField {
                field: ForkField::Withdrawals,
                mismatch,
            };
            checks.outcome(Rule::WithdrawalsRoot, "withdrawals as in the header", Err(reason))?;
        }
    }
    if chain.is_osaka_active_at_timestamp(header.timestamp) {
        checks.at_most(
            Rule::BlockSize,
            MAX_RLP_BLOCK_SIZE,
            roots.size,
            InvalidReason::BlockSize,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_consensus::{BlockBody, Header};

    /// Checks a block of mainnet with an empty body, as if its RLP had `size` bytes.
    fn check_size(timestamp: u64, size: u64) -> Result<(), InvalidReason> {
        let block = Block {
            header: Header {
                timestamp,
                ..Header::default()
            },
            body: BlockBody::default(),
        };
        let roots = BodyRoots {
            size,
            ..BodyRoots::new(&block)
        };
        check_roots(&ChainSpec::mainnet(), &block, &roots, &mut Checks::default())
    }

    #[test]
    fn from_osaka_on_a_block_has_8_mib_at_most() {
        let osaka = 1_764_798_551;
        assert_eq!(check_size(osaka, 8_388_608), Ok(()));
        let mismatch = Mismatch {
            expected: 8_388_608,
            got: 8_388_609,
        };
        assert_eq!(
            check_size(osaka, 8_388_609),
            Err(InvalidReason::BlockSize(mismatch))
        );
    }

    #[test]
    fn before_osaka_a_block_is_as_large_as_it_likes() {
        let (prague, last_before_osaka) = (1_746_612_311, 1_764_798_550);
        for timestamp in [prague, last_before_osaka] {
            assert_eq!(check_size(timestamp, 8_388_609), Ok(()));
            assert_eq!(check_size(timestamp, u64::MAX), Ok(()));
        }
    }
}
