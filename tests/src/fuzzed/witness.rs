//! A witness in any dialect: an error, or a witness that is the same when written as JSON and as RLP.

use crate::mutation::witness_rlp;
use blocklight_verifier::{Input, Limits};
use std::sync::LazyLock;

/// Some block.
static BLOCK: LazyLock<Vec<u8>> = LazyLock::new(|| alloy_rlp::encode(blocklight_verifier::Block::default()));

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let limits = Limits::default();
    let Ok(input) = Input::decode_pair(&BLOCK, data, &limits) else {
        return;
    };
    limits
        .check_witness(&input.witness)
        .expect("what was decoded keeps to the limits");
    let json = Input::decode_pair(&BLOCK, input.witness.to_json().as_bytes(), &limits).expect("our own JSON");
    assert_eq!(json.witness, input.witness);
    // In geth's RLP a header is the list itself, so only what is a list can be written so.
    if input.witness.headers.iter().all(|header| {
        alloy_rlp::Header::decode(&mut &header[..])
            .is_ok_and(|it| it.list && it.length_with_payload() == header.len())
    }) {
        let rlp = Input::decode_pair(&BLOCK, &witness_rlp(&input.witness), &limits).expect("our own RLP");
        assert_eq!(rlp.witness, input.witness);
    }
}
