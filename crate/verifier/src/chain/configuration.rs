//! geth's configuration of a chain, as its genesis files hold it.
//!
//! Invariant: what a configuration leaves undecidable is refused when it is read, not guessed later.

use super::{ChainSpec, Parameters};
use crate::{fork_order, merge::MergeByDifficulty};
use alloy_eips::{eip7594::MAX_BLOBS_PER_TX_FUSAKA, eip7840::BLOB_BASE_COST};
use alloy_genesis::ChainConfig;
use alloy_hardforks::{EthereumChainHardforks, EthereumHardfork, EthereumHardforks, ForkCondition};
use blocklight_executor::AmsterdamRules;
use std::sync::Arc;

/// Why a genesis or configuration JSON cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainSpecError {
    /// It is not the JSON of a geth genesis or chain configuration.
    #[error("not a geth genesis or chain configuration: {0}")]
    Json(#[from] serde_json::Error),
    /// It is JSON without a `chainId`, which every configuration has.
    #[error("not a geth genesis or chain configuration: it has no chainId")]
    ChainId,
    /// It is a file to be verified. It has a `chainId` too, and would pass for a chain without any forks.
    #[error("not a geth genesis or chain configuration: it has a block or a witness")]
    BlockFile,
    /// The chain is sealed by proof of authority, whose rules are not implemented.
    #[error("the chain uses clique, whose header rules are not implemented")]
    Clique,
    /// It has forks after the merge, but no merge.
    #[error("the configuration has shanghaiTime, but no terminalTotalDifficulty")]
    NoMerge,
    /// A fork is left out that a later one stands on.
    #[error("the configuration has {fork}, but no {missing}")]
    ForkLeftOut {
        /// The field of the fork that is not there.
        missing: &'static str,
        /// The field of the later fork.
        fork: &'static str,
    },
    /// A fork comes before one that it stands on.
    #[error("the configuration has {fork} at {at}, which is before {before} at {earliest}")]
    ForkOrder {
        /// The field of the fork that is too early.
        fork: &'static str,
        /// Its block number, or timestamp in seconds.
        at: u64,
        /// The field of the fork that has to come before.
        before: &'static str,
        /// That one's block number or timestamp.
        earliest: u64,
    },
    /// Spurious Dragon is one fork, so both its fields must be the same.
    #[error("the configuration has eip155Block and eip158Block apart: {eip155:?} and {eip158:?}")]
    SpuriousDragon {
        /// `eip155Block`.
        eip155: Option<u64>,
        /// `eip158Block`.
        eip158: Option<u64>,
    },
    /// The chain is merged from its genesis on, and London comes later.
    #[error("the configuration has terminalTotalDifficulty 0, but londonBlock only at {london}")]
    MergeBeforeLondon {
        /// `londonBlock`.
        london: u64,
    },
    /// Petersburg comes after Constantinople, and the EVM does not have the rules of the time between (EIP-1283).
    #[error(
        "the configuration has petersburgBlock at {petersburg}, after constantinopleBlock at {constantinople}: the rules between the two are not implemented"
    )]
    Constantinople {
        /// `constantinopleBlock`.
        constantinople: u64,
        /// `petersburgBlock`.
        petersburg: u64,
    },
    /// A fork with blobs has no entry in the blob schedule (EIP-7840).
    #[error("the configuration has {fork}Time, but no entry for {fork} in blobSchedule")]
    NoBlobSchedule {
        /// The fork's name in the schedule.
        fork: &'static str,
    },
    /// A blob schedule entry has a zero or contradictory field.
    #[error(
        "the blob schedule entry for {fork} is not usable: target {target}, max {max}, update fraction {update_fraction}"
    )]
    BlobSchedule {
        /// The fork's name in the configuration.
        fork: String,
        /// Target number of blobs.
        target: u64,
        /// Largest number of blobs.
        max: u64,
        /// Base fee update fraction.
        update_fraction: u128,
    },
}

impl ChainSpec {
    /// A chain from a geth genesis JSON (`{config: {…}, …}`) or a bare chain configuration.
    ///
    /// Beside geth's own, `amsterdamRules` is read: `"public"`, or `"bal@v5.7.0"` for a chain whose Amsterdam is the
    /// development network's of that release of the consensus tests.
    ///
    /// # Errors
    /// [`ChainSpecError`] when it is neither, or leaves open when a rule holds.
    pub fn from_json(bytes: &[u8]) -> Result<Self, ChainSpecError> {
        use serde::{Deserialize, de::IgnoredAny};
        #[derive(Deserialize)]
        struct Genesis {
            config: Option<ChainConfig>,
        }
        /// An absent id would be read as mainnet's.
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Identified {
            chain_id: Option<IgnoredAny>,
            block: Option<IgnoredAny>,
            witness: Option<IgnoredAny>,
            #[serde(default)]
            amsterdam_rules: AmsterdamRules,
        }
        #[derive(Deserialize)]
        struct IdentifiedGenesis {
            config: Option<Identified>,
        }
        let genesis = serde_json::from_slice::<IdentifiedGenesis>(bytes)?.config;
        let in_genesis = genesis.is_some();
        let identified = genesis.map_or_else(|| serde_json::from_slice(bytes), Ok)?;
        if identified.chain_id.is_none() {
            return Err(ChainSpecError::ChainId);
        }
        if identified.block.is_some() || identified.witness.is_some() {
            return Err(ChainSpecError::BlockFile);
        }
        let config = if in_genesis {
            serde_json::from_slice::<Genesis>(bytes)?.config
        } else {
            serde_json::from_slice(bytes)?
        };
        Self::from_config(
            &config.ok_or(ChainSpecError::ChainId)?,
            identified.amsterdam_rules,
        )
    }

    fn from_config(config: &ChainConfig, amsterdam: AmsterdamRules) -> Result<Self, ChainSpecError> {
        if config.clique.is_some() {
            return Err(ChainSpecError::Clique);
        }
        for (fork, params) in &config.blob_schedule {
            if params.max_blob_count == 0
                || params.target_blob_count > params.max_blob_count
                || params.max_blob_count > 4096
                || params.update_fraction == 0
            {
                return Err(ChainSpecError::BlobSchedule {
                    fork: fork.clone(),
                    target: params.target_blob_count,
                    max: params.max_blob_count,
                    update_fraction: params.update_fraction,
                });
            }
        }
        fork_order::check(config)?;
        let mut forks = fork_conditions(config);
        let merge = merge(config, &forks)?;
        if let Some((paris, None)) = merge {
            forks.push((EthereumHardfork::Paris, paris));
        }
        let mut blobs = config.blob_schedule_blob_params();
        // alloy-genesis looks for the name with a capital letter, which geth does not write.
        if let (Some(time), Some(params)) = (config.amsterdam_time, config.blob_schedule.get("amsterdam")) {
            let params = params
                .with_blob_base_cost(BLOB_BASE_COST)
                .with_max_blobs_per_tx(MAX_BLOBS_PER_TX_FUSAKA);
            blobs.scheduled.push((time, params));
        }
        // The map is by name; the look-up wants order of time, and of two at one time takes the last.
        blobs.scheduled.sort_by_key(|(time, _)| *time);
        Ok(Self(Arc::new(Parameters {
            id: config.chain_id,
            name: format!("chain {}", config.chain_id),
            forks: EthereumChainHardforks::new(forks),
            blobs,
            // geth's address is zero where none is given: then no log is a deposit.
            deposit_contract: Some(config.deposit_contract_address.unwrap_or_default()),
            merge: merge.and_then(|(_, by_difficulty)| by_difficulty),
            dao_refused_at: config.dao_fork_block.filter(|_| !config.dao_fork_support),
            is_public: false,
            amsterdam,
        })))
    }
}

/// When the merge happens: at genesis, at the block known of a public network that merged at this total difficulty, or as each
/// block's difficulty tells. `None` for a chain without.
///
/// `mergeNetsplitBlock` does not say it: it splits networks, and Sepolia's came 285,000 blocks after the merge.
fn merge(
    config: &ChainConfig,
    forks: &[(EthereumHardfork, ForkCondition)],
) -> Result<Option<(ForkCondition, Option<MergeByDifficulty>)>, ChainSpecError> {
    let Some(terminal_total_difficulty) = config.terminal_total_difficulty else {
        return match config.shanghai_time {
            None => Ok(None),
            Some(_) => Err(ChainSpecError::NoMerge),
        };
    };
    if terminal_total_difficulty.is_zero() {
        return Ok(Some((ForkCondition::Block(0), None)));
    }
    if let Some(known) = ChainSpec::by_id(config.chain_id) {
        let paris = known.ethereum_fork_activation(EthereumHardfork::Paris);
        // A development chain may have borrowed the id, and merges elsewhere.
        if matches!(paris, ForkCondition::TTD { total_difficulty, .. } if total_difficulty == terminal_total_difficulty)
        {
            return Ok(Some((paris, None)));
        }
    }
    let by_difficulty = MergeByDifficulty {
        terminal_total_difficulty,
        forks: forks.to_vec(),
    };
    Ok(Some((ForkCondition::Never, Some(by_difficulty))))
}

/// Reads each fork's activation off a geth configuration, but for the merge's.
fn fork_conditions(config: &ChainConfig) -> Vec<(EthereumHardfork, ForkCondition)> {
    use EthereumHardfork as Fork;
    let block = |number: Option<u64>| number.map_or(ForkCondition::Never, ForkCondition::Block);
    let time = |timestamp: Option<u64>| timestamp.map_or(ForkCondition::Never, ForkCondition::Timestamp);
    let mut forks = vec![
        (Fork::Frontier, ForkCondition::Block(0)),
        (Fork::Homestead, block(config.homestead_block)),
        (
            Fork::Dao,
            block(config.dao_fork_block.filter(|_| config.dao_fork_support)),
        ),
        (Fork::Tangerine, block(config.eip150_block)),
        (Fork::SpuriousDragon, block(config.eip158_block)),
        (Fork::Byzantium, block(config.byzantium_block)),
        (Fork::Constantinople, block(config.constantinople_block)),
        // geth: where no Petersburg block is given, it comes with Constantinople.
        (
            Fork::Petersburg,
            block(config.petersburg_block.or(config.constantinople_block)),
        ),
        (Fork::Istanbul, block(config.istanbul_block)),
        (Fork::MuirGlacier, block(config.muir_glacier_block)),
        (Fork::Berlin, block(config.berlin_block)),
        (Fork::London, block(config.london_block)),
        (Fork::ArrowGlacier, block(config.arrow_glacier_block)),
        (Fork::GrayGlacier, block(config.gray_glacier_block)),
        (Fork::Shanghai, time(config.shanghai_time)),
        (Fork::Cancun, time(config.cancun_time)),
        (Fork::Prague, time(config.prague_time)),
        (Fork::Osaka, time(config.osaka_time)),
        (Fork::Bpo1, time(config.bpo1_time)),
        (Fork::Bpo2, time(config.bpo2_time)),
        (Fork::Bpo3, time(config.bpo3_time)),
        (Fork::Bpo4, time(config.bpo4_time)),
        (Fork::Bpo5, time(config.bpo5_time)),
        (Fork::Amsterdam, time(config.amsterdam_time)),
        (Fork::Bogota, time(config.bogota_time)),
    ];
    forks.retain(|(_, condition)| *condition != ForkCondition::Never);
    forks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::Undecidable;
    use alloy_consensus::Header;
    use alloy_evm::eth::spec::EthExecutorSpec;
    use alloy_primitives::{Address, U256};

    /// Every fork up to London at block 0, and these fields besides.
    fn config(id: u64, fields: &str) -> Result<ChainSpec, ChainSpecError> {
        let json = format!(
            r#"{{"chainId": {id}, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
                "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
                "berlinBlock": 0, "londonBlock": 0{fields}}}"#
        );
        ChainSpec::from_json(json.as_bytes())
    }

    #[test]
    fn a_configuration_with_forks_after_the_merge_but_no_merge_is_refused() {
        assert!(matches!(
            config(7, r#", "shanghaiTime": 9"#),
            Err(ChainSpecError::NoMerge)
        ));
    }

    #[test]
    fn the_netsplit_block_is_not_the_merge() {
        let fields = r#", "mergeNetsplitBlock": 1735371, "terminalTotalDifficulty": 17000000000000000"#;
        let sepolia = config(11_155_111, fields).expect("readable");
        assert_eq!(
            sepolia.is_paris_active_at_block(1_735_370),
            ChainSpec::sepolia().is_paris_active_at_block(1_735_370)
        );
        assert!(sepolia.is_paris_active_at_block(1_450_409));
        assert!(!sepolia.is_paris_active_at_block(1_450_408));

        // Of another chain the block is not known, and its own difficulty tells.
        let other = config(7, fields).expect("readable");
        let header = |difficulty: u64| Header {
            number: 1_735_400,
            difficulty: U256::from(difficulty),
            ..Header::default()
        };
        let is_after = |header: &Header| other.as_seen_by(header).is_paris_active_at_block(header.number);
        assert!(is_after(&header(0)));
        assert!(!is_after(&header(131_072)));
        assert_eq!(other.check_merge(&header(0), &header(0)), Ok(true));
        assert_eq!(other.check_merge(&header(9), &header(9)), Ok(true));
        assert_eq!(other.check_merge(&header(9), &header(0)), Ok(false));
        assert_eq!(other.check_merge(&header(0), &header(9)), Err(Undecidable));
        let enough = header(17_000_000_000_000_000);
        assert_eq!(other.check_merge(&header(0), &enough), Ok(true));
    }

    #[test]
    fn a_borrowed_id_does_not_bring_its_owners_merge_along() {
        let fields = r#", "terminalTotalDifficulty": 131072, "shanghaiTime": 0"#;
        for id in [1, 11_155_111, 17_000, 560_048] {
            let chain = config(id, fields).expect("readable");
            let header = Header {
                number: 3,
                ..Header::default()
            };
            assert!(chain.as_seen_by(&header).is_paris_active_at_block(3), "{id}");
        }
        let own = r#", "terminalTotalDifficulty": 58750000000000000000000"#;
        let mainnet = config(1, own).expect("readable");
        assert!(!mainnet.is_paris_active_at_block(15_537_393));
        assert!(mainnet.is_paris_active_at_block(15_537_394));
    }

    #[test]
    fn blocks_from_shanghai_on_are_after_the_merge_whatever_their_difficulty() {
        let chain = config(7, r#", "terminalTotalDifficulty": 5, "shanghaiTime": 9"#).expect("readable");
        let header = Header {
            timestamp: 9,
            difficulty: U256::from(131_072),
            ..Header::default()
        };
        assert!(chain.as_seen_by(&header).is_paris_active_at_block(1));
    }

    #[test]
    fn without_a_deposit_contract_no_log_is_a_deposit() {
        let chain = config(7, "").expect("readable");
        assert_eq!(chain.deposit_contract_address(), Some(Address::ZERO));
    }

    #[test]
    fn json_that_names_no_chain_is_not_taken_for_mainnet() {
        for json in [
            r#"{"a": 1}"#,
            "{}",
            r#"{"config": {"londonBlock": 0}}"#,
            r#"{"chainId": null}"#,
            r#"{"config": {}, "chainId": 1}"#,
        ] {
            assert!(
                matches!(
                    ChainSpec::from_json(json.as_bytes()),
                    Err(ChainSpecError::ChainId)
                ),
                "{json}"
            );
        }
        assert!(matches!(
            ChainSpec::from_json(b"[1]"),
            Err(ChainSpecError::Json(_))
        ));
    }

    #[test]
    fn a_file_to_be_verified_is_no_chain_without_forks() {
        for json in [
            r#"{"chainId": 1, "block": "0xc0", "witness": {"state": []}}"#,
            r#"{"chainId": 1, "witness": {}}"#,
        ] {
            let read = ChainSpec::from_json(json.as_bytes());
            assert!(matches!(read, Err(ChainSpecError::BlockFile)), "{json}");
        }
    }

    #[test]
    fn a_genesis_and_its_bare_configuration_give_the_same_chain() {
        let config = r#"{"chainId": 1337, "homesteadBlock": 0, "eip150Block": 3}"#;
        let bare = ChainSpec::from_json(config.as_bytes()).expect("bare");
        let genesis = ChainSpec::from_json(format!(r#"{{"config": {config}, "alloc": {{}}}}"#).as_bytes())
            .expect("genesis");
        assert_eq!((bare.id(), bare.fork(3, 1)), (genesis.id(), genesis.fork(3, 1)));
        assert_eq!(bare.fork(3, 1), EthereumHardfork::Tangerine);
    }
}
