//! Health: the feeds of partners, and the timeline of every shipment.

use differential_dataflow::collection::concatenate;
use triomphe::Arc;

use super::customs::Customs;
use super::movement::Movement;
use super::{Exceptions, Flow};
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::rows::{FeedHealthRow, TimelineRow, View};
use crate::shared::Shared;
use crate::tables::ReferenceDoc;
use crate::views::exceptions::stale_feed;
use crate::views::feed_health::{FeedDossier, FeedFact};
use crate::views::shipment_timeline;

/// The feeds of partners.
pub struct Feeds<'scope> {
    /// The rows of `feed_health`.
    pub rows: Flow<'scope, Arc<FeedHealthRow>>,
    /// Stale feeds.
    pub exceptions: Exceptions<'scope>,
}

/// Counts what each partner said, and when last.
#[inline]
pub fn feeds<'scope>(
    base: &BaseCollections<'scope>,
    customs: &Customs<'scope>,
    movement: &Movement<'scope>,
    ambient: &Ambient<'scope>,
) -> Feeds<'scope> {
    let partners = base.reference.clone().flat_map(|doc| match doc {
        ReferenceDoc::Partner(partner) => Some((partner.data.code.clone(), FeedFact::Partner(partner))),
        _ => None,
    });
    let invoices = base.invoices.clone().map(|doc| (doc.data.issuer.clone(), FeedFact::one(&doc)));
    let shipments = base.shipments.clone().map(|doc| (doc.data.carrier.clone(), FeedFact::one(&doc)));
    let declarations = customs.states.clone().map(|state| {
        let own = state.declaration.recorded_at();
        let newest = state.statuses.iter().map(|status| status.recorded_at()).max().map_or(own, |at| at.max(own));
        (state.data().broker.clone(), FeedFact::Heard { documents: 1 + state.statuses.len() as u64, newest })
    });
    let facts = concatenate(partners.scope(), [partners, invoices, shipments, declarations, movement.heard.clone()]);
    let rows = maintain::<FeedDossier>(facts, ambient);
    Feeds {
        rows: rows.clone().map(|(row, _)| row),
        exceptions: rows.flat_map(|(row, partner)| stale_feed::exception(&row, &partner.data).map(Arc::new)),
    }
}

/// The rows of `shipment_timeline`. `invoices` are those that stand for them.
#[inline]
pub fn timeline<'scope>(
    shared: &Shared<'scope>,
    identity: &Identity<'scope>,
    customs: &Customs<'scope>,
    movement: &Movement<'scope>,
    invoices: Flow<'scope, Arc<TimelineRow>>,
    ambient: &Ambient<'scope>,
) -> Flow<'scope, Arc<TimelineRow>> {
    let audience = ambient.audience();
    let orders = shared.orders_of_shipments.clone().flat_map(move |(shipment, order)| {
        audience.reads(View::ShipmentTimeline).then(|| shipment_timeline::of_order(&shipment, &order))
    });
    let audience = ambient.audience();
    let shipments = shared.live_shipments.clone().flat_map(move |shipment| {
        audience.reads(View::ShipmentTimeline).then(|| shipment_timeline::of_shipment(&shipment))
    });
    let milestones = identity.timeline.clone();
    let declarations = customs.timeline.clone();
    let named = movement.timeline.clone();
    concatenate(orders.scope(), [orders, shipments, milestones, declarations, invoices, named])
}
