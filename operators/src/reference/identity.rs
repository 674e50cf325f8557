//! Shipment identity (§3): which shipments an identifier or a set of references names.

use std::collections::{BTreeMap, BTreeSet};

use landfall_schemas::{Identifier, IdentifierKey, IdentifierType};

use super::documents::Documents;
use crate::settings::Settings;

/// What a set of references resolves to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Resolution<'a> {
    /// There are no references.
    Missing,
    /// They name no shipment.
    Unknown,
    /// They name several shipments where one is meant, a junk number, or too large a group.
    Ambiguous,
    /// They name these shipments, ordered by id; never empty.
    Shipments(Vec<&'a str>),
}

impl<'a> Resolution<'a> {
    /// T: the shipments; none unless resolved.
    pub fn shipments(&self) -> &[&'a str] {
        match self {
            Resolution::Shipments(ids) => ids,
            _ => &[],
        }
    }

    /// The only shipment of T.
    pub fn only_shipment(&self) -> Option<&'a str> {
        match self.shipments() {
            [only] => Some(only),
            _ => None,
        }
    }

    /// Why T is empty, if it is.
    pub fn failure(&self) -> Option<&'static str> {
        match self {
            Resolution::Missing => Some("missing_reference"),
            Resolution::Unknown => Some("unknown_reference"),
            Resolution::Ambiguous => Some("ambiguous_reference"),
            Resolution::Shipments(_) => None,
        }
    }
}

/// Identifiers that paths of links join.
struct Component {
    identifiers: Vec<IdentifierKey>,
}

/// The names of shipments.
pub(crate) struct Identity<'a> {
    components: Vec<Component>,
    /// The component of every identifier that a link names.
    component_of: BTreeMap<IdentifierKey, usize>,
    /// The shipments that claim an identifier.
    claimants: BTreeMap<IdentifierKey, BTreeSet<&'a str>>,
    /// The identifiers that a shipment claims.
    claims: BTreeMap<&'a str, Vec<IdentifierKey>>,
    max_component: usize,
    max_group: usize,
}

impl<'a> Identity<'a> {
    /// The names that shipments and links in force make.
    pub fn new(documents: &Documents<'a>, settings: &Settings) -> Identity<'a> {
        let (components, component_of) = components(documents);
        let claims: BTreeMap<&str, Vec<IdentifierKey>> =
            documents.live_shipments().map(|doc| (doc.data.shipment_id.as_str(), claims(doc.data))).collect();
        let mut claimants: BTreeMap<IdentifierKey, BTreeSet<&'a str>> = BTreeMap::new();
        for (shipment, identifiers) in &claims {
            for identifier in identifiers {
                claimants.entry(identifier.clone()).or_default().insert(shipment);
            }
        }
        let Settings { max_component, max_group, .. } = *settings;
        Identity { components, component_of, claimants, claims, max_component, max_group }
    }

    fn is_name(&self, component: &Component) -> bool {
        component.identifiers.len() <= self.max_component
    }

    fn component(&self, identifier: &IdentifierKey) -> Option<&Component> {
        self.component_of.get(identifier).map(|index| &self.components[*index])
    }

    fn claimants<'s>(&'s self, identifiers: &'s [IdentifierKey]) -> impl Iterator<Item = &'a str> + 's {
        identifiers.iter().filter_map(|identifier| self.claimants.get(identifier)).flatten().copied()
    }

    /// The shipments that claim any identifier of the component of this one, however large it is.
    pub fn shipments_touching(&self, identifier: &IdentifierKey) -> BTreeSet<&'a str> {
        match self.component(identifier) {
            Some(component) => self.claimants(&component.identifiers).collect(),
            None => self.claimants(std::slice::from_ref(identifier)).collect(),
        }
    }

    /// What these references name.
    pub fn resolve(&self, refs: &[Identifier]) -> Resolution<'a> {
        if refs.is_empty() {
            return Resolution::Missing;
        }
        let (identities, groups): (Vec<_>, Vec<_>) =
            refs.iter().map(Identifier::key).partition(|key| key.kind.names_one_shipment());
        if identities.iter().filter_map(|key| self.component(key)).any(|component| !self.is_name(component)) {
            return Resolution::Ambiguous;
        }
        let named: BTreeSet<&str> = identities.iter().flat_map(|key| self.shipments_touching(key)).collect();
        match named.len() {
            0 => {}
            1 => return Resolution::Shipments(named.into_iter().collect()),
            _ => return Resolution::Ambiguous,
        }
        let sharing: BTreeSet<&str> = groups.iter().flat_map(|key| self.shipments_touching(key)).collect();
        if sharing.is_empty() {
            Resolution::Unknown
        } else if sharing.len() > self.max_group {
            Resolution::Ambiguous
        } else {
            Resolution::Shipments(sharing.into_iter().collect())
        }
    }

    /// Whether the shipment claims a tracking number, or one is linked to what it claims.
    pub fn has_tracking(&self, shipment: &str) -> bool {
        let is_tracking = |key: &IdentifierKey| key.kind == IdentifierType::Tracking;
        self.claims.get(shipment).into_iter().flatten().any(|claimed| {
            is_tracking(claimed)
                || self
                    .component(claimed)
                    .is_some_and(|component| self.is_name(component) && component.identifiers.iter().any(is_tracking))
        })
    }
}

/// The identifiers that a shipment document claims; ids without letters and digits are no identifiers.
fn claims(shipment: &landfall_schemas::event::Shipment) -> Vec<IdentifierKey> {
    let own = IdentifierKey::new(IdentifierType::Shipment, &shipment.shipment_id);
    let listed = shipment.identifiers.iter().map(Identifier::key);
    let orders = shipment.contents.iter().filter_map(|row| IdentifierKey::new(IdentifierType::Order, &row.order_id));
    own.into_iter().chain(listed).chain(orders).collect()
}

/// The connected components of the graph of links in force.
fn components(documents: &Documents<'_>) -> (Vec<Component>, BTreeMap<IdentifierKey, usize>) {
    let mut neighbours: BTreeMap<IdentifierKey, Vec<IdentifierKey>> = BTreeMap::new();
    for link in &documents.links {
        let (a, b) = (link.data.a.key(), link.data.b.key());
        neighbours.entry(a.clone()).or_default().push(b.clone());
        neighbours.entry(b).or_default().push(a);
    }
    let mut components: Vec<Component> = Vec::new();
    let mut component_of: BTreeMap<IdentifierKey, usize> = BTreeMap::new();
    for start in neighbours.keys() {
        if component_of.contains_key(start) {
            continue;
        }
        let index = components.len();
        component_of.insert(start.clone(), index);
        let mut identifiers = vec![start.clone()];
        let mut next = 0;
        while next < identifiers.len() {
            for neighbour in &neighbours[&identifiers[next]] {
                if !component_of.contains_key(neighbour) {
                    component_of.insert(neighbour.clone(), index);
                    identifiers.push(neighbour.clone());
                }
            }
            next += 1;
        }
        components.push(Component { identifiers });
    }
    (components, component_of)
}
