//! Who is meant: references to shipments, met with the identifiers that shipments claim (§3).

use differential_dataflow::VecCollection;
use differential_dataflow::collection::concatenate;
use landfall_schemas::event::{Link, Milestone, Shipment};
use landfall_schemas::{Identifier, IdentifierKey, IdentifierType, Text};
use serde::{Deserialize, Serialize};

use crate::Tick;
use crate::document::Doc;
use crate::inputs::{BaseCollections, Docs};
use crate::operator::ambient::Ambient;
use crate::operator::components::components;
use crate::operator::resolve::{NameFact, NameFinding, Resolution, resolve};
use crate::operator::variants::by_variant;
use crate::stage::target::Target;
use crate::stage::{declarations, invoices};

/// Who refers to a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Referrer {
    /// A milestone event.
    Milestone(Doc<Milestone>),
    /// A declaration number, by this identifier.
    Declaration(Box<(Text, IdentifierKey)>),
    /// An invoice number of an issuer, by this identifier.
    Invoice(Box<((Text, Text), IdentifierKey)>),
}

/// What references stand for.
pub struct Identity<'scope> {
    /// Milestone events and their shipments.
    pub milestones: VecCollection<'scope, Tick, (Doc<Milestone>, Target)>,
    /// Identifiers that declaration numbers refer to.
    pub declarations: VecCollection<'scope, Tick, (Text, (IdentifierKey, Resolution))>,
    /// Identifiers that invoice numbers refer to.
    pub invoices: VecCollection<'scope, Tick, ((Text, Text), (IdentifierKey, Resolution))>,
    /// Shipments that are linked to a tracking number, once per way.
    pub tracked: VecCollection<'scope, Tick, Text>,
    /// Shipments and the links that join identifiers of a component they claim.
    pub links: VecCollection<'scope, Tick, (Text, Doc<Link>)>,
}

type NameFacts<'scope> = VecCollection<'scope, Tick, (IdentifierKey, NameFact<Referrer>)>;

/// Resolves every reference.
#[inline]
pub fn identity<'scope>(
    base: &BaseCollections<'scope>,
    live_shipments: Docs<'scope, Shipment>,
    ambient: &Ambient<'scope>,
) -> Identity<'scope> {
    let settings = ambient.settings();
    let claims = live_shipments.flat_map(|shipment| {
        let shipment_id = shipment.data.shipment_id.clone();
        claimed_by(&shipment.data).into_iter().map(move |key| (key, NameFact::Claim(shipment_id.clone())))
    });
    let component_of = components(base.links.clone().map(|link| (link.data.a.key(), link.data.b.key())));
    let linked = component_of.clone().map(|(identifier, component)| (identifier, NameFact::Linked(component)));
    let facts = concatenate(claims.scope(), [claims, references(base), linked]);
    let names = resolve(facts, settings.max_group, ambient.gauge("Names"), "Names");
    let [resolved, forwarded, _] = by_variant(names, variant_of);
    let forwarded = forwarded.flat_map(|finding| match finding {
        NameFinding::Forwarded(component, fact) => Some((component, fact)),
        _ => None,
    });

    let max_component = isize::try_from(settings.max_component).unwrap_or(isize::MAX);
    let junk = component_of
        .clone()
        .map(|(_, component)| component)
        .count()
        .filter(move |(_, size)| *size > max_component)
        .map(|(component, _)| (component, NameFact::Junk));
    let tracking = component_of
        .clone()
        .filter(|(identifier, _)| identifier.kind == IdentifierType::Tracking)
        .map(|(_, component)| (component, NameFact::Tracking));
    let at_components = concatenate(forwarded.scope(), [forwarded.clone(), junk, tracking]);
    let components = resolve(at_components, settings.max_group, ambient.gauge("ComponentNames"), "ComponentNames");
    let [resolved_linked, _, tracked] = by_variant(components, variant_of);

    let links = linked_shipments(base.links.clone(), component_of, forwarded);
    let tracked = tracked.flat_map(|finding| match finding {
        NameFinding::Tracked(shipment) => Some(shipment),
        _ => None,
    });
    by_referrer(resolved.concat(resolved_linked), tracked, links)
}

fn variant_of(finding: &NameFinding<Referrer>) -> usize {
    match finding {
        NameFinding::Resolved(..) => 0,
        NameFinding::Forwarded(..) => 1,
        NameFinding::Tracked(_) => 2,
    }
}

/// The names a shipment claims: its own id, every identifier it lists, every order in its contents.
fn claimed_by(shipment: &Shipment) -> Vec<IdentifierKey> {
    let own = IdentifierKey::new(IdentifierType::Shipment, &shipment.shipment_id);
    let orders = shipment.contents.iter().filter_map(|line| IdentifierKey::new(IdentifierType::Order, &line.order_id));
    let mut keys: Vec<IdentifierKey> =
        own.into_iter().chain(shipment.identifiers.iter().map(Identifier::key)).chain(orders).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Every reference, at the name it refers to.
#[inline]
fn references<'scope>(base: &BaseCollections<'scope>) -> NameFacts<'scope> {
    let milestones = base
        .milestones
        .clone()
        .map(|milestone| (milestone.data.reference.key(), NameFact::Reference(Referrer::Milestone(milestone))));
    let declarations = base.declarations.clone().flat_map(|declaration| {
        let id = declaration.data.declaration_id.clone();
        declarations::identifiers_of(&declaration.data)
            .into_iter()
            .map(move |key| (key.clone(), NameFact::Reference(Referrer::Declaration(Box::new((id.clone(), key))))))
    });
    let invoices = base.invoices.clone().flat_map(|invoice| {
        let number = (invoice.data.issuer.clone(), invoice.data.invoice_no.clone());
        invoices::identifiers_of(&invoice.data)
            .into_iter()
            .map(move |key| (key.clone(), NameFact::Reference(Referrer::Invoice(Box::new((number.clone(), key))))))
    });
    concatenate(milestones.scope(), [milestones, declarations, invoices])
}

/// Each shipment with the links of the components it claims; also of those too large to be names.
#[inline]
fn linked_shipments<'scope>(
    links: Docs<'scope, Link>,
    component_of: VecCollection<'scope, Tick, (IdentifierKey, IdentifierKey)>,
    forwarded: NameFacts<'scope>,
) -> VecCollection<'scope, Tick, (Text, Doc<Link>)> {
    let links_by_component = links
        .map(|link| (link.data.a.key(), link))
        .join_map(component_of, |_identifier, link, component| (component.clone(), link.clone()));
    let shipments_by_component = forwarded.flat_map(|(component, fact)| match fact {
        NameFact::Claim(shipment) => Some((component, shipment)),
        _ => None,
    });
    links_by_component
        .join_map(shipments_by_component, |_component, link, shipment| (shipment.clone(), link.clone()))
        .distinct()
}

#[inline]
fn by_referrer<'scope>(
    resolved: VecCollection<'scope, Tick, NameFinding<Referrer>>,
    tracked: VecCollection<'scope, Tick, Text>,
    links: VecCollection<'scope, Tick, (Text, Doc<Link>)>,
) -> Identity<'scope> {
    let [milestones, declarations, invoices] = by_variant(resolved, |finding| match finding {
        NameFinding::Resolved(Referrer::Declaration(_), _) => 1,
        NameFinding::Resolved(Referrer::Invoice(_), _) => 2,
        _ => 0,
    });
    Identity {
        milestones: milestones.flat_map(|finding| match finding {
            NameFinding::Resolved(Referrer::Milestone(milestone), resolution) => {
                Some((milestone, Target::of_one(&resolution)))
            }
            _ => None,
        }),
        declarations: declarations.flat_map(|finding| match finding {
            NameFinding::Resolved(Referrer::Declaration(by), resolution) => Some((by.0, (by.1, resolution))),
            _ => None,
        }),
        invoices: invoices.flat_map(|finding| match finding {
            NameFinding::Resolved(Referrer::Invoice(by), resolution) => Some((by.0, (by.1, resolution))),
            _ => None,
        }),
        tracked,
        links,
    }
}
