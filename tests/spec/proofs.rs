//! A provider of proofs gives the witness that the whole state gives, and a provider that lies gives none.

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use blocklight_tests::{
    NotThere, ProvableBlock, ProvingState,
    spec::{FixtureError, chain_of, fixture_cache, fixture_files, read_fixture},
};
use blocklight_verifier::{
    Block, Input, Limits, Quiet, Verdict, Verifier, Witness,
    recorder::{
        AccountProof, Asked, FullState, ProofProvider, RecordError, Recorder, SiblingFault,
        record_from_proofs,
    },
};
use std::{collections::BTreeSet, sync::Mutex};

/// The witness from the proofs of `provider`.
fn record(made: &ProvableBlock, provider: &impl ProofProvider) -> Result<Witness, RecordError> {
    record_from_proofs(&made.chain, &made.block, provider).map(|recording| recording.witness)
}

/// The witness from the whole state.
fn expected(made: &ProvableBlock) -> Witness {
    made.recorder.record(&made.block).expect("recordable").witness
}

/// What an answer is turned into.
type Lie<'a> = Box<dyn Fn(Address, AccountProof) -> AccountProof + Sync + 'a>;

/// Changes each proof, and keeps what was asked for.
struct Changing<'a> {
    state: &'a ProvingState,
    lie: Lie<'a>,
    slots: Mutex<BTreeSet<(Address, U256)>>,
}

impl<'a> Changing<'a> {
    fn new(state: &'a ProvingState, lie: impl Fn(Address, AccountProof) -> AccountProof + Sync + 'a) -> Self {
        Self {
            state,
            lie: Box::new(lie),
            slots: Mutex::default(),
        }
    }
}

impl ProofProvider for Changing<'_> {
    type Error = NotThere;

    fn proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, Self::Error> {
        let mut asked = self.slots.lock().expect("no panic before");
        asked.extend(slots.iter().map(|slot| (address, *slot)));
        Ok((self.lie)(address, self.state.proof(address, slots)?))
    }

    fn code(&self, address: Address, code_hash: B256) -> Result<Bytes, Self::Error> {
        self.state.code(address, code_hash)
    }

    fn header(&self, number: u64, hash: B256) -> Result<alloy_consensus::Header, Self::Error> {
        self.state.header(number, hash)
    }
}

#[test]
fn deletes_that_collapse_branches_give_the_whole_states_witness() {
    let first = U256::from(1_000);
    let mut found_by_hashing = 0;
    for count in 1..24_u64 {
        let slots: Vec<U256> = (0..count).map(|slot| first + U256::from(slot)).collect();
        for kept in [0, 1, 2] {
            let erased = &slots[..slots.len().saturating_sub(kept)];
            let made = ProvableBlock::new(&ProvableBlock::erase(erased), &slots);
            let provider = Changing::new(&made.proving, |_, proof| proof);
            let witness = record(&made, &provider).expect("recordable");
            assert_eq!(witness, expected(&made), "{count} slots, {kept} kept");
            let asked = provider.slots.lock().expect("no panic before");
            found_by_hashing += asked.iter().filter(|(_, slot)| *slot < first).count();
        }
    }
    assert!(found_by_hashing > 10, "{found_by_hashing}");
}

#[test]
fn what_proofs_give_is_the_whole_states_witness_and_every_node_of_it_is_needed() {
    let mut made = ProvableBlock::busy();
    let recording = record_from_proofs(&made.chain, &made.block, &made.proving).expect("recordable");
    assert_eq!(recording.witness, expected(&made));
    assert_eq!(recording.witness.codes.len(), 2);
    let mut state = made.recorder.state().clone();
    state.apply(recording.changes.as_ref().expect("executed"));
    made.block.header.state_root = state.root();
    let verifier = Verifier::new(made.chain.clone());
    let verify = |witness: &Witness| {
        let (rlp, json) = (alloy_rlp::encode(&made.block), witness.to_json());
        let input = Input::decode_pair(&rlp, json.as_bytes(), &Limits::default()).expect("decodable");
        verifier.verify_input(&input, &Quiet).expect("a verdict")
    };
    for index in 0..recording.witness.state.len() {
        let mut less = recording.witness.clone();
        less.state.remove(index);
        assert!(
            matches!(verify(&less), Verdict::Incomplete { .. }),
            "without node {index}"
        );
    }
    let verdict = verify(&recording.witness);
    assert!(verdict.is_valid(), "{verdict:?}");
}

#[test]
fn a_changed_or_missing_proof_node_is_an_error_wherever_it_is() {
    let made = ProvableBlock::busy();
    let expected = expected(&made);
    let mut refused = 0;
    for place in 0..4 {
        for drop in [false, true] {
            let spoil = |nodes: &mut Vec<Bytes>| {
                if drop && place < nodes.len() {
                    nodes.remove(place);
                } else if let Some(node) = nodes.get_mut(place) {
                    let mut bytes = node.to_vec();
                    *bytes.last_mut().expect("not empty") ^= 1;
                    *node = bytes.into();
                }
            };
            for of_slots in [false, true] {
                let provider = Changing::new(&made.proving, |_, mut proof| {
                    if of_slots {
                        proof
                            .storage_proof
                            .iter_mut()
                            .for_each(|slot| spoil(&mut slot.proof));
                    } else {
                        spoil(&mut proof.account_proof);
                    }
                    proof
                });
                match record(&made, &provider) {
                    Err(RecordError::Proof { .. }) => refused += 1,
                    // No way is as long.
                    Ok(witness) => assert_eq!(witness, expected),
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
    assert!(refused >= 8, "{refused}");
}

#[test]
fn wrong_values_beside_right_proofs_are_errors() {
    type Change = fn(&mut AccountProof);
    let made = ProvableBlock::busy();
    let lies: [(&str, Change); 5] = [
        ("nonce", |proof| proof.nonce += 1),
        ("balance", |proof| proof.balance += U256::ONE),
        ("codeHash", |proof| proof.code_hash = B256::ZERO),
        ("storageHash", |proof| proof.storage_hash = B256::ZERO),
        ("value", |proof| {
            for slot in &mut proof.storage_proof {
                slot.value += U256::ONE;
            }
        }),
    ];
    for (expected, lie) in lies {
        let provider = Changing::new(&made.proving, move |_, mut proof| {
            lie(&mut proof);
            proof
        });
        match record(&made, &provider) {
            Err(RecordError::Stated { field, .. }) => assert_eq!(field, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn nodes_that_a_proof_does_not_need_are_left_out_and_too_many_are_an_error() {
    let made = ProvableBlock::busy();
    let padded = |count: usize| {
        Changing::new(&made.proving, move |_, mut proof| {
            let padding = vec![Bytes::from_static(b"\xc2\x20\x01"); count];
            proof.account_proof.splice(0..0, padding.clone());
            for slot in &mut proof.storage_proof {
                slot.proof.extend(padding.clone());
            }
            proof
        })
    };
    assert_eq!(record(&made, &padded(5)).expect("recordable"), expected(&made));
    assert!(matches!(
        record(&made, &padded(65)),
        Err(RecordError::ProofLength { expected: 65, .. })
    ));
}

#[test]
fn a_slot_left_out_of_an_answer_is_an_error() {
    let made = ProvableBlock::busy();
    let provider = Changing::new(&made.proving, |_, mut proof| {
        proof.storage_proof.clear();
        proof
    });
    assert!(matches!(record(&made, &provider), Err(RecordError::Proof { .. })));
}

/// Gives other codes, or other headers.
struct Swapped<'a> {
    state: &'a ProvingState,
    codes: bool,
}

impl ProofProvider for Swapped<'_> {
    type Error = NotThere;

    fn proof(&self, address: Address, slots: &[U256]) -> Result<AccountProof, Self::Error> {
        self.state.proof(address, slots)
    }

    fn code(&self, address: Address, code_hash: B256) -> Result<Bytes, Self::Error> {
        if self.codes {
            return Ok(Bytes::new());
        }
        self.state.code(address, code_hash)
    }

    fn header(&self, number: u64, hash: B256) -> Result<alloy_consensus::Header, Self::Error> {
        let mut header = self.state.header(number, hash)?;
        if !self.codes {
            header.gas_limit += 1;
        }
        Ok(header)
    }
}

#[test]
fn codes_and_headers_are_held_to_their_hashes() {
    let made = ProvableBlock::busy();
    let swapped = |codes| {
        record(
            &made,
            &Swapped {
                state: &made.proving,
                codes,
            },
        )
    };
    assert!(matches!(swapped(true), Err(RecordError::Code { got, .. }) if got == keccak256([])));
    assert!(matches!(
        swapped(false),
        Err(RecordError::Header { number: 0, .. })
    ));
    let nothing = ProvingState::default();
    assert!(matches!(
        record(&made, &nothing),
        Err(RecordError::Provider {
            asked: Asked::Header(0),
            ..
        })
    ));
}

/// Two slots whose hashes begin with the same `nibbles` nibbles, six or fewer.
fn alike(nibbles: usize) -> [U256; 2] {
    let mut hashed: Vec<(B256, u64)> = (1_000_000..1_040_000_u64)
        .map(|slot| (keccak256(U256::from(slot).to_be_bytes::<32>()), slot))
        .collect();
    hashed.sort_unstable();
    let hex = |hash: &B256| hash.to_string()[2..2 + nibbles].to_owned();
    let pair = hashed.windows(2).find(|pair| hex(&pair[0].0) == hex(&pair[1].0));
    let pair = pair.expect("forty thousand hashes have such a pair");
    [pair[0].1, pair[1].1].map(U256::from)
}

#[test]
fn a_sibling_deeper_than_the_search_is_a_typed_error() {
    let slots = alike(6);
    let made = ProvableBlock::new(&ProvableBlock::erase(&slots[..1]), &slots);
    assert!(matches!(
        record(&made, &made.proving),
        Err(RecordError::Sibling {
            fault: SiblingFault::TooDeep {
                expected: 6,
                got: 7..
            },
            ..
        })
    ));
    let witness = expected(&made);
    assert_eq!(witness.codes.len(), 1);
}

#[test]
fn consensus_tests_give_the_same_witness_from_proofs() {
    let Ok(files) = fixture_files(&fixture_cache().join("eest-v5.4.0")) else {
        println!("skipped: eest-v5.4.0 is not unpacked: run scripts/set-up fixtures");
        return;
    };
    let mut blocks = 0;
    for file in files.iter().step_by(11) {
        let cases = match read_fixture(file) {
            Ok(cases) => cases,
            Err(FixtureError::Elsewhere) => continue,
            Err(error) => panic!("{}: {error}", file.display()),
        };
        for (name, case) in cases.iter().step_by(31) {
            let chain = chain_of(&case.network, &case.config).expect("a network in the table");
            let state = FullState::from_alloc_json(case.pre.get().as_bytes()).expect("a state");
            let genesis: Block = alloy_rlp::decode_exact(&case.genesis_rlp).expect("a genesis");
            let mut proving = ProvingState::from_alloc_json(case.pre.get()).expect("a state");
            proving.add_header(genesis.header.clone());
            let mut recorder = Recorder::new(chain.clone(), state, genesis.header).expect("its state");
            for fixture in case.blocks.iter().take(3) {
                let witness = b"{\"state\":[]}";
                let Ok(input) = Input::decode_pair(&fixture.rlp, witness, &Limits::default()) else {
                    break;
                };
                let block = input.block;
                let whole = recorder.record(&block).expect("recordable");
                let proved = record_from_proofs(&chain, &block, &proving).expect("recordable");
                assert_eq!(whole.witness.to_json(), proved.witness.to_json(), "{name}");
                assert_eq!(whole.changes, proved.changes, "{name}");
                blocks += 1;
                // Nothing comes after an invalid block.
                if fixture.expect_exception.is_some() || recorder.advance(&block.header, &whole).is_err() {
                    break;
                }
                proving.apply(whole.changes.as_ref().expect("executed"));
                proving.add_header(block.header);
            }
        }
    }
    println!("{blocks} blocks");
    assert!(blocks > 40, "{blocks}");
}
