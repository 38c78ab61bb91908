//! Mutants of real blocks, witnesses and access lists, and what may become of them.
//!
//! A mutant is named by its original, its kind and a seed, and is made again from these three alone. The oracle is in
//! [`judge`]: only what is equivalent to the original may be `Valid`, nothing may panic, nothing may cost much more.
//!
//! Invariant: a mutant depends on the originals and on its seed, never on time, threads or mutants before it.

mod access_lists;
mod bodies;
mod campaign;
mod forged_nodes;
mod headers;
mod judge;
mod list_entries;
mod lists;
mod original;
mod rlp;
mod schedules;
mod written;

pub use access_lists::ListChange;
pub use campaign::{Budget, Campaign, Meter, Summary, originals};
pub use headers::{FIELDS, change_field};
pub use judge::{Breach, Outcome, judge};
pub use original::Original;
pub use schedules::{Schedules, honest_list};
pub use written::witness_rlp;

use crate::{PARALLEL, Seeded};
use alloy_primitives::hex;
use blocklight_verifier::{BlockAccessList, Input, Limits, Schedule};
use std::{borrow::Cow, sync::Arc};

/// A kind of mutation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An item of the witness dropped.
    Drop,
    /// Some of a list dropped.
    DropMany,
    /// An item twice.
    Duplicate,
    /// Two items of a list swapped.
    Swap,
    /// A list in another order.
    Shuffle,
    /// An item cut short.
    Truncate,
    /// Bytes after an item.
    Extend,
    /// A bit of an item flipped.
    FlipBit,
    /// Random bytes among the items.
    Junk,
    /// An item in another list.
    Move,
    /// A node encoded otherwise, and all hashes above it made to fit.
    EncodeOtherwise,
    /// Another node, of this trie or another block's, in a node's place, hashes fitted.
    Graft,
    /// An account's fields changed, hashes fitted.
    ChangeAccount,
    /// A string in a node changed, hashes fitted.
    ChangeString,
    /// A code changed, hashes fitted.
    ChangeCode,
    /// An ancestor's field changed, hashes fitted.
    ForgeAncestor,
    /// Another parent.
    Reparent,
    /// A field of the block's header changed.
    ChangeHeader,
    /// Transactions dropped, repeated, moved, added.
    Rearrange,
    /// A transaction edited, signed anew where the key is known.
    EditTransaction,
    /// Withdrawals changed.
    ChangeWithdrawals,
    /// An ommer added.
    AddOmmer,
    /// The bytes of block, witness or access list changed before decoding.
    ChangeBytes,
    /// The access list that came with the block changed (EIP-7928), the header's hash of it left or made to fit.
    ChangeList(ListChange),
    /// The hint of what the block accesses and changes made a wrong one, in several places.
    ChangeHint,
}

impl Kind {
    /// Those that are no change of an access list.
    const OTHERS: [Self; 24] = [
        Self::Drop,
        Self::DropMany,
        Self::Duplicate,
        Self::Swap,
        Self::Shuffle,
        Self::Truncate,
        Self::Extend,
        Self::FlipBit,
        Self::Junk,
        Self::Move,
        Self::EncodeOtherwise,
        Self::Graft,
        Self::ChangeAccount,
        Self::ChangeString,
        Self::ChangeCode,
        Self::ForgeAncestor,
        Self::Reparent,
        Self::ChangeHeader,
        Self::Rearrange,
        Self::EditTransaction,
        Self::ChangeWithdrawals,
        Self::AddOmmer,
        Self::ChangeBytes,
        Self::ChangeHint,
    ];

    /// All kinds.
    pub const ALL: [Self; Self::OTHERS.len() + ListChange::ALL.len()] = {
        let mut all = [Self::ChangeHint; Self::OTHERS.len() + ListChange::ALL.len()];
        let mut place = 0;
        while place < all.len() {
            all[place] = if place < Self::OTHERS.len() {
                Self::OTHERS[place]
            } else {
                Self::ChangeList(ListChange::ALL[place - Self::OTHERS.len()])
            };
            place += 1;
        }
        all
    };

    /// Whether a mutant may be another block that is itself valid, with another hash. Where the block stays as it is, or
    /// where only the state before it is forged or its access list is another, it may not. (One that is made the child of a parent
    /// whose extra data has a flipped bit may.)
    pub const fn may_be_another_block(self) -> bool {
        matches!(
            self,
            Self::ForgeAncestor
                | Self::Reparent
                | Self::ChangeHeader
                | Self::Rearrange
                | Self::EditTransaction
                | Self::ChangeWithdrawals
                | Self::ChangeBytes
        )
    }

    /// Does it; says what, or none if there was nothing to do it to.
    fn apply(
        self,
        original: &Original,
        donor: &Original,
        input: &mut Input,
        random: &mut Seeded,
    ) -> Option<String> {
        match self {
            Self::Drop => lists::drop_item(input, random),
            Self::DropMany => Some(lists::drop_many(input, random)),
            Self::Duplicate => lists::duplicate(input, random),
            Self::Swap => lists::swap(input, random),
            Self::Shuffle => Some(lists::shuffle(input, random)),
            Self::Truncate => lists::truncate(input, random),
            Self::Extend => lists::extend(input, random),
            Self::FlipBit => lists::flip_bit(input, random),
            Self::Junk => Some(lists::add_junk(input, random)),
            Self::Move => lists::move_between(input, random),
            Self::EncodeOtherwise => forged_nodes::encode_otherwise(original, input, random),
            Self::Graft => forged_nodes::graft(original, donor, input, random),
            Self::ChangeAccount => forged_nodes::change_account(original, input, random),
            Self::ChangeString => forged_nodes::change_string(original, input, random),
            Self::ChangeCode => forged_nodes::change_code(original, input, random),
            Self::ForgeAncestor => headers::forge_ancestor(original, input, random),
            Self::Reparent => headers::reparent(donor, input, random),
            Self::ChangeHeader => Some(headers::change_own(input, random)),
            Self::Rearrange => bodies::rearrange(donor, input, random),
            Self::EditTransaction => bodies::edit_transaction(original, input, random),
            Self::ChangeWithdrawals => bodies::change_withdrawals(input, random),
            Self::AddOmmer => Some(bodies::add_ommer(input, random)),
            Self::ChangeList(change) => access_lists::change_list(change, input, random),
            Self::ChangeBytes | Self::ChangeHint => None,
        }
    }
}

/// A tampered copy.
#[derive(Debug, Clone)]
pub enum TamperedCopy {
    /// Of the values.
    Typed(Box<Input>),
    /// Of the bytes they are decoded from.
    Encoded {
        /// The block's.
        block: Vec<u8>,
        /// The witness's.
        witness: Vec<u8>,
        /// The RLP of the access list, if one comes with the block.
        access_list: Option<Vec<u8>>,
    },
}

impl TamperedCopy {
    /// The values, held to no hash where there were bytes; none if these do not decode.
    pub(crate) fn decoded(&self) -> Option<Cow<'_, Input>> {
        match self {
            Self::Typed(input) => Some(Cow::Borrowed(input)),
            Self::Encoded {
                block,
                witness,
                access_list,
            } => {
                let limits = Limits::default();
                let mut input = Input::decode_pair(block, witness, &limits).ok()?;
                if let Some(rlp) = access_list {
                    let json = format!("\"{}\"", hex::encode_prefixed(rlp));
                    input.access_list = Input::decode_access_list(&json, &limits).ok()?;
                }
                input.hash = None;
                Some(Cow::Owned(input))
            }
        }
    }
}

/// A tampered copy of an original, and how it is to be verified.
#[derive(Debug)]
pub struct Mutant {
    /// The kinds of its mutations, in order.
    pub kinds: Vec<Kind>,
    /// What was done.
    pub what: String,
    /// The copy.
    pub copy: TamperedCopy,
    /// The hint of what the block accesses and changes, where it is not the original's own.
    pub hint: Option<Arc<BlockAccessList>>,
    /// The schedule that is held to the sequential one.
    pub schedule: Schedule,
}

impl Mutant {
    /// Its kind, if it is of one mutation.
    pub fn only_kind(&self) -> Option<Kind> {
        match self.kinds[..] {
            [kind] => Some(kind),
            _ => None,
        }
    }

    /// Whether it may be another block that is itself valid.
    pub fn may_be_another_block(&self) -> bool {
        self.kinds.iter().any(|kind| kind.may_be_another_block())
    }

    /// Whether nothing but access lists was changed, in the block's own copy or in the hint.
    pub(crate) fn is_of_lists_alone(&self) -> bool {
        self.kinds
            .iter()
            .all(|kind| matches!(kind, Kind::ChangeList(_) | Kind::ChangeHint))
    }
}

/// Makes the mutant of `original` with this seed: one mutation, at times two or three. Nodes and transactions of other
/// blocks come from `donor`.
pub fn mutate(original: &Original, donor: &Original, seed: u64) -> Mutant {
    let mut random = Seeded::new(seed);
    let schedule = PARALLEL[usize::from(seed.is_multiple_of(2))];
    let (mut kinds, mut what) = (Vec::new(), String::new());
    let (mut input, mut hint) = (Box::new(original.input.clone()), None);
    let count = [1, 1, 1, 2, 3][random.below(5)];
    for _ in 0..20 {
        if kinds.len() == count {
            break;
        }
        let kind = Kind::ALL[random.below(Kind::ALL.len())];
        if kind == Kind::ChangeBytes {
            if !kinds.is_empty() {
                continue;
            }
            let (what, copy) = written::change_bytes(original, &mut random);
            return Mutant {
                kinds: vec![kind],
                what,
                copy,
                hint: None,
                schedule,
            };
        }
        let done = match kind {
            Kind::ChangeHint => access_lists::change_hint(original, &mut hint, &mut random),
            kind => kind.apply(original, donor, &mut input, &mut random),
        };
        if let Some(done) = done {
            kinds.push(kind);
            if !what.is_empty() {
                what.push_str("; ");
            }
            for part in [&format!("{kind:?}"), ": ", &done] {
                what.push_str(part);
            }
        }
    }
    Mutant {
        kinds,
        what,
        copy: TamperedCopy::Typed(input),
        // No other schedule looks at the hint.
        schedule: if hint.is_some() {
            Schedule::AccessList
        } else {
            schedule
        },
        hint: hint.map(Arc::new),
    }
}
