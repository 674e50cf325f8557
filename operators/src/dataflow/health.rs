//! Health: the feeds of partners, and the timeline of every shipment.

use std::sync::Arc;

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;
use landfall_schemas::event::{Milestone, Posting, Receipt, Shipment};
use serde::{Deserialize, Serialize};

use super::customs::Customs;
use super::freight::Freight;
use super::movement::Movement;
use super::{Exceptions, Flow};
use crate::document::Doc;
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::rows::{FeedHealthRow, TimelineRow};
use crate::shared::Shared;
use crate::stage::target::Target;
use crate::tables::ReferenceDoc;
use crate::views::exceptions::stale_feed;
use crate::views::feed_health::{FeedDossier, FeedFact};
use crate::views::shipment_timeline;

/// A document that names a shipment, or is about several.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Naming {
    /// A receipt.
    Receipt(Doc<Receipt>),
    /// A posting.
    Posting(Doc<Posting>),
    /// A milestone event that several shipments share: it counts once for each of their carriers.
    Milestone(Doc<Milestone>),
}

/// Such documents with the live shipments that they name.
#[inline]
pub fn named<'scope>(
    base: &BaseCollections<'scope>,
    shared: &Shared<'scope>,
    identity: &Identity<'scope>,
) -> Flow<'scope, (Naming, Doc<Shipment>)> {
    let receipts = base
        .receipts
        .clone()
        .flat_map(|receipt| receipt.data.shipment_id.clone().map(|shipment| (shipment, Naming::Receipt(receipt))));
    let postings = base
        .postings
        .clone()
        .flat_map(|posting| posting.data.shipment_id.clone().map(|shipment| (shipment, Naming::Posting(posting))));
    let milestones = identity.milestones.clone().flat_map(|(milestone, target)| {
        let shipments = match target {
            Target::Several(shipments) => shipments.to_vec(),
            _ => Vec::new(),
        };
        shipments.into_iter().map(move |shipment| (shipment, Naming::Milestone(milestone.clone())))
    });
    concatenate(receipts.scope(), [receipts, postings, milestones])
        .arrange_by_key_named("NamingByShipment")
        .join_core(shared.shipments_by_id.clone(), |_shipment_id, naming, shipment| {
            Some((naming.clone(), shipment.clone()))
        })
}

/// The feeds of partners.
pub struct Feeds<'scope> {
    /// The rows of `feed_health`.
    pub rows: Flow<'scope, FeedHealthRow>,
    /// Stale feeds.
    pub exceptions: Exceptions<'scope>,
}

/// Counts what each partner said, and when last.
#[inline]
pub fn feeds<'scope>(
    base: &BaseCollections<'scope>,
    named: Flow<'scope, (Naming, Doc<Shipment>)>,
    customs: &Customs<'scope>,
    movement: &Movement<'scope>,
    ambient: &Ambient<'scope>,
) -> Feeds<'scope> {
    let one = |newest| FeedFact::Heard { documents: 1, newest };
    let partners = base.reference.clone().flat_map(|doc| match doc {
        ReferenceDoc::Partner(partner) => Some((partner.data.code.clone(), FeedFact::Partner(partner))),
        _ => None,
    });
    let invoices = base.invoices.clone().map(move |doc| (doc.data.issuer.clone(), one(doc.envelope.recorded_at)));
    let shipments = base.shipments.clone().map(move |doc| (doc.data.carrier.clone(), one(doc.envelope.recorded_at)));
    let declarations = customs.states.clone().map(|state| {
        let own = state.declaration.envelope.recorded_at;
        let newest =
            state.statuses.iter().map(|status| status.envelope.recorded_at).max().map_or(own, |at| at.max(own));
        (state.data().broker.clone(), FeedFact::Heard { documents: 1 + state.statuses.len() as u64, newest })
    });
    let shared_milestones = named
        .flat_map(|(naming, shipment)| match naming {
            Naming::Milestone(milestone) => Some((shipment.data.carrier.clone(), milestone)),
            Naming::Receipt(_) | Naming::Posting(_) => None,
        })
        .distinct()
        .map(move |(carrier, milestone)| (carrier, one(milestone.envelope.recorded_at)));
    let facts = concatenate(
        partners.scope(),
        [partners, invoices, shipments, declarations, shared_milestones, movement.heard.clone()],
    );
    let rows = maintain::<FeedDossier>(facts, ambient);
    Feeds {
        rows: rows.clone().map(|(row, _)| row),
        exceptions: rows.flat_map(|(row, partner)| stale_feed::exception(&row, &partner.data).map(Arc::new)),
    }
}

/// The rows of `shipment_timeline`.
#[inline]
pub fn timeline<'scope>(
    shared: &Shared<'scope>,
    named: Flow<'scope, (Naming, Doc<Shipment>)>,
    identity: &Identity<'scope>,
    customs: &Customs<'scope>,
    freight: &Freight<'scope>,
) -> Flow<'scope, TimelineRow> {
    let orders =
        shared.orders_of_shipments.clone().map(|(shipment, order)| shipment_timeline::of_order(&shipment, &order));
    let shipments = shared.live_shipments.clone().map(|shipment| shipment_timeline::of_shipment(&shipment));
    let milestones = identity.milestones.clone().flat_map(|(milestone, target)| {
        let shipments: Vec<Text> = target.shipments().to_vec();
        shipments.into_iter().map(move |shipment| shipment_timeline::of_milestone(&shipment, &milestone))
    });
    let declarations = customs.states.clone().flat_map(|state| {
        let shipments: Vec<Text> = state.target.shipments().to_vec();
        shipments.into_iter().flat_map(move |shipment| shipment_timeline::of_declaration(&shipment, &state))
    });
    let invoices =
        freight.bills.clone().map(|(invoice, shipment, sum)| shipment_timeline::of_invoice(&shipment, &invoice, sum));
    let naming = named.flat_map(|(naming, shipment)| {
        let shipment = &shipment.data.shipment_id;
        match naming {
            Naming::Receipt(receipt) => Some(shipment_timeline::of_receipt(shipment, &receipt)),
            Naming::Posting(posting) => Some(shipment_timeline::of_posting(shipment, &posting)),
            Naming::Milestone(_) => None,
        }
    });
    let links = identity.links.clone().map(|(shipment, link)| shipment_timeline::of_link(&shipment, &link));
    concatenate(orders.scope(), [orders, shipments, milestones, declarations, invoices, naming, links])
}
