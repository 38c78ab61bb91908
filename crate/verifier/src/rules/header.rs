//! Header against parent: Yellow Paper 4.4.4, EIP-1559, EIP-3675, EIP-4788, EIP-4844, EIP-4895, EIP-7685.
//!
//! Invariant: every field of the header is held to the parent or to the fork, but for those that the body or execution determine,
//! those that whoever proposes the block chooses (beneficiary, and after the merge the mix hash), and proof of work.

use super::{
    blob_gas::{ParentBlobGas, excess_blob_gas},
    difficulty::difficulty,
    eip1559,
};
use crate::{ChainSpec, InvalidReason, Mismatch, Presence, Rule, checks::Checks, reason::ForkField};
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks};
use alloy_primitives::{B64, Bytes, U256, bytes};

/// Most bytes of extra data (Yellow Paper 4.4.4).
const EXTRA_DATA_BYTES: u64 = 32;
/// Least gas limit (Yellow Paper 4.4.4).
const MINIMUM_GAS_LIMIT: u64 = 5_000;
/// Most gas limit: it fits 63 bits (EIP-106, which clients hold to).
const MAXIMUM_GAS_LIMIT: u64 = i64::MAX.cast_unsigned();
/// A gas limit differs from the parent's by less than this part of it.
const GAS_LIMIT_BOUND_DIVISOR: u64 = 1_024;
/// Extra data of the DAO fork's block and the nine after it: "dao-hard-fork" in ASCII.
const DAO_FORK_EXTRA_DATA: Bytes = bytes!("64616f2d686172642d666f726b");
const DAO_FORK_EXTRA_RANGE: u64 = 10;

/// Holds `header` to `parent` under the rules of `chain`.
pub(crate) fn check_header(
    chain: &ChainSpec,
    header: &Header,
    parent: &Header,
    checks: &mut Checks,
) -> Result<(), InvalidReason> {
    let number = next(parent.number, InvalidReason::NoNextNumber)?;
    checks.equal(Rule::Number, number, header.number, InvalidReason::Number)?;
    let earliest = next(parent.timestamp, InvalidReason::NoLaterTimestamp)?;
    checks.at_least(
        Rule::Timestamp,
        earliest,
        header.timestamp,
        InvalidReason::Timestamp,
    )?;
    let fork = chain.fork(header.number, header.timestamp);
    checks.outcome(
        Rule::HeaderFields,
        format_args!("fields of {fork}"),
        check_fork_fields(chain, header),
    )?;
    check_gas_limit(chain, header, parent, checks)?;
    checks.at_most(
        Rule::GasUsed,
        header.gas_limit,
        header.gas_used,
        InvalidReason::GasUsedAboveLimit,
    )?;
    check_extra_data(chain, header, checks)?;
    check_seal(chain, header, parent, checks)?;
    if let Some(base_fee) = header.base_fee_per_gas {
        let expected = eip1559::base_fee(parent.gas_limit, parent.gas_used, parent.base_fee_per_gas);
        checks.equal(Rule::BaseFee, expected, base_fee, InvalidReason::BaseFee)?;
    }
    if let (Some(params), Some(excess)) = (chain.blob_params(header.timestamp), header.excess_blob_gas) {
        let parent = ParentBlobGas {
            excess: parent.excess_blob_gas.unwrap_or_default(),
            used: parent.blob_gas_used.unwrap_or_default(),
            base_fee: parent.base_fee_per_gas.unwrap_or_default(),
        };
        checks.equal(
            Rule::ExcessBlobGas,
            excess_blob_gas(&params, parent),
            excess,
            InvalidReason::ExcessBlobGas,
        )?;
    }
    Ok(())
}

/// One more than the parent's; a parent with the largest value there is can have no child.
fn next(parent: u64, none: InvalidReason) -> Result<u64, InvalidReason> {
    parent.checked_add(1).ok_or(none)
}

/// The fields that came with forks are there from their fork on, and only then.
fn check_fork_fields(chain: &ChainSpec, header: &Header) -> Result<(), InvalidReason> {
    let time = header.timestamp;
    let (london, shanghai) = (
        chain.is_london_active_at_block(header.number),
        chain.is_shanghai_active_at_timestamp(time),
    );
    let (cancun, prague) = (
        chain.is_cancun_active_at_timestamp(time),
        chain.is_prague_active_at_timestamp(time),
    );
    let amsterdam = chain.is_amsterdam_active_at_timestamp(time);
    let fields = [
        (
            ForkField::BaseFeePerGas,
            london,
            header.base_fee_per_gas.is_some(),
        ),
        (
            ForkField::WithdrawalsRoot,
            shanghai,
            header.withdrawals_root.is_some(),
        ),
        (ForkField::BlobGasUsed, cancun, header.blob_gas_used.is_some()),
        (ForkField::ExcessBlobGas, cancun, header.excess_blob_gas.is_some()),
        (
            ForkField::ParentBeaconBlockRoot,
            cancun,
            header.parent_beacon_block_root.is_some(),
        ),
        (ForkField::RequestsHash, prague, header.requests_hash.is_some()),
        (
            ForkField::BlockAccessListHash,
            amsterdam,
            header.block_access_list_hash.is_some(),
        ),
        (ForkField::SlotNumber, amsterdam, header.slot_number.is_some()),
    ];
    for (field, expected, got) in fields {
        if expected != got {
            let mismatch = Mismatch {
                expected: expected.into(),
                got: got.into(),
            };
            return Err(InvalidReason::ForkField { field, mismatch });
        }
    }
    Ok(())
}

fn check_gas_limit(
    chain: &ChainSpec,
    header: &Header,
    parent: &Header,
    checks: &mut Checks,
) -> Result<(), InvalidReason> {
    let at_london = chain
        .ethereum_fork_activation(EthereumHardfork::London)
        .transitions_at_block(header.number);
    let limit = eip1559::parent_gas_limit(parent.gas_limit, at_london);
    // Strictly less than the bound in either direction.
    let most_change = (limit / GAS_LIMIT_BOUND_DIVISOR).saturating_sub(1);
    let least = limit.saturating_sub(most_change).max(MINIMUM_GAS_LIMIT);
    checks.at_most(
        Rule::GasLimit,
        limit.saturating_add(most_change).min(MAXIMUM_GAS_LIMIT),
        header.gas_limit,
        InvalidReason::GasLimitTooHigh,
    )?;
    checks.at_least(
        Rule::GasLimit,
        least,
        header.gas_limit,
        InvalidReason::GasLimitTooLow,
    )
}

fn check_extra_data(chain: &ChainSpec, header: &Header, checks: &mut Checks) -> Result<(), InvalidReason> {
    let length = header.extra_data.len() as u64;
    checks.at_most(
        Rule::ExtraData,
        EXTRA_DATA_BYTES,
        length,
        InvalidReason::ExtraDataLength,
    )?;
    check_dao_mark(chain, header, checks)
}

/// EIP-779: for ten blocks, a chain that made the DAO fork is marked, and one that refused it is not. Clients hold blocks
/// sealed by proof of work to it, and no others.
fn check_dao_mark(chain: &ChainSpec, header: &Header, checks: &mut Checks) -> Result<(), InvalidReason> {
    if chain.is_paris_active_at_block(header.number) {
        return Ok(());
    }
    let is_near = |fork: Option<u64>| {
        fork.and_then(|fork| header.number.checked_sub(fork))
            .is_some_and(|blocks| blocks < DAO_FORK_EXTRA_RANGE)
    };
    if is_near(
        chain
            .ethereum_fork_activation(EthereumHardfork::Dao)
            .block_number(),
    ) {
        let got = header.extra_data.clone();
        checks.equal(
            Rule::ExtraData,
            DAO_FORK_EXTRA_DATA,
            got,
            InvalidReason::DaoForkExtraData,
        )?;
    }
    if is_near(chain.dao_refused_at()) {
        let marked = header.extra_data == DAO_FORK_EXTRA_DATA;
        checks.equal(
            Rule::ExtraData,
            Presence::Absent,
            marked.into(),
            InvalidReason::DaoForkMark,
        )?;
    }
    Ok(())
}

/// Difficulty, and after the merge the constants of EIP-3675. Proof of work itself is not checked.
fn check_seal(
    chain: &ChainSpec,
    header: &Header,
    parent: &Header,
    checks: &mut Checks,
) -> Result<(), InvalidReason> {
    if chain.is_paris_active_at_block(header.number) {
        checks.equal(
            Rule::Difficulty,
            U256::ZERO,
            header.difficulty,
            InvalidReason::Difficulty,
        )?;
        checks.equal(Rule::Nonce, B64::ZERO, header.nonce, InvalidReason::Nonce)?;
        checks.equal(
            Rule::OmmersHash,
            EMPTY_OMMER_ROOT_HASH,
            header.ommers_hash,
            InvalidReason::OmmersHash,
        )
    } else {
        // Shanghai came after the merge: as in geth, there is no block with proof of work from its time on.
        if chain.is_shanghai_active_at_timestamp(header.timestamp) && !header.difficulty.is_zero() {
            let got = header.difficulty;
            return Err(InvalidReason::Difficulty(Mismatch {
                expected: U256::ZERO,
                got,
            }));
        }
        let expected = difficulty(chain, header.number, header.timestamp, parent);
        checks.equal(
            Rule::Difficulty,
            expected,
            header.difficulty,
            InvalidReason::Difficulty,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chain: &ChainSpec, header: &Header, parent: &Header) -> Result<(), InvalidReason> {
        check_header(chain, header, parent, &mut Checks::default())
    }

    #[test]
    fn no_block_comes_after_the_last_number_or_the_last_second() {
        let header = Header {
            number: u64::MAX,
            timestamp: u64::MAX,
            ..Header::default()
        };
        assert_eq!(
            check(&ChainSpec::mainnet(), &header, &header),
            Err(InvalidReason::NoNextNumber)
        );
        let parent = Header {
            number: u64::MAX - 1,
            ..header.clone()
        };
        assert_eq!(
            check(&ChainSpec::mainnet(), &header, &parent),
            Err(InvalidReason::NoLaterTimestamp)
        );
    }

    /// A header and its parent, mainnet's of this number, the header at Shanghai's time and with proof of work.
    fn at_shanghais_time(number: u64) -> (Header, Header) {
        let chain = ChainSpec::mainnet();
        let base_fee = chain.is_london_active_at_block(number).then_some(7);
        let parent = Header {
            number: number - 1,
            timestamp: 1_681_338_454,
            gas_limit: 30_000_000,
            gas_used: 15_000_000,
            difficulty: U256::from(1_u64 << 50),
            base_fee_per_gas: base_fee,
            ..Header::default()
        };
        let header = Header {
            number,
            timestamp: parent.timestamp + 1,
            parent_hash: parent.hash_slow(),
            gas_used: 0,
            difficulty: difficulty(&chain, number, parent.timestamp + 1, &parent),
            ..parent.clone()
        };
        (header, parent)
    }

    #[test]
    fn there_is_no_block_with_proof_of_work_from_shanghais_time_on() {
        let (mut header, parent) = at_shanghais_time(14_000_000);
        let check = |header: &Header| {
            let chain = ChainSpec::mainnet().as_seen_by(header);
            check(&chain, header, &parent)
        };
        header.withdrawals_root = Some(alloy_consensus::EMPTY_ROOT_HASH);
        let got = header.difficulty;
        let expected = U256::ZERO;
        let mismatch = Mismatch { expected, got };
        assert_eq!(check(&header), Err(InvalidReason::Difficulty(mismatch)));
        // Nor one without, before the merge's block.
        header.difficulty = U256::ZERO;
        let mismatch = Mismatch {
            expected: got,
            got: U256::ZERO,
        };
        assert_eq!(check(&header), Err(InvalidReason::Difficulty(mismatch)));
    }

    #[test]
    fn before_london_no_timestamp_brings_a_later_fork() {
        let (mut header, parent) = at_shanghais_time(12_500_000);
        let chain = ChainSpec::mainnet();
        assert_eq!(chain.fork(header.number, u64::MAX), EthereumHardfork::Berlin);
        for timestamp in [header.timestamp, 1_900_000_000] {
            header.timestamp = timestamp;
            header.difficulty = difficulty(&chain, header.number, timestamp, &parent);
            let chain = chain.as_seen_by(&header);
            assert_eq!(check(&chain, &header, &parent), Ok(()));
            assert_eq!(chain.blob_params(timestamp), None);
        }
        header.withdrawals_root = Some(alloy_consensus::EMPTY_ROOT_HASH);
        assert!(matches!(
            check(&chain.as_seen_by(&header), &header, &parent),
            Err(InvalidReason::ForkField { .. })
        ));
    }

    #[test]
    fn a_gas_limit_fits_63_bits() {
        let parent = Header {
            gas_limit: MAXIMUM_GAS_LIMIT,
            ..Header::default()
        };
        let header = Header {
            gas_limit: MAXIMUM_GAS_LIMIT + 1,
            ..Header::default()
        };
        let got = check_gas_limit(&ChainSpec::mainnet(), &header, &parent, &mut Checks::default());
        let mismatch = Mismatch {
            expected: MAXIMUM_GAS_LIMIT,
            got: MAXIMUM_GAS_LIMIT + 1,
        };
        assert_eq!(got, Err(InvalidReason::GasLimitTooHigh(mismatch)));
    }

    #[test]
    fn at_london_and_only_there_the_parents_gas_limit_counts_doubled() {
        let check = |number, gas_limit| {
            let parent = Header {
                gas_limit: 15_000_000,
                ..Header::default()
            };
            let header = Header {
                number,
                gas_limit,
                ..Header::default()
            };
            check_gas_limit(&ChainSpec::mainnet(), &header, &parent, &mut Checks::default())
        };
        let london = 12_965_000;
        // A 1,024th of the limit that counts, less one: 29,295 of the doubled one, 14,647 of the other.
        for (number, least, most) in [
            (london - 1, 14_985_353, 15_014_647),
            (london, 29_970_705, 30_029_295),
            (london + 1, 14_985_353, 15_014_647),
        ] {
            assert_eq!(check(number, least), Ok(()), "{number}");
            assert_eq!(check(number, most), Ok(()), "{number}");
            let mismatch = Mismatch {
                expected: least,
                got: least - 1,
            };
            assert_eq!(
                check(number, least - 1),
                Err(InvalidReason::GasLimitTooLow(mismatch)),
                "{number}"
            );
            let mismatch = Mismatch {
                expected: most,
                got: most + 1,
            };
            assert_eq!(
                check(number, most + 1),
                Err(InvalidReason::GasLimitTooHigh(mismatch)),
                "{number}"
            );
        }
    }

    #[test]
    fn a_chain_that_refused_the_dao_fork_takes_no_mark_of_it() {
        let chain = |support: bool| {
            let json = format!(
                r#"{{"chainId": 61, "homesteadBlock": 0, "daoForkBlock": 1920000, "daoForkSupport": {support}}}"#
            );
            ChainSpec::from_json(json.as_bytes()).expect("readable")
        };
        let header = |number, extra_data| Header {
            number,
            extra_data,
            ..Header::default()
        };
        let check = |chain: &ChainSpec, number, extra_data| {
            check_extra_data(chain, &header(number, extra_data), &mut Checks::default())
        };
        let (pro, contra) = (chain(true), chain(false));
        for number in 1_920_000..1_920_010 {
            assert_eq!(check(&pro, number, DAO_FORK_EXTRA_DATA), Ok(()));
            assert!(check(&pro, number, Bytes::new()).is_err());
            assert_eq!(check(&contra, number, Bytes::new()), Ok(()));
            let mismatch = Mismatch {
                expected: Presence::Absent,
                got: Presence::Present,
            };
            assert_eq!(
                check(&contra, number, DAO_FORK_EXTRA_DATA),
                Err(InvalidReason::DaoForkMark(mismatch))
            );
        }
        for number in [1_919_999, 1_920_010] {
            assert_eq!(check(&contra, number, DAO_FORK_EXTRA_DATA), Ok(()));
            assert_eq!(check(&pro, number, Bytes::new()), Ok(()));
        }
    }
}
