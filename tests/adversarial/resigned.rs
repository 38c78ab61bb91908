//! Transactions of the sample block edited and signed anew by their true senders, whose keys are known: the one
//! edit that passes every check of the transaction itself, and has to be found out by its effects.

use crate::{
    case::Case,
    transactions::{changed, fix_transactions_root},
};
use alloy_consensus::{Signed, Transaction as _};
use alloy_primitives::{Address, Signature, U256, keccak256};
use blocklight_tests::{Seeded, swept};
use blocklight_verifier::{Input, InvalidReason, Rule, Transaction, Verdict};
use k256::ecdsa::SigningKey;
use rayon::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// The keys of the sample's users, derived as `scripts/sample/accounts.mjs` derives them.
fn user_keys() -> HashMap<Address, SigningKey> {
    let key = |index| {
        let secret = keccak256(format!("blocklight sample/user/{index}"));
        SigningKey::from_slice(secret.as_slice()).expect("a key")
    };
    (0..160)
        .map(key)
        .map(|key| (Address::from_public_key(key.verifying_key()), key))
        .collect()
}

/// The transaction, signed anew.
fn resign(transaction: &Transaction, key: &SigningKey) -> Transaction {
    let hash = transaction.signature_hash();
    let (signed, recovery) = key.sign_prehash_recoverable(hash.as_slice()).expect("signs");
    changed!(transaction, |fields, signature| signature =
        Signature::from((signed, recovery)))
}

/// Edits that leave the transaction well-formed.
fn edits(transaction: &Transaction) -> Vec<(&'static str, Transaction)> {
    let mut data = transaction.input().to_vec();
    // The last byte of the last argument: most often an amount.
    if let Some(last) = data.last_mut() {
        *last ^= 1;
    }
    let mut edits = vec![(
        "value",
        changed!(transaction, |fields, signature| fields.value += U256::from(1)),
    )];
    if !data.is_empty() {
        edits.push((
            "data",
            changed!(transaction, |fields, signature| fields.input = data.into()),
        ));
    }
    edits
}

/// Follows a forger who writes into the header whatever it is told, up to a valid block of another hash. Gives the
/// rules that had to be got round.
fn follow_forger(case: &Case, field: &str, what: &str, mut forged: Input) -> Vec<Rule> {
    let mut rules = Vec::new();
    loop {
        assert!(rules.len() < 10, "{what}: no end: {rules:?}");
        let verdict = case.verdict(what, |input| input.clone_from(&forged));
        let header = &mut forged.block.header;
        match verdict {
            Verdict::Incomplete { .. } => return rules,
            Verdict::Valid { report } => {
                assert_ne!(report.hash, case.hash(), "{what}");
                let same_state = report.post_state_root == case.facts().post_state_root;
                // Some bytes of the data are read by nobody, or reach the logs alone.
                if same_state && field == "data" {
                    assert!(!rules.contains(&Rule::StateRoot), "{what}: after {rules:?}");
                    return rules;
                }
                assert!(!same_state, "{what}: as if nothing had changed");
                assert!(
                    rules.contains(&Rule::StateRoot),
                    "{what}: valid too early, after {rules:?}"
                );
                return rules;
            }
            Verdict::Invalid { reason, .. } => {
                rules.push(reason.rule());
                match reason {
                    InvalidReason::GasUsed(mismatch) => header.gas_used = mismatch.got,
                    InvalidReason::ReceiptsRoot(mismatch) => header.receipts_root = mismatch.got,
                    InvalidReason::LogsBloom(mismatch) => header.logs_bloom = mismatch.got,
                    InvalidReason::RequestsHash(mismatch) => header.requests_hash = Some(mismatch.got),
                    InvalidReason::StateRoot(mismatch) => header.state_root = mismatch.got,
                    InvalidReason::Transaction { .. } => return rules,
                    other => panic!("{what}: {other}"),
                }
            }
        }
    }
}

#[test]
fn an_edit_signed_by_the_true_sender_is_found_out_by_its_effects() {
    let case = Case::sample();
    let keys = user_keys();
    let transactions = &case.input.block.body.transactions;
    let reports = &case.facts().transaction_reports;
    // Failed ones may fail as before whatever is changed.
    let of_users: Vec<usize> = (0..transactions.len())
        .filter(|&index| reports[index].success && keys.contains_key(&reports[index].sender))
        .collect();
    assert!(
        of_users.len() > 100,
        "only {} transactions of known keys",
        of_users.len()
    );
    let count = swept(60, 8, 3);
    println!(
        "{count} of {} transactions are edited (60 with BLOCKLIGHT_FULL=1)",
        of_users.len()
    );
    let places = Seeded::new(4).sample(of_users.len(), count);
    let broken: Vec<Vec<Rule>> = places
        .into_par_iter()
        .flat_map_iter(|place| {
            let index = of_users[place];
            let key = &keys[&reports[index].sender];
            let (case, edits) = (&case, edits(&transactions[index]));
            edits.into_iter().map(move |(field, edited)| {
                let what = format!("{field} of transaction {index}");
                let edited = resign(&edited, key);
                let edit = |input: &mut Input| {
                    input.block.body.transactions[index] = edited.clone();
                    fix_transactions_root(input);
                };
                case.assert_held_to_hash(&what, edit);
                let mut forged = case.input.clone();
                edit(&mut forged);
                follow_forger(case, field, &what, forged)
            })
        })
        .collect();
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for rule in broken.into_iter().flatten() {
        *found.entry(rule.name()).or_default() += 1;
    }
    println!("found out by: {found:?}");
    for rule in [Rule::GasUsed, Rule::ReceiptsRoot, Rule::StateRoot] {
        assert!(
            found.contains_key(&rule.name()),
            "no edit was found out by {rule:?}: {found:?}"
        );
    }
}
