//! Malformed nodes: each rule by itself, and tries forged from an invented root.

mod encoding;
mod forged;
mod nodes;
