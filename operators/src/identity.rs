//! Who is meant: references to shipments, met with the identifiers that shipments claim (§3).

use std::sync::Arc;

use differential_dataflow::VecCollection;
use differential_dataflow::collection::concatenate;
use landfall_schemas::event::{Declaration, Invoice, Link, Milestone, Shipment};
use landfall_schemas::{Identifier, IdentifierKey, IdentifierType, Text};
use serde::{Deserialize, Serialize};

use crate::Tick;
use crate::document::Doc;
use crate::inputs::{BaseCollections, Docs};
use crate::operator::ambient::Ambient;
use crate::operator::components::components;
use crate::operator::resolve::{NameFact, NameFinding, resolve};
use crate::operator::variants::fan_out;
use crate::rows::{ExceptionRow, TimelineRow};
use crate::stage::declarations::{self, DeclarationFact};
use crate::stage::invoices::{self, InvoiceFact};
use crate::stage::progress::ProgressFact;
use crate::stage::target::Target;
use crate::views::exceptions::unresolved_milestone;
use crate::views::shipment_timeline;

/// Who refers to a name: a document, and by which of its distinct identifiers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Referrer {
    /// A milestone event; it has one.
    Milestone(Doc<Milestone>),
    /// A declaration.
    Declaration(Doc<Declaration>, u32),
    /// An invoice, in its header or its lines.
    Invoice(Doc<Invoice>, u32),
}

/// What references stand for.
pub struct Identity<'scope> {
    /// Milestone events at their shipments, and shipments that are linked to a tracking number, once per way.
    pub progress: VecCollection<'scope, Tick, (Text, ProgressFact)>,
    /// What the timelines of shipments say about milestone events.
    pub timeline: VecCollection<'scope, Tick, TimelineRow>,
    /// Milestone events that stand for no shipment.
    pub unresolved: VecCollection<'scope, Tick, Arc<ExceptionRow>>,
    /// What identifiers of declarations stand for.
    pub declarations: VecCollection<'scope, Tick, (Text, DeclarationFact)>,
    /// What identifiers of invoices stand for.
    pub invoices: VecCollection<'scope, Tick, ((Text, Text), InvoiceFact)>,
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
    let linked =
        component_of.clone().map(|(identifier, component)| (identifier, NameFact::Linked(Box::new(component))));
    let facts = concatenate(claims.scope(), [claims, references(base), linked]);
    let (resolved, forwarded) = fan_out!(
        "NameFindings",
        resolve(facts, settings.max_group, ambient.gauge("Names"), "Names"),
        [resolved: NameFinding<Referrer>, forwarded: (IdentifierKey, NameFact<Referrer>)],
        |(finding, tick, diff)| match finding {
            NameFinding::Forwarded(fact) => forwarded.give((*fact, tick, diff)),
            other => resolved.give((other, tick, diff)),
        }
    );

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
    let links = linked_shipments(base.links.clone(), component_of, forwarded);
    by_referrer(resolved.concat(components), links)
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
        let keys = declarations::identifiers_of(&declaration.data);
        let references = keys.into_iter().zip(0..);
        references
            .map(move |(key, index)| (key, NameFact::Reference(Referrer::Declaration(declaration.clone(), index))))
    });
    let invoices = base.invoices.clone().flat_map(|invoice| {
        let references = invoices::identifiers_of(&invoice.data).into_iter().zip(0..);
        references.map(move |(key, index)| (key, NameFact::Reference(Referrer::Invoice(invoice.clone(), index))))
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

/// Brings what references stand for to those who want to know.
#[inline]
fn by_referrer<'scope>(
    resolved: VecCollection<'scope, Tick, NameFinding<Referrer>>,
    links: VecCollection<'scope, Tick, (Text, Doc<Link>)>,
) -> Identity<'scope> {
    let (progress, timeline, unresolved, declarations, invoices) = fan_out!(
        "References",
        resolved,
        [
            progress: (Text, ProgressFact),
            timeline: TimelineRow,
            unresolved: Arc<ExceptionRow>,
            declarations: (Text, DeclarationFact),
            invoices: ((Text, Text), InvoiceFact)
        ],
        |(finding, tick, diff)| match finding {
            NameFinding::Resolved(Referrer::Milestone(milestone), resolution) => {
                let target = Target::of_one(&resolution);
                if let Some(row) = unresolved_milestone::exception(&milestone, &target) {
                    unresolved.give((Arc::new(row), tick, diff));
                }
                for shipment in target.shipments() {
                    timeline.give((shipment_timeline::of_milestone(shipment, &milestone), tick, diff));
                    let fact = ProgressFact::Milestone(milestone.clone(), target.only().is_some());
                    progress.give(((shipment.clone(), fact), tick, diff));
                }
            }
            NameFinding::Resolved(Referrer::Declaration(declaration, index), resolution) => {
                let key = declarations::identifiers_of(&declaration.data).swap_remove(index as usize);
                let fact = DeclarationFact::Resolved(Box::new((key, resolution)));
                declarations.give(((declaration.data.declaration_id.clone(), fact), tick, diff));
            }
            NameFinding::Resolved(Referrer::Invoice(invoice, index), resolution) => {
                let key = invoices::identifiers_of(&invoice.data).swap_remove(index as usize);
                let number = (invoice.data.issuer.clone(), invoice.data.invoice_no.clone());
                invoices.give(((number, InvoiceFact::Resolved(Box::new((key, resolution)))), tick, diff));
            }
            NameFinding::Tracked(shipment) => progress.give(((shipment, ProgressFact::Tracked), tick, diff)),
            NameFinding::Forwarded(_) => unreachable!("a component's name is not linked"),
        }
    );
    Identity { progress, timeline, unresolved, declarations, invoices, links }
}
