//! The SSZ input of stateless validation: read as what it was made of, refused when it is anything else.

use super::Witness;
use crate::{
    Block, BlockDialect, Error, HashTrust, Input, InputError, Limit, Limits, Transaction, WitnessDialect,
    input::SszFault,
};
use alloy_consensus::{BlockBody, EMPTY_OMMER_ROOT_HASH, Header, SignableTransaction, TxEip1559, TxEip4844};
use alloy_eips::{eip2718::Encodable2718, eip4895::Withdrawal, eip7685::Requests, eip7928::AccountChanges};
use alloy_primitives::{Address, B256, Bytes, Signature, U256, hex};
use proptest::prelude::*;
use ssz::{Encode, SszEncoder};

/// What the specification's containers hold.
#[derive(Clone)]
struct Parts {
    block: Block,
    access_list: Vec<u8>,
    requests: Vec<Vec<u8>>,
    versioned_hashes: Vec<B256>,
    witness: Witness,
}

impl Parts {
    /// A block with one of everything, and its header as the payload implies it.
    fn new() -> Self {
        let signature = Signature::new(U256::from(3), U256::from(4), true);
        let blob = TxEip4844 {
            chain_id: 7,
            blob_versioned_hashes: vec![B256::repeat_byte(1), B256::repeat_byte(2)],
            ..TxEip4844::default()
        };
        let plain = TxEip1559 {
            chain_id: 7,
            input: Bytes::from_static(b"data"),
            ..TxEip1559::default()
        };
        let transactions = vec![
            Transaction::from(blob.into_signed(signature)),
            Transaction::from(plain.into_signed(signature)),
        ];
        let withdrawals = vec![Withdrawal {
            index: 1,
            validator_index: 2,
            address: Address::repeat_byte(3),
            amount: 4,
        }];
        let requests = vec![vec![0, 9, 9], vec![1, 8]];
        let access_list = alloy_rlp::encode(vec![AccountChanges::new(Address::repeat_byte(5))]);
        let header = Header {
            parent_hash: B256::repeat_byte(0x11),
            ommers_hash: EMPTY_OMMER_ROOT_HASH,
            beneficiary: Address::repeat_byte(0x12),
            state_root: B256::repeat_byte(0x13),
            receipts_root: B256::repeat_byte(0x14),
            logs_bloom: [0x15; 256].into(),
            mix_hash: B256::repeat_byte(0x16),
            number: 17,
            gas_limit: 18,
            gas_used: 19,
            timestamp: 20,
            extra_data: Bytes::from_static(b"extra"),
            base_fee_per_gas: Some(21),
            blob_gas_used: Some(22),
            excess_blob_gas: Some(23),
            slot_number: Some(24),
            parent_beacon_block_root: Some(B256::repeat_byte(0x25)),
            transactions_root: alloy_consensus::proofs::calculate_transaction_root(&transactions),
            withdrawals_root: Some(alloy_consensus::proofs::calculate_withdrawals_root(&withdrawals)),
            requests_hash: Some(
                Requests::new(requests.iter().cloned().map(Into::into).collect()).requests_hash(),
            ),
            block_access_list_hash: Some(alloy_primitives::keccak256(&access_list)),
            ..Header::default()
        };
        Self {
            block: Block {
                header,
                body: BlockBody {
                    transactions,
                    ommers: Vec::new(),
                    withdrawals: Some(withdrawals.into()),
                },
            },
            access_list,
            requests,
            versioned_hashes: vec![B256::repeat_byte(1), B256::repeat_byte(2)],
            witness: Witness {
                state: vec![Bytes::from_static(b"node"), Bytes::from_static(b"another")],
                codes: vec![Bytes::from_static(b"code")],
                headers: vec![Bytes::from_static(b"header"), Bytes::new()],
            },
        }
    }

    fn payload(&self) -> Vec<u8> {
        let header = &self.block.header;
        let transactions: Vec<Vec<u8>> = (self.block.body.transactions.iter())
            .map(Encodable2718::encoded_2718)
            .collect();
        let withdrawals: Vec<u8> = (self.block.body.withdrawals.iter().flat_map(|list| list.iter()))
            .flat_map(|withdrawal| {
                let Withdrawal {
                    index,
                    validator_index,
                    address,
                    amount,
                } = *withdrawal;
                let numbers = [index, validator_index].map(u64::to_le_bytes).concat();
                [numbers, address.to_vec(), amount.to_le_bytes().to_vec()].concat()
            })
            .collect();
        let mut bytes = Vec::new();
        let mut encoder = SszEncoder::container(&mut bytes, 540);
        encoder.append(&header.parent_hash);
        encoder.append(&header.beneficiary);
        encoder.append(&header.state_root);
        encoder.append(&header.receipts_root);
        encoder.append(&header.logs_bloom);
        encoder.append(&header.mix_hash);
        encoder.append(&header.number);
        encoder.append(&header.gas_limit);
        encoder.append(&header.gas_used);
        encoder.append(&header.timestamp);
        encoder.append(&header.extra_data.to_vec());
        encoder.append(&U256::from(header.base_fee_per_gas.unwrap()));
        encoder.append(&header.hash_slow());
        encoder.append(&transactions);
        encoder.append(&withdrawals);
        encoder.append(&header.blob_gas_used.unwrap());
        encoder.append(&header.excess_blob_gas.unwrap());
        encoder.append(&self.access_list);
        encoder.append(&header.slot_number.unwrap());
        encoder.finalize();
        bytes
    }

    fn encode(&self) -> Vec<u8> {
        let mut request = Vec::new();
        let mut encoder = SszEncoder::container(&mut request, 44);
        encoder.append(&self.payload());
        encoder.append(&self.versioned_hashes);
        encoder.append(&self.block.header.parent_beacon_block_root.unwrap());
        encoder.append(&self.requests);
        encoder.finalize();
        let mut witness = Vec::new();
        let mut encoder = SszEncoder::container(&mut witness, 12);
        for list in [&self.witness.state, &self.witness.codes, &self.witness.headers] {
            encoder.append(&list.iter().map(|item| item.to_vec()).collect::<Vec<Vec<u8>>>());
        }
        encoder.finalize();
        let mut input = Vec::new();
        let mut encoder = SszEncoder::container(&mut input, 20);
        encoder.append(&request);
        encoder.append(&witness);
        encoder.append(&7_u64);
        encoder.append(&vec![[4_u8; 65].to_vec()].as_ssz_bytes());
        encoder.finalize();
        input
    }
}

fn decode(bytes: &[u8]) -> Result<Input, Error> {
    Input::decode(bytes, &Limits::default())
}

fn refusal(parts: &Parts) -> InputError {
    match decode(&parts.encode()) {
        Err(Error::Input(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_input_is_read_as_bytes_as_hex_and_as_a_json_string_of_it() {
    let parts = Parts::new();
    let bytes = parts.encode();
    let text = hex::encode_prefixed(&bytes);
    for form in [
        bytes.clone(),
        text.clone().into_bytes(),
        format!(" \"{text}\"\n").into_bytes(),
    ] {
        let input = decode(&form).expect("sound");
        assert_eq!(input.block, parts.block);
        assert_eq!(input.witness, parts.witness);
        assert_eq!(input.chain_id, Some(7));
        assert_eq!(
            input.hash,
            Some((parts.block.header.hash_slow(), HashTrust::GivenByFile))
        );
        assert_eq!(input.dialects.block, BlockDialect::Ssz);
        assert_eq!(input.dialects.witness, WitnessDialect::Ssz);
        let list = input.access_list.expect("a list");
        assert_eq!(alloy_rlp::encode(list), parts.access_list);
    }
}

#[test]
fn transactions_are_counted_before_they_are_decoded() {
    let mut parts = Parts::new();
    let count = parts.block.body.transactions.len();
    let held_to = |transactions| Limits {
        transactions,
        ..Limits::default()
    };
    assert!(Input::decode(&parts.encode(), &held_to(count)).is_ok());
    // Whose first transaction would not decode.
    parts.block.body.transactions.truncate(1);
    let bytes = parts.encode();
    let first = alloy_eips::Encodable2718::encoded_2718(&parts.block.body.transactions[0]);
    let at = bytes
        .windows(first.len())
        .position(|window| window == first)
        .expect("in there");
    let mut torn = bytes;
    torn[at] = 0x7f;
    match Input::decode(&torn, &held_to(0)) {
        Err(Error::Limit { limit, expected, got }) => {
            assert_eq!((limit, expected, got), (Limit::Transactions, 0, 1));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        decode(&torn),
        Err(Error::Input(InputError::Transaction { index: 0, .. }))
    ));
}

#[test]
fn what_a_payload_cannot_say_is_refused() {
    let honest = Parts::new();
    let mut parts = honest.clone();
    parts.versioned_hashes.swap(0, 1);
    let value = |field| InputError::Ssz {
        field,
        fault: SszFault::Value,
    };
    assert_eq!(refusal(&parts), value("versioned_hashes"));
    let mut parts = honest.clone();
    parts.requests.push(vec![2]);
    assert_eq!(
        refusal(&parts),
        value("execution_requests"),
        "a request that is its type alone"
    );
    let mut parts = honest.clone();
    parts.access_list.push(0);
    assert!(matches!(
        refusal(&parts),
        InputError::TrailingBytes { count: 1, .. }
    ));
}

#[test]
fn an_input_is_held_to_the_limits() {
    let parts = Parts::new();
    let bytes = parts.encode();
    let limits = Limits::default();
    let cases = [
        (Limits { nodes: 1, ..limits }, Limit::Nodes),
        (
            Limits {
                node_bytes: 6,
                ..limits
            },
            Limit::NodeBytes,
        ),
        (Limits { codes: 0, ..limits }, Limit::Codes),
        (Limits { headers: 1, ..limits }, Limit::Headers),
        (
            Limits {
                witness_bytes: 20,
                ..limits
            },
            Limit::WitnessBytes,
        ),
        (
            Limits {
                block_bytes: 540,
                ..limits
            },
            Limit::BlockBytes,
        ),
        (
            Limits {
                access_list_bytes: 9,
                ..limits
            },
            Limit::AccessListBytes,
        ),
        (
            Limits {
                input_bytes: bytes.len() - 1,
                ..limits
            },
            Limit::InputBytes,
        ),
    ];
    for (limits, expected) in cases {
        match Input::decode(&bytes, &limits) {
            Err(Error::Limit { limit, .. }) => assert_eq!(limit, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn every_cut_is_refused() {
    let bytes = Parts::new().encode();
    // The public keys at the end are not read.
    let keys = 4 + 65;
    for length in 0..bytes.len() - keys {
        assert!(decode(&bytes[..length]).is_err(), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(at in any::<prop::sample::Index>(), with: u8, more in prop::collection::vec(any::<u8>(), 0..64)) {
        let mut bytes = Parts::new().encode();
        let at = at.index(bytes.len());
        bytes[at] = with;
        let _ = decode(&bytes);
        bytes.splice(at..at, more);
        let _ = decode(&bytes);
    }
}
