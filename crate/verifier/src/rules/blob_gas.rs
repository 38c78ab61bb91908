//! Blob gas: excess by EIP-4844, with the reserve price of EIP-7918 from Osaka on.
//!
//! Invariant: computed in 128 bits, so that no parent header makes it wrap.

use alloy_eips::{eip4844::DATA_GAS_PER_BLOB, eip7840::BlobParams};
use alloy_primitives::U256;

/// What a parent header contributes to its child's excess blob gas. Zero for a parent before Cancun.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct ParentBlobGas {
    pub(super) excess: u64,
    pub(super) used: u64,
    /// Base fee in wei.
    pub(super) base_fee: u64,
}

/// Excess blob gas of a block under `params` (the block's own fork's).
pub(super) fn excess_blob_gas(params: &BlobParams, parent: ParentBlobGas) -> u64 {
    let total = u128::from(parent.excess) + u128::from(parent.used);
    let target = u128::from(params.target_blob_gas_per_block());
    if total < target {
        return 0;
    }
    let reserve_price = U256::from(params.blob_base_cost) * U256::from(parent.base_fee);
    let blob_price = U256::from(DATA_GAS_PER_BLOB) * U256::from(params.calc_blob_fee(parent.excess));
    let excess = if params.blob_base_cost > 0 && reserve_price > blob_price {
        let over_target = params.max_blob_count.saturating_sub(params.target_blob_count);
        u128::from(parent.excess)
            + u128::from(parent.used) * u128::from(over_target) / u128::from(params.max_blob_count.max(1))
    } else {
        total - target
    };
    u64::try_from(excess).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_alloy_over_ordinary_headers() {
        for params in [
            BlobParams::cancun(),
            BlobParams::prague(),
            BlobParams::osaka(),
            BlobParams::bpo2(),
        ] {
            for excess in [0, 1, 393_216, 786_432, 50_000_000, 200_000_000] {
                for blobs in 0..=params.max_blob_count {
                    for base_fee in [1, 7, 1_000_000_000, 90_000_000_000] {
                        let used = blobs * DATA_GAS_PER_BLOB;
                        assert_eq!(
                            excess_blob_gas(
                                &params,
                                ParentBlobGas {
                                    excess,
                                    used,
                                    base_fee
                                }
                            ),
                            params.next_block_excess_blob_gas_osaka(excess, used, base_fee),
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn absurd_parents_do_not_wrap() {
        let parent = ParentBlobGas {
            excess: u64::MAX,
            used: u64::MAX,
            base_fee: u64::MAX,
        };
        assert_eq!(excess_blob_gas(&BlobParams::bpo2(), parent), u64::MAX);
    }
}
