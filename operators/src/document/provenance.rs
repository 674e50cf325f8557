//! Who said a document, when, and which record brought it: in a few bytes behind the document.
//!
//! There is one for every document in force, and rules seldom look at it. As fields it takes 72 bytes and what is behind long
//! identifiers, like this about 30.

use landfall_schemas::packed::{PackedText, Packer, Unpacker};
use landfall_schemas::{Envelope, Origin, RecordId, Timestamp};

use super::sources::SOURCES;

/// Who said a document, when, and which record brought it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Provenance<'a> {
    /// Unique within `source`.
    pub event_id: PackedText<'a>,
    /// The system that spoke.
    pub source: &'a str,
    /// Business time.
    pub occurred_at: Timestamp,
    /// When the source recorded it.
    pub recorded_at: Timestamp,
    /// Version of the document.
    pub revision: u64,
    /// The smallest record that brought the winning event.
    pub record: RecordId,
}

impl<'a> Provenance<'a> {
    /// Of an event with this envelope that a record brought.
    pub fn of(envelope: &'a Envelope, record: RecordId) -> Provenance<'a> {
        Provenance {
            event_id: envelope.event_id.as_str().into(),
            source: &envelope.source,
            occurred_at: envelope.occurred_at,
            recorded_at: envelope.recorded_at,
            revision: envelope.revision,
            record,
        }
    }

    /// The envelope of the winning event.
    pub fn envelope(&self) -> Envelope {
        Envelope {
            event_id: self.event_id.into(),
            source: self.source.into(),
            occurred_at: self.occurred_at,
            recorded_at: self.recorded_at,
            revision: self.revision,
        }
    }

    /// As bytes, equal where and only where it is, around those of the rest of a document. First comes what is numbered within
    /// this process: the origin, and the source by its number plus one, or 0 and its name.
    pub(super) fn pack(&self, packer: &mut Packer, document: &Packer) {
        packer.number(u64::from(self.record.origin.number()));
        match SOURCES.number(self.source) {
            Some(number) => packer.number(u64::from(number) + 1),
            None => {
                packer.number(0);
                packer.text(self.source);
            }
        }
        packer.number(document.bytes().len() as u64);
        packer.append(document);
        packer.text(self.event_id.as_str());
        packer.ms(self.occurred_at.0);
        packer.ms(self.recorded_at.0 - self.occurred_at.0);
        packer.number(self.revision);
        packer.number(u64::from(self.record.partition));
        packer.number(self.record.offset);
    }

    /// From the bytes that [`Provenance::pack`] made in this process.
    pub(super) fn unpack(bytes: &'a [u8]) -> Provenance<'a> {
        let mut packed = Unpacker::new(bytes);
        let origin = Origin::numbered(packed.number() as u32);
        let source = take_source(&mut packed);
        let document = packed.number() as usize;
        packed.bytes(document);
        let event_id = packed.text();
        let occurred_at = Timestamp(packed.ms());
        let recorded_at = Timestamp(occurred_at.0 + packed.ms());
        let revision = packed.number();
        let record = RecordId { origin, partition: packed.number() as u32, offset: packed.number() };
        Provenance { event_id, source, occurred_at, recorded_at, revision, record }
    }

    /// The source alone.
    pub(super) fn source(bytes: &'a [u8]) -> &'a str {
        let mut packed = Unpacker::new(bytes);
        packed.number();
        take_source(&mut packed)
    }

    /// The rest of the document.
    pub(super) fn document(bytes: &'a [u8]) -> Unpacker<'a> {
        let mut packed = Unpacker::new(bytes);
        skip_source(&mut packed);
        let length = packed.number() as usize;
        Unpacker::new(packed.bytes(length))
    }

    /// What follows origin and source: the same in every process.
    pub(super) fn common(bytes: &'a [u8]) -> &'a [u8] {
        let mut packed = Unpacker::new(bytes);
        skip_source(&mut packed);
        packed.rest()
    }
}

/// Leaves origin and source behind.
fn skip_source(packed: &mut Unpacker<'_>) {
    packed.number();
    if packed.number() == 0 {
        packed.text();
    }
}

fn take_source<'a>(packed: &mut Unpacker<'a>) -> &'a str {
    match packed.number() {
        0 => packed.text().as_str(),
        number => SOURCES.name((number - 1) as u16),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rest of a document.
    fn rest() -> Packer {
        let mut rest = Packer::default();
        rest.text("the rest");
        rest
    }

    fn packed(provenance: &Provenance<'_>) -> Packer {
        let mut packer = Packer::default();
        provenance.pack(&mut packer, &rest());
        packer
    }

    #[test]
    fn what_is_packed_comes_back() {
        let long = "long".repeat(50);
        let times = [0, 1, 999, 1000, -1, -1000, 1_772_359_200_000, 1_772_359_231_007, 253_370_764_799_999];
        let numbers = [0, 1, 127, 128, u64::from(u32::MAX), u64::MAX];
        let origins = [Origin::named("orders"), Origin::named("shipments")];
        let mut seen = std::collections::BTreeMap::new();
        for event_id in ["", "1", "ev-00000a4z", "9f1c2f0e-8f3a-4d8c-a5ce-0d6cf8a1b2c3", "Zürich", &long] {
            for source in ["", "erp:eu", "broker: München", &long] {
                for (nth, at) in times.into_iter().enumerate() {
                    let told = Provenance {
                        event_id: event_id.into(),
                        source,
                        occurred_at: Timestamp(at),
                        recorded_at: Timestamp(times[times.len() - 1 - nth]),
                        revision: numbers[nth % numbers.len()],
                        record: RecordId {
                            origin: origins[nth % 2],
                            partition: numbers[nth % 5] as u32,
                            offset: numbers[(nth + 2) % numbers.len()],
                        },
                    };
                    let packed = packed(&told);
                    assert_eq!(Provenance::unpack(packed.bytes()), told);
                    assert_eq!(Provenance::document(packed.bytes()).rest(), rest().bytes());
                    assert_eq!(Provenance::source(packed.bytes()), source);
                    assert_eq!(Provenance::of(&told.envelope(), told.record), told);
                    assert_eq!(seen.insert(packed.bytes().to_vec(), told), None);
                }
            }
        }
    }

    #[test]
    fn what_is_hashed_does_not_depend_on_numbers_of_this_process() {
        let told = Provenance {
            event_id: "ev-1".into(),
            source: "tms",
            occurred_at: Timestamp(0),
            recorded_at: Timestamp(0),
            revision: 0,
            record: RecordId { origin: Origin::named("one"), partition: 3, offset: 4 },
        };
        let elsewhere = RecordId { origin: Origin::named("another"), ..told.record };
        let other = Provenance { source: "wms", record: elsewhere, ..told };
        assert_eq!(Provenance::common(packed(&told).bytes()), Provenance::common(packed(&other).bytes()));
    }

    #[test]
    fn a_usual_one_takes_about_thirty_bytes() {
        let told = Provenance {
            event_id: "ev-00000a4z".into(),
            source: "erp:eu",
            occurred_at: "2026-03-01T10:00:00Z".parse().unwrap(),
            recorded_at: "2026-03-01T16:20:31Z".parse().unwrap(),
            revision: 2,
            record: RecordId { origin: Origin::named("orders"), partition: 3, offset: 1_234_567 },
        };
        assert!(packed(&told).bytes().len() - rest().bytes().len() <= 32);
    }
}
