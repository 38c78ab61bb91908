//! Blocks made here: a genesis and transactions into a valid block with its minimal witness.
//!
//! Invariant: a made block is valid; its header was completed with what the verifier found that it lacks.

use alloy_consensus::{BlockBody, Header, SignableTransaction, TxEip1559, proofs};
use alloy_eips::{
    eip2930::AccessList,
    eip4895::Withdrawals,
    eip7002::{WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS, WITHDRAWAL_REQUEST_PREDEPLOY_CODE},
    eip7251::{CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS, CONSOLIDATION_REQUEST_PREDEPLOY_CODE},
    eip8282::{BUILDER_DEPOSIT_CONTRACT_ADDRESS, BUILDER_EXIT_CONTRACT_ADDRESS},
};
use alloy_primitives::{Address, B256, Bytes, Signature, TxKind, U256, hex, keccak256};
use blocklight_verifier::{
    Block, BlockDialect, ChainSpec, Dialects, Input, InvalidReason, Quiet, Transaction, Verdict, Verifier,
    Witness, WitnessDialect,
    recorder::{Genesis, GenesisError, RecordError, Recording},
};
use k256::ecdsa::SigningKey;
use serde_json::{Value, json};

/// A chain with one rich account and the contracts given, from which a block is made.
#[derive(Debug, Clone)]
pub struct Maker {
    genesis: Genesis,
    key: SigningKey,
    transactions: Vec<Transaction>,
}

/// Why a block could not be made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The genesis cannot be used.
    #[error(transparent)]
    Genesis(#[from] GenesisError),
    /// There is no witness.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// The verifier has no verdict.
    #[error(transparent)]
    Verifier(#[from] blocklight_verifier::Error),
    /// Signing failed.
    #[error(transparent)]
    Signature(#[from] k256::ecdsa::Error),
    /// The header cannot be completed.
    #[error("not valid, and not for want of a header's field: {0}")]
    Refused(String),
}

/// A contract of the genesis: its address, its code, its slots.
pub type Contract = (Address, Vec<u8>, Vec<(B256, B256)>);

impl Maker {
    /// A chain of Osaka's rules whose blocks may use `gas_limit` gas, with `contracts` in its first state: address, code,
    /// storage.
    ///
    /// # Errors
    /// [`MakeError::Genesis`], [`MakeError::Signature`]: none of them for any input that comes to mind.
    pub fn new(gas_limit: u64, contracts: &[Contract]) -> Result<Self, MakeError> {
        let key = key()?;
        let genesis = genesis(&key, gas_limit, contracts);
        Self::on(&genesis, key)
    }

    /// The same of Amsterdam's rules: its blocks come with an access list (EIP-7928). The contracts that EIP-8282 has called
    /// ask for nothing.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn amsterdam(gas_limit: u64, contracts: &[Contract]) -> Result<Self, MakeError> {
        let key = key()?;
        let stop = |address| -> Contract { (address, vec![0], Vec::new()) };
        let builders = [BUILDER_DEPOSIT_CONTRACT_ADDRESS, BUILDER_EXIT_CONTRACT_ADDRESS].map(stop);
        let contracts = [contracts, &builders[..]].concat();
        let mut genesis = genesis(&key, gas_limit, &contracts);
        let config = &mut genesis["config"];
        config["amsterdamTime"] = json!(0);
        config["blobSchedule"]["amsterdam"] = config["blobSchedule"]["osaka"].clone();
        Self::on(&genesis, key)
    }

    fn on(genesis: &Value, key: SigningKey) -> Result<Self, MakeError> {
        Ok(Self {
            genesis: Genesis::from_json(genesis.to_string().as_bytes())?,
            key,
            transactions: Vec::new(),
        })
    }

    /// The rich account's key.
    pub const fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Adds a transaction of the rich account.
    ///
    /// # Errors
    /// [`MakeError::Signature`].
    pub fn transact(
        &mut self,
        to: TxKind,
        gas_limit: u64,
        input: Bytes,
        access_list: AccessList,
    ) -> Result<(), MakeError> {
        let transaction = TxEip1559 {
            chain_id: 1337,
            nonce: self.transactions.len() as u64,
            gas_limit,
            max_fee_per_gas: 2_000_000_000,
            max_priority_fee_per_gas: 1,
            to,
            value: U256::ZERO,
            access_list,
            input,
        };
        let hash = transaction.signature_hash();
        let signature: Signature = self.key.sign_prehash_recoverable(hash.as_slice())?.into();
        self.transactions.push(transaction.into_signed(signature).into());
        Ok(())
    }

    /// The block of these transactions on the genesis, its witness, its access list where the fork has one, and its chain.
    ///
    /// # Errors
    /// [`MakeError`], when there can be no such block.
    pub fn make(self) -> Result<(ChainSpec, Input), MakeError> {
        let (chain, parent) = (self.genesis.chain.clone(), self.genesis.header.clone());
        let header = Header {
            parent_hash: parent.hash_slow(),
            number: parent.number + 1,
            timestamp: parent.timestamp + 12,
            transactions_root: proofs::calculate_transaction_root(&self.transactions),
            beneficiary: Address::repeat_byte(0xbe),
            ..parent
        };
        let body = BlockBody {
            transactions: self.transactions,
            ommers: Vec::new(),
            withdrawals: Some(Withdrawals::default()),
        };
        let mut input = Input {
            block: Block { header, body },
            witness: Witness::default(),
            access_list: None,
            chain_id: None,
            hash: None,
            dialects: Dialects {
                block: BlockDialect::Typed,
                witness: WitnessDialect::Typed,
            },
        };
        let (recorder, verifier) = (self.genesis.recorder()?, Verifier::new(chain.clone()));
        for _ in 0..10 {
            let Recording {
                witness, access_list, ..
            } = recorder.record(&input.block)?;
            input.witness = witness;
            match verifier.verify_input(&input, &Quiet)? {
                Verdict::Valid { .. } => {
                    input.access_list = access_list;
                    return Ok((chain, input));
                }
                Verdict::Invalid { reason, .. } => complete(&mut input.block.header, reason)?,
                Verdict::Incomplete { missing, .. } => return Err(MakeError::Refused(missing.to_string())),
            }
        }
        Err(MakeError::Refused("no end of reasons".into()))
    }
}

/// The rich account's key.
fn key() -> Result<SigningKey, k256::ecdsa::Error> {
    SigningKey::from_slice(keccak256("blocklight made").as_slice())
}

/// The genesis of a chain of Osaka's rules.
fn genesis(key: &SigningKey, gas_limit: u64, contracts: &[Contract]) -> Value {
    let rich = Address::from_public_key(key.verifying_key());
    let mut alloc = json!({ rich.to_string(): { "balance": "0xffffffffffffffffffffffffff" } });
    let system = [
        (
            WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS,
            WITHDRAWAL_REQUEST_PREDEPLOY_CODE.to_vec(),
            vec![],
        ),
        (
            CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS,
            CONSOLIDATION_REQUEST_PREDEPLOY_CODE.to_vec(),
            vec![],
        ),
    ];
    for (address, code, storage) in contracts.iter().chain(&system) {
        let storage: serde_json::Map<String, Value> = storage
            .iter()
            .map(|(slot, value)| (slot.to_string(), value.to_string().into()))
            .collect();
        alloc[address.to_string()] = json!({ "balance": "0x0", "nonce": "0x1", "code": hex::encode_prefixed(code), "storage": storage });
    }
    let blobs = json!({ "target": 6, "max": 9, "baseFeeUpdateFraction": 5_007_716 });
    json!({
        "config": {
            "chainId": 1337, "homesteadBlock": 0, "eip150Block": 0, "eip155Block": 0, "eip158Block": 0,
            "byzantiumBlock": 0, "constantinopleBlock": 0, "petersburgBlock": 0, "istanbulBlock": 0,
            "berlinBlock": 0, "londonBlock": 0, "mergeNetsplitBlock": 0, "terminalTotalDifficulty": 0,
            "terminalTotalDifficultyPassed": true,
            "shanghaiTime": 0, "cancunTime": 0, "pragueTime": 0, "osakaTime": 0,
            "blobSchedule": { "cancun": blobs, "prague": blobs, "osaka": blobs },
        },
        "gasLimit": format!("{gas_limit:#x}"), "difficulty": "0x0", "timestamp": "0x1", "alloc": alloc,
    })
}

/// Writes into the header what it was found to lack.
fn complete(header: &mut Header, reason: InvalidReason) -> Result<(), MakeError> {
    match reason {
        InvalidReason::BaseFee(mismatch) => header.base_fee_per_gas = Some(mismatch.expected),
        InvalidReason::ExcessBlobGas(mismatch) => header.excess_blob_gas = Some(mismatch.expected),
        InvalidReason::GasUsed(mismatch) => header.gas_used = mismatch.got,
        InvalidReason::ReceiptsRoot(mismatch) => header.receipts_root = mismatch.got,
        InvalidReason::LogsBloom(mismatch) => header.logs_bloom = mismatch.got,
        InvalidReason::RequestsHash(mismatch) => header.requests_hash = Some(mismatch.got),
        InvalidReason::AccessListHash { mismatch, .. } => header.block_access_list_hash = Some(mismatch.got),
        InvalidReason::StateRoot(mismatch) => header.state_root = mismatch.got,
        other => return Err(MakeError::Refused(other.to_string())),
    }
    Ok(())
}
