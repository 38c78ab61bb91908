//! A block as JSON-RPC gives it (`eth_getBlockByNumber` with full transactions; execution-apis, schema `Block`).
//!
//! Invariant: the block returned is the one that its own RLP decodes to, so nothing the server says beside the
//! consensus fields (transaction hashes, senders, sizes) is in it.

use super::intake::{Intake, json_error};
use super::{Block, Excerpt, InputError, Part, Transaction, access_list, block_rlp, text::DecodedBlock};
use crate::{BlockDialect, Error};
use alloy_consensus::{BlockBody, Header};
use alloy_eips::{Encodable2718, eip4895::Withdrawal};
use alloy_primitives::B256;
use blocklight_keccak::keccak256;
use serde::{
    Deserialize, Deserializer as _,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RpcBody<'a> {
    #[serde(default)]
    hash: Option<B256>,
    #[serde(borrow, default)]
    transactions: Option<&'a RawValue>,
    /// Hashes, of no use to us: counted in a vector that takes no memory.
    #[serde(default)]
    uncles: Vec<IgnoredAny>,
    #[serde(default)]
    withdrawals: Option<Vec<Withdrawal>>,
    #[serde(borrow, default)]
    block_access_list: Option<&'a RawValue>,
}

/// Decodes a JSON-RPC block object, and what it says beside the block: the hash it claims, its access list.
pub(super) fn decode(json: &str, intake: &Intake<'_>) -> Result<DecodedBlock, Error> {
    let header: Header = serde_json::from_str(json).map_err(|error| json_error(Part::Block, &error))?;
    let body: RpcBody<'_> = serde_json::from_str(json).map_err(|error| json_error(Part::Block, &error))?;
    if !body.uncles.is_empty() {
        return Err(InputError::OmmersLeftOut {
            count: body.uncles.len() as u64,
        }
        .into());
    }
    if header.withdrawals_root.is_some() && body.withdrawals.is_none() {
        return Err(InputError::MissingField {
            part: Part::Block,
            field: "withdrawals",
        }
        .into());
    }
    let transactions = body.transactions.ok_or(InputError::MissingField {
        part: Part::Block,
        field: "transactions",
    })?;
    let transactions = decode_transactions(transactions.get(), intake)?;
    let withdrawals = body.withdrawals.map(Into::into);
    let said = Block {
        header,
        body: BlockBody {
            transactions,
            ommers: Vec::new(),
            withdrawals,
        },
    };

    let rlp = alloy_rlp::encode(&said);
    intake.admit_block(rlp.len())?;
    let block = match block_rlp::decode(&rlp) {
        Ok(block) if block.header == said.header => block,
        Ok(_) | Err(_) if !is_gapless(&said.header) => {
            return Err(InputError::HeaderGap {
                part: Part::Block,
                index: None,
            }
            .into());
        }
        Ok(_) => {
            return Err(InputError::NotCanonical {
                part: Part::Block,
                at: 0,
            }
            .into());
        }
        Err(error) => return Err(error.into()),
    };
    if let Some(hash) = body.hash
        && keccak256(&alloy_rlp::encode(&block.header)) != hash
        && let Some(field) = first_unknown_field(json)?
    {
        return Err(InputError::UnknownField { field }.into());
    }
    let access_list = match body.block_access_list {
        Some(list) => access_list::decode_json(list, intake)?,
        None => None,
    };
    Ok(DecodedBlock {
        block,
        dialect: BlockDialect::JsonRpc,
        access_list,
        hash: body.hash,
    })
}

/// Fields of a JSON-RPC block: those of its header, then those beside it.
const FIELDS: [&str; 30] = [
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
    "blockAccessListHash",
    "slotNumber",
    "hash",
    "size",
    "totalDifficulty",
    "transactions",
    "uncles",
    "withdrawals",
    "blockAccessList",
];

/// The first field that is none of [`FIELDS`].
fn first_unknown_field(json: &str) -> Result<Option<Excerpt>, InputError> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Option<Excerpt>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a block")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut unknown = None;
            while let Some((name, _)) = map.next_entry::<String, IgnoredAny>()? {
                if unknown.is_none() && !FIELDS.contains(&name.as_str()) {
                    unknown = Some(Excerpt::of(name));
                }
            }
            Ok(unknown)
        }
    }
    let named = serde_json::Deserializer::from_str(json).deserialize_map(Names);
    named.map_err(|error| json_error(Part::Block, &error))
}

/// Whether no fork's field is absent while a later fork's is there. RLP knows the fields by place, so only such
/// a header can be written down.
pub(super) fn is_gapless(header: &Header) -> bool {
    let present = [
        header.base_fee_per_gas.is_some(),
        header.withdrawals_root.is_some(),
        header.blob_gas_used.is_some(),
        header.excess_blob_gas.is_some(),
        header.parent_beacon_block_root.is_some(),
        header.requests_hash.is_some(),
        header.block_access_list_hash.is_some(),
        header.slot_number.is_some(),
    ];
    present.is_sorted_by(|earlier, later| earlier >= later)
}

fn decode_transactions(json: &str, intake: &Intake<'_>) -> Result<Vec<Transaction>, Error> {
    let mut visitor = Transactions {
        intake,
        refusal: None,
    };
    let result = serde_json::Deserializer::from_str(json).deserialize_seq(&mut visitor);
    result.map_err(|error| {
        visitor
            .refusal
            .take()
            .unwrap_or_else(|| json_error(Part::Block, &error).into())
    })
}

struct Transactions<'a> {
    intake: &'a Intake<'a>,
    refusal: Option<Error>,
}

impl<'de> Visitor<'de> for &mut Transactions<'_> {
    type Value = Vec<Transaction>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of transactions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut transactions = Vec::new();
        let (mut bytes, mut text) = (0usize, 0usize);
        while let Some(raw) = list.next_element::<&RawValue>()? {
            let index = transactions.len();
            text = text.saturating_add(raw.get().len());
            let admitted = self
                .intake
                .admit_transaction(index, text, raw.get())
                .and_then(|()| decode_transaction(raw.get(), index as u64))
                .and_then(|transaction| {
                    bytes = bytes.saturating_add(transaction.encode_2718_len());
                    self.intake.admit_block(bytes)?;
                    Ok(transaction)
                });
            match admitted {
                Ok(transaction) => transactions.push(transaction),
                Err(error) => {
                    self.refusal = Some(error);
                    return Err(serde::de::Error::custom("refused"));
                }
            }
        }
        Ok(transactions)
    }
}

fn decode_transaction(json: &str, index: u64) -> Result<Transaction, Error> {
    if json.starts_with('"') {
        return Err(InputError::TransactionHashOnly { index }.into());
    }
    serde_json::from_str(json).map_err(|error| {
        InputError::Transaction {
            index,
            detail: Excerpt::of(error),
        }
        .into()
    })
}
