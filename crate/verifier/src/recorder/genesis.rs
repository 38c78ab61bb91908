//! A genesis: the chain, the first state, the first header.
//!
//! Invariant: the header has the fields of the forks that are active at its time, with the values that geth gives them.

use super::{FullState, RecordError, Recorder};
use crate::{ChainSpec, chain::ChainSpecError};
use alloy_consensus::{EMPTY_ROOT_HASH, Header};
use alloy_eips::{eip7685::EMPTY_REQUESTS_HASH, eip7928::EMPTY_BLOCK_ACCESS_LIST_HASH};
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::B256;

/// Base fee of a genesis block that names none, in wei (EIP-1559).
const INITIAL_BASE_FEE: u64 = 1_000_000_000;

/// A genesis as geth's JSON describes it.
#[derive(Debug, Clone)]
pub struct Genesis {
    /// The chain's rules.
    pub chain: ChainSpec,
    /// The genesis block's header.
    pub header: Header,
    /// The state it begins with.
    pub state: FullState,
}

/// Why a genesis JSON cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// It is not the JSON of a geth genesis.
    #[error("not a geth genesis: {0}")]
    Json(#[from] serde_json::Error),
    /// Its chain configuration cannot be used.
    #[error(transparent)]
    Chain(#[from] ChainSpecError),
}

impl Genesis {
    /// Reads a geth genesis: `{config, alloc, gasLimit, …}`.
    ///
    /// # Errors
    /// [`GenesisError`] when it is none, or its configuration leaves open when a rule holds.
    pub fn from_json(json: &[u8]) -> Result<Self, GenesisError> {
        let chain = ChainSpec::from_json(json)?;
        let genesis: alloy_genesis::Genesis = serde_json::from_slice(json)?;
        let (number, time) = (genesis.number.unwrap_or_default(), genesis.timestamp);
        let (shanghai, cancun) = (
            chain.is_shanghai_active_at_timestamp(time),
            chain.is_cancun_active_at_timestamp(time),
        );
        let amsterdam = chain.is_amsterdam_active_at_timestamp(time);
        let base_fee = genesis
            .base_fee_per_gas
            .and_then(|fee| u64::try_from(fee).ok())
            .unwrap_or(INITIAL_BASE_FEE);
        let state = FullState::from_alloc(genesis.alloc);
        let header = Header {
            parent_hash: genesis.parent_hash.unwrap_or_default(),
            number,
            timestamp: time,
            nonce: genesis.nonce.to_be_bytes().into(),
            extra_data: genesis.extra_data,
            gas_limit: genesis.gas_limit,
            difficulty: genesis.difficulty,
            mix_hash: genesis.mix_hash,
            beneficiary: genesis.coinbase,
            state_root: state.root(),
            base_fee_per_gas: chain.is_london_active_at_block(number).then_some(base_fee),
            withdrawals_root: shanghai.then_some(EMPTY_ROOT_HASH),
            blob_gas_used: cancun.then(|| genesis.blob_gas_used.unwrap_or_default()),
            excess_blob_gas: cancun.then(|| genesis.excess_blob_gas.unwrap_or_default()),
            parent_beacon_block_root: cancun.then_some(B256::ZERO),
            requests_hash: chain
                .is_prague_active_at_timestamp(time)
                .then_some(EMPTY_REQUESTS_HASH),
            block_access_list_hash: amsterdam.then_some(EMPTY_BLOCK_ACCESS_LIST_HASH),
            slot_number: amsterdam.then(|| genesis.slot_number.unwrap_or_default()),
            ..Header::default()
        };
        Ok(Self { chain, header, state })
    }

    /// A recorder for the block after it.
    ///
    /// # Errors
    /// None for a genesis that [`Self::from_json`] gave; [`RecordError::StateRoot`] where its fields were changed.
    pub fn recorder(self) -> Result<Recorder, RecordError> {
        Recorder::new(self.chain, self.state, self.header)
    }
}
