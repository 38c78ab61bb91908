//! Blocks that spend their gas on what is dearest for whoever verifies them.

use super::{
    measured::{MIB, alone, measured, sample, verify},
    sizes::largest,
};
use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, U256, hex};
use blocklight_tests::{Flood, Keys, Maker, read_gz, repository, swept};
use blocklight_verifier::{ChainSpec, Input, Limits};
use std::io::Write;

/// Work that each unit of gas buys most of, up to the fork's limit.
#[test]
fn blocks_that_use_up_their_gas_get_their_verdict_in_bounded_memory() {
    let _alone = alone();
    let gas = swept(60_000_000, 16_000_000, 16_000_000);
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

/// A block whose transactions run out of `gas` in all.
fn wasteful(code: &[u8], data: &Bytes, gas: u64) -> (ChainSpec, Input) {
    let contract = Address::repeat_byte(0xcc);
    let mut maker = Maker::new(60_000_000, &[(contract, code.to_vec(), vec![])]).expect("a chain");
    let mut left = gas;
    while left > 0 {
        let gas_limit = left.min(1 << 24);
        left -= gas_limit;
        maker
            .transact(contract.into(), gas_limit, data.clone(), AccessList::default())
            .expect("signs");
    }
    maker.make().expect("a block")
}

#[test]
fn transactions_that_run_out_of_gas_however_they_do_get_their_verdict_in_bounded_memory() {
    let _alone = alone();
    let gas = swept(60_000_000, 4_000_000, 2_000_000);
    for (what, code, data) in wastes() {
        let (chain, input) = wasteful(&code, &data.into(), gas);
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

/// How a block that the page is tested with is made.
enum Made {
    /// By running out of the fork's whole gas limit, in as many transactions as may run.
    Waste(&'static str),
    /// By filling hash maps for as much gas.
    Flood(Flood, Keys),
    /// With the largest of everything.
    Largest,
}

impl Made {
    fn input(&self) -> Input {
        match *self {
            Self::Waste(what) => {
                let (_, code, data) = wastes().into_iter().find(|(name, ..)| *name == what).expect(what);
                wasteful(&code, &data.into(), 60_000_000).1
            }
            Self::Flood(flood, keys) => flood.block(keys, 60_000_000).expect("a block").1,
            Self::Largest => largest().1,
        }
    }
}

/// The blocks that the page is tested with are made here; `BLOCKLIGHT_WRITE=1` writes them anew.
#[test]
fn the_hostile_fixtures_are_those_made_here() {
    let _alone = alone();
    let folder = repository().join("tests/fixtures/hostile");
    let all_of_them = swept(true, true, false);
    for (name, made) in [
        ("idle", Made::Waste("nothing")),
        ("keccak", Made::Waste("KECCAK256 of 32 KiB")),
        ("creations", Made::Waste("creations")),
        ("modexp", Made::Waste("MODEXP")),
        ("kzg", Made::Waste("KZG of nothing")),
        ("bls", Made::Waste("BLS12-381 pairing of nothing")),
        ("pairing", Made::Waste("bn254 pairing of nothing")),
        ("topics", Made::Flood(Flood::Topics, Keys::Crafted)),
        ("topics-ordinary", Made::Flood(Flood::Topics, Keys::Ordinary)),
        ("slots", Made::Flood(Flood::Slots, Keys::Crafted)),
        ("slots-ordinary", Made::Flood(Flood::Slots, Keys::Ordinary)),
        ("writes", Made::Flood(Flood::Writes, Keys::Crafted)),
        ("writes-ordinary", Made::Flood(Flood::Writes, Keys::Ordinary)),
        ("transient", Made::Flood(Flood::Transient, Keys::Crafted)),
        (
            "transient-ordinary",
            Made::Flood(Flood::Transient, Keys::Ordinary),
        ),
        ("addresses", Made::Flood(Flood::Addresses, Keys::Crafted)),
        (
            "addresses-ordinary",
            Made::Flood(Flood::Addresses, Keys::Ordinary),
        ),
        ("largest", Made::Largest),
    ] {
        if !all_of_them && !matches!(made, Made::Waste("nothing") | Made::Largest) {
            println!("{name}: not made again in a slice");
            continue;
        }
        let input = made.input();
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
