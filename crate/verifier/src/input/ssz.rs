//! The SSZ input of stateless validation: a block as the engine API's payload, and its witness, in one file
//! (execution-specs, fork Amsterdam, `SszStatelessInput` as in the tests `zkevm@v0.3.3`).
//!
//! | container | fields |
//! | --- | --- |
//! | input | new payload request, witness, chain id, public keys |
//! | new payload request | execution payload, versioned hashes, parent beacon block root, execution requests |
//! | witness | state, codes, headers |
//!
//! The payload leaves out of the header what follows from the rest: the roots of transactions and withdrawals, the hashes of
//! requests and access list. They are computed here, and the hash of the header so made is held to the payload's. Public keys
//! are hints, and are not read.
//!
//! Invariant: bytes are looked at where the offsets of [`ssz`] lead, each offset checked; items are admitted before they are
//! copied.

use super::intake::Intake;
use super::{Block, Excerpt, Input, InputError, Part, SszFault, Transaction, Witness, access_list, hex};
use crate::limits::List;
use crate::{BlockDialect, Dialects, Error, HashTrust, WitnessDialect};
use alloy_consensus::{
    BlockBody, EMPTY_OMMER_ROOT_HASH, Header, Transaction as _,
    proofs::{calculate_transaction_root, calculate_withdrawals_root},
};
use alloy_eips::{
    eip2718::{Decodable2718, Encodable2718},
    eip4895::Withdrawal,
    eip7685::Requests,
};
use alloy_primitives::{B256, Bytes, U256};
use blocklight_keccak::keccak256;
use ssz::{BYTES_PER_LENGTH_OFFSET, Decode, SszDecoderBuilder};

/// How each input starts: with the offset of its first field, which is the length of its own fixed part. No RLP, JSON or hex
/// starts so.
const START: [u8; 4] = 20_u32.to_le_bytes();

/// Bytes of a withdrawal: two indices, an address, an amount.
const WITHDRAWAL_BYTES: usize = 8 + 8 + 20 + 8;

/// Decodes `file` if it is such an input, as bytes or as hex.
pub(super) fn decode(file: &[u8], intake: &Intake<'_>) -> Result<Option<Input>, Error> {
    if file.starts_with(&START) {
        return decode_input(file, intake).map(Some);
    }
    let text = file.trim_ascii();
    let text = text
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
        .unwrap_or(text);
    if !text.starts_with(b"0x14000000") {
        return Ok(None);
    }
    match std::str::from_utf8(text) {
        // Half of the text, which has been admitted.
        Ok(text) => {
            let bytes = hex::decode(text, Part::File, None)?;
            intake.read(text.len().saturating_sub(bytes.len()));
            decode_input(&bytes, intake).map(Some)
        }
        Err(_) => Ok(None),
    }
}

fn decode_input(bytes: &[u8], intake: &Intake<'_>) -> Result<Input, Error> {
    let [request, witness, chain_id, _public_keys] = fields(bytes, "input", [None, None, Some(8), None])?;
    let chain_id = value(chain_id, "chain_id")?;
    let payload = decode_request(request, intake)?;
    intake.read_block(&payload.block, request.len());
    let witness = decode_witness(witness, intake)?;
    Ok(Input {
        block: payload.block,
        witness,
        access_list: Some(payload.access_list),
        chain_id: Some(chain_id),
        hash: Some((payload.hash, HashTrust::GivenByFile)),
        dialects: Dialects {
            block: BlockDialect::Ssz,
            witness: WitnessDialect::Ssz,
        },
    })
}

/// What a new payload request says.
struct Payload {
    block: Block,
    access_list: blocklight_executor::BlockAccessList,
    /// The hash that the payload claims.
    hash: B256,
}

fn decode_request(bytes: &[u8], intake: &Intake<'_>) -> Result<Payload, Error> {
    let [payload, versioned_hashes, parent_beacon_block_root, requests] =
        fields(bytes, "new_payload_request", [None, None, Some(32), None])?;
    let mut payload = decode_payload(payload, intake)?;
    let header = &mut payload.block.header;
    header.parent_beacon_block_root = Some(value(parent_beacon_block_root, "parent_beacon_block_root")?);
    intake.admit_block(requests.len())?;
    header.requests_hash = Some(requests_hash(requests)?);

    let blobs = payload.block.body.transactions.iter();
    let expected: Vec<u8> = blobs
        .filter_map(|transaction| transaction.blob_versioned_hashes())
        .flatten()
        .flat_map(|hash| hash.0)
        .collect();
    if expected != versioned_hashes {
        return Err(fault("versioned_hashes", SszFault::Value).into());
    }
    Ok(payload)
}

fn decode_payload(bytes: &[u8], intake: &Intake<'_>) -> Result<Payload, Error> {
    let number = Some(8);
    let [
        parent_hash,
        fee_recipient,
        state_root,
        receipts_root,
        logs_bloom,
        prev_randao,
        block_number,
        gas_limit,
        gas_used,
        timestamp,
        extra_data,
        base_fee_per_gas,
        block_hash,
        transactions,
        withdrawals,
        blob_gas_used,
        excess_blob_gas,
        block_access_list,
        slot_number,
    ] = fields(
        bytes,
        "execution_payload",
        [
            Some(32),
            Some(20),
            Some(32),
            Some(32),
            Some(256),
            Some(32),
            number,
            number,
            number,
            number,
            None,
            Some(32),
            Some(32),
            None,
            None,
            number,
            number,
            None,
            number,
        ],
    )?;
    intake.admit_block(bytes.len().saturating_sub(block_access_list.len()))?;
    let transactions = decode_transactions(transactions, intake)?;
    let withdrawals = decode_withdrawals(withdrawals)?;
    // Admitted here, before it is hashed.
    let access_list = access_list::decode_rlp(block_access_list, intake)?;
    let base_fee: U256 = value(base_fee_per_gas, "base_fee_per_gas")?;
    let header = Header {
        parent_hash: value(parent_hash, "parent_hash")?,
        ommers_hash: EMPTY_OMMER_ROOT_HASH,
        beneficiary: value(fee_recipient, "fee_recipient")?,
        state_root: value(state_root, "state_root")?,
        transactions_root: calculate_transaction_root(&transactions),
        receipts_root: value(receipts_root, "receipts_root")?,
        logs_bloom: value(logs_bloom, "logs_bloom")?,
        number: value(block_number, "block_number")?,
        gas_limit: value(gas_limit, "gas_limit")?,
        gas_used: value(gas_used, "gas_used")?,
        timestamp: value(timestamp, "timestamp")?,
        extra_data: Bytes::copy_from_slice(extra_data),
        mix_hash: value(prev_randao, "prev_randao")?,
        base_fee_per_gas: Some(
            u64::try_from(base_fee).map_err(|_| fault("base_fee_per_gas", SszFault::Value))?,
        ),
        withdrawals_root: Some(calculate_withdrawals_root(&withdrawals)),
        blob_gas_used: Some(value(blob_gas_used, "blob_gas_used")?),
        excess_blob_gas: Some(value(excess_blob_gas, "excess_blob_gas")?),
        block_access_list_hash: Some(keccak256(block_access_list)),
        slot_number: Some(value(slot_number, "slot_number")?),
        // The rest is zero since the merge, or is filled in from around the payload.
        ..Header::default()
    };
    Ok(Payload {
        block: Block {
            header,
            body: BlockBody {
                transactions,
                ommers: Vec::new(),
                withdrawals: Some(withdrawals.into()),
            },
        },
        access_list,
        hash: value(block_hash, "block_hash")?,
    })
}

fn decode_transactions(bytes: &[u8], intake: &Intake<'_>) -> Result<Vec<Transaction>, Error> {
    // The first offset tells how many there are.
    let items = byte_lists(bytes, "transactions")?;
    intake.admit_transactions(items.len())?;
    let transaction = |(index, item): (usize, &[u8])| {
        let mut rest = item;
        let refused = |detail: &dyn std::fmt::Display| InputError::Transaction {
            index: index as u64,
            detail: Excerpt::of(detail),
        };
        let transaction = Transaction::decode_2718(&mut rest).map_err(|error| refused(&error))?;
        if transaction.encoded_2718() != item {
            return Err(refused(&"not in its one encoding"));
        }
        Ok(transaction)
    };
    Ok(items.enumerate().map(transaction).collect::<Result<_, _>>()?)
}

fn decode_withdrawals(bytes: &[u8]) -> Result<Vec<Withdrawal>, InputError> {
    let items = bytes.chunks_exact(WITHDRAWAL_BYTES);
    if !items.remainder().is_empty() {
        let (got, expected) = (items.remainder().len() as u64, WITHDRAWAL_BYTES as u64);
        return Err(fault("withdrawals", SszFault::Length { expected, got }));
    }
    items
        .map(|item| {
            let [index, validator_index, address, amount] =
                fields(item, "withdrawal", [Some(8), Some(8), Some(20), Some(8)])?;
            Ok(Withdrawal {
                index: value(index, "index")?,
                validator_index: value(validator_index, "validator_index")?,
                address: value(address, "address")?,
                amount: value(amount, "amount")?,
            })
        })
        .collect()
}

/// Hash of the requests (EIP-7685). One that is its type alone is none, and may not be listed.
fn requests_hash(bytes: &[u8]) -> Result<B256, InputError> {
    let field = "execution_requests";
    let requests: Vec<Bytes> = byte_lists(bytes, field)?
        .map(|request| match request.len() {
            0 | 1 => Err(fault(field, SszFault::Value)),
            _ => Ok(Bytes::copy_from_slice(request)),
        })
        .collect::<Result<_, _>>()?;
    Ok(Requests::new(requests).requests_hash())
}

fn decode_witness(bytes: &[u8], intake: &Intake<'_>) -> Result<Witness, Error> {
    let [state, codes, headers] = fields(bytes, "witness", [None, None, None])?;
    Ok(Witness {
        state: decode_list(state, List::Nodes, intake)?,
        codes: decode_list(codes, List::Codes, intake)?,
        headers: decode_list(headers, List::Headers, intake)?,
    })
}

fn decode_list(bytes: &[u8], list: List, intake: &Intake<'_>) -> Result<Vec<Bytes>, Error> {
    let mut items = Vec::new();
    for (index, item) in byte_lists(bytes, list.field())?.enumerate() {
        intake.admit_item(list, index, item.len())?;
        items.push(Bytes::copy_from_slice(item));
        intake.read(item.len());
    }
    Ok(items)
}

/// Splits a container into its fields; `layout` has the length of each that is of fixed length.
fn fields<'a, const COUNT: usize>(
    bytes: &'a [u8],
    container: &'static str,
    layout: [Option<usize>; COUNT],
) -> Result<[&'a [u8]; COUNT], InputError> {
    let refused = |error| fault(container, SszFault::from(error));
    let mut builder = SszDecoderBuilder::new(bytes);
    for length in layout {
        builder
            .register_type_parameterized(length.is_some(), length.unwrap_or(BYTES_PER_LENGTH_OFFSET))
            .map_err(refused)?;
    }
    let mut decoder = builder.build().map_err(refused)?;
    let mut fields: [&'a [u8]; COUNT] = [&[]; COUNT];
    for field in &mut fields {
        *field = decoder.decode_next_with(Ok).map_err(refused)?;
    }
    Ok(fields)
}

/// The items of a list of byte lists: their offsets, then their bytes. Nothing is allocated for them.
fn byte_lists<'a>(
    bytes: &'a [u8],
    field: &'static str,
) -> Result<impl ExactSizeIterator<Item = &'a [u8]> + use<'a>, InputError> {
    let offset = |at: usize| ssz::read_offset(bytes.get(at..).unwrap_or_default());
    let refused = |error| fault(field, SszFault::from(error));
    let fixed = if bytes.is_empty() {
        0
    } else {
        offset(0).map_err(refused)?
    };
    if fixed % BYTES_PER_LENGTH_OFFSET != 0 || (fixed == 0 && !bytes.is_empty()) {
        return Err(fault(field, SszFault::Offset { got: fixed as u64 }));
    }
    let mut previous = fixed;
    for at in (0..fixed).step_by(BYTES_PER_LENGTH_OFFSET) {
        let got = offset(at).map_err(refused)?;
        if got < previous || got > bytes.len() {
            return Err(fault(field, SszFault::Offset { got: got as u64 }));
        }
        previous = got;
    }
    Ok((0..fixed).step_by(BYTES_PER_LENGTH_OFFSET).map(move |at| {
        let next = at + BYTES_PER_LENGTH_OFFSET;
        let start = ssz::read_offset(bytes.get(at..).unwrap_or_default()).unwrap_or(bytes.len());
        let end = if next < fixed {
            ssz::read_offset(bytes.get(next..).unwrap_or_default()).unwrap_or(bytes.len())
        } else {
            bytes.len()
        };
        // In bounds and in order, as checked above.
        bytes.get(start..end).unwrap_or_default()
    }))
}

fn value<T: Decode>(bytes: &[u8], field: &'static str) -> Result<T, InputError> {
    T::from_ssz_bytes(bytes).map_err(|error| fault(field, SszFault::from(error)))
}

const fn fault(field: &'static str, fault: SszFault) -> InputError {
    InputError::Ssz { field, fault }
}
