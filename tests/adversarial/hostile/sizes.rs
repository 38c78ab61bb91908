//! Inputs that are large, deep, or say that they are.

use super::measured::{MIB, alone, measured, sample, verify};
use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256};
use blocklight_tests::{Maker, mutation::witness_rlp};
use blocklight_verifier::{
    ChainSpec, EncodedInput, Error, Input, InputError, Limit, Limits, Quiet, Verifier,
};

/// Room for what does not depend on the input.
const SLACK: usize = 16 * MIB;

#[test]
fn a_hundred_mebibytes_of_junk_nodes_leave_the_block_valid() {
    let _alone = alone();
    let (chain, mut input) = sample();
    let honest = measured("the sample", || verify(&chain, &input)).1;
    let junk: Vec<u8> = (0_u32..100 * 256 * 1024).flat_map(u32::to_le_bytes).collect();
    let nodes = junk.chunks(532).map(Bytes::copy_from_slice);
    input.witness.state.extend(nodes);
    let (verdict, bytes) = measured("with 100 MiB of junk", || verify(&chain, &input));
    assert!(verdict.is_valid(), "{verdict:?}");
    // The nodes themselves are there already. Each costs its hash, its place in the table and an entry of the arena.
    assert!(bytes < honest + 100 * MIB, "{bytes} bytes for 100 MiB of junk");

    let rlp = witness_rlp(&input.witness);
    let block = alloy_rlp::encode(&input.block);
    let (decoded, bytes) = measured("decoding it", || {
        Input::decode_pair(&block, &rlp, &Limits::default())
    });
    assert_eq!(decoded.expect("decodable").witness, input.witness);
    assert!(bytes < 3 * rlp.len(), "{bytes} bytes for {} of RLP", rlp.len());
}

#[test]
fn more_junk_than_the_limit_is_refused_before_it_is_hashed() {
    let _alone = alone();
    let (chain, mut input) = sample();
    input.witness.state = vec![Bytes::from(vec![0xc0; 60_000]); 5000];
    let (result, bytes) = measured("286 MiB of one node", || {
        Verifier::new(chain).verify_input(&input, &Quiet)
    });
    assert!(
        matches!(
            result,
            Err(Error::Limit {
                limit: Limit::WitnessBytes,
                ..
            })
        ),
        "{result:?}"
    );
    assert!(bytes < MIB);
}

/// An RLP list header that claims `length` bytes.
fn claims(length: u64) -> Vec<u8> {
    let digits: Vec<u8> = length
        .to_be_bytes()
        .into_iter()
        .skip_while(|digit| *digit == 0)
        .collect();
    let mut out = vec![0xf7 + u8::try_from(digits.len()).expect("at most 8")];
    out.extend(digits);
    out
}

#[test]
fn headers_of_lists_with_nothing_behind_them_are_errors_and_take_no_memory() {
    let _alone = alone();
    let (_, input) = sample();
    let (block, witness) = (alloy_rlp::encode(&input.block), witness_rlp(&input.witness));
    for length in [1_000_000, 1 << 31, (1 << 32) + 5, u64::MAX / 2, u64::MAX] {
        // As the whole, and as a list within a list that says it is there.
        let inner = claims(length);
        let mut within = claims(56 + 600);
        within.extend(&inner);
        within.resize(600, 0xc0);
        for bad in [inner, within] {
            let (results, bytes) = measured(&format!("a list of {length} bytes"), || {
                [
                    Input::decode_pair(&bad, &witness, &Limits::default()).err(),
                    Input::decode_pair(&block, &bad, &Limits::default()).err(),
                ]
            });
            for result in results {
                assert!(
                    matches!(result, Some(Error::Input(InputError::Rlp { .. }))),
                    "{result:?}"
                );
            }
            assert!(bytes < block.len() * 8 + SLACK, "{bytes} bytes");
        }
    }
}

/// The shortest headers, a million of them.
#[test]
fn a_million_headers_are_refused_at_the_limit() {
    let _alone = alone();
    let (_, input) = sample();
    let block = alloy_rlp::encode(&input.block);
    let mut lists = claims(1_000_000);
    lists.resize(lists.len() + 1_000_000, 0xc0);
    lists.extend([0xc0, 0xc0]);
    let mut witness = claims(lists.len() as u64);
    witness.extend(lists);
    let json = format!("{{\"state\":[],\"headers\":[{}\"\"]}}", "\"\",".repeat(1_000_000));
    for (what, text) in [("RLP", witness), ("JSON", json.into_bytes())] {
        let (result, bytes) = measured(what, || Input::decode_pair(&block, &text, &Limits::default()));
        assert!(
            matches!(
                result,
                Err(Error::Limit {
                    limit: Limit::Headers,
                    ..
                })
            ),
            "{what}: {result:?}"
        );
        assert!(bytes < block.len() * 8 + SLACK, "{what}: {bytes} bytes");
    }
}

#[test]
fn depth_bombs_are_errors_without_recursion() {
    let _alone = alone();
    let (_, input) = sample();
    let block = alloy_rlp::encode(&input.block);
    let depth = 2_000_000;
    // Lists in lists, each with its true length, from the inside out.
    let mut levels = vec![0xc0];
    for _ in 0..100_000 {
        let length = levels.len() as u64;
        let mut outer: Vec<u8> = if length < 56 {
            vec![0xc0 + u8::try_from(length).expect("short")]
        } else {
            claims(length)
        };
        outer.reverse();
        levels.extend(outer);
    }
    levels.reverse();
    let texts = [
        levels,
        vec![0xc1; depth],
        "[".repeat(depth).into_bytes(),
        "{\"state\":".repeat(depth).into_bytes(),
        format!("{{\"a\":{}", "[".repeat(depth)).into_bytes(),
        "{\"result\":".repeat(depth).into_bytes(),
    ];
    for text in &texts {
        let start = String::from_utf8_lossy(text.get(..9).unwrap_or_default()).into_owned();
        let (results, bytes) = measured(&start, || {
            [
                Input::decode(text, &Limits::default()).err(),
                Input::decode_pair(text, b"{}", &Limits::default()).err(),
                Input::decode_pair(&block, text, &Limits::default()).err(),
                ChainSpec::from_json(text)
                    .err()
                    .map(|_| Error::UnknownChain { got: 0 }),
            ]
        });
        assert!(results.iter().all(Option::is_some), "{start}: {results:?}");
        assert!(
            bytes < text.len() * 4 + block.len() * 8 + SLACK,
            "{start}: {bytes} bytes"
        );
    }
}

/// The RLP of a block with `count` of the shortest transactions, for which no gas would pay.
fn crowded(input: &Input, count: usize) -> Vec<u8> {
    // nonce, price, gas, recipient, value, data, v, r, s
    let transaction = [0xc9, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x1b, 0x01, 0x01];
    let mut payload = alloy_rlp::encode(&input.block.header);
    payload.extend(claims((count * transaction.len()) as u64));
    payload.extend(transaction.repeat(count));
    payload.push(0xc0);
    payload.extend(
        input
            .block
            .body
            .withdrawals
            .as_ref()
            .map(alloy_rlp::encode)
            .unwrap_or_default(),
    );
    let mut block = claims(payload.len() as u64);
    block.extend(payload);
    block
}

#[test]
fn a_block_crowded_with_the_shortest_transactions_is_refused_or_invalid_in_bounded_memory() {
    let _alone = alone();
    let (chain, input) = sample();
    let witness = witness_rlp(&input.witness);
    let most = Limits::default().transactions;
    let decode = |count: usize| {
        let block = crowded(&input, count);
        measured(&format!("{count} transactions"), || {
            Input::decode_pair(&block, &witness, &Limits::default())
        })
    };
    for count in [most + 1, 1_600_000] {
        let (result, bytes) = decode(count);
        assert!(
            matches!(result, Err(Error::Limit { limit: Limit::Transactions, got, .. }) if got == count as u64),
            "{count}: {result:?}"
        );
        assert!(bytes < MIB, "{bytes} bytes");
    }
    let (decoded, bytes) = decode(most);
    let decoded = decoded.expect("decodable");
    assert_eq!(decoded.block.body.transactions.len(), most);
    assert!(bytes < 64 * MIB + 2 * witness.len(), "{bytes} bytes");
    let (verdict, bytes) = measured("verifying them", || verify(&chain, &decoded));
    assert_eq!(verdict.name(), "invalid");
    assert!(bytes < 64 * MIB, "{bytes} bytes");

    drop(decoded);
    let block = crowded(&input, most);
    let encoded = EncodedInput::Pair {
        block: &block,
        witness: &witness,
    };
    let (verdict, bytes) = measured("the two in one go", || {
        encoded.verify::<Error>(&Limits::default(), &Quiet, |_| Ok(Verifier::new(chain.clone())))
    });
    assert_eq!(verdict.expect("a verdict").name(), "invalid");
    // Whoever recovers senders ahead has the transactions of its own.
    assert!(bytes < 128 * MIB + 2 * witness.len(), "{bytes} bytes");
}

/// A block with the largest of everything: a contract of 24 KiB (EIP-170), run to its end; one created anew from init code of
/// 48 KiB (EIP-3860); the most call data, and the longest access list, that a transaction's gas pays for.
pub(crate) fn largest() -> (ChainSpec, Input) {
    let mut code = vec![0x5b; 24 * 1024];
    *code.last_mut().expect("long") = 0x00;
    let contract = Address::repeat_byte(0xcc);
    let mut maker = Maker::new(60_000_000, &[(contract, code, vec![])]).expect("a chain");
    maker
        .transact(contract.into(), 100_000, Bytes::new(), AccessList::default())
        .expect("signs");
    // RETURN(0, 24 KiB)
    let mut init = vec![0x61, 0x60, 0x00, 0x5f, 0xf3];
    init.resize(48 * 1024, 0x5b);
    maker
        .transact(TxKind::Create, 8_000_000, init.into(), AccessList::default())
        .expect("signs");
    // Zero bytes: 10 gas each (EIP-7623).
    let data = vec![0; 1_600_000];
    maker
        .transact(contract.into(), 1 << 24, data.into(), AccessList::default())
        .expect("signs");
    let keys = (0..8000_u64).map(|key| B256::from(U256::from(key))).collect();
    let list = AccessList(vec![AccessListItem {
        address: contract,
        storage_keys: keys,
    }]);
    maker
        .transact(contract.into(), 1 << 24, Bytes::new(), list)
        .expect("signs");
    maker.make().expect("a block")
}

#[test]
fn the_largest_code_and_the_most_call_data_get_their_verdict() {
    let _alone = alone();
    let (chain, input) = largest();
    let (verdict, bytes) = measured("the largest of everything", || verify(&chain, &input));
    assert!(verdict.is_valid(), "{verdict:?}");
    assert!(bytes < 64 * MIB, "{bytes} bytes");

    // A code one byte longer than the limit is an error, though no account has it.
    let mut input = input;
    input
        .witness
        .codes
        .push(vec![0; Limits::default().code_bytes + 1].into());
    let result = Verifier::new(chain).verify_input(&input, &Quiet);
    assert!(
        matches!(
            result,
            Err(Error::Limit {
                limit: Limit::CodeBytes,
                ..
            })
        ),
        "{result:?}"
    );
}
