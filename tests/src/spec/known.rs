//! Cases that fail for a cause that is known and not yet mended.
//!
//! Invariant: a case is looked up here only once it has failed, so that one that passes counts as passed; a cause stands for blocks
//! that were found to break one rule, and for nothing else that a case of its files may fail by; and how many cases of an archive it
//! stands for is fixed, so that it cannot come to stand for others unseen.

use blocklight_verifier::Rule;
use std::collections::BTreeMap;

/// revm has EIP-8246, which came after the tests: a contract that is destroyed in the transaction that made it keeps what it
/// is paid after. They expect it burnt, with a log of that (EIP-7708).
const EIP_8246: &str =
    "EIP-8246: revm burns no balance, the tests' network burnt it and logged that (EIP-7708)";

/// How a call that fails within a transaction gives back the state gas it has spent was settled after the tests.
const EIP_8037_CALL: &str = "EIP-8037: revm gives back a failed call's state gas to where it came from, the tests' network to its reservoir";

/// When CREATE pays for the account, and what of that a failure gives back, was settled after the tests.
const EIP_8037_CREATE: &str =
    "EIP-8037: revm pays for CREATE's account in another order than the tests' network";

/// What of a transaction's gas limit the block's state gas must have room for was settled after the tests.
const EIP_8037_ADMISSION: &str = "EIP-8037: alloy-evm holds all of a transaction's gas limit to the block's state gas, the tests' network a part";

/// What an authorization gives back was regular gas to the tests, beside the state gas that counts all the same; revm's sum of
/// the two cannot say that.
const EIP_8037_AUTHORIZATION: &str = "EIP-8037: what an authorization gives back lowers regular gas with revm, and neither with the tests' network";

/// The witness format tests are of a network whose EIP-8037 was earlier still: what an authorization gives back counts as not
/// spent, and neither a transaction that fails nor a contract that is destroyed gives anything back.
const EIP_8037_EARLIER: &str =
    "EIP-8037: the network of zkevm@v0.3.3 had it otherwise than that of bal@v5.7.0";

/// A cause, what it is the cause of, and how often.
struct Known {
    cause: &'static str,
    /// The rules that blocks are found to break by it.
    rules: &'static [Rule],
    /// Parts of the paths of files.
    files: &'static [&'static str],
    /// Archives, and how many cases of each it stands for.
    cases: &'static [(&'static str, usize)],
}

const KNOWN: [Known; 6] = [
    Known {
        cause: EIP_8246,
        rules: &[Rule::ReceiptsRoot],
        files: &[
            "eip7708_eth_transfer_logs/burn_logs/",
            "block_access_lists_opcodes/bal_create_selfdestruct_to_self_with_call.json",
            "state_gas_call/call_value_to_self_destructed_burns_value.json",
            "state_gas_call/call_value_to_self_destructed_header_gas_used.json",
            "state_gas_call/call_value_to_self_destructed_same_tx_account.json",
            "state_gas_call/call_zero_value_to_self_destructed_same_tx_account.json",
            "state_gas_selfdestruct/selfdestruct_to_self_in_create_tx.json",
        ],
        cases: &[("eest-amsterdam-bal-v5.7.0", 33)],
    },
    Known {
        cause: EIP_8037_CALL,
        rules: &[Rule::GasUsed, Rule::ReceiptsRoot],
        files: &[
            "state_gas_call/call_insufficient_balance_returns_reservoir.json",
            "state_gas_call/reservoir_restored_after_child_spill_and_halt.json",
            "state_gas_call/top_level_halt_preserves_restored_reservoir.json",
            "state_gas_create/nested_create_fail_parent_revert_state_gas.json",
            "state_gas_multi_block/multi_block_mixed_state_operations.json",
            "state_gas_sstore/sstore_restoration_ancestor_revert.json",
            "state_gas_sstore/sstore_restoration_create_init_revert.json",
            "state_gas_sstore/sstore_restoration_sub_frame_revert.json",
        ],
        cases: &[("eest-amsterdam-bal-v5.7.0", 15)],
    },
    Known {
        cause: EIP_8037_CREATE,
        rules: &[Rule::AccessList, Rule::GasUsed, Rule::ReceiptsRoot],
        files: &[
            "transfer_logs/create_collision_no_log.json",
            "block_access_lists_opcodes/bal_create2_collision.json",
            "block_access_lists_opcodes/bal_create_and_oog.json",
            "state_gas_call/create_oog_during_state_gas_charge.json",
            "state_gas_create/create_collision_burned_gas_counted_in_block_regular.json",
            "state_gas_create/create_insufficient_state_gas.json",
            "state_gas_create/sstore_oog_no_reservoir_inflation.json",
            "state_gas_ordering/create_oog_reservoir_inflation_detection.json",
            "state_gas_ordering/sstore_oog_reservoir_inflation_detection.json",
            "witness_bytecodes_contract_creation/witness_codes_failed_create_includes_factory.json",
            "witness_bytecodes_contract_creation/witness_codes_reverted_create_same_hash_then_read.json",
        ],
        cases: &[("eest-amsterdam-bal-v5.7.0", 16), ("eest-zkevm-v0.3.3", 2)],
    },
    Known {
        cause: EIP_8037_ADMISSION,
        rules: &[Rule::Transactions],
        files: &[
            "state_gas_reservoir/block_state_gas_limit_boundary.json",
            "state_gas_reservoir/creation_tx_regular_check_subtracts_intrinsic_state.json",
        ],
        cases: &[("eest-amsterdam-bal-v5.7.0", 2)],
    },
    Known {
        cause: EIP_8037_AUTHORIZATION,
        rules: &[Rule::GasUsed],
        files: &["state_gas_pricing/auth_state_gas_scales_with_cpsb.json"],
        cases: &[("eest-amsterdam-bal-v5.7.0", 3)],
    },
    Known {
        cause: EIP_8037_EARLIER,
        rules: &[Rule::GasUsed],
        files: &[
            "witness_7702/witness_codes_redelegation_old_marker_included_new_marker_excluded.json",
            "witness_7702/witness_codes_reset_delegation.json",
            "witness_bytecodes_call_variants/witness_codes_reverted_transaction.json",
            "witness_bytecodes_selfdestruct/witness_codes_create_then_selfdestruct_same_tx.json",
            "witness_bytecodes_selfdestruct/witness_codes_selfdestruct_in_initcode.json",
        ],
        cases: &[("eest-zkevm-v0.3.3", 5)],
    },
];

/// Why it is known that a block of this file is found to break this rule.
pub(super) fn known_cause(file: &str, broken: Rule) -> Option<&'static str> {
    KNOWN
        .iter()
        .filter(|known| known.rules.contains(&broken))
        .find(|known| known.files.iter().any(|part| file.contains(part)))
        .map(|known| known.cause)
}

/// A cause that stands for more or fewer cases than it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{got} cases, where {expected} should be, go otherwise because of {cause}")]
pub struct OtherCount {
    /// The cause.
    pub cause: &'static str,
    /// How many cases there should be.
    pub expected: usize,
    /// How many there are.
    pub got: usize,
}

/// Holds the counts of a whole run of these archives to the known ones.
pub(super) fn other_counts(got: &BTreeMap<&'static str, usize>, archives: &[&str]) -> Vec<OtherCount> {
    let differing = |known: &Known| {
        let of_archives = known
            .cases
            .iter()
            .filter(|(archive, _)| archives.contains(archive));
        let expected = of_archives.map(|(_, cases)| cases).sum();
        let got = got.get(known.cause).copied().unwrap_or_default();
        (got != expected).then_some(OtherCount {
            cause: known.cause,
            expected,
            got,
        })
    };
    KNOWN.iter().filter_map(differing).collect()
}
