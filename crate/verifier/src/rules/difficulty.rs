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

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::B256;
    use serde_json::json;

    // The forks by their fields in a configuration; Frontier needs none.
    const FRONTIER: &str = "";
    const HOMESTEAD: &str = "homesteadBlock";
    const BYZANTIUM: &str = "byzantiumBlock";
    const CONSTANTINOPLE: &str = "constantinopleBlock";
    const MUIR_GLACIER: &str = "muirGlacierBlock";
    const LONDON: &str = "londonBlock";
    const ARROW_GLACIER: &str = "arrowGlacierBlock";
    const GRAY_GLACIER: &str = "grayGlacierBlock";

    /// Fork, block number, the parent's difficulty, seconds elapsed, whether the parent has ommers, the block's difficulty:
    /// of the public `DifficultyTests` in ethereum/tests.
    #[rustfmt::skip] // a table
    const FIGURES: [(&str, u64, u128, u64, bool, u128); 14] = [
        (BYZANTIUM, 4_600_000, 0x2642_6457_238e_2131, 20, false, 0x263d_9c0a_98a9_ef6d),
        (BYZANTIUM, 4_900_000, 0x7202_995d_0223_71be, 20, false, 0x71f4_5909_d685_2d50),
        (BYZANTIUM, 600_000, 0x7ec8_192f_1b65_ae96, 20, true, 0x7ec8_192f_1b65_ae96),
        (BYZANTIUM, 200_000, 0x2326_69da_055a_f609, 2, false, 0x232a_cea7_409b_a167),
        (CONSTANTINOPLE, 4_900_000, 0x3fb6_4e09_2c00_db60, 20, false, 0x3fae_573f_6adb_5b45),
        (CONSTANTINOPLE, 600_000, 0x5a78_2883_f322_1ad9, 20, true, 0x5a78_2883_f322_1ad9),
        (MUIR_GLACIER, 10_291_576, 0x945_fcdd_893a_310f, 21, true, 0x945_fcdd_893a_350f),
        (MUIR_GLACIER, 10_219_102, 0x1012_714f_7c7f_3679, 16, false, 0x1012_714f_7c7f_3a79),
        (MUIR_GLACIER, 10_369_143, 0x7916_c765_9e0a_7daf, 58, false, 0x78cb_1928_fe87_bf24),
        (ARROW_GLACIER, 13_953_000, 0x6a_81ee_2c85_4967_f056, 21, true, 0x6a_81ee_2c85_8967_f056),
        (ARROW_GLACIER, 13_973_000, 0xad_88e5_71e6_75da_2c91, 23, true, 0xad_88e5_71e6_b5da_2c91),
        (ARROW_GLACIER, 11_199_999, 0x22_3a2d_1723_2652, 1, false, 0x22_3e74_5cc6_0aba),
        (ARROW_GLACIER, 11_199_999, 0x22_3a2d_1723_2652, 1, true, 0x22_42bb_a268_ef1e),
        (ARROW_GLACIER, 11_199_999, 0x22_3a2d_1723_2652, 82, false, 0x22_17f2_ea0c_0336),
    ];

    /// A chain with the forks up to the one with this field at block 0, and none later.
    fn chain_up_to(newest: &str) -> ChainSpec {
        let forks = [
            HOMESTEAD,
            "eip150Block",
            "eip155Block",
            "eip158Block",
            BYZANTIUM,
            CONSTANTINOPLE,
            "istanbulBlock",
            MUIR_GLACIER,
            "berlinBlock",
            LONDON,
            ARROW_GLACIER,
            GRAY_GLACIER,
        ];
        let mut configuration = json!({"chainId": 7});
        let count = forks
            .iter()
            .position(|fork| *fork == newest)
            .map_or(0, |at| at + 1);
        for fork in &forks[..count] {
            configuration[*fork] = json!(0);
        }
        ChainSpec::from_json(configuration.to_string().as_bytes()).expect("readable")
    }

    /// Difficulty of the block with this number, so many seconds after a parent of this difficulty, under the rules of
    /// the fork.
    fn after(fork: &str, number: u64, parent: U256, elapsed: u64, parent_has_ommers: bool) -> U256 {
        let mut parent = Header {
            difficulty: parent,
            ..Header::default()
        };
        if parent_has_ommers {
            parent.ommers_hash = B256::repeat_byte(1);
        }
        difficulty(&chain_up_to(fork), number, elapsed, &parent)
    }

    /// The same, of a parent without ommers, in numbers that can be worked out by hand.
    fn small(fork: &str, number: u64, parent: u64, elapsed: u64) -> u64 {
        after(fork, number, U256::from(parent), elapsed, false).to()
    }

    #[test]
    fn figures_of_the_public_difficulty_tests_are_met() {
        for (fork, number, parent, elapsed, parent_has_ommers, expected) in FIGURES {
            let got = after(fork, number, U256::from(parent), elapsed, parent_has_ommers);
            assert_eq!(
                got,
                U256::from(expected),
                "{fork}: block {number}, {elapsed} s after {parent:#x}"
            );
        }
    }

    /// No public figures are known of these two forks: what is expected follows from the delays in their EIPs. Ten seconds
    /// after a parent without ommers nothing but the bomb is added.
    #[test]
    fn the_bomb_waits_as_long_as_its_newest_delay_says() {
        let parent = 1 << 50;
        // EIP-3554, 9,700,000 blocks: block 11,199,999 is in the period 14 of the bomb.
        assert_eq!(small(LONDON, 11_199_999, parent, 10), parent + (1 << 12));
        // EIP-5133, 11,400,000 blocks: block 13,952,000 is in its period 25.
        assert_eq!(small(GRAY_GLACIER, 13_952_000, parent, 10), parent + (1 << 23));
    }

    #[test]
    fn the_bomb_starts_with_its_second_period() {
        assert_eq!(small(FRONTIER, 199_999, 131_072, 13), 131_072);
        assert_eq!(small(FRONTIER, 200_000, 131_072, 13), 131_072 + 1);
        assert_eq!(small(FRONTIER, 299_999, 131_072, 13), 131_072 + 1);
        assert_eq!(small(FRONTIER, 300_000, 131_072, 13), 131_072 + 2);
        assert_eq!(small(BYZANTIUM, 3_199_999, 131_072, 9), 131_072);
        assert_eq!(small(BYZANTIUM, 3_200_000, 131_072, 9), 131_072 + 1);
    }

    /// Of a parent's 2,048,000 a step is 1,000.
    #[test]
    fn frontier_moves_by_one_step_up_or_down() {
        for (elapsed, expected) in [
            (1, 2_049_000),
            (12, 2_049_000),
            (13, 2_047_000),
            (10_000, 2_047_000),
        ] {
            assert_eq!(small(FRONTIER, 1, 2_048_000, elapsed), expected, "{elapsed} s");
        }
    }

    #[test]
    fn homestead_moves_by_a_step_every_ten_seconds() {
        for (elapsed, expected) in [
            (1, 2_049_000),
            (9, 2_049_000),
            (10, 2_048_000),
            (19, 2_048_000),
            (20, 2_047_000),
            (105, 2_039_000),
        ] {
            assert_eq!(small(HOMESTEAD, 1, 2_048_000, elapsed), expected, "{elapsed} s");
        }
    }

    #[test]
    fn no_block_is_more_than_99_steps_easier_than_its_parent() {
        for (fork, elapsed, expected) in [
            (HOMESTEAD, 999, 1_950_000),
            (HOMESTEAD, 1_000, 1_949_000),
            (HOMESTEAD, 1_010, 1_949_000),
            (HOMESTEAD, u64::MAX, 1_949_000),
            (BYZANTIUM, 899, 1_950_000),
            (BYZANTIUM, 900, 1_949_000),
            (BYZANTIUM, 909, 1_949_000),
            (BYZANTIUM, u64::MAX, 1_949_000),
        ] {
            assert_eq!(
                small(fork, 1, 2_048_000, elapsed),
                expected,
                "{fork}: {elapsed} s"
            );
        }
    }

    #[test]
    fn no_difficulty_is_below_the_minimum() {
        for (fork, elapsed) in [(FRONTIER, 13), (HOMESTEAD, 1_000), (BYZANTIUM, 900)] {
            assert_eq!(small(fork, 1, 131_072, elapsed), 131_072, "{fork}");
            assert_eq!(small(fork, 1, 0, elapsed), 131_072, "{fork}");
        }
        assert_eq!(
            small(HOMESTEAD, 1, 131_136, 20),
            131_072,
            "a step of 64 down to it"
        );
    }

    #[test]
    fn a_bomb_or_a_parent_too_large_for_256_bits_saturates() {
        let bomb = |number| after(FRONTIER, number, U256::ZERO, 0, false);
        assert_eq!(bomb(25_700_000), (U256::ONE << 255_usize) + U256::from(MINIMUM));
        assert_eq!(bomb(25_800_000), U256::MAX);
        assert_eq!(bomb(u64::MAX), U256::MAX);

        let largest = |elapsed| after(HOMESTEAD, 1, U256::MAX, elapsed, false);
        assert_eq!(largest(1), U256::MAX);
        assert_eq!(largest(10), U256::MAX);
        let step = U256::MAX / U256::from(2048);
        assert_eq!(largest(20), U256::MAX - step);
        assert_eq!(largest(1_000), U256::MAX - step * U256::from(99));
    }
}
