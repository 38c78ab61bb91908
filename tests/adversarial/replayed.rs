//! `BLOCKLIGHT_MUTANT=SEED:INDEX`: one mutant of a campaign again.

/// The seed and index of the mutant to be replayed, if one is.
pub(crate) fn replayed() -> Option<(u64, u64)> {
    let text = std::env::var("BLOCKLIGHT_MUTANT").ok()?;
    let (seed, index) = text.split_once(':').expect("BLOCKLIGHT_MUTANT is SEED:INDEX");
    Some((seed.parse().expect("a seed"), index.parse().expect("an index")))
}
