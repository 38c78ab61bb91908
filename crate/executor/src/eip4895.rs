//! EIP-4895, withdrawals, and before the merge the rewards of ommers: who is paid when the block ends.
//!
//! Invariant: they are read in block order. alloy-evm pays them in the order of a hash map, which is another each time: of
//! several that cannot be read, each execution would miss another.

use crate::Block;
use revm::Database;

/// Reads the accounts that are paid after the last transaction of `block`, up to the first that cannot be read. That one
/// is kept by the database below ([`crate::database::Databases::at_turn`]).
pub(crate) fn read_payees<DB: Database>(block: &Block, state: &mut DB) {
    let body = &block.body;
    let ommers = body.ommers.iter().map(|ommer| ommer.beneficiary);
    let miner = (!body.ommers.is_empty()).then_some(block.header.beneficiary);
    let withdrawals = body.withdrawals.iter().flat_map(|all| all.iter());
    // One that is paid nothing is read as well.
    let withdrawers = withdrawals.map(|withdrawal| withdrawal.address);
    for address in ommers.chain(miner).chain(withdrawers) {
        if state.basic(address).is_err() {
            return;
        }
    }
}
