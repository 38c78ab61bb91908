//! Difficulty before the merge: Frontier, EIP-2 (Homestead), EIP-100 (Byzantium), and the bomb with its delays
//! (EIP-649, EIP-1234, EIP-2384, EIP-3554, EIP-4345, EIP-5133).
//!
//! Invariant: computed in 256 bits with saturation; a bomb past the width saturates instead of wrapping.

use crate::ChainSpec;
use alloy_consensus::{EMPTY_OMMER_ROOT_HASH, Header};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks};
use alloy_primitives::U256;

const MINIMUM: u64 = 131_072;
const BOMB_PERIOD: u64 = 100_000;

/// Difficulty of the block with this number and timestamp on top of `parent` (Yellow Paper 4.4.4).
pub(super) fn difficulty(chain: &ChainSpec, number: u64, timestamp: u64, parent: &Header) -> U256 {
    let elapsed = timestamp.saturating_sub(parent.timestamp);
    let step = parent.difficulty / U256::from(2048);
    // Positive raises, negative lowers; never below -99.
    let factor: i64 = if chain.is_byzantium_active_at_block(number) {
        let uncles = if parent.ommers_hash == EMPTY_OMMER_ROOT_HASH {
            1
        } else {
            2
        };
        lowered(uncles, elapsed / 9)
    } else if chain.is_homestead_active_at_block(number) {
        lowered(1, elapsed / 10)
    } else if elapsed < 13 {
        1
    } else {
        -1
    };
    let change = step.saturating_mul(U256::from(factor.unsigned_abs()));
    let adjusted = if factor >= 0 {
        parent.difficulty.saturating_add(change)
    } else {
        parent.difficulty.saturating_sub(change)
    };
    adjusted
        .max(U256::from(MINIMUM))
        .saturating_add(bomb(chain, number))
}

/// `positive - periods`, at least -99.
fn lowered(positive: i64, periods: u64) -> i64 {
    positive
        .saturating_sub(i64::try_from(periods).unwrap_or(i64::MAX))
        .max(-99)
}

/// The exponential part, two to the number of periods less two.
fn bomb(chain: &ChainSpec, number: u64) -> U256 {
    let active = |fork| chain.ethereum_fork_activation(fork).active_at_block(number);
    let delay = if active(EthereumHardfork::GrayGlacier) {
        11_400_000
    } else if active(EthereumHardfork::ArrowGlacier) {
        10_700_000
    } else if active(EthereumHardfork::London) {
        9_700_000
    } else if active(EthereumHardfork::MuirGlacier) {
        9_000_000
    } else if active(EthereumHardfork::Constantinople) {
        5_000_000
    } else if active(EthereumHardfork::Byzantium) {
        3_000_000
    } else {
        0
    };
    let periods = number.saturating_sub(delay) / BOMB_PERIOD;
    match periods.checked_sub(2) {
        None => U256::ZERO,
        Some(exponent) => U256::checked_from_limbs_slice(&[1])
            .and_then(|one: U256| one.checked_shl(usize::try_from(exponent).ok()?))
            .unwrap_or(U256::MAX),
    }
}
