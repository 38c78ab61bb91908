//! The pipeline: one function that reads as the list of its phases.
//!
//! Invariant: data goes one way. The order in which failures are reported is the order of the list, whatever
//! the order in which threads find them.

use crate::{
    Block, ChainSpec, Dialects, Error, HashTrust, Host, Input, InvalidReason, Limits, Mismatch, Missing,
    Phase, Quiet, Report, Rule, Verdict, Witness, WitnessFacts,
    ancestors::Ancestors,
    checks::Checks,
    execution::{Beside, Executed, block_execution, execute},
    merge::Undecidable,
    missing::from_trie,
    phases::{Phases, Running},
    post_state::hashed_post_state,
    receipts::{ReceiptsSoFar, ReceiptsSummary},
    report::{BlockDialect, WitnessDialect},
    rules::{
        BodyRoots, OmmersError, check_body, check_given_list, check_header, check_rebuilt_list,
        check_transactions, is_well_formed,
    },
    senders::SenderRecovery,
    witness_database::{Codes, WitnessDatabase},
};
use alloy_consensus::Header;
use alloy_hardforks::{EthereumHardfork, EthereumHardforks};
use alloy_primitives::{B256, U256};
use blocklight_executor::{BlockAccessList, Clock, Receipt, Schedule};
use blocklight_keccak::keccak256;
use blocklight_trie::{StateTrie, WitnessNodes};
use std::sync::Arc;

/// Checks blocks of one chain.
#[derive(Debug, Clone)]
pub struct Verifier {
    chain: ChainSpec,
    limits: Limits,
    schedule: Schedule,
    hint: Option<Arc<BlockAccessList>>,
    trusted_hash: Option<B256>,
    records: bool,
}

/// What a verification has begun by the time its input is there.
pub(crate) struct Begun<'a> {
    pub(crate) phases: &'a Phases<'a>,
    pub(crate) senders: &'a SenderRecovery<'a>,
    /// The phase of their recovery, where that has begun.
    pub(crate) recovering: Option<Running<'a>>,
    /// For maps keyed by untrusted data.
    pub(crate) seed: u64,
}

/// Why a verification ended before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    Invalid(InvalidReason),
    Missing(Missing),
    Error(Error),
}

impl From<InvalidReason> for Stop {
    fn from(reason: InvalidReason) -> Self {
        Self::Invalid(reason)
    }
}

impl From<Missing> for Stop {
    fn from(missing: Missing) -> Self {
        Self::Missing(missing)
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl From<OmmersError> for Stop {
    fn from(error: OmmersError) -> Self {
        match error {
            OmmersError::Invalid(reason) => Self::Invalid(reason),
            OmmersError::Missing(missing) => Self::Missing(missing),
        }
    }
}

/// What the witness was found to hold.
struct Revealed {
    state: StateTrie,
    codes: Codes,
}

impl Verifier {
    /// A verifier for `chain` with the default [`Limits`], which executes transactions as [`Schedule::Auto`] chooses.
    pub fn new(chain: ChainSpec) -> Self {
        Self {
            chain,
            limits: Limits::default(),
            schedule: Schedule::Auto,
            hint: None,
            trusted_hash: None,
            records: false,
        }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same with transactions executed under `schedule`, as was asked for. Every schedule gives the same verdict and
    /// report, but for times.
    #[must_use]
    pub const fn with_schedule(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// The same with a list of what the next block changes (EIP-7928), as a hint for [`Schedule::AccessList`]; it stands in
    /// front of one that comes with the block. It is not believed: a wrong one costs time and no more, and one that breaks the
    /// EIP's own rules of order and size is not used.
    #[must_use]
    pub fn with_access_list_hint(mut self, hint: Arc<BlockAccessList>) -> Self {
        self.hint = Some(hint);
        self
    }

    /// The same with the hash of the next block, which the caller knows and trusts; it stands in front of one that comes with
    /// the block.
    #[must_use]
    pub const fn with_trusted_hash(mut self, hash: B256) -> Self {
        self.trusted_hash = Some(hash);
        self
    }

    /// The same with the execution recorded: [`Report::dependencies`] and [`crate::Timing::timeline`].
    #[must_use]
    pub const fn with_recording(mut self) -> Self {
        self.records = true;
        self
    }

    /// The chain it checks blocks of.
    pub const fn chain(&self) -> &ChainSpec {
        &self.chain
    }

    /// Checks `block` with `witness`, on the current rayon pool.
    ///
    /// # Errors
    /// [`Error`] when there can be no verdict for a reason of ours: a limit, a fork not implemented, a bug.
    pub fn verify(&self, block: &Block, witness: &Witness) -> Result<Verdict, Error> {
        let dialects = Dialects {
            block: BlockDialect::Typed,
            witness: WitnessDialect::Typed,
        };
        let input = Input {
            block: block.clone(),
            witness: witness.clone(),
            access_list: None,
            chain_id: None,
            hash: None,
            dialects,
        };
        self.verify_input(&input, &Quiet)
    }

    /// Checks a decoded input, on the current rayon pool, with `host`'s clock, randomness and progress sink. For bytes there
    /// is [`crate::EncodedInput::verify`].
    ///
    /// # Errors
    /// As [`Verifier::verify`], and [`Error::ChainMismatch`] when the input names another chain.
    pub fn verify_input(&self, input: &Input, host: &dyn Host) -> Result<Verdict, Error> {
        let phases = Phases::start(host);
        let recovered = || phases.advance(Phase::Senders, 1);
        let begun = Begun {
            phases: &phases,
            senders: &SenderRecovery::new(&input.block.body.transactions).telling(&recovered),
            recovering: None,
            seed: host.hash_seed(),
        };
        let mut verdict = self.judge(input, begun)?;
        verdict.report_mut().timing = phases.finish();
        Ok(verdict)
    }

    /// Checks a decoded input.
    pub(crate) fn judge(&self, input: &Input, begun: Begun<'_>) -> Result<Verdict, Error> {
        if let Some(got) = input.chain_id.filter(|got| *got != self.chain.id()) {
            return Err(Error::ChainMismatch {
                expected: self.chain.id(),
                got,
            });
        }
        let header = &input.block.header;
        if let Some(fork) = self.chain.unsupported_fork(header) {
            return Err(Error::UnsupportedFork { fork });
        }
        self.limits.check_block(&input.block)?;
        self.limits.check_witness(&input.witness)?;

        let chain = self.chain.as_seen_by(header);
        let trusted = self.trusted_hash.map(|hash| (hash, HashTrust::GivenByCaller));
        let hash = trusted.or(input.hash);
        let mut report = empty_report(&chain, input);
        report.hash_trust = hash.map_or(HashTrust::Nothing, |(_, trust)| trust);
        let mut checks = Checks::default();
        let expected = hash.map(|(hash, _)| hash);
        let outcome = self.run(&chain, input, expected, begun, &mut checks, &mut report);
        if let Err(Stop::Invalid(reason)) = &outcome {
            checks.broken(reason);
        }
        report.checks = checks.into_rows();
        let report = Box::new(report);
        match outcome {
            Ok(()) => Ok(Verdict::Valid { report }),
            Err(Stop::Invalid(reason)) => Ok(Verdict::Invalid { reason, report }),
            Err(Stop::Missing(missing)) => Ok(Verdict::Incomplete { missing, report }),
            Err(Stop::Error(error)) => Err(error),
        }
    }

    /// The clock of a recording, if one is made.
    fn clock<'a>(&self, phases: &'a Phases<'_>) -> Option<&'a dyn Clock> {
        self.records.then_some(phases as &dyn Clock)
    }

    /// The phases, in order. The whole runs inside one rayon scope, so the pool is entered once.
    fn run(
        &self,
        chain: &ChainSpec,
        input: &Input,
        hash: Option<B256>,
        begun: Begun<'_>,
        checks: &mut Checks,
        report: &mut Report,
    ) -> Result<(), Stop> {
        let Begun {
            phases,
            senders,
            mut recovering,
            seed,
        } = begun;
        let (block, witness) = (&input.block, &input.witness);
        let header = &block.header;
        let receipts = ReceiptsSoFar::new(&block.body.transactions, seed);
        let transactions = block.body.transactions.len();

        if let Some(expected) = hash {
            checks.equal(Rule::BlockHash, expected, report.hash, InvalidReason::BlockHash)?;
        }
        rayon::scope(|scope| {
            let _ahead = senders.until_dropped();
            let ancestors = phases.run(Phase::Ancestors, witness.headers.len(), || {
                let linked = Ancestors::link(&witness.headers, header.parent_hash);
                phases.advance(Phase::Ancestors, witness.headers.len() as u64);
                linked
            })?;
            report.pre_state_root = ancestors.parent().state_root;
            // Linking by hash has found it; without it the verdict is incomplete.
            checks.outcome(Rule::ParentHash, header.parent_hash, Ok(()))?;
            let others = rayon::current_num_threads() - 1;
            let (revealed, roots) = phases.run(Phase::Reveal, hashed_bytes(witness), || {
                let hashed = hash_witness(witness, seed, phases);
                // Recovery needs no state, so the other threads take it up as soon as hashing leaves them free; whoever
                // executes recovers for itself what they have not come to. A pool of one has no others: there it is a
                // phase of its own, below.
                if others > 0 {
                    let recovering = recovering.take();
                    scope.spawn(move |_| recover(senders, phases, recovering, transactions));
                }
                for _ in 1..others {
                    scope.spawn(|_| senders.recover_ahead());
                }
                rayon::join(
                    || reveal(hashed, report.pre_state_root, seed),
                    || BodyRoots::new(block),
                )
            });
            phases.run(Phase::PreChecks, 0, || {
                check_merge(chain, header, ancestors.parent())?;
                check_header(chain, header, ancestors.parent(), checks)?;
                check_body(chain, block, &roots, &ancestors, checks)?;
                check_transactions(chain, block, checks)?;
                if let Some(list) = &input.access_list {
                    check_given_list(header, block.body.transactions.len(), list, checks)?;
                }
                Ok::<_, Stop>(())
            })?;
            self.limits.check_gas(header.gas_limit)?;
            let revealed = revealed?;
            report.witness.reveal_permutations += revealed.codes.permutations;
            if others == 0 {
                recover(senders, phases, recovering.take(), transactions);
            }
            let delegates = chain.is_prague_active_at_timestamp(header.timestamp);
            let database =
                WitnessDatabase::new(&revealed.state, &revealed.codes, &ancestors, delegates, seed);
            let mut executed = phases.run(Phase::Execute, transactions, || {
                let hint = self.hint.as_deref().or(input.access_list.as_ref());
                // The one that the header commits to has been held to these rules before.
                let committed = self.hint.is_none() && header.block_access_list_hash.is_some();
                let hint = hint.filter(|list| committed || is_well_formed(header, transactions, list));
                let execution = block_execution(chain, block, senders, seed, hint, self.clock(phases));
                let hand_on = |receipt: &Receipt| {
                    if receipts.add(receipt) {
                        scope.spawn(|_| receipts.take_up());
                    }
                };
                let beside = Beside {
                    phases,
                    hand_on: (others > 0).then_some(&hand_on),
                };
                execute(&execution, self.schedule, &database, &revealed.state, &beside)
            })?;
            report.gas_used = executed.output.gas_used;
            if let Some(recording) = executed.output.recording.take() {
                report.dependencies = Some(recording.dependencies);
                phases.recorded(recording.timeline);
            }
            report.transaction_reports.clone_from(&executed.output.reports);
            let (summary, root) = rayon::join(
                || {
                    phases.run(Phase::PostChecks, 0, || {
                        receipts.finish(&executed.output.receipts)
                    })
                },
                || {
                    let accounts = executed.output.changes.accounts.len();
                    phases.run(Phase::Root, accounts, || {
                        let root = revealed
                            .state
                            .post_state_root(&hashed_post_state(&executed.output.changes));
                        phases.advance(Phase::Root, accounts as u64);
                        root
                    })
                },
            );
            check_results(block, &executed, &summary, checks)?;
            check_rebuilt_list(
                header,
                input.access_list.as_ref(),
                executed.output.access_list.as_ref(),
                checks,
            )?;
            let root = root.map_err(from_trie)?;
            report.witness.root_permutations = root.permutations;
            checks.equal(
                Rule::StateRoot,
                header.state_root,
                root.hash,
                InvalidReason::StateRoot,
            )?;
            Ok(())
        })
    }
}

/// What is known of the block before anything is checked.
fn empty_report(chain: &ChainSpec, input: &Input) -> Report {
    let (header, witness) = (&input.block.header, &input.witness);
    let bytes = |list: &[alloy_primitives::Bytes]| list.iter().map(|item| item.len() as u64).sum::<u64>();
    let reveal_permutations = witness
        .state
        .iter()
        .map(|node| blocklight_keccak::permutations(node.len()))
        .sum();
    Report {
        chain_id: chain.id(),
        number: header.number,
        hash: keccak256(&alloy_rlp::encode(header)),
        hash_trust: HashTrust::Nothing,
        fork: fork_name(chain.fork(header.number, header.timestamp)),
        dialects: input.dialects,
        pre_state_root: B256::ZERO,
        post_state_root: header.state_root,
        transactions: input.block.body.transactions.len() as u64,
        gas_used: header.gas_used,
        witness: WitnessFacts {
            nodes: witness.state.len() as u64,
            codes: witness.codes.len() as u64,
            headers: witness.headers.len() as u64,
            bytes: bytes(&witness.state) + bytes(&witness.codes) + bytes(&witness.headers),
            reveal_permutations,
            root_permutations: 0,
        },
        checks: Vec::new(),
        transaction_reports: Vec::new(),
        dependencies: None,
        timing: crate::Timing::default(),
    }
}

/// A fork's name in lower camel case.
fn fork_name(fork: EthereumHardfork) -> String {
    let name = fork.to_string();
    let mut letters = name.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Holds the block to its side of the merge, where its number does not tell which one it is on.
fn check_merge(chain: &ChainSpec, header: &Header, parent: &Header) -> Result<(), Stop> {
    match chain.check_merge(header, parent) {
        Ok(true) => Ok(()),
        Ok(false) => {
            let mismatch = Mismatch {
                expected: U256::ZERO,
                got: header.difficulty,
            };
            Err(InvalidReason::Difficulty(mismatch).into())
        }
        Err(Undecidable) => Err(Error::UndecidableMerge.into()),
    }
}

/// Recovers all senders as a phase, which may have begun already.
fn recover<'a>(
    senders: &SenderRecovery<'_>,
    phases: &'a Phases<'_>,
    recovering: Option<Running<'a>>,
    transactions: usize,
) {
    let _phase = recovering.unwrap_or_else(|| phases.begin(Phase::Senders, transactions));
    senders.recover_ahead();
}

/// Bytes of nodes and codes together.
fn hashed_bytes(witness: &Witness) -> usize {
    witness
        .state
        .iter()
        .chain(&witness.codes)
        .map(|item| item.len())
        .sum()
}

/// Hashes nodes and codes.
fn hash_witness(witness: &Witness, seed: u64, phases: &Phases<'_>) -> (WitnessNodes, Codes) {
    let hashed = |bytes: usize| phases.advance(Phase::Reveal, bytes as u64);
    rayon::join(
        || WitnessNodes::with_progress(witness.state.clone(), seed, hashed),
        || {
            let codes = Codes::new(&witness.codes, seed);
            hashed(witness.codes.iter().map(|code| code.len()).sum());
            codes
        },
    )
}

/// Builds the partial trie from the pre-state root down.
fn reveal(
    (nodes, codes): (WitnessNodes, Codes),
    pre_state_root: B256,
    seed: u64,
) -> Result<Revealed, Missing> {
    let state = StateTrie::reveal(pre_state_root, &nodes, seed).map_err(from_trie)?;
    Ok(Revealed { state, codes })
}

/// What execution gave against what the header claims, but for the state root.
fn check_results(
    block: &Block,
    executed: &Executed,
    summary: &ReceiptsSummary,
    checks: &mut Checks,
) -> Result<(), InvalidReason> {
    let (header, output) = (&block.header, &executed.output);
    checks.equal(
        Rule::GasUsed,
        header.gas_used,
        output.gas_used,
        InvalidReason::GasUsed,
    )?;
    checks.equal(
        Rule::ReceiptsRoot,
        header.receipts_root,
        summary.root,
        InvalidReason::ReceiptsRoot,
    )?;
    checks.equal(Rule::LogsBloom, header.logs_bloom, summary.bloom, |mismatch| {
        InvalidReason::LogsBloom(Box::new(mismatch))
    })?;
    if let Some(expected) = header.requests_hash {
        checks.equal(
            Rule::RequestsHash,
            expected,
            output.requests.requests_hash(),
            InvalidReason::RequestsHash,
        )?;
    }
    Ok(())
}
