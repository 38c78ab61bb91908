//! Inputs made to be as large, as deep or as dear as they can be: a typed error or a verdict, in bounded memory.
//!
//! `BLOCKLIGHT_FULL=1` makes the dear ones as dear as a block may be.

mod access_lists;
mod gas;
mod measured;
mod sizes;
