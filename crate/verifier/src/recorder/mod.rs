//! The recorder: a state and a block into the block's minimal execution witness.
//!
//! [`Recorder::record`] executes the block on a whole state as the verifier does and keeps what that touches: the nodes on
//! the ways to what is read and written, the siblings of branches that collapse, the codes run, and the ancestor headers
//! that BLOCKHASH reaches back to. It is for whoever has the state: a test, a development chain, a node.
//! [`record_from_proofs`] does the same for whoever only can ask for accounts and slots with proofs, and believes none of
//! the answers. Both share everything but the way to a read value and its nodes (`pre_state.rs`).
//!
//! Invariant: the witness is canonical (each list sorted but for the headers, which go from the oldest to the parent;
//! nothing twice; codes of the pre-state only) and minimal: where the block is valid, the verifier needs every node of it.

mod database;
mod error;
mod full_state;
mod genesis;
mod key_search;
mod nodes;
mod pre_state;
mod proof_provider;
mod proved_headers;
mod proved_state;

pub use error::{Asked, RecordError, SiblingFault};
pub use full_state::FullState;
pub use genesis::{Genesis, GenesisError};
pub use proof_provider::{AccountProof, ProofKey, ProofProvider, StorageProof};
pub use proved_state::{MAX_PROOF_NODES, record_from_proofs};

use crate::{
    Block, ChainSpec, Host as _, Missing, Quiet, Witness,
    ancestors::Ancestors,
    execution::{block_execution, has_state_roots_in_receipts},
    post_state::hashed_post_state,
    senders::SenderRecovery,
};
use alloy_consensus::Header;
use alloy_hardforks::EthereumHardforks;
use alloy_primitives::{B256, Bytes};
use blocklight_executor::{BlockAccessList, CommitObserver, ExecutionError, Receipt, Schedule, StateChanges};
use blocklight_keccak::keccak256;
use blocklight_trie::PostState;
use database::RecordingDatabase;
use nodes::Nodes;
use pre_state::{PreState, WholePreState};
use std::collections::VecDeque;

/// How many ancestors BLOCKHASH reaches.
const REACH: usize = 256;

/// Makes the witnesses of a chain's blocks, one after the other.
#[derive(Debug, Clone)]
pub struct Recorder {
    chain: ChainSpec,
    state: FullState,
    /// RLP of the newest headers, oldest first; the last is the parent of the next block.
    headers: VecDeque<Bytes>,
    head: Header,
}

/// What recording a block gave.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The witness.
    pub witness: Witness,
    /// What the block changes; none if it could not be executed to its end, which makes it invalid. The witness then
    /// holds what was touched until there, which is what a verifier needs to say so.
    pub changes: Option<StateChanges>,
    /// The block-level access list that executing it gave (EIP-7928); none before Amsterdam, nor where there are no
    /// changes.
    pub access_list: Option<BlockAccessList>,
}

impl Recorder {
    /// A recorder at `parent`, whose block left `state`. Earlier headers may be added by [`Self::with_ancestors`].
    ///
    /// # Errors
    /// [`RecordError::StateRoot`] when the state is not the one the header names.
    pub fn new(chain: ChainSpec, state: FullState, parent: Header) -> Result<Self, RecordError> {
        let (expected, got) = (parent.state_root, state.root());
        if expected != got {
            return Err(RecordError::StateRoot { expected, got });
        }
        Ok(Self {
            chain,
            state,
            headers: VecDeque::from([alloy_rlp::encode(&parent).into()]),
            head: parent,
        })
    }

    /// The same with headers before the parent, oldest first, for BLOCKHASH to reach. Those that do not link up to the
    /// parent by hash are of no use, and a block that asks for more is [`RecordError::Ancestor`].
    #[must_use]
    pub fn with_ancestors(mut self, headers: &[Header]) -> Self {
        for header in headers
            .iter()
            .rev()
            .take(REACH.saturating_sub(self.headers.len()))
        {
            self.headers.push_front(alloy_rlp::encode(header).into());
        }
        self
    }

    /// The newest header: the parent of the block to be recorded next.
    pub const fn head(&self) -> &Header {
        &self.head
    }

    /// The state after it.
    pub const fn state(&self) -> &FullState {
        &self.state
    }

    /// Makes the witness of `block`, a child of the newest header. The block need not be valid. It is executed, for as long as
    /// that takes: hold a stranger's to [`Limits::check_gas`](crate::Limits::check_gas) first.
    ///
    /// # Errors
    /// [`RecordError::Parent`], [`RecordError::Ancestor`], [`RecordError::UnsupportedFork`] or [`RecordError::Execution`].
    pub fn record(&self, block: &Block) -> Result<Recording, RecordError> {
        let got = block.header.parent_hash;
        let parent = |_| RecordError::Parent {
            expected: self.head.hash_slow(),
            got,
        };
        let headers: Vec<Bytes> = self.headers.iter().cloned().collect();
        let ancestors = Ancestors::link(&headers, got).map_err(parent)?;
        if *ancestors.parent() != self.head {
            return Err(parent(Missing::Parent { hash: got }));
        }
        let pre_state = WholePreState {
            state: &self.state,
            ancestors: &ancestors,
            headers: &self.headers,
        };
        record_on(&self.chain, block, &pre_state)
    }

    /// Puts the block on top: its header is the newest, its changes are in the state.
    ///
    /// # Errors
    /// [`RecordError::NotExecuted`] for a block that could not be executed, [`RecordError::StateRoot`] when its header
    /// names another state; the recorder then stands where it stood.
    pub fn advance(&mut self, header: &Header, recording: &Recording) -> Result<(), RecordError> {
        let changes = recording.changes.as_ref().ok_or(RecordError::NotExecuted)?;
        let mut state = self.state.clone();
        state.apply(changes);
        let (expected, got) = (header.state_root, state.root());
        if expected != got {
            return Err(RecordError::StateRoot { expected, got });
        }
        self.state = state;
        self.headers.push_back(alloy_rlp::encode(header).into());
        if self.headers.len() > REACH {
            self.headers.pop_front();
        }
        self.head = header.clone();
        Ok(())
    }
}

/// Makes the witness of `block` by executing it on a pre-state of either kind.
fn record_on(chain: &ChainSpec, block: &Block, pre_state: &dyn PreState) -> Result<Recording, RecordError> {
    let delegates = chain.is_prague_active_at_timestamp(block.header.timestamp);
    let database = RecordingDatabase::new(pre_state, delegates);
    let Executed {
        changes,
        access_list,
        post_states,
    } = execute(chain, block, &database)?;
    let mut touched = database.into_touched();
    if let Some(oldest) = block.body.ommers.iter().map(|ommer| ommer.number).min() {
        touched.reach_back_to(oldest.saturating_sub(1));
    }
    let mut nodes = Nodes::on_ways(pre_state, &touched)?;
    nodes.add_siblings(&post_states)?;
    let codes = touched.codes.iter().map(|hash| pre_state.code(*hash));
    let mut codes = codes.collect::<Result<Vec<_>, _>>()?;
    codes.sort_unstable();
    let witness = Witness {
        state: nodes.into_sorted(),
        codes,
        headers: pre_state.headers(touched.oldest_header)?,
    };
    Ok(Recording {
        witness,
        changes,
        access_list,
    })
}

/// Executes the block as the verifier does: its changes, its access list, and every post-state that the verifier computes
/// a root of.
fn execute(
    chain: &ChainSpec,
    block: &Block,
    database: &RecordingDatabase<'_>,
) -> Result<Executed, RecordError> {
    if let Some(fork) = chain.unsupported_fork(&block.header) {
        return Err(RecordError::UnsupportedFork { fork });
    }
    let senders = SenderRecovery::new(&block.body.transactions);
    let chain = chain.as_seen_by(&block.header);
    let mut observer = PostStates {
        wanted: has_state_roots_in_receipts(&chain, block.header.number),
        post_states: Vec::new(),
    };
    // Block and proofs may be a stranger's.
    let seed = Quiet.hash_seed();
    let execution = block_execution(&chain, block, &senders, seed, None, None);
    match blocklight_executor::execute(&execution, database, Schedule::Sequential, &mut observer) {
        Ok(output) => {
            observer.post_states.push(hashed_post_state(&output.changes));
            Ok(Executed {
                changes: Some(output.changes),
                access_list: output.access_list,
                post_states: observer.post_states,
            })
        }
        Err(ExecutionError::Database(unread)) => Err(*unread.0),
        Err(ExecutionError::Internal(source)) => Err(RecordError::Execution { source }),
        // The block is invalid, which is for the verifier to say.
        Err(_) => Ok(Executed::default()),
    }
}

/// What executing a block gave; nothing if it could not be executed to its end.
#[derive(Debug, Default)]
struct Executed {
    changes: Option<StateChanges>,
    access_list: Option<BlockAccessList>,
    post_states: Vec<PostState>,
}

/// Keeps each transaction's post-state, where receipts hold their roots.
#[derive(Debug)]
struct PostStates {
    wanted: bool,
    post_states: Vec<PostState>,
}

impl CommitObserver for PostStates {
    fn wants_changes(&self) -> bool {
        self.wanted
    }

    fn committed(&mut self, _index: usize, _receipt: &Receipt, changes: Option<StateChanges>) {
        self.post_states.extend(changes.as_ref().map(hashed_post_state));
    }
}

impl Witness {
    /// The witness as `debug_executionWitness` gives it, in the dialect of reth without hints:
    /// `{"state": […], "codes": […], "keys": [], "headers": […]}`.
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "state": self.state,
            "codes": self.codes,
            "keys": [],
            "headers": self.headers,
        })
        .to_string()
    }
}

/// Keccak-256 of a storage slot's key.
fn hashed_slot(slot: alloy_primitives::U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>().as_slice())
}
