//! A file with block and witness, in any dialect: an error or an input that keeps to the limits.

use blocklight_verifier::{Input, Limits};

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let limits = Limits::default();
    if let Ok(input) = Input::decode(data, &limits) {
        limits
            .check_witness(&input.witness)
            .expect("what was decoded keeps to the limits");
        let _ = input.chain_id_hint();
    }
}
