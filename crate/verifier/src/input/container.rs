//! One file with block and witness: `{block, witness, blockAccessList?, chainId?, hash?, …}`, bare or in a JSON-RPC response.
//!
//! Invariant: the fields may come in any order, each at most once; fields we do not know are skipped unread.

use super::intake::Intake;
use super::{
    Input, InputError, Part, Witness, access_list, envelope,
    text::{self, DecodedBlock},
    witness_json::WitnessSeed,
};
use crate::{Dialects, Error, HashTrust, WitnessDialect};
use alloy_primitives::B256;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::fmt;

/// Decodes a file that holds block and witness.
pub(super) fn decode(bytes: &[u8], intake: &Intake<'_>) -> Result<Input, Error> {
    let mut draft = Draft::default();
    let mut reader = serde_json::Deserializer::from_slice(text::object(bytes, Part::File)?);
    Slot {
        draft: &mut draft,
        intake,
        opened: false,
    }
    .deserialize(&mut reader)
    .and_then(|()| reader.end())
    .map_err(|error| intake.explain(Part::File, &error))?;

    let missing = |field| InputError::MissingField {
        part: Part::File,
        field,
    };
    let block = draft.block.ok_or_else(|| missing("block"))?;
    let (witness, dialect) = draft.witness.ok_or_else(|| missing("witness"))?;
    let hash = match (draft.hash, block.hash) {
        (Some(file), Some(block)) if file != block => {
            return Err(InputError::HashesDiffer { file, block }.into());
        }
        (file, block) => file.or(block),
    };
    let access_list = match draft.access_list {
        Some(list) => access_list::decode_json(list, intake)?,
        None => None,
    };
    if access_list.is_some() && block.access_list.is_some() {
        return Err(duplicate("blockAccessList").into());
    }
    Ok(Input {
        block: block.block,
        witness,
        access_list: access_list.or(block.access_list),
        chain_id: draft.chain_id,
        hash: hash.map(|hash| (hash, HashTrust::GivenByFile)),
        dialects: Dialects {
            block: block.dialect,
            witness: dialect,
        },
    })
}

const fn duplicate(field: &'static str) -> InputError {
    InputError::DuplicateField {
        part: Part::File,
        field,
    }
}

/// What of a file has been read; an access list waits as text.
#[derive(Default)]
struct Draft<'de> {
    block: Option<DecodedBlock>,
    access_list: Option<&'de RawValue>,
    witness: Option<(Witness, WitnessDialect)>,
    chain_id: Option<u64>,
    hash: Option<B256>,
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    Block,
    BlockAccessList,
    Witness,
    ChainId,
    Hash,
    Result,
    Error,
    #[serde(other)]
    Other,
}

struct Slot<'a, 'de> {
    draft: &'a mut Draft<'de>,
    intake: &'a Intake<'a>,
    /// Whether this is the `result` of a response: those are not opened again.
    opened: bool,
}

impl<'de> DeserializeSeed<'de> for Slot<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl Slot<'_, '_> {
    /// Puts a value in its place, unless one is there.
    fn set<T, E: serde::de::Error>(
        intake: &Intake<'_>,
        place: &mut Option<T>,
        value: T,
        field: &'static str,
    ) -> Result<(), E> {
        if place.replace(value).is_some() {
            return Err(intake.refuse(duplicate(field)));
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Slot<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `block` and `witness`")
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        Err(self.intake.refuse(InputError::RpcNull { part: Part::File }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Slot {
            draft,
            intake,
            opened,
        } = self;
        while let Some(member) = map.next_key::<Member>()? {
            match member {
                Member::Block => {
                    let json = map.next_value::<&RawValue>()?.get();
                    if draft.block.is_some() {
                        return Err(intake.refuse(duplicate("block")));
                    }
                    let decoded =
                        text::decode_block_json(json, intake).map_err(|error| intake.refuse(error))?;
                    intake.read_block(&decoded.block, json.len());
                    draft.block = Some(decoded);
                }
                Member::BlockAccessList => {
                    let list = map.next_value::<&RawValue>()?;
                    Self::set(intake, &mut draft.access_list, list, "blockAccessList")?;
                }
                Member::Witness => {
                    if draft.witness.is_some() {
                        return Err(intake.refuse(duplicate("witness")));
                    }
                    draft.witness = Some(map.next_value_seed(WitnessSeed { intake })?);
                }
                Member::ChainId => {
                    if let Some(id) = map.next_value::<Option<ChainId>>()? {
                        Self::set(intake, &mut draft.chain_id, id.0, "chainId")?;
                    }
                }
                Member::Hash => {
                    if let Some(hash) = map.next_value::<Option<B256>>()? {
                        Self::set(intake, &mut draft.hash, hash, "hash")?;
                    }
                }
                Member::Result if !opened => {
                    map.next_value_seed(Slot {
                        draft,
                        intake,
                        opened: true,
                    })?;
                }
                Member::Error if !opened => {
                    let raw = map.next_value::<&RawValue>()?;
                    if let Some(error) = envelope::server_error(raw, Part::File) {
                        return Err(intake.refuse(error));
                    }
                }
                Member::Result | Member::Error | Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// A chain id as a number, as decimal text or as 0x-hex.
struct ChainId(u64);

impl<'de> Deserialize<'de> for ChainId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Id;
        impl Visitor<'_> for Id {
            type Value = ChainId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a chain id: a number, or text in decimal or 0x-hex")
            }

            fn visit_u64<E: serde::de::Error>(self, id: u64) -> Result<ChainId, E> {
                Ok(ChainId(id))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<ChainId, E> {
                let id = match text.strip_prefix("0x") {
                    Some(digits) => u64::from_str_radix(digits, 16),
                    None => text.parse(),
                };
                id.map(ChainId)
                    .map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
            }
        }
        deserializer.deserialize_any(Id)
    }
}
