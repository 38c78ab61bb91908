//! The tries in the witnesses of real blocks.

mod witnessed_block;

use alloy_primitives::U256;
use blocklight_trie::{StateTrie, WitnessNodes};
use witnessed_block::{block, change_all, folder, keys};

/// Every account and slot that the witness shows is read, changed and changed back: the root is the block's parent's again.
#[test]
fn everything_changed_and_changed_back_gives_the_pre_state_root() {
    let Some(folder) = folder() else { return };
    let mut blocks = 0;
    let mut changed = 0;
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "gz") {
            continue;
        }
        let name = path.display();
        let block = block(&path);
        let root = block.parent_state_root;
        let nodes = WitnessNodes::new(block.witness.state, 1);
        let mut trie = StateTrie::reveal(root, &nodes, 2).unwrap_or_else(|error| panic!("{name}: {error}"));
        let accounts = keys(&nodes, root);
        let there = change_all(
            &nodes,
            &trie,
            &accounts,
            |wei| !wei,
            |word| word ^ (U256::MAX << 128),
        );
        let back = change_all(&nodes, &trie, &accounts, |wei| wei, |word| word);
        assert_eq!(trie.root().hash, root, "{name}");
        assert_eq!(
            trie.post_state_root(&back).unwrap().permutations,
            0,
            "{name}: nothing changes"
        );
        trie.apply(&there)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            trie.root().hash == root,
            accounts.is_empty(),
            "{name}: there and not back"
        );
        trie.apply(&back)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(trie.root().hash, root, "{name}");
        blocks += 1;
        changed += accounts.len();
    }
    assert!(
        blocks > 50 && changed > 1000,
        "{blocks} blocks, {changed} accounts"
    );
}
