//! Inputs made to be as large, as deep or as dear as they can be: a typed error or a verdict, in bounded memory.
//!
//! `BLOCKLIGHT_FULL=1` makes the dear ones as dear as a block may be.

use alloy_eips::eip2930::{AccessList, AccessListItem};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, hex};
use blocklight_tests::{
    Flood, Keys, Maker, full_sweeps, mutation::witness_rlp, read_gz, repository, sample_input,
};
use blocklight_verifier::{ChainSpec, Error, Input, InputError, Limit, Limits, Quiet, Verdict, Verifier};
use peak_alloc::PeakAlloc;
use std::{
    io::Write,
    sync::{Mutex, MutexGuard, PoisonError},
};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The memory of one test at a time is measured.
static ALONE: Mutex<()> = Mutex::new(());

const MIB: usize = 1 << 20;
/// Room for what does not depend on the input.
const SLACK: usize = 16 * MIB;

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does `act` and tells how much more memory it had in use at its worst.
fn measured<T>(what: &str, act: impl FnOnce() -> T) -> (T, usize) {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let result = act();
    let bytes = MEMORY.peak_usage().saturating_sub(before);
    println!("{what}: {} KiB at most", bytes / 1024);
    (result, bytes)
}

fn verify(chain: &ChainSpec, input: &Input) -> Verdict {
    Verifier::new(chain.clone())
        .verify_input(input, &Quiet)
        .expect("a verdict")
}

/// The sample, held to no hash.
fn sample() -> (ChainSpec, Input) {
    let (chain, mut input) = sample_input().expect("readable");
    input.hash = None;
    (chain, input)
}

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
}

/// Work that each unit of gas buys most of, up to the fork's limit.
#[test]
fn blocks_that_use_up_their_gas_get_their_verdict_in_bounded_memory() {
    let _alone = alone();
    let gas = if full_sweeps() { 60_000_000 } else { 16_000_000 };
    println!("{gas} gas (60,000,000 with BLOCKLIGHT_FULL=1)");
    for flood in [
        Flood::Topics,
        Flood::Slots,
        Flood::Writes,
        Flood::Transient,
        Flood::Addresses,
    ] {
        let (chain, input) = flood.block(Keys::Ordinary, gas).expect("a block");
        let (verdict, bytes) = measured(&format!("{flood:?}"), || verify(&chain, &input));
        assert!(verdict.is_valid(), "{verdict:?}");
        assert!(
            verdict.report().gas_used * 10 > gas * 9,
            "{} gas used",
            verdict.report().gas_used
        );
        assert!(bytes < 512 * MIB, "{flood:?}: {bytes} bytes");
    }
}

/// A way to use up gas: its name, a contract's code, and the call data.
type Waste = (&'static str, Vec<u8>, Vec<u8>);

/// The code `body` again and again: JUMPDEST … PUSH0 JUMP.
fn looped(body: &[u8]) -> Vec<u8> {
    [&[0x5b][..], body, &[0x5f, 0x56]].concat()
}

/// Calls of a precompile with the call data: CALLDATACOPY(0, 0, CALLDATASIZE), then in a loop
/// POP(STATICCALL(GAS, address, 0, CALLDATASIZE, 0, 0)).
fn precompile(name: &'static str, address: u16, input: Vec<u8>) -> Waste {
    let [high, low] = address.to_be_bytes();
    let code = [
        &[0x36, 0x5f, 0x5f, 0x37, 0x5b][..],
        &[0x5f, 0x5f, 0x36, 0x5f, 0x61, high, low, 0x5a, 0xfa, 0x50],
        &[0x60, 4, 0x56],
    ];
    (name, code.concat(), input)
}

fn word(value: u64) -> Vec<u8> {
    B256::from(U256::from(value)).to_vec()
}

/// Ways to use up gas.
fn wastes() -> Vec<Waste> {
    let generator = U256::from_str_radix(
        "79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798",
        16,
    );
    let generator = B256::from(generator.expect("hex")).to_vec();
    let own = |name, code: &[u8]| (name, code.to_vec(), vec![]);
    let mut blake = vec![0; 213];
    blake[..4].copy_from_slice(&1_000_000_u32.to_be_bytes());
    let lengths = [word(256), word(32), word(256)].concat();
    vec![
        own("nothing", &looped(&[])),
        own(
            "KECCAK256 of 32 KiB",
            &looped(&[0x61, 0x80, 0x00, 0x5f, 0x20, 0x50]),
        ),
        // MSTORE(MSIZE + 64 KiB, 0), quadratic in gas.
        own(
            "memory",
            &looped(&[0x5f, 0x59, 0x62, 0x01, 0x00, 0x00, 0x01, 0x52]),
        ),
        own("EXP", &looped(&[0x5f, 0x19, 0x80, 0x0a, 0x50])),
        own(
            "MCOPY of 32 KiB",
            &looped(&[0x61, 0x80, 0x00, 0x5f, 0x60, 0x01, 0x5e]),
        ),
        own(
            "calls of itself",
            &[
                0x5f, 0x5f, 0x5f, 0x5f, 0x5f, 0x30, 0x5a, 0xf1, 0x50, 0x5b, 0x60, 9, 0x56,
            ],
        ),
        // CODECOPY(0, 0, CODESIZE); CREATE(0, 0, CODESIZE), whose init code is this code; for ever.
        own(
            "creations",
            &[
                0x5b, 0x38, 0x5f, 0x5f, 0x39, 0x38, 0x5f, 0x5f, 0xf0, 0x50, 0x5f, 0x56,
            ],
        ),
        precompile(
            "ecrecover",
            1,
            [word(1), word(27), generator.clone(), word(1)].concat(),
        ),
        precompile("SHA-256 of 8 KiB", 2, vec![7; 8192]),
        precompile("RIPEMD-160 of 8 KiB", 3, vec![7; 8192]),
        precompile("identity of 8 KiB", 4, vec![7; 8192]),
        precompile("MODEXP", 5, [lengths, vec![0xff; 256 + 32 + 256]].concat()),
        precompile("bn254 addition", 6, [word(1), word(2), word(1), word(2)].concat()),
        precompile(
            "bn254 multiplication",
            7,
            [word(1), word(2), vec![0xff; 32]].concat(),
        ),
        precompile("bn254 pairing of nothing", 8, vec![0; 192 * 4]),
        precompile("BLAKE2f", 9, blake),
        precompile("KZG of nothing", 10, vec![0; 192]),
        precompile("BLS12-381 pairing of nothing", 15, vec![0; 384 * 4]),
        precompile("P-256 of nothing", 0x100, vec![1; 160]),
    ]
}

#[test]
fn transactions_that_run_out_of_gas_however_they_do_get_their_verdict_in_bounded_memory() {
    let _alone = alone();
    let gas = if full_sweeps() { 60_000_000 } else { 4_000_000 };
    for (what, code, data) in wastes() {
        let contract = Address::repeat_byte(0xcc);
        let mut maker = Maker::new(60_000_000, &[(contract, code, vec![])]).expect("a chain");
        let mut left: u64 = gas;
        while left > 0 {
            let gas_limit = left.min(1 << 24);
            left -= gas_limit;
            maker
                .transact(
                    contract.into(),
                    gas_limit,
                    data.clone().into(),
                    AccessList::default(),
                )
                .expect("signs");
        }
        let (chain, input) = maker.make().expect("a block");
        let start = std::time::Instant::now();
        let (verdict, bytes) = measured(what, || verify(&chain, &input));
        println!("  {:.0?} for {gas} gas", start.elapsed());
        assert!(verdict.is_valid(), "{what}: {verdict:?}");
        assert!(
            verdict.report().gas_used * 10 > gas * 5,
            "{what}: {} gas used",
            verdict.report().gas_used
        );
        assert!(bytes < 256 * MIB, "{what}: {bytes} bytes");
    }
}

#[test]
fn the_largest_code_and_the_most_call_data_get_their_verdict() {
    let _alone = alone();
    // A contract of 24 KiB, the largest (EIP-170), run to its end; created anew from init code of 48 KiB (EIP-3860).
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
    // As many zero bytes as a transaction's gas pays for (EIP-7623: 10 a byte).
    let data = vec![0; 1_600_000];
    maker
        .transact(contract.into(), 1 << 24, data.into(), AccessList::default())
        .expect("signs");
    // As long an access list as a transaction's gas pays for.
    let keys = (0..8000_u64).map(|key| B256::from(U256::from(key))).collect();
    let list = AccessList(vec![AccessListItem {
        address: contract,
        storage_keys: keys,
    }]);
    maker
        .transact(contract.into(), 1 << 24, Bytes::new(), list)
        .expect("signs");
    let (chain, input) = maker.make().expect("a block");
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

/// A block and its witness as a file, compressed.
fn packed(input: &Input) -> Vec<u8> {
    let witness: serde_json::Value = serde_json::from_str(&input.witness.to_json()).expect("JSON");
    let file = serde_json::json!({
        "chainId": 1337,
        "hash": input.block.header.hash_slow(),
        "block": hex::encode_prefixed(alloy_rlp::encode(&input.block)),
        "witness": witness,
    });
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    out.write_all(file.to_string().as_bytes()).expect("memory");
    out.finish().expect("memory")
}

/// The blocks that the page is tested with are made here; `BLOCKLIGHT_WRITE=1` writes them anew.
#[test]
fn the_hostile_fixtures_are_those_made_here() {
    let _alone = alone();
    let folder = repository().join("tests/fixtures/hostile");
    let idle = || {
        let contract = Address::repeat_byte(0xcc);
        let mut maker = Maker::new(60_000_000, &[(contract, looped(&[]), vec![])]).expect("a chain");
        for _ in 0..3 {
            maker
                .transact(contract.into(), 1 << 24, Bytes::new(), AccessList::default())
                .expect("signs");
        }
        maker.make().expect("a block").1
    };
    let flood = |flood: Flood| flood.block(Keys::Crafted, 60_000_000).expect("a block").1;
    for (name, input) in [
        ("idle", idle()),
        ("topics", flood(Flood::Topics)),
        ("slots", flood(Flood::Slots)),
        ("transient", flood(Flood::Transient)),
        ("addresses", flood(Flood::Addresses)),
    ] {
        let path = folder.join(format!("{name}.json.gz"));
        if std::env::var_os("BLOCKLIGHT_WRITE").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(&folder).expect("a folder");
            std::fs::write(&path, packed(&input)).expect("writable");
        }
        let kept = Input::decode(&read_gz(&path).expect("readable"), &Limits::default()).expect("decodable");
        assert_eq!(
            kept.block, input.block,
            "{name} is not what is made here: BLOCKLIGHT_WRITE=1 writes it anew"
        );
        assert_eq!(kept.witness, input.witness, "{name}");
        // The page holds them to the sample's chain, whose blobs are counted otherwise, which these blocks do not show.
        let (chain, _) = sample();
        assert!(verify(&chain, &kept).is_valid(), "{name}");
    }
}
