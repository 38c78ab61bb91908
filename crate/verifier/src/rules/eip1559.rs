//! EIP-1559: base fee and the gas limit's bounds around the fork.
//!
//! Invariant: computed in 128 bits, saturating, so that no parent header makes it wrap.

/// Base fee of the first block under EIP-1559, in wei.
const INITIAL_BASE_FEE: u64 = 1_000_000_000;
const ELASTICITY_MULTIPLIER: u64 = 2;
const BASE_FEE_MAX_CHANGE_DENOMINATOR: u128 = 8;

/// Base fee, in wei, of the child of a block with these values. `parent_base_fee` is `None` for the last block
/// before the fork.
pub(super) fn base_fee(parent_gas_limit: u64, parent_gas_used: u64, parent_base_fee: Option<u64>) -> u64 {
    let Some(parent_base_fee) = parent_base_fee else {
        return INITIAL_BASE_FEE;
    };
    let target = parent_gas_limit / ELASTICITY_MULTIPLIER;
    if target == 0 {
        return parent_base_fee;
    }
    let change = |gas: u64| {
        // (2^64)^2 fits 128 bits.
        u128::from(parent_base_fee) * u128::from(gas) / u128::from(target) / BASE_FEE_MAX_CHANGE_DENOMINATOR
    };
    let saturated = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    if parent_gas_used > target {
        parent_base_fee.saturating_add(saturated(change(parent_gas_used - target).max(1)))
    } else {
        parent_base_fee.saturating_sub(saturated(change(target - parent_gas_used)))
    }
}

/// The parent's gas limit as the child's bounds see it: doubled at the fork block.
pub(super) const fn parent_gas_limit(parent_gas_limit: u64, at_fork: bool) -> u64 {
    if at_fork {
        parent_gas_limit.saturating_mul(ELASTICITY_MULTIPLIER)
    } else {
        parent_gas_limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_fee_moves_by_an_eighth_at_most() {
        assert_eq!(base_fee(30_000_000, 15_000_000, Some(1000)), 1000, "at target");
        assert_eq!(base_fee(30_000_000, 30_000_000, Some(1000)), 1125, "full");
        assert_eq!(base_fee(30_000_000, 0, Some(1000)), 875, "empty");
        assert_eq!(
            base_fee(30_000_000, 15_000_001, Some(1)),
            2,
            "at least one wei up"
        );
        assert_eq!(
            base_fee(30_000_000, 0, None),
            1_000_000_000,
            "the fork's first block"
        );
    }

    #[test]
    fn absurd_parents_do_not_wrap() {
        assert_eq!(base_fee(u64::MAX, u64::MAX, Some(u64::MAX)), u64::MAX);
        assert_eq!(base_fee(1, u64::MAX, Some(u64::MAX)), u64::MAX);
        assert_eq!(base_fee(2, u64::MAX, Some(u64::MAX)), u64::MAX);
    }
}
