//! Which shipments a name stands for (semantics §3), read from the documents of one tick.

use std::collections::BTreeSet;

use landfall_operators::document::{AnyDoc, Doc};
use landfall_schemas::event::{Link, Shipment, ShipmentStatus};
use landfall_schemas::{Identifier, IdentifierKey, IdentifierType, Text};

use super::documents::{Documents, NameKind, normalised};

/// How many names may be joined, and how many shipments a name may stand for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// More linked identifiers than this are no name any more.
    pub component_max: usize,
    /// More shipments than this are no group any more.
    pub group_max: usize,
}

/// Why a shipment has an identifier.
#[derive(Clone, Debug)]
pub enum How {
    /// The shipment document lists it.
    Claimed,
    /// This link joins it to one that is claimed, directly or through others.
    Linked(Doc<Link>),
}

/// An identifier of a shipment.
#[derive(Clone, Debug)]
pub struct KnownAs {
    /// The identifier as it was written.
    pub identifier: Identifier,
    /// Why.
    pub how: How,
}

/// The identifiers that links join, the first one included, with the link that brought each.
struct Component {
    members: Vec<(IdentifierKey, Option<(Identifier, Doc<Link>)>)>,
    /// Whether there are more than a name may have.
    is_junk: bool,
}

/// Reads identities from the documents of one tick.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    documents: &'a Documents,
    limits: Limits,
}

impl<'a> Names<'a> {
    /// Names in these documents.
    pub fn new(documents: &'a Documents, limits: Limits) -> Names<'a> {
        Names { documents, limits }
    }

    /// Breadth first along the links in force; stops once there are too many.
    fn component(&self, start: IdentifierKey) -> Component {
        let mut seen = BTreeSet::from([start.clone()]);
        let mut members = vec![(start, None)];
        let mut next = 0;
        while next < members.len() && members.len() <= self.limits.component_max {
            let at: IdentifierKey = members[next].0.clone();
            for doc in self.documents.mentioning(&at.value, NameKind::Identifier(at.kind)) {
                let AnyDoc::Link(doc) = doc else { continue };
                let link = doc.document();
                for end in [&link.a, &link.b] {
                    if seen.insert(end.key()) {
                        members.push((end.key(), Some((end.clone(), doc.clone()))));
                    }
                }
                if members.len() > self.limits.component_max {
                    break;
                }
            }
            next += 1;
        }
        let is_junk = members.len() > self.limits.component_max;
        Component { members, is_junk }
    }

    /// Adds the shipments that an identifier stands for; false when it is a junk number, which stands for none.
    fn add_shipments(&self, key: IdentifierKey, found: &mut BTreeSet<Text>) -> bool {
        let component = self.component(key);
        if component.is_junk {
            return false;
        }
        for (member, _) in &component.members {
            let documents = self.documents.mentioning(&member.value, NameKind::Identifier(member.kind));
            let ids = documents.filter_map(|doc| match doc {
                AnyDoc::Shipment(doc) if doc.data.status != ShipmentStatus::Cancelled => {
                    Some(doc.data.shipment_id.clone())
                }
                _ => None,
            });
            // One more than may be: enough to tell that there are too many.
            let room = (self.limits.group_max + 1).saturating_sub(found.len());
            found.extend(ids.take(room));
        }
        true
    }

    /// T of a set of references: the shipments; none where they are missing, unknown or ambiguous.
    pub fn resolve(&self, refs: &[Identifier]) -> BTreeSet<Text> {
        let (identities, groups): (Vec<_>, Vec<_>) =
            refs.iter().map(Identifier::key).partition(|key| key.kind.names_one_shipment());
        let mut named = BTreeSet::new();
        for key in identities {
            if !self.add_shipments(key, &mut named) {
                return BTreeSet::new();
            }
        }
        match named.len() {
            0 => {}
            1 => return named,
            _ => return BTreeSet::new(),
        }
        let mut sharing = BTreeSet::new();
        for key in groups {
            self.add_shipments(key, &mut sharing);
        }
        if sharing.len() > self.limits.group_max { BTreeSet::new() } else { sharing }
    }

    /// The shipments that somebody who writes this may mean: by any type of identifier, by the number of a declaration
    /// or of an invoice. At most one more than a group may have.
    pub fn shipments_of(&self, text: &str) -> BTreeSet<Text> {
        let name = normalised(text);
        let mut found = BTreeSet::new();
        let mut kinds: Vec<NameKind> = Vec::new();
        for mention in self.documents.mentions_from(&name).take_while(|mention| mention.name == name) {
            if kinds.last() != Some(&mention.kind) {
                kinds.push(mention.kind);
            }
        }
        for kind in kinds {
            match kind {
                NameKind::Identifier(kind) => {
                    self.add_shipments(IdentifierKey { value: name.clone(), kind }, &mut found);
                }
                NameKind::Number => self.add_numbered(&name, &mut found),
            }
        }
        found
    }

    fn add_numbered(&self, name: &str, found: &mut BTreeSet<Text>) {
        for doc in self.documents.mentioning(name, NameKind::Number) {
            match doc {
                AnyDoc::Declaration(doc) => found.extend(self.resolve(&doc.data.refs)),
                AnyDoc::Invoice(doc) => {
                    for line in &doc.data.lines {
                        let refs = if line.refs.is_empty() { &doc.data.refs } else { &line.refs };
                        found.extend(self.resolve(refs));
                    }
                }
                // An order's number is also an identifier that shipments claim by their contents.
                _ => {}
            }
            if found.len() > self.limits.group_max {
                return;
            }
        }
    }

    /// Every identifier of a shipment: those it claims, then those that links join to them.
    pub fn known_as(&self, shipment: &Shipment) -> Vec<KnownAs> {
        let own = Identifier { kind: IdentifierType::Shipment, value: shipment.shipment_id.clone() };
        let orders = shipment.contents.iter().map(|line| &line.order_id);
        let orders = orders.map(|order| Identifier { kind: IdentifierType::Order, value: order.clone() });
        let claimed = std::iter::once(own).chain(shipment.identifiers.iter().cloned()).chain(orders);
        let mut seen: BTreeSet<IdentifierKey> = BTreeSet::new();
        let mut known = Vec::new();
        for identifier in claimed {
            let key = IdentifierKey::new(identifier.kind, &identifier.value);
            if key.is_some_and(|key| seen.insert(key)) {
                known.push(KnownAs { identifier, how: How::Claimed });
            }
        }
        for key in seen.clone().into_iter().filter(|key| key.kind.names_one_shipment()) {
            let component = self.component(key);
            for (member, by) in component.members.into_iter().filter(|_| !component.is_junk) {
                if let Some((identifier, link)) = by.filter(|_| seen.insert(member)) {
                    known.push(KnownAs { identifier, how: How::Linked(link) });
                }
            }
        }
        known
    }

    /// Whether a shipment, not cancelled, has exactly this id.
    pub fn is_shipment(&self, shipment_id: &str) -> bool {
        self.documents.shipment(shipment_id).is_some_and(|doc| doc.data.status != ShipmentStatus::Cancelled)
    }
}
