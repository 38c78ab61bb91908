//! The whole verification of a small made block, its bytes changed by the fuzzer or its parts by the project's mutations, and of
//! one with an access list (EIP-7928), its parts likewise: valid only as the same block, or as another one with another hash.

use crate::mutation::{Kind, Mutant, Original, TamperedCopy, judge, mutate};
use crate::{PARALLEL, tiny_amsterdam_original, tiny_original};
use std::sync::LazyLock;

static TINY: LazyLock<Original> = LazyLock::new(|| tiny_original().expect("a block"));
static LISTED: LazyLock<Original> = LazyLock::new(|| tiny_amsterdam_original().expect("a block"));

/// First bytes that have the rest taken for the seed of a mutation, of the one block or the other. After any other comes what block
/// and witness are to be decoded from.
const MUTATION: u8 = 0;
const LISTED_MUTATION: u8 = 255;

/// See the module.
///
/// # Panics
/// On bytes that show a fault.
pub fn run(data: &[u8]) {
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let (original, is_seed) = match *first {
        MUTATION => (&*TINY, true),
        LISTED_MUTATION => (&*LISTED, true),
        _ => (&*TINY, false),
    };
    let mutant = if is_seed {
        let seed = data
            .iter()
            .fold(0_u64, |seed, byte| seed.rotate_left(8) ^ u64::from(*byte));
        mutate(original, original, seed)
    } else {
        let Some((length, data)) = data.split_first_chunk::<3>() else {
            return;
        };
        let length = usize::from(length[0]) << 16 | usize::from(length[1]) << 8 | usize::from(length[2]);
        let Some((block, witness)) = data.split_at_checked(length) else {
            return;
        };
        Mutant {
            kinds: vec![Kind::ChangeBytes],
            what: "bytes".into(),
            copy: TamperedCopy::Encoded {
                block: block.to_vec(),
                witness: witness.to_vec(),
                access_list: None,
            },
            hint: None,
            schedule: PARALLEL[usize::from(*first & 1)],
        }
    };
    if let Err(breach) = judge(original, &mutant) {
        panic!("{}: {breach}", mutant.what);
    }
}
