//! A block as RLP, `[header, transactions, ommers, withdrawals?]` (Yellow Paper, appendix B; EIP-4895).
//!
//! Invariant: the bytes are the one encoding of the block returned, so sizes and roots computed from it are the
//! block's own.

use super::{Block, InputError, Part};
use alloy_rlp::{Decodable, Header};

/// Counts the transactions in the RLP of a block, before anything is allocated for them. What is no such RLP has as many as
/// come before the fault: it will not decode.
pub(super) fn count_transactions(rlp: &[u8]) -> usize {
    let mut block = rlp;
    let list = |bytes: &mut &[u8]| Header::decode_bytes(bytes, true).ok().map(<[u8]>::len);
    let transactions = Header::decode_bytes(&mut block, true)
        .ok()
        .and_then(|mut fields| {
            list(&mut fields)?;
            Header::decode_bytes(&mut fields, true).ok()
        });
    let mut rest = transactions.unwrap_or_default();
    std::iter::from_fn(|| {
        let header = Header::decode(&mut rest).ok()?;
        rest = rest.get(header.payload_length..)?;
        Some(())
    })
    .count()
}

/// Decodes the RLP of one whole block.
pub(super) fn decode(rlp: &[u8]) -> Result<Block, InputError> {
    let mut rest = rlp;
    let block = Block::decode(&mut rest).map_err(|source| InputError::Rlp {
        part: Part::Block,
        index: None,
        source,
    })?;
    if !rest.is_empty() {
        return Err(InputError::TrailingBytes {
            part: Part::Block,
            count: rest.len() as u64,
        });
    }
    let canonical = alloy_rlp::encode(&block);
    if canonical != rlp {
        let at = canonical
            .iter()
            .zip(rlp)
            .take_while(|(left, right)| left == right)
            .count();
        return Err(InputError::NotCanonical {
            part: Part::Block,
            at: at as u64,
        });
    }
    Ok(block)
}
