//! A block-level access list (EIP-7928) as JSON: an error, nothing, or a list that its own RLP decodes to.

use alloy_primitives::hex;
use blocklight_verifier::{Input, Limits};

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let limits = Limits::default();
    let Ok(json) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(Some(list)) = Input::decode_access_list(json, &limits) {
        let rlp = alloy_rlp::encode(&list);
        let again = Input::decode_access_list(&format!("\"{}\"", hex::encode_prefixed(rlp)), &limits);
        assert_eq!(again.expect("our own RLP"), Some(list));
    }
}
