//! The recorder: a whole state and a block into the block's minimal execution witness.
//!
//! [`Recorder::record`] executes the block on the state as the verifier does and keeps what that touches: the nodes on
//! the ways to what is read and written, the siblings of branches that collapse, the codes run, and the ancestor headers
//! that BLOCKHASH reaches back to. It is for whoever has the state: a test, a development chain, a node.
//!
//! Invariant: the witness is canonical (each list sorted but for the headers, which go from the oldest to the parent;
//! nothing twice; codes of the pre-state only) and minimal: the verifier needs every node of it.

mod database;
mod full_state;
mod genesis;
mod nodes;

pub use full_state::FullState;
pub use genesis::{Genesis, GenesisError};

use crate::{
    Block, ChainSpec, Missing, Witness,
    ancestors::Ancestors,
    execution::{block_execution, has_state_roots_in_receipts},
    post_state::hashed_post_state,
    senders::SenderRecovery,
};
use alloy_consensus::Header;
use alloy_primitives::{B256, Bytes};
use blocklight_executor::{BlockAccessList, CommitObserver, ExecutionError, Receipt, Schedule, StateChanges};
use blocklight_keccak::keccak256;
use blocklight_trie::PostState;
use database::{RecordingDatabase, Touched};
use nodes::Nodes;
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

/// Why a witness could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The block is not a child of the newest header.
    #[error("the block's parent is {got}, the newest header is {expected}")]
    Parent {
        /// Hash of the newest header.
        expected: B256,
        /// The block's parent hash.
        got: B256,
    },
    /// The state is not the one after the newest block.
    #[error("the newest header's state root is {expected}, the state's {got}")]
    StateRoot {
        /// The header's.
        expected: B256,
        /// The state's.
        got: B256,
    },
    /// The block asks for an ancestor that the headers given do not reach.
    #[error("the block asks for ancestor {number}, which is not among the headers")]
    Ancestor {
        /// The ancestor's block number.
        number: u64,
    },
    /// A block that cannot be executed has no state after it.
    #[error("the block could not be executed, so no state comes after it")]
    NotExecuted,
    /// The whole state lacks what it needs itself: a bug of ours.
    #[error("the whole state lacks what it should hold: {missing}")]
    Internal {
        /// What it lacks.
        missing: Box<Missing>,
    },
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

    /// Makes the witness of `block`, a child of the newest header. The block need not be valid.
    ///
    /// # Errors
    /// [`RecordError::Parent`], or [`RecordError::Ancestor`].
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
        let database = RecordingDatabase::new(&self.state, &ancestors);
        let Executed {
            changes,
            access_list,
            post_states,
        } = self.execute(block, &database)?;
        let mut touched = database.into_touched();
        if let Some(oldest) = block.body.ommers.iter().map(|ommer| ommer.number).min() {
            touched.reach_back_to(oldest.saturating_sub(1));
        }
        let mut nodes = Nodes::new(&self.state);
        nodes.add_ways(&touched);
        nodes.add_siblings(&post_states)?;
        let witness = Witness {
            state: nodes.into_sorted(),
            codes: self.sorted_codes(&touched)?,
            headers: self.headers_back_to(touched.oldest_header),
        };
        Ok(Recording {
            witness,
            changes,
            access_list,
        })
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

    /// Executes the block as the verifier does: its changes, its access list, and every post-state that the verifier computes
    /// a root of.
    fn execute(&self, block: &Block, database: &RecordingDatabase<'_>) -> Result<Executed, RecordError> {
        let senders = SenderRecovery::new(&block.body.transactions);
        let chain = self.chain.as_seen_by(&block.header);
        let mut observer = PostStates {
            wanted: has_state_roots_in_receipts(&chain, block.header.number),
            post_states: Vec::new(),
        };
        // The block and the state are the caller's own, so the maps' seed need not be a secret.
        let execution = block_execution(&chain, block, &senders, 0, None, None);
        match blocklight_executor::execute(&execution, database, Schedule::Sequential, &mut observer) {
            Ok(output) => {
                observer.post_states.push(hashed_post_state(&output.changes));
                Ok(Executed {
                    changes: Some(output.changes),
                    access_list: output.access_list,
                    post_states: observer.post_states,
                })
            }
            Err(ExecutionError::Database(unproved)) => Err(match *unproved.0 {
                Missing::Ancestor { number } => RecordError::Ancestor { number },
                missing => RecordError::Internal {
                    missing: Box::new(missing),
                },
            }),
            // The block is invalid, or we have a bug: that is for the verifier to say.
            Err(_) => Ok(Executed::default()),
        }
    }

    fn sorted_codes(&self, touched: &Touched) -> Result<Vec<Bytes>, RecordError> {
        let mut codes = Vec::with_capacity(touched.codes.len());
        for hash in &touched.codes {
            let missing = || RecordError::Internal {
                missing: Box::new(Missing::Code { hash: *hash }),
            };
            codes.push(self.state.code(hash).ok_or_else(missing)?.clone());
        }
        codes.sort_unstable();
        Ok(codes)
    }

    /// The headers from number `oldest` to the parent; the parent alone if nothing reaches further.
    fn headers_back_to(&self, oldest: Option<u64>) -> Vec<Bytes> {
        let back = oldest.map_or(0, |oldest| self.head.number.saturating_sub(oldest));
        let count = usize::try_from(back).unwrap_or(REACH).saturating_add(1);
        let skipped = self.headers.len().saturating_sub(count);
        self.headers.iter().skip(skipped).cloned().collect()
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
