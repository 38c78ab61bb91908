//! Ommers before the merge (Yellow Paper 11.1): their number, their age, their kinship, their headers.
//!
//! Invariant: an ommer is accepted only as a child of an ancestor that the witness proves. Whether an earlier block included
//! it beside another header cannot be seen from headers; that is left unchecked, as is proof of work, and the report
//! says so.

use crate::{ChainSpec, InvalidReason, Mismatch, Missing, OmmerFault, ancestors::Ancestors};
use alloy_consensus::{Block, Header, proofs::calculate_ommers_root};

/// Most ommers in a block.
const OMMERS: usize = 2;
/// An ommer is at most this many generations older than the block.
const GENERATIONS: u64 = 6;

/// Why ommers do not pass: a broken rule, or an ancestor's header the witness lacks.
#[derive(Debug)]
pub(crate) enum OmmersError {
    Invalid(InvalidReason),
    Missing(Missing),
}

/// Holds the block's ommers to its ancestors.
pub(super) fn check_ommers<T>(
    chain: &ChainSpec,
    block: &Block<T>,
    ancestors: &Ancestors,
) -> Result<(), OmmersError> {
    let ommers = &block.body.ommers;
    if ommers.len() > OMMERS {
        let mismatch = Mismatch {
            expected: OMMERS as u64,
            got: ommers.len() as u64,
        };
        return Err(OmmersError::Invalid(InvalidReason::OmmersCount(mismatch)));
    }
    for (index, ommer) in ommers.iter().enumerate() {
        let invalid = |fault| OmmersError::Invalid(InvalidReason::Ommer { index, fault });
        check_age(ommer.number, block.header.number).map_err(invalid)?;
        if ommers.iter().take(index).any(|other| other == ommer) {
            return Err(invalid(OmmerFault::Twice));
        }
        check_kinship(chain, ommer, ancestors, invalid)?;
        check_first_inclusion(ommer, ommers, block.header.number, ancestors).map_err(invalid)?;
    }
    Ok(())
}

/// The ommer is one to six generations older than the block with this number.
const fn check_age(ommer: u64, block: u64) -> Result<(), OmmerFault> {
    let (oldest, youngest) = (block.saturating_sub(GENERATIONS), block.saturating_sub(1));
    if ommer < oldest {
        Err(OmmerFault::TooOld(Mismatch {
            expected: oldest,
            got: ommer,
        }))
    } else if ommer > youngest {
        Err(OmmerFault::TooYoung(Mismatch {
            expected: youngest,
            got: ommer,
        }))
    } else {
        Ok(())
    }
}

/// The ommer is a child of an ancestor, is none itself, and its header is right on top of that ancestor.
fn check_kinship(
    chain: &ChainSpec,
    ommer: &Header,
    ancestors: &Ancestors,
    invalid: impl Fn(OmmerFault) -> OmmersError,
) -> Result<(), OmmersError> {
    if ancestors.hash(ommer.number) == Some(ommer.hash_slow()) {
        return Err(invalid(OmmerFault::Ancestor));
    }
    // A block at the first number there is has no ancestor to be the ommer's parent.
    let parent_number = ommer.number.saturating_sub(1);
    let missing = || {
        OmmersError::Missing(Missing::Ancestor {
            number: parent_number,
        })
    };
    let parent = ancestors.header(parent_number).ok_or_else(missing)?;
    let expected = ancestors.hash(parent_number).ok_or_else(missing)?;
    if expected != ommer.parent_hash {
        return Err(invalid(OmmerFault::Parent(Mismatch {
            expected,
            got: ommer.parent_hash,
        })));
    }
    let chain = chain.with_london_first(ommer);
    super::check_header(&chain, ommer, parent, &mut crate::checks::Checks::default()).map_err(|reason| {
        invalid(OmmerFault::Header {
            reason: Box::new(reason),
        })
    })
}

/// No ancestor has as its ommers just this one, or the block's own. One that has it beside another header cannot be told
/// from its hash.
fn check_first_inclusion(
    ommer: &Header,
    ommers: &[Header],
    block: u64,
    ancestors: &Ancestors,
) -> Result<(), OmmerFault> {
    let (alone, together) = (
        calculate_ommers_root(std::slice::from_ref(ommer)),
        calculate_ommers_root(ommers),
    );
    let swapped: Vec<&Header> = ommers.iter().rev().collect();
    let swapped = calculate_ommers_root(&swapped);
    for number in ommer.number.saturating_add(1)..block {
        let Some(ancestor) = ancestors.header(number) else {
            continue;
        };
        if [alone, together, swapped].contains(&ancestor.ommers_hash) {
            return Err(OmmerFault::IncludedBefore { number });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::difficulty::difficulty;
    use alloy_consensus::BlockBody;
    use alloy_primitives::B256;

    /// A child of `parent` by the rules of Frontier.
    fn child(parent: &Header, extra_data: &'static [u8], ommers_hash: B256) -> Header {
        let timestamp = parent.timestamp + 13;
        Header {
            parent_hash: parent.hash_slow(),
            ommers_hash,
            number: parent.number + 1,
            timestamp,
            gas_limit: 5_000,
            difficulty: difficulty(&ChainSpec::mainnet(), parent.number + 1, timestamp, parent),
            extra_data: extra_data.into(),
            ..Header::default()
        }
    }

    /// What is said of `ommer` in a child of the last of `ancestors`.
    fn check(ommers: &[&Header], ancestors: &[&Header]) -> Result<(), OmmerFault> {
        let parent = ancestors.last().expect("a parent");
        let headers: Vec<_> = ancestors
            .iter()
            .map(|header| alloy_rlp::encode(header).into())
            .collect();
        let ancestors = Ancestors::link(&headers, parent.hash_slow()).expect("the parent is there");
        let block = Block::<crate::Transaction> {
            header: child(parent, b"", B256::ZERO),
            body: BlockBody {
                ommers: ommers.iter().map(|ommer| (*ommer).clone()).collect(),
                ..BlockBody::default()
            },
        };
        match check_ommers(&ChainSpec::mainnet(), &block, &ancestors) {
            Ok(()) => Ok(()),
            Err(OmmersError::Invalid(InvalidReason::Ommer { fault, .. })) => Err(fault),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_ommer_that_an_ancestor_includes_is_refused() {
        let empty = alloy_consensus::EMPTY_OMMER_ROOT_HASH;
        let oldest = Header {
            number: 10,
            gas_limit: 5_000,
            difficulty: alloy_primitives::U256::from(1_000_000),
            ..Header::default()
        };
        let (one, two) = (child(&oldest, b"one", empty), child(&oldest, b"two", empty));
        let elder = child(&oldest, b"elder", empty);
        let with = |ommers: &[Header]| child(&elder, b"parent", calculate_ommers_root(ommers));

        assert_eq!(check(&[&one], &[&oldest, &elder, &with(&[])]), Ok(()));
        assert_eq!(check(&[&one, &two], &[&oldest, &elder, &with(&[])]), Ok(()));
        let before = Err(OmmerFault::IncludedBefore { number: 12 });
        let alone = with(std::slice::from_ref(&one));
        assert_eq!(check(&[&one], &[&oldest, &elder, &alone]), before);
        assert_eq!(check(&[&two, &one], &[&oldest, &elder, &alone]), before);
        assert_eq!(check(&[&two], &[&oldest, &elder, &alone]), Ok(()), "another one");
        for both in [[one.clone(), two.clone()], [two.clone(), one.clone()]] {
            assert_eq!(check(&[&one, &two], &[&oldest, &elder, &with(&both)]), before);
        }
    }

    #[test]
    fn an_ommer_is_of_one_of_six_generations_and_a_stranger_to_none() {
        let empty = alloy_consensus::EMPTY_OMMER_ROOT_HASH;
        let oldest = Header {
            number: 10,
            gas_limit: 5_000,
            difficulty: alloy_primitives::U256::from(1_000_000),
            ..Header::default()
        };
        let parent = child(&oldest, b"parent", empty);
        let ommer = child(&oldest, b"ommer", empty);
        assert_eq!(check(&[&ommer], &[&oldest, &parent]), Ok(()));
        assert_eq!(
            check(&[&ommer, &ommer], &[&oldest, &parent]),
            Err(OmmerFault::Twice)
        );
        assert_eq!(check(&[&parent], &[&oldest, &parent]), Err(OmmerFault::Ancestor));
        let number = |number| Header {
            number,
            ..ommer.clone()
        };
        let mismatch = |expected, got| Mismatch { expected, got };
        assert_eq!(
            check(&[&number(5)], &[&oldest, &parent]),
            Err(OmmerFault::TooOld(mismatch(6, 5)))
        );
        assert_eq!(
            check(&[&number(12)], &[&oldest, &parent]),
            Err(OmmerFault::TooYoung(mismatch(11, 12)))
        );
        let stranger = Header {
            parent_hash: B256::repeat_byte(1),
            ..ommer.clone()
        };
        assert_eq!(
            check(&[&stranger], &[&oldest, &parent]),
            Err(OmmerFault::Parent(Mismatch {
                expected: oldest.hash_slow(),
                got: B256::repeat_byte(1)
            }))
        );
        let broken = Header {
            gas_used: 5_001,
            ..ommer.clone()
        };
        assert!(matches!(
            check(&[&broken], &[&oldest, &parent]),
            Err(OmmerFault::Header { reason }) if matches!(*reason, InvalidReason::GasUsedAboveLimit(_))
        ));
    }
}
