//! Chains: which fork's rules hold for which block.
//!
//! Invariant: a [`ChainSpec`] answers for every fork whether and when it is active; a configuration that leaves that open
//! does not come to be one (`configuration.rs`).

mod configuration;

pub use configuration::ChainSpecError;

use crate::merge::{MergeByDifficulty, Undecidable};
use alloy_consensus::Header;
use alloy_eips::{
    eip6110::MAINNET_DEPOSIT_CONTRACT_ADDRESS, eip7840::BlobParams, eip7892::BlobScheduleBlobParams,
};
use alloy_evm::eth::spec::EthExecutorSpec;
use alloy_hardforks::{EthereumChainHardforks, EthereumHardfork, EthereumHardforks, ForkCondition};
use alloy_primitives::{Address, address};
use blocklight_executor::AmsterdamRules;
use std::sync::Arc;

/// A chain: its id, its forks, its blob schedule. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ChainSpec(Arc<Parameters>);

#[derive(Debug, Clone)]
struct Parameters {
    id: u64,
    name: String,
    forks: EthereumChainHardforks,
    blobs: BlobScheduleBlobParams,
    deposit_contract: Option<Address>,
    amsterdam: AmsterdamRules,
    /// Where a block's difficulty has to tell whether it is after the merge.
    merge: Option<MergeByDifficulty>,
    /// The block at which the chain refused the DAO fork (`daoForkSupport: false`).
    dao_refused_at: Option<u64>,
    /// Whether it is a public chain, whose later forks get their dates after this was written.
    is_public: bool,
}

impl ChainSpec {
    /// Ethereum mainnet, chain 1.
    pub fn mainnet() -> Self {
        let forks = EthereumChainHardforks::mainnet();
        let blobs = scheduled_blobs(&forks);
        Self::built_in(1, "mainnet", forks, MAINNET_DEPOSIT_CONTRACT_ADDRESS, blobs)
    }

    /// Sepolia, chain 11155111.
    pub fn sepolia() -> Self {
        let forks = without_dao_fork(EthereumHardfork::sepolia());
        let blobs = scheduled_blobs(&forks);
        Self::built_in(
            11_155_111,
            "sepolia",
            forks,
            address!("0x7f02c3e3c98b133055b8b348b2ac625669ed295d"),
            blobs,
        )
    }

    /// Holesky, chain 17000.
    pub fn holesky() -> Self {
        let forks = without_dao_fork(EthereumHardfork::holesky());
        let blobs = scheduled_blobs(&forks);
        Self::built_in(
            17_000,
            "holesky",
            forks,
            address!("0x4242424242424242424242424242424242424242"),
            blobs,
        )
    }

    /// Hoodi, chain 560048.
    pub fn hoodi() -> Self {
        let forks = without_dao_fork(EthereumHardfork::hoodi());
        let blobs = scheduled_blobs(&forks);
        Self::built_in(560_048, "hoodi", forks, MAINNET_DEPOSIT_CONTRACT_ADDRESS, blobs)
    }

    fn built_in(
        id: u64,
        name: &str,
        forks: EthereumChainHardforks,
        deposit_contract: Address,
        blobs: BlobScheduleBlobParams,
    ) -> Self {
        Self(Arc::new(Parameters {
            id,
            name: name.into(),
            forks,
            blobs,
            deposit_contract: Some(deposit_contract),
            amsterdam: AmsterdamRules::default(),
            merge: None,
            dao_refused_at: None,
            is_public: true,
        }))
    }

    /// The built-in chain of this name: `mainnet`, `sepolia`, `holesky` or `hoodi`.
    pub fn by_name(name: &str) -> Option<Self> {
        match name {
            "mainnet" => Some(Self::mainnet()),
            "sepolia" => Some(Self::sepolia()),
            "holesky" => Some(Self::holesky()),
            "hoodi" => Some(Self::hoodi()),
            _ => None,
        }
    }

    /// The built-in chain with this id.
    pub fn by_id(id: u64) -> Option<Self> {
        match id {
            1 => Some(Self::mainnet()),
            11_155_111 => Some(Self::sepolia()),
            17_000 => Some(Self::holesky()),
            560_048 => Some(Self::hoodi()),
            _ => None,
        }
    }

    /// The chain's id (EIP-155).
    pub fn id(&self) -> u64 {
        self.0.id
    }

    /// The chain's name, for people.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Which rules Amsterdam has here.
    pub(crate) fn amsterdam_rules(&self) -> AmsterdamRules {
        self.0.amsterdam
    }

    /// The chain as a block with this header sees it: where the merge's block is not known, the block's difficulty tells on
    /// which side of it the block claims to be. [`ChainSpec::check_merge`] says whether it may.
    pub(crate) fn as_seen_by(&self, header: &Header) -> Self {
        let Some(merge) = &self.0.merge else {
            return self.with_london_first(header);
        };
        let mut parameters = (*self.0).clone();
        parameters.forks = EthereumChainHardforks::new(merge.forks(merge.is_after(header)));
        Self(Arc::new(parameters)).with_london_first(header)
    }

    /// The chain as it is for a header before London, however late its timestamp: forks by timestamp wait for London, as in
    /// geth. Any other header sees it as it is.
    pub(crate) fn with_london_first(&self, header: &Header) -> Self {
        let london = self.is_london_active_at_block(header.number);
        if london || !self.is_shanghai_active_at_timestamp(header.timestamp) {
            return self.clone();
        }
        let by_number =
            EthereumHardfork::VARIANTS
                .iter()
                .filter_map(|fork| match self.ethereum_fork_activation(*fork) {
                    ForkCondition::Timestamp(_) => None,
                    condition => Some((*fork, condition)),
                });
        let mut parameters = (*self.0).clone();
        parameters.forks = EthereumChainHardforks::new(by_number);
        parameters.blobs.scheduled.clear();
        Self(Arc::new(parameters))
    }

    /// Whether the block may be on the side of the merge that it claims to be on.
    ///
    /// # Errors
    /// [`Undecidable`] where the total difficulty would have to tell.
    pub(crate) fn check_merge(&self, header: &Header, parent: &Header) -> Result<bool, Undecidable> {
        self.0
            .merge
            .as_ref()
            .map_or(Ok(true), |merge| merge.may_follow(header, parent))
    }

    /// The fork of a block with this header, where its rules are not implemented, or where the chain has no date for it here:
    /// the header has Amsterdam's fields (EIP-7928, EIP-7843), and is later than Osaka. Whether the chain has set a date
    /// meanwhile is not known, so that nothing can be said of the block.
    pub(crate) fn unsupported_fork(&self, header: &Header) -> Option<&'static str> {
        if !self.is_london_active_at_block(header.number) {
            return None;
        }
        if self.is_bogota_active_at_timestamp(header.timestamp) {
            return Some("Bogota");
        }
        let has_fields = header.block_access_list_hash.is_some() || header.slot_number.is_some();
        let dated = match self.ethereum_fork_activation(EthereumHardfork::Amsterdam) {
            ForkCondition::Timestamp(time) => time != u64::MAX,
            _ => false,
        };
        let late = self.is_osaka_active_at_timestamp(header.timestamp);
        (self.0.is_public && has_fields && late && !dated).then_some("Amsterdam")
    }

    /// The block at which the chain refused the DAO fork, if it did.
    pub(crate) fn dao_refused_at(&self) -> Option<u64> {
        self.0.dao_refused_at
    }

    /// The newest fork active for a block of this number and timestamp.
    pub fn fork(&self, number: u64, timestamp: u64) -> EthereumHardfork {
        let london = self.is_london_active_at_block(number);
        EthereumHardfork::VARIANTS
            .iter()
            .copied()
            .rfind(|fork| match self.ethereum_fork_activation(*fork) {
                ForkCondition::Timestamp(time) => london && time <= timestamp,
                condition => condition.active_at_block(number),
            })
            .unwrap_or(EthereumHardfork::Frontier)
    }

    /// Blob limits and prices of a block with this timestamp; `None` before Cancun (EIP-4844, EIP-7840).
    pub fn blob_params(&self, timestamp: u64) -> Option<BlobParams> {
        if let Some(scheduled) = self.0.blobs.active_scheduled_params_at_timestamp(timestamp) {
            return Some(*scheduled);
        }
        if self.is_osaka_active_at_timestamp(timestamp) {
            Some(*self.0.blobs.osaka())
        } else if self.is_prague_active_at_timestamp(timestamp) {
            Some(*self.0.blobs.prague())
        } else if self.is_cancun_active_at_timestamp(timestamp) {
            Some(*self.0.blobs.cancun())
        } else {
            None
        }
    }
}

impl EthereumHardforks for ChainSpec {
    fn ethereum_fork_activation(&self, fork: EthereumHardfork) -> ForkCondition {
        self.0.forks.ethereum_fork_activation(fork)
    }
}

impl EthExecutorSpec for ChainSpec {
    fn deposit_contract_address(&self) -> Option<Address> {
        self.0.deposit_contract
    }
}

/// A test network's forks. alloy-hardforks lists the DAO fork at their block 0; none of them ever had it.
fn without_dao_fork(
    forks: impl IntoIterator<Item = (EthereumHardfork, ForkCondition)>,
) -> EthereumChainHardforks {
    let others = forks
        .into_iter()
        .filter(|(fork, _)| *fork != EthereumHardfork::Dao);
    EthereumChainHardforks::new(others)
}

/// The blob schedule of a public network: the same parameters everywhere, at the network's own times.
fn scheduled_blobs(forks: &EthereumChainHardforks) -> BlobScheduleBlobParams {
    let time = |fork| forks.ethereum_fork_activation(fork).as_timestamp();
    let scheduled = [
        (time(EthereumHardfork::Bpo1), BlobParams::bpo1()),
        (time(EthereumHardfork::Bpo2), BlobParams::bpo2()),
    ];
    BlobScheduleBlobParams::mainnet().with_scheduled(
        scheduled
            .into_iter()
            .filter_map(|(time, params)| Some((time?, params))),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_blob_limits_of_a_built_in_chain_follow_its_forks() {
        for (chain, [cancun, prague, osaka, bpo1, bpo2]) in [
            (
                ChainSpec::mainnet(),
                [
                    1_710_338_135,
                    1_746_612_311,
                    1_764_798_551,
                    1_765_290_071,
                    1_767_747_671,
                ],
            ),
            (
                ChainSpec::sepolia(),
                [
                    1_706_655_072,
                    1_741_159_776,
                    1_760_427_360,
                    1_761_017_184,
                    1_761_607_008,
                ],
            ),
            (
                ChainSpec::holesky(),
                [
                    1_707_305_664,
                    1_740_434_112,
                    1_759_308_480,
                    1_759_800_000,
                    1_760_389_824,
                ],
            ),
            // Hoodi began with Cancun.
            (
                ChainSpec::hoodi(),
                [0, 1_742_999_832, 1_761_677_592, 1_762_365_720, 1_762_955_544],
            ),
        ] {
            // The most of a block, and of a transaction (EIP-7594: from Osaka on fewer than of a block).
            let limits = |timestamp| {
                let params = chain.blob_params(timestamp);
                params.map(|params| (params.max_blob_count, params.max_blobs_per_tx))
            };
            for (fork, time, before, from) in [
                ("Cancun", cancun, None, Some((6, 6))),
                ("Prague", prague, Some((6, 6)), Some((9, 9))),
                ("Osaka", osaka, Some((9, 9)), Some((9, 6))),
                ("BPO1", bpo1, Some((9, 6)), Some((15, 6))),
                ("BPO2", bpo2, Some((15, 6)), Some((21, 6))),
            ] {
                let name = chain.name();
                assert_eq!(limits(time), from, "{name}: {fork}");
                if time > 0 {
                    assert_eq!(limits(time - 1), before, "{name}: the second before {fork}");
                }
            }
        }
    }

    #[test]
    fn a_built_in_chain_is_found_by_its_name_and_by_its_id() {
        for (name, id) in [
            ("mainnet", 1),
            ("sepolia", 11_155_111),
            ("holesky", 17_000),
            ("hoodi", 560_048),
        ] {
            for found in [ChainSpec::by_name(name), ChainSpec::by_id(id)] {
                let found = found.expect("built in");
                assert_eq!((found.name(), found.id()), (name, id));
            }
        }
        for name in ["", "Mainnet", "goerli", "1"] {
            assert!(ChainSpec::by_name(name).is_none(), "{name}");
        }
        for id in [0, 5, 11_155_112, u64::MAX] {
            assert!(ChainSpec::by_id(id).is_none(), "{id}");
        }
    }

    #[test]
    fn deposits_are_made_at_the_contract_of_the_chain() {
        for (chain, expected) in [
            (
                ChainSpec::mainnet(),
                address!("0x00000000219ab540356cbb839cbe05303d7705fa"),
            ),
            (
                ChainSpec::sepolia(),
                address!("0x7f02c3e3c98b133055b8b348b2ac625669ed295d"),
            ),
            (
                ChainSpec::holesky(),
                address!("0x4242424242424242424242424242424242424242"),
            ),
            (
                ChainSpec::hoodi(),
                address!("0x00000000219ab540356cbb839cbe05303d7705fa"),
            ),
        ] {
            assert_eq!(
                chain.deposit_contract_address(),
                Some(expected),
                "{}",
                chain.name()
            );
        }
    }

    #[test]
    fn the_dao_fork_is_mainnets_alone() {
        let dao = |chain: ChainSpec| {
            chain
                .ethereum_fork_activation(EthereumHardfork::Dao)
                .block_number()
        };
        assert_eq!(dao(ChainSpec::mainnet()), Some(1_920_000));
        for chain in [ChainSpec::sepolia(), ChainSpec::holesky(), ChainSpec::hoodi()] {
            assert_eq!(dao(chain), None);
        }
    }

    #[test]
    fn the_newest_active_fork_names_the_block() {
        let mainnet = ChainSpec::mainnet();
        assert_eq!(mainnet.fork(1, 1), EthereumHardfork::Frontier);
        assert_eq!(mainnet.fork(15_537_394, 1_663_224_179), EthereumHardfork::Paris);
        assert_eq!(mainnet.fork(24_628_608, 1_773_000_000), EthereumHardfork::Bpo2);
    }
}
