//! Who is meant: references to shipments, met with the identifiers that shipments claim (§3).

use differential_dataflow::VecCollection;
use differential_dataflow::collection::concatenate;
use landfall_schemas::event::{Declaration, Invoice, Milestone, Shipment};
use landfall_schemas::{IdentifierKey, IdentifierType, Text};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use crate::Tick;
use crate::document::Doc;
use crate::inputs::{BaseCollections, Docs};
use crate::operator::ambient::Ambient;
use crate::operator::components::components;
use crate::operator::resolve::{Limits, NameFact, NameFinding, resolve};
use crate::operator::variants::fan_out;
use crate::rows::{ExceptionRow, TimelineRow, View};
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
    /// What the timelines of shipments say about milestone events, and about the links that join identifiers of a
    /// component they claim.
    pub timeline: VecCollection<'scope, Tick, Arc<TimelineRow>>,
    /// Milestone events that stand for no shipment.
    pub unresolved: VecCollection<'scope, Tick, Arc<ExceptionRow>>,
    /// What identifiers of declarations stand for.
    pub declarations: VecCollection<'scope, Tick, (Text, DeclarationFact)>,
    /// What identifiers of invoices stand for.
    pub invoices: VecCollection<'scope, Tick, ((Text, Text), InvoiceFact)>,
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
        claimed_by(&shipment).into_iter().map(move |key| (key, NameFact::Claim(shipment_id.clone())))
    });
    let component_of = components(base.links.clone().map(|link| {
        let link = link.document();
        (link.a.key(), link.b.key())
    }));
    let linked =
        component_of.clone().map(|(identifier, component)| (identifier, NameFact::Linked(Box::new(component))));
    let links = base.links.clone().map(|link| (link.document().a.key(), NameFact::Link(link)));
    let facts = concatenate(claims.scope(), [claims, references(base), linked, links]);
    let limits = Limits { max_group: settings.max_group, max_component: settings.max_component, are_components: false };
    let (resolved, forwarded) = fan_out!(
        "NameFindings",
        resolve(facts, limits, ambient.gauge("Names"), "Names"),
        [resolved: NameFinding<Referrer>, forwarded: (IdentifierKey, NameFact<Referrer>)],
        |(finding, tick, diff)| match finding {
            NameFinding::Forwarded(fact) => forwarded.give((*fact, tick, diff)),
            other => resolved.give((other, tick, diff)),
        }
    );

    let members = component_of.map(|(identifier, component)| {
        (component, NameFact::Member { tracking: identifier.kind == IdentifierType::Tracking })
    });
    let limits = Limits { are_components: true, ..limits };
    let components = resolve(forwarded.concat(members), limits, ambient.gauge("ComponentNames"), "ComponentNames");
    by_referrer(resolved.concat(components), ambient)
}

/// The names a shipment claims: its own id, every identifier it lists, every order in its contents.
pub(crate) fn claimed_by(shipment: &Doc<Shipment>) -> Vec<IdentifierKey> {
    let own = (IdentifierType::Shipment, shipment.data.shipment_id.as_str());
    let listed = shipment.identifiers().map(|(kind, value)| (kind, value.as_str()));
    let orders = shipment.data.contents.iter().map(|line| (IdentifierType::Order, line.order_id.as_str()));
    let names = std::iter::once(own).chain(listed).chain(orders);
    let mut keys: Vec<IdentifierKey> = names.filter_map(|(kind, value)| IdentifierKey::new(kind, value)).collect();
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
        .map(|milestone| (milestone.parts().reference().key(), NameFact::Reference(Referrer::Milestone(milestone))));
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

/// Brings what references stand for to those who want to know.
#[inline]
fn by_referrer<'scope>(
    resolved: VecCollection<'scope, Tick, NameFinding<Referrer>>,
    ambient: &Ambient<'scope>,
) -> Identity<'scope> {
    let audience = ambient.audience();
    let (progress, timeline, unresolved, declarations, invoices) = fan_out!(
        "References",
        resolved,
        [
            progress: (Text, ProgressFact),
            timeline: Arc<TimelineRow>,
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
                    if audience.reads(View::ShipmentTimeline) {
                        timeline.give((shipment_timeline::of_milestone(shipment, &milestone), tick, diff));
                    }
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
            NameFinding::Touched(shipment, link) if audience.reads(View::ShipmentTimeline) => {
                timeline.give((shipment_timeline::of_link(&shipment, &link), tick, diff));
            }
            NameFinding::Touched(..) => {}
            NameFinding::Forwarded(_) => unreachable!("a component's name is not linked"),
        }
    );
    Identity { progress, timeline, unresolved, declarations, invoices }
}
