//! In which parts a checkpoint comes back.
//!
//! A dossier is evaluated for every part that says something about it, and what only lacks its other half fills views for
//! nothing. So a large checkpoint is cut into parts of shipments with what speaks of them, as far as one look at the names
//! tells: each dossier is then evaluated about once, and what a part touches lies together in memory. The guess need not be
//! right: the views are a function of the documents, in whatever parts they come.

use std::hash::{BuildHasher, Hash};

use hashbrown::hash_map::Entry;
use hashbrown::{DefaultHashBuilder, HashMap};
use landfall_schemas::event::DocumentType;
use landfall_schemas::{IdentifierKey, IdentifierType, Text};

use super::upsert::Saved;
use crate::document::AnyDoc;
use crate::identity::claimed_by;
use crate::stage::{declarations, invoices};

/// Cuts a checkpoint into parts of about `entries_max` entries; one part where there are no more.
pub fn parts(saved: Vec<Saved>, entries_max: usize) -> Vec<Vec<Saved>> {
    let count = saved.len().div_ceil(entries_max.max(1));
    if count < 2 {
        return vec![saved];
    }
    let places = Places::of(&saved, count);
    let mut parts: Vec<Vec<Saved>> = (0..count).map(|_| Vec::with_capacity(saved.len() / count)).collect();
    let total = saved.len();
    for (index, saved) in saved.into_iter().enumerate() {
        // What speaks of nothing known is spread.
        let part = document(&saved).and_then(|document| places.part(document)).unwrap_or(index * count / total);
        parts[part].push(saved);
    }
    parts
}

/// Names and declarations with the part that they are in.
#[derive(Default)]
struct Places {
    hasher: DefaultHashBuilder,
    parts: HashMap<u64, usize>,
}

impl Places {
    /// Shipments are dealt out evenly in their order; links and declarations go where the names in them are.
    fn of(saved: &[Saved], count: usize) -> Places {
        let mut places = Places::default();
        let documents = || saved.iter().filter_map(document);
        let shipments = documents().filter(|document| document.document_type() == DocumentType::Shipment).count();
        let mut index = 0;
        for document in documents() {
            if let AnyDoc::Shipment(shipment) = document {
                claimed_by(&shipment.data).iter().for_each(|name| places.put(name, index * count / shipments));
                index += 1;
            }
        }
        for document in documents() {
            match document {
                AnyDoc::Link(link) => {
                    if let Some(part) = places.part(document) {
                        places.put(&link.data.a.key(), part);
                        places.put(&link.data.b.key(), part);
                    }
                }
                AnyDoc::Declaration(declaration) => {
                    if let Some(part) = places.part(document) {
                        places.put(&declaration.data.declaration_id, part);
                    }
                }
                _ => {}
            }
        }
        places
    }

    /// Notes where a name is; the first who says so counts.
    fn put<K: Hash>(&mut self, name: &K, part: usize) {
        if let Entry::Vacant(vacant) = self.parts.entry(self.hasher.hash_one(name)) {
            vacant.insert(part);
        }
    }

    fn get<K: Hash>(&self, name: &K) -> Option<usize> {
        self.parts.get(&self.hasher.hash_one(name)).copied()
    }

    fn named(&self, kind: IdentifierType, value: &Text) -> Option<usize> {
        self.get(&IdentifierKey::new(kind, value)?)
    }

    fn first(&self, names: &[IdentifierKey]) -> Option<usize> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Where what a document speaks of is.
    fn part(&self, document: &AnyDoc) -> Option<usize> {
        let shipment = |id: &Text| self.named(IdentifierType::Shipment, id);
        let order = |id: &Text| self.named(IdentifierType::Order, id);
        match document {
            AnyDoc::Shipment(shipment_doc) => shipment(&shipment_doc.data.shipment_id),
            AnyDoc::Order(doc) => order(&doc.data.order_id),
            AnyDoc::Receipt(doc) => {
                doc.data.shipment_id.as_ref().and_then(shipment).or_else(|| order(&doc.data.order_id))
            }
            AnyDoc::Posting(doc) => {
                let declaration = || self.get(doc.data.declaration_id.as_ref()?);
                let by_order = || doc.data.order_id.as_ref().and_then(order);
                doc.data.shipment_id.as_ref().and_then(shipment).or_else(declaration).or_else(by_order)
            }
            AnyDoc::Milestone(doc) => self.get(&doc.data.reference.key()),
            AnyDoc::Link(doc) => self.get(&doc.data.a.key()).or_else(|| self.get(&doc.data.b.key())),
            AnyDoc::Declaration(doc) => {
                let by_order = || doc.data.lines.iter().find_map(|line| line.order_id.as_ref().and_then(order));
                self.first(&declarations::identifiers_of(&doc.data)).or_else(by_order)
            }
            AnyDoc::CustomsStatus(doc) => self.get(&doc.data.declaration_id),
            AnyDoc::Invoice(doc) => self.first(&invoices::identifiers_of(&doc.data)),
            // Few, and everything asks them.
            AnyDoc::FxRate(_) | AnyDoc::ChargeCode(_) | AnyDoc::Tolerance(_) | AnyDoc::Sla(_) | AnyDoc::Partner(_) => {
                Some(0)
            }
        }
    }
}

fn document(saved: &Saved) -> Option<&AnyDoc> {
    match saved {
        Saved::Winner(winner) => winner.state().document(),
        Saved::Held(..) | Saved::Superseded(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use landfall_schemas::format::json;
    use landfall_schemas::{Origin, RecordId};

    use super::super::winner::Winner;
    use super::*;

    fn saved(kind: &str, id: &str, data: &str) -> Saved {
        let line = format!(
            r#"{{"event_id":"{id}","type":"{kind}","source":"s","occurred_at":"2026-01-01T00:00:00Z","data":{{{data}}}}}"#
        );
        let event = json::decode(line.as_bytes()).expect("an event");
        Saved::Winner(Winner::new(RecordId { origin: Origin::named("test"), partition: 0, offset: 0 }, event))
    }

    fn shipment(id: &str, tracking: &str) -> Saved {
        let data = format!(
            r#""shipment_id":"{id}","carrier":"C","mode":"road","region":"EU","status":"active","identifiers":[{{"type":"tracking","value":"{tracking}"}}]"#
        );
        saved("shipment", id, &data)
    }

    fn milestone(id: &str, tracking: &str) -> Saved {
        let data = format!(
            r#""milestone_id":"{id}","ref":{{"type":"tracking","value":"{tracking}"}},"milestone":"delivered","classifier":"actual","at":"2026-01-02T00:00:00Z""#
        );
        saved("milestone", id, &data)
    }

    #[test]
    fn few_entries_are_one_part() {
        let entries = vec![shipment("S1", "T1"), milestone("M1", "T1")];
        assert_eq!(parts(entries.clone(), 2), [entries]);
        assert_eq!(parts(Vec::new(), 2), [Vec::new()]);
    }

    #[test]
    fn what_speaks_of_a_shipment_is_in_its_part_and_nothing_is_lost() {
        let link = saved(
            "link",
            "L1",
            r#""link_id":"L1","a":{"type":"tracking","value":"T2"},"b":{"type":"pro","value":"P2"}"#,
        );
        let by_pro = saved(
            "milestone",
            "M4",
            r#""milestone_id":"M4","ref":{"type":"pro","value":"P2"},"milestone":"delivered","classifier":"actual","at":"2026-01-02T00:00:00Z""#,
        );
        let rate = saved("fx_rate", "F1", r#""date":"2026-01-01","base":"EUR","quote":"USD","rate":"1.1""#);
        let entries = vec![
            milestone("M1", "T2"),
            by_pro.clone(),
            milestone("M2", "T1"),
            milestone("M3", "T2"),
            shipment("S1", "T1"),
            shipment("S2", "T2"),
            link.clone(),
            rate.clone(),
        ];
        let first = vec![milestone("M2", "T1"), shipment("S1", "T1"), rate];
        let second = vec![milestone("M1", "T2"), by_pro, milestone("M3", "T2"), shipment("S2", "T2"), link];
        assert_eq!(parts(entries, 4), [first, second]);
    }
}
