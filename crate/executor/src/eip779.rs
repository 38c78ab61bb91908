//! EIP-779, the DAO fork: balances are moved before the fork block's first transaction.
//!
//! Invariant: they are moved once, and before any transaction. alloy-evm moves them after the last one, which
//! gives the same state after the block but other receipts, because before Byzantium a receipt holds the state
//! root after its transaction; so the fork is hidden from it.

use crate::AnySpec;
use alloy_evm::eth::{
    dao_fork::{DAO_HARDFORK_ACCOUNTS, DAO_HARDFORK_BENEFICIARY},
    spec::EthExecutorSpec,
};
use alloy_hardforks::{EthereumHardfork, EthereumHardforks, ForkCondition};
use alloy_primitives::Address;
use revm::{
    Database, DatabaseCommit,
    state::{Account, TransactionId},
};

/// A chain as alloy-evm is to see it: with no DAO fork.
#[derive(Clone, Copy)]
pub(crate) struct DaoForkHidden<'a>(pub(crate) AnySpec<'a>);

// By hand, since a chain need not be `Debug`.
impl std::fmt::Debug for DaoForkHidden<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DaoForkHidden").finish_non_exhaustive()
    }
}

impl EthereumHardforks for DaoForkHidden<'_> {
    fn ethereum_fork_activation(&self, fork: EthereumHardfork) -> ForkCondition {
        match fork {
            EthereumHardfork::Dao => ForkCondition::Never,
            other => self.0.ethereum_fork_activation(other),
        }
    }
}

impl EthExecutorSpec for DaoForkHidden<'_> {
    fn deposit_contract_address(&self) -> Option<Address> {
        self.0.deposit_contract_address()
    }
}

/// Why the balances could not be moved.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MoveError<E> {
    /// A balance could not be read.
    #[error(transparent)]
    Unreadable(#[from] E),
    /// Their sum is more than a balance can be. No chain has so much ether; a forged state may.
    #[error("the balances that the DAO fork moves add up to more than 256 bits")]
    Overflow,
}

/// Moves the balances, in wei, of the DAO and its children to the withdrawal contract, if `number` is the fork
/// block.
///
/// # Errors
/// [`MoveError`]; the state is then as it was.
pub(crate) fn move_balances<DB: Database + DatabaseCommit>(
    spec: &(impl EthereumHardforks + ?Sized),
    number: u64,
    state: &mut DB,
) -> Result<(), MoveError<DB::Error>> {
    if !spec
        .ethereum_fork_activation(EthereumHardfork::Dao)
        .transitions_at_block(number)
    {
        return Ok(());
    }
    let mut accounts = Vec::with_capacity(DAO_HARDFORK_ACCOUNTS.len() + 1);
    let mut beneficiary = account(state, DAO_HARDFORK_BENEFICIARY)?;
    for address in DAO_HARDFORK_ACCOUNTS {
        let mut drained = account(state, address)?;
        let balance = core::mem::take(&mut drained.info.balance);
        beneficiary.info.balance = beneficiary
            .info
            .balance
            .checked_add(balance)
            .ok_or(MoveError::Overflow)?;
        accounts.push((address, drained));
    }
    accounts.push((DAO_HARDFORK_BENEFICIARY, beneficiary));
    if !spec.is_spurious_dragon_active_at_block(number) {
        // All of them are there afterwards, empty or not. States take an empty account for one that EIP-161 removes, but where it
        // was created.
        for (_, account) in accounts.iter_mut().filter(|(_, account)| account.is_empty()) {
            account.mark_created();
        }
    }
    state.commit_iter(&mut accounts.into_iter());
    Ok(())
}

/// An account to be changed.
fn account<DB: Database>(state: &mut DB, address: Address) -> Result<Account, MoveError<DB::Error>> {
    let mut account = state
        .basic(address)?
        .map_or_else(|| Account::new_not_existing(TransactionId::ZERO), Account::from);
    account.mark_touch();
    Ok(account)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_state::BlockState;
    use alloy_hardforks::EthereumChainHardforks;
    use alloy_primitives::U256;
    use revm::{
        database::{InMemoryDB, State},
        state::AccountInfo,
    };

    const FORK: u64 = 1_920_000;

    fn state(balances: impl Fn(usize) -> U256) -> InMemoryDB {
        let mut state = InMemoryDB::default();
        for (index, address) in DAO_HARDFORK_ACCOUNTS.into_iter().enumerate() {
            state.insert_account_info(address, AccountInfo::from_balance(balances(index)));
        }
        state
    }

    fn balance(state: &mut InMemoryDB, address: Address) -> U256 {
        state
            .basic(address)
            .expect("in memory")
            .map_or(U256::ZERO, |info| info.balance)
    }

    /// What the fork leaves of an account that had nothing but a balance, of one that was not there, and of the receiver.
    fn left<DB: Database + DatabaseCommit>(number: u64, state: &mut DB) -> [Option<U256>; 3]
    where
        DB::Error: core::fmt::Debug,
    {
        let forks = EthereumChainHardforks::new([
            (EthereumHardfork::Dao, ForkCondition::Block(number)),
            (EthereumHardfork::SpuriousDragon, ForkCondition::Block(100)),
        ]);
        move_balances(&forks, number, state).expect("moved");
        [
            DAO_HARDFORK_ACCOUNTS[0],
            DAO_HARDFORK_ACCOUNTS[1],
            DAO_HARDFORK_BENEFICIARY,
        ]
        .map(|address| state.basic(address).expect("in memory").map(|info| info.balance))
    }

    #[test]
    fn accounts_left_empty_stay_before_eip161_and_not_after() {
        let owner = |balance: u64| {
            let mut database = InMemoryDB::default();
            database.insert_account_info(
                DAO_HARDFORK_ACCOUNTS[0],
                AccountInfo::from_balance(U256::from(balance)),
            );
            database
        };
        let zero = Some(U256::ZERO);
        for (number, balance, expected) in [
            (99, 5, [zero, zero, Some(U256::from(5))]),
            (99, 0, [zero, zero, zero]),
            (100, 5, [None, None, Some(U256::from(5))]),
            (100, 0, [None; 3]),
        ] {
            let mut in_order = State::builder().with_database(owner(balance)).build();
            assert_eq!(
                left(number, &mut in_order),
                expected,
                "{number}, {balance} wei, revm's state"
            );
            let mut ahead = BlockState::new(owner(balance), 0, 0);
            assert_eq!(
                left(number, &mut ahead),
                expected,
                "{number}, {balance} wei, ours"
            );
        }
    }

    #[test]
    fn balances_over_128_bits_are_moved_whole() {
        let each = U256::from(1) << 200;
        let mut state = state(|_| each);
        move_balances(&EthereumChainHardforks::mainnet(), FORK, &mut state).expect("moved");
        for address in DAO_HARDFORK_ACCOUNTS {
            assert_eq!(balance(&mut state, address), U256::ZERO);
        }
        let expected = each * U256::from(DAO_HARDFORK_ACCOUNTS.len());
        assert_eq!(balance(&mut state, DAO_HARDFORK_BENEFICIARY), expected);
    }

    #[test]
    fn balances_that_add_up_to_more_than_a_balance_are_an_error_and_stay() {
        let mut state = state(|index| if index < 2 { U256::MAX } else { U256::ZERO });
        let moved = move_balances(&EthereumChainHardforks::mainnet(), FORK, &mut state);
        assert!(matches!(moved, Err(MoveError::Overflow)), "{moved:?}");
        assert_eq!(balance(&mut state, DAO_HARDFORK_BENEFICIARY), U256::ZERO);
        assert_eq!(balance(&mut state, DAO_HARDFORK_ACCOUNTS[0]), U256::MAX);
    }

    #[test]
    fn nothing_is_moved_at_any_other_block() {
        for number in [FORK - 1, FORK + 1] {
            let mut state = state(|_| U256::from(5));
            move_balances(&EthereumChainHardforks::mainnet(), number, &mut state).expect("nothing to do");
            assert_eq!(balance(&mut state, DAO_HARDFORK_ACCOUNTS[0]), U256::from(5));
        }
    }
}
