//! EIP-7702: which codes delegate to another account's.
//!
//! Invariant: a code delegates by how it looks and only from the fork on, whoever gives it.

use alloy_primitives::Bytes;
use revm::bytecode::Bytecode;

/// A contract's code, byte by byte as it is hashed, as the EVM runs it: in a block in which accounts can delegate (EIP-7702, from
/// Prague on), or in one in which they cannot yet. There what looks like a delegation is a code like any other, which a contract
/// could be created with before EIP-3541.
pub fn code_at(bytes: &Bytes, delegates: bool) -> Bytecode {
    let as_delegation = delegates.then(|| Bytecode::new_raw_checked(bytes.clone()));
    match as_delegation {
        Some(Ok(code)) => code,
        // What begins like a delegation but is none can only be older than the EIP.
        Some(Err(_)) | None => Bytecode::new_legacy(bytes.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_delegation_is_one_from_prague_on() {
        let delegation = Bytes::from([&[0xef, 0x01, 0x00][..], &[7; 20]].concat());
        let cut = delegation.slice(..22);
        for (code, delegates, expected) in [
            (&delegation, true, true),
            (&delegation, false, false),
            (&cut, true, false),
            (&cut, false, false),
        ] {
            let read = code_at(code, delegates);
            assert_eq!(read.is_eip7702(), expected, "{code}, {delegates}");
            assert_eq!(read.original_bytes(), *code);
        }
    }
}
