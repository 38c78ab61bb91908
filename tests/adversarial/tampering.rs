//! Tampering: whatever a server does to a block or its witness, a wrong result is never valid, what was only
//! withheld or garbled is never invalid, and nothing panics.

mod ancestors;
mod case;
mod collapsing_deletes;
mod header_fields;
mod ommers;
mod our_side;
mod post_state_proofs;
mod resigned;
mod senders;
mod transactions;
mod withdrawals;
mod witness_lists;
mod witness_order;
