//! In which parts a checkpoint comes back.
//!
//! A dossier is evaluated for every part that says something about it, and what only lacks its other half fills views for
//! nothing. So a large checkpoint is cut into parts of shipments with what speaks of them, as far as one look at the names
//! tells: each dossier is then evaluated about once, and what a part touches lies together in memory. The guess need not be
//! right: the views are a function of the documents, in whatever parts they come.
//!
//! All of it is done for each share of the entries on a thread of its own, for nothing else can be done before it is; but the
//! names are entered into one table, by one thread.

use std::hash::{BuildHasher, Hash};
use std::panic::resume_unwind;
use std::thread;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use landfall_schemas::{IdentifierKey, IdentifierType, Stream, Text};
use smallvec::SmallVec;

use super::upsert::Saved;
use crate::document::AnyDoc;
use crate::identity::claimed_by;
use crate::stage::{declarations, invoices};

/// Cuts a checkpoint, of which there are several shares, into parts of about `entries_max` entries; one part where there are
/// no more.
pub fn parts(shares: Vec<Vec<Saved>>, entries_max: usize) -> Vec<Vec<Saved>> {
    let total: usize = shares.iter().map(Vec::len).sum();
    let count = total.div_ceil(entries_max.max(1));
    if count < 2 {
        return vec![shares.into_iter().flatten().collect()];
    }
    let places = Places::of(&shares, count);
    let mut dealt = for_each_share(shares, |share| places.deal(share, count)).into_iter();
    let mut parts = dealt.next().unwrap_or_default();
    for share in dealt {
        parts.iter_mut().zip(share).for_each(|(part, more)| part.extend(more));
    }
    parts
}

/// Does something with each share, all at once.
fn for_each_share<S: Send, R: Send>(shares: impl IntoIterator<Item = S>, act: impl Fn(S) -> R + Sync) -> Vec<R> {
    let act = &act;
    thread::scope(|scope| {
        let threads: Vec<_> = shares.into_iter().map(|share| scope.spawn(move || act(share))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic))).collect()
    })
}

/// Hashes of names and declarations, with the part that each is in.
#[derive(Default)]
struct Places {
    names: Names,
    parts: HashTable<(u64, usize)>,
}

/// What documents of a share say that decides where others go, all by hashes.
#[derive(Default)]
struct Said {
    /// How many shipments there are, and what each of them, by its number, claims.
    shipments: usize,
    claims: Vec<(u64, usize)>,
    /// Both names of each link.
    links: Vec<Candidates>,
    /// Declarations, with what each may be found by.
    declarations: Vec<(u64, Candidates)>,
}

/// Names that a document may be found by; the first that is known counts.
type Candidates = SmallVec<[u64; 4]>;

impl Places {
    /// Shipments are dealt out evenly in their order; links and declarations go where the names in them are.
    fn of(shares: &[Vec<Saved>], count: usize) -> Places {
        let mut places = Places::default();
        let names = &places.names;
        let said = for_each_share(shares, |share| names.said(share));
        let shipments = said.iter().map(|said| said.shipments).sum::<usize>().max(1);
        places
            .parts
            .reserve(said.iter().map(|said| said.claims.len() + said.declarations.len()).sum(), |known| known.0);
        let mut first = 0;
        for share in &said {
            for (name, number) in &share.claims {
                places.put(*name, (first + number) * count / shipments);
            }
            first += share.shipments;
        }
        for names in said.iter().flat_map(|said| &said.links) {
            if let Some(part) = places.first(names) {
                names.iter().for_each(|name| places.put(*name, part));
            }
        }
        for (declaration, candidates) in said.iter().flat_map(|said| &said.declarations) {
            if let Some(part) = places.first(candidates) {
                places.put(*declaration, part);
            }
        }
        places
    }

    /// Notes where a name is; the first who says so counts.
    fn put(&mut self, name: u64, part: usize) {
        if let Entry::Vacant(vacant) = self.parts.entry(name, |known| known.0 == name, |known| known.0) {
            vacant.insert((name, part));
        }
    }

    fn first(&self, candidates: &[u64]) -> Option<usize> {
        candidates.iter().find_map(|name| self.parts.find(*name, |known| known.0 == *name)).map(|known| known.1)
    }

    /// Deals out a share to the parts. What speaks of nothing known is spread.
    fn deal(&self, share: Vec<Saved>, count: usize) -> Vec<Vec<Saved>> {
        let total = share.len();
        let mut parts: Vec<Vec<Saved>> = (0..count).map(|_| Vec::with_capacity(total / count)).collect();
        for (index, saved) in share.into_iter().enumerate() {
            let part = document(&saved).and_then(|document| match document.document_type().stream() {
                // Few, and everything asks them.
                Stream::Reference => Some(0),
                _ => self.first(&self.names.candidates(document)),
            });
            parts[part.unwrap_or(index * count / total)].push(saved);
        }
        parts
    }
}

/// Makes hashes of names.
#[derive(Default)]
struct Names(DefaultHashBuilder);

impl Names {
    fn said(&self, share: &[Saved]) -> Said {
        let mut said = Said::default();
        for document in share.iter().filter_map(document) {
            match document {
                AnyDoc::Shipment(doc) => {
                    let claims = claimed_by(doc);
                    said.claims.extend(claims.iter().map(|name| (self.hash(name), said.shipments)));
                    said.shipments += 1;
                }
                AnyDoc::Link(_) => said.links.push(self.candidates(document)),
                AnyDoc::Declaration(doc) => {
                    said.declarations.push((self.hash(&doc.data.declaration_id), self.candidates(document)));
                }
                _ => {}
            }
        }
        said
    }

    fn hash<K: Hash>(&self, name: &K) -> u64 {
        self.0.hash_one(name)
    }

    fn named(&self, kind: IdentifierType, value: &Text) -> Option<u64> {
        Some(self.hash(&IdentifierKey::new(kind, value)?))
    }

    /// By what a document that speaks of shipments may be found.
    fn candidates(&self, document: &AnyDoc) -> Candidates {
        let shipment = |id: &Text| self.named(IdentifierType::Shipment, id);
        let order = |id: &Text| self.named(IdentifierType::Order, id);
        let all = |names: Vec<IdentifierKey>| names.into_iter().map(|name| self.hash(&name)).collect();
        match document {
            AnyDoc::Shipment(doc) => shipment(&doc.data.shipment_id).into_iter().collect(),
            AnyDoc::Order(doc) => order(&doc.data.order_id).into_iter().collect(),
            AnyDoc::Receipt(doc) => {
                let receipt = doc.document();
                let by_shipment = receipt.shipment_id.as_ref().and_then(shipment);
                by_shipment.into_iter().chain(order(&receipt.order_id)).collect()
            }
            AnyDoc::Posting(doc) => {
                let posting = doc.document();
                let by_shipment = posting.shipment_id.as_ref().and_then(shipment);
                let by_declaration = posting.declaration_id.as_ref().map(|id| self.hash(id));
                let by_order = posting.order_id.as_ref().and_then(order);
                by_shipment.into_iter().chain(by_declaration).chain(by_order).collect()
            }
            AnyDoc::Milestone(doc) => std::iter::once(self.hash(&doc.parts().reference().key())).collect(),
            AnyDoc::Link(doc) => {
                let link = doc.document();
                [&link.a, &link.b].into_iter().map(|name| self.hash(&name.key())).collect()
            }
            AnyDoc::Declaration(doc) => {
                let mut candidates: Candidates = all(declarations::identifiers_of(&doc.data));
                candidates.extend(doc.data.lines.iter().filter_map(|line| order(line.order_id.as_ref()?)));
                candidates
            }
            AnyDoc::CustomsStatus(doc) => std::iter::once(self.hash(&doc.document().declaration_id)).collect(),
            AnyDoc::Invoice(doc) => all(invoices::identifiers_of(&doc.data)),
            AnyDoc::FxRate(_) | AnyDoc::ChargeCode(_) | AnyDoc::Tolerance(_) | AnyDoc::Sla(_) | AnyDoc::Partner(_) => {
                Candidates::new()
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
        assert_eq!(parts(vec![entries.clone()], 2), [entries]);
        assert_eq!(parts(Vec::new(), 2), [Vec::new()]);
        assert_eq!(parts(vec![Vec::new(), Vec::new()], 2), [Vec::new()]);
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
        let entries = [
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
        for cut in 0..=entries.len() {
            let (left, right) = entries.split_at(cut);
            assert_eq!(parts(vec![left.to_vec(), right.to_vec()], 4), [first.clone(), second.clone()]);
        }
    }
}
