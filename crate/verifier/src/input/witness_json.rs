//! A witness as `debug_executionWitness` gives it, in the three dialects of its servers.
//!
//! | | `state`, `codes` | `headers` | `keys` |
//! | --- | --- | --- | --- |
//! | reth | lists of hex | list of RLP as hex | list |
//! | older reth | maps from hash to hex | list of RLP as hex, or absent | map |
//! | geth | lists of hex | list of JSON objects | list, `null` or absent |
//!
//! The hashes of the maps and the `keys` are claims and hints; neither is read.
//!
//! Invariant: one pass, items decoded straight from the borrowed text; each is admitted before it is stored.

use super::block_json::is_gapless;
use super::intake::Intake;
use super::{InputError, Part, Witness, envelope, hex, witness_rlp};
use crate::limits::List;
use crate::{Error, WitnessDialect};
use alloy_consensus::Header;
use alloy_primitives::Bytes;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::value::RawValue;
use std::fmt;

/// Decodes one witness from JSON: an object, a string of RLP as hex, or either in a JSON-RPC response.
pub(super) fn decode(json: &[u8], intake: &Intake<'_>) -> Result<(Witness, WitnessDialect), Error> {
    let mut reader = serde_json::Deserializer::from_slice(json);
    WitnessSeed { intake }
        .deserialize(&mut reader)
        .and_then(|witness| reader.end().map(|()| witness))
        .map_err(|error| intake.explain(Part::Witness, &error))
}

/// Reads a witness where JSON has one.
pub(super) struct WitnessSeed<'a> {
    pub(super) intake: &'a Intake<'a>,
}

impl<'de> DeserializeSeed<'de> for WitnessSeed<'_> {
    type Value = (Witness, WitnessDialect);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        let mut draft = Draft::default();
        Slot {
            draft: &mut draft,
            intake: self.intake,
            opened: false,
        }
        .deserialize(deserializer)?;
        draft.finish().map_err(|error| self.intake.refuse(error))
    }
}

/// What of a witness has been read.
#[derive(Default)]
struct Draft {
    rlp: Option<Witness>,
    state: Option<Vec<Bytes>>,
    codes: Option<Vec<Bytes>>,
    headers: Option<Vec<Bytes>>,
    saw_map: bool,
    saw_header_object: bool,
}

impl Draft {
    fn list(&mut self, list: List) -> &mut Option<Vec<Bytes>> {
        match list {
            List::Nodes => &mut self.state,
            List::Codes => &mut self.codes,
            List::Headers => &mut self.headers,
        }
    }

    fn finish(self) -> Result<(Witness, WitnessDialect), InputError> {
        if let Some(witness) = self.rlp {
            return Ok((witness, WitnessDialect::Rlp));
        }
        let state = self.state.ok_or(InputError::MissingField {
            part: Part::Witness,
            field: "state",
        })?;
        let dialect = match (self.saw_map, self.saw_header_object) {
            (true, _) => WitnessDialect::RethMaps,
            (false, true) => WitnessDialect::Geth,
            (false, false) => WitnessDialect::RethLists,
        };
        let witness = Witness {
            state,
            codes: self.codes.unwrap_or_default(),
            headers: self.headers.unwrap_or_default(),
        };
        Ok((witness, dialect))
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Member {
    State,
    Codes,
    Headers,
    Result,
    Error,
    #[serde(other)]
    Other,
}

/// Reads a witness, or the response around one, into the draft.
struct Slot<'a> {
    draft: &'a mut Draft,
    intake: &'a Intake<'a>,
    /// Whether this is the `result` of a response: those are not opened again.
    opened: bool,
}

impl<'de> DeserializeSeed<'de> for Slot<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Slot<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a witness: an object, or a string of hex")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<(), E> {
        let witness =
            witness_rlp::decode_hex(text, self.intake).map_err(|error| self.intake.refuse(error))?;
        self.draft.rlp = Some(witness);
        Ok(())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<(), E> {
        let part = Part::Witness;
        Err(self.intake.refuse(if self.opened {
            InputError::RpcNull { part }
        } else {
            InputError::Empty { part }
        }))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(member) = map.next_key::<Member>()? {
            let list = match member {
                Member::State => List::Nodes,
                Member::Codes => List::Codes,
                Member::Headers => List::Headers,
                Member::Result if !self.opened => {
                    map.next_value_seed(Slot {
                        draft: self.draft,
                        intake: self.intake,
                        opened: true,
                    })?;
                    continue;
                }
                Member::Error if !self.opened => {
                    let raw = map.next_value::<&RawValue>()?;
                    if let Some(error) = envelope::server_error(raw, Part::Witness) {
                        return Err(self.intake.refuse(error));
                    }
                    continue;
                }
                Member::Result | Member::Error | Member::Other => {
                    map.next_value::<IgnoredAny>()?;
                    continue;
                }
            };
            if self.draft.list(list).is_some() {
                let field = list.field();
                return Err(self.intake.refuse(InputError::DuplicateField {
                    part: Part::Witness,
                    field,
                }));
            }
            let items = map.next_value_seed(ListSeed {
                list,
                room: hex::Room::default(),
                draft: self.draft,
                intake: self.intake,
            })?;
            *self.draft.list(list) = Some(items);
        }
        Ok(())
    }
}

/// Reads one list, or the map an older reth gives in its place.
struct ListSeed<'a> {
    list: List,
    room: hex::Room,
    draft: &'a mut Draft,
    intake: &'a Intake<'a>,
}

impl<'de> DeserializeSeed<'de> for ListSeed<'_> {
    type Value = Vec<Bytes>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<Bytes>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl ListSeed<'_> {
    fn item(&mut self, index: usize) -> Item<'_> {
        Item {
            list: self.list,
            index,
            room: &mut self.room,
            saw_header_object: &mut self.draft.saw_header_object,
            intake: self.intake,
        }
    }
}

impl<'de> Visitor<'de> for ListSeed<'_> {
    type Value = Vec<Bytes>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or a map from hash to bytes")
    }

    /// geth writes an empty list as `null`.
    fn visit_unit<E: serde::de::Error>(self) -> Result<Vec<Bytes>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Vec<Bytes>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(self.item(items.len()))? {
            items.push(item);
        }
        Ok(items)
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Vec<Bytes>, A::Error> {
        self.draft.saw_map = true;
        let mut items = Vec::new();
        while map.next_key::<IgnoredAny>()?.is_some() {
            items.push(map.next_value_seed(self.item(items.len()))?);
        }
        Ok(items)
    }
}

/// Reads one item: hex, or for headers a JSON object.
struct Item<'a> {
    list: List,
    index: usize,
    room: &'a mut hex::Room,
    saw_header_object: &'a mut bool,
    intake: &'a Intake<'a>,
}

impl<'de> DeserializeSeed<'de> for Item<'_> {
    type Value = Bytes;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Bytes, D::Error> {
        if self.list == List::Headers {
            deserializer.deserialize_any(self)
        } else {
            deserializer.deserialize_str(self)
        }
    }
}

impl<'de> Visitor<'de> for Item<'_> {
    type Value = Bytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.list == List::Headers {
            "hex or a header object"
        } else {
            "hex"
        })
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Bytes, E> {
        self.intake.read(text.len());
        let admitted = self
            .intake
            .admit_item(self.list, self.index, hex::byte_count(text));
        admitted
            .and_then(|()| {
                let (part, index) = (self.list.part(), Some(self.index as u64));
                Ok(self.room.decode(text, part, index)?)
            })
            .map_err(|error| self.intake.refuse(error))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Bytes, A::Error> {
        *self.saw_header_object = true;
        let header = Header::deserialize(MapAccessDeserializer::new(map))?;
        if !is_gapless(&header) {
            let gap = InputError::HeaderGap {
                part: Part::Header,
                index: Some(self.index as u64),
            };
            return Err(self.intake.refuse(gap));
        }
        let rlp = alloy_rlp::encode(&header);
        self.intake
            .admit_item(self.list, self.index, rlp.len())
            .map_err(|error| self.intake.refuse(error))?;
        self.intake.read(rlp.len());
        Ok(rlp.into())
    }
}
