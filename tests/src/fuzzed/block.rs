//! A block in any dialect: an error, or a block whose RLP decodes to the same block.

use blocklight_verifier::{BlockDialect, Input, Limits};

const NO_WITNESS: &[u8] = b"{\"state\":[]}";

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let limits = Limits::default();
    let Ok(input) = Input::decode_pair(data, NO_WITNESS, &limits) else {
        return;
    };
    let rlp = alloy_rlp::encode(&input.block);
    // RLP as bytes has one spelling; hex of it, which begins with a digit or a quote, has several.
    if input.dialects.block == BlockDialect::Rlp
        && data.first().is_some_and(|first| *first >= 0xc0)
        && !data.starts_with(b"\xef\xbb\xbf")
    {
        assert_eq!(rlp, data, "RLP that is not the block's own was taken");
    }
    let again = Input::decode_pair(&rlp, NO_WITNESS, &limits).expect("a block's own RLP decodes");
    assert_eq!(again.block, input.block);
}
