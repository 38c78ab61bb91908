//! The consensus rules that need no execution: header against parent, body against header, transactions
//! against fork. One rule, or one EIP's rule, a file.
//!
//! Invariant: the rules read authenticated values only (the block itself and the parent found by hash), and no
//! value of theirs overflows, however absurd the headers.

mod blob_gas;
mod body;
mod difficulty;
mod eip1559;
mod eip7928;
mod header;
mod ommers;
mod transactions;

pub(crate) use body::{BodyRoots, check_body};
pub use eip7928::{AccessListFault, AccessListPart};
pub(crate) use eip7928::{check_given_list, check_rebuilt_list, is_well_formed};
pub(crate) use header::check_header;
pub(crate) use ommers::OmmersError;
pub(crate) use transactions::check_transactions;
