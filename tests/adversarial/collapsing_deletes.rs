//! Deletions that leave a branch with one child, whose other child is not in the witness.

use alloy_eips::eip2930::AccessList;
use alloy_primitives::{Address, B256, Bytes, keccak256};
use blocklight_tests::Maker;
use blocklight_verifier::{Missing, Quiet, Trie, Verdict, Verifier};

/// SSTORE(CALLDATALOAD(0), 0)
const ERASER: &[u8] = &[0x5f, 0x5f, 0x35, 0x55];

/// A branch that a deletion leaves with one child has to be joined with that child, so the child must be known: neither a
/// panic nor a root made up without it will do.
#[test]
fn the_sibling_of_a_deleted_leaf_is_missed_when_it_is_blinded() {
    let contract = Address::repeat_byte(0x22);
    for slots in 2..6_u8 {
        let storage: Vec<_> = (0..slots)
            .map(|slot| (B256::with_last_byte(slot), B256::repeat_byte(7)))
            .collect();
        let mut maker = Maker::new(30_000_000, &[(contract, ERASER.to_vec(), storage)]).expect("a chain");
        // All but the last slot, so that the trie ends as one leaf.
        for slot in 0..slots - 1 {
            let word = Bytes::from(B256::with_last_byte(slot).to_vec());
            maker
                .transact(contract.into(), 100_000, word, AccessList::default())
                .expect("signs");
        }
        let (chain, input) = maker.make().expect("a block");
        let verifier = Verifier::new(chain);
        // The leaf of the slot that nothing reads or writes, by the end of its hashed key.
        let hashed = keccak256(B256::with_last_byte(slots - 1));
        let is_sibling = |node: &Bytes| node.windows(31).any(|window| window == &hashed[1..]);
        let place = input
            .witness
            .state
            .iter()
            .position(is_sibling)
            .expect("the recorder knows it is needed");
        let mut less = input.clone();
        let leaf = less.witness.state.remove(place);
        let verdict = verifier.verify_input(&less, &Quiet).expect("a verdict");
        let Verdict::Incomplete {
            missing: Missing::Node { hash, trie, .. },
            ..
        } = verdict
        else {
            panic!("{slots} slots: {verdict:?}");
        };
        assert_eq!(
            (hash, trie),
            (keccak256(leaf), Trie::Storage(keccak256(contract)))
        );
    }
}
