//! Movement: the milestones of shipments and what follows from them.

use std::sync::Arc;

use differential_dataflow::collection::concatenate;
use landfall_schemas::event::{PostingKind, Shipment};
use landfall_schemas::{Text, Timestamp};

use super::customs::Customs;
use super::{Exceptions, Flow};
use crate::document::Doc;
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::variants::by_variant;
use crate::rows::{MilestoneRow, ShipmentStatusRow};
use crate::shared::Shared;
use crate::stage::progress::{ProgressDossier, ProgressFact, ProgressFinding};
use crate::views::exceptions::unresolved_milestone;
use crate::views::feed_health::FeedFact;
use crate::views::kpis::Tally;
use crate::views::shipment_status::{StatusDossier, StatusFact};

/// How far shipments have come.
pub struct Movement<'scope> {
    /// The rows of `milestones`.
    pub milestones: Flow<'scope, MilestoneRow>,
    /// The same with their shipments.
    with_shipments: Flow<'scope, (Doc<Shipment>, MilestoneRow)>,
    /// Exceptions of shipments, and of milestone events that resolve to none.
    pub exceptions: Exceptions<'scope>,
    /// Where shipments stand, open exceptions not counted yet.
    pub status: Flow<'scope, Arc<ShipmentStatusRow>>,
    /// When shipments were delivered.
    pub delivered: Flow<'scope, (Text, Timestamp)>,
    /// Orders that shipments carry: (order_id, (tracking, eta)).
    pub carried: Flow<'scope, (Text, (bool, bool))>,
    /// Carriers that were heard of.
    pub heard: Flow<'scope, (Text, FeedFact)>,
}

impl<'scope> Movement<'scope> {
    /// What milestones count in key figures.
    #[inline]
    pub fn tallies(&self) -> Flow<'scope, Tally> {
        self.with_shipments
            .clone()
            .flat_map(|(shipment, row)| Tally::of_milestone(&row, &shipment.data.carrier, &shipment.data.region))
    }
}

/// The facts about each shipment's progress.
#[inline]
fn facts<'scope>(
    base: &BaseCollections<'scope>,
    shared: &Shared<'scope>,
    identity: &Identity<'scope>,
    customs: &Customs<'scope>,
) -> Flow<'scope, (Text, ProgressFact)> {
    let shipments = shared
        .live_shipments
        .clone()
        .map(|shipment| (shipment.data.shipment_id.clone(), ProgressFact::Shipment(shipment)));
    let milestones = identity.milestones.clone().flat_map(|(milestone, target)| {
        let alone = target.only().is_some();
        let shipments = target.shipments().to_vec();
        shipments.into_iter().map(move |shipment| (shipment, ProgressFact::Milestone(milestone.clone(), alone)))
    });
    let declarations = customs.states.clone().flat_map(|state| {
        let shipments = state.target.shipments().to_vec();
        shipments.into_iter().map(move |shipment| (shipment, ProgressFact::Declaration(Arc::clone(&state))))
    });
    let receipts = base.receipts.clone().flat_map(|receipt| {
        receipt.data.shipment_id.clone().map(|shipment| (shipment, ProgressFact::Receipt(receipt)))
    });
    let postings = base.postings.clone().flat_map(|posting| {
        let shipment = posting.data.shipment_id.clone().filter(|_| posting.data.kind == PostingKind::LandedCost);
        shipment.map(|shipment| (shipment, ProgressFact::Posting(posting)))
    });
    let tracked = identity.tracked.clone().map(|shipment| (shipment, ProgressFact::Tracked));
    concatenate(shipments.scope(), [shipments, milestones, declarations, receipts, postings, tracked])
}

/// How far shipments have come.
#[inline]
pub fn movement<'scope>(
    base: &BaseCollections<'scope>,
    shared: &Shared<'scope>,
    identity: &Identity<'scope>,
    customs: &Customs<'scope>,
    ambient: &Ambient<'scope>,
) -> Movement<'scope> {
    let findings = maintain::<ProgressDossier>(facts(base, shared, identity, customs), ambient);
    let [milestones, exceptions, status, delivered, carried, heard] = by_variant(findings, |finding| match finding {
        ProgressFinding::Milestone(..) => 0,
        ProgressFinding::Exception(_) => 1,
        ProgressFinding::Status(_) => 2,
        ProgressFinding::Delivered(..) => 3,
        ProgressFinding::Carries { .. } => 4,
        ProgressFinding::Heard { .. } => 5,
    });
    let with_shipments = milestones.flat_map(|finding| match finding {
        ProgressFinding::Milestone(shipment, row) => Some((shipment, row)),
        _ => None,
    });
    let unresolved = identity
        .milestones
        .clone()
        .flat_map(|(milestone, target)| unresolved_milestone::exception(&milestone, &target).map(Arc::new));
    Movement {
        milestones: with_shipments.clone().map(|(_, row)| row),
        with_shipments,
        exceptions: unresolved.concat(exceptions.flat_map(|finding| match finding {
            ProgressFinding::Exception(row) => Some(row),
            _ => None,
        })),
        status: status.flat_map(|finding| match finding {
            ProgressFinding::Status(status) => Some(status),
            _ => None,
        }),
        delivered: delivered.flat_map(|finding| match finding {
            ProgressFinding::Delivered(shipment, at) => Some((shipment, at)),
            _ => None,
        }),
        carried: carried.flat_map(|finding| match finding {
            ProgressFinding::Carries { order_id, tracking, eta } => Some((order_id, (tracking, eta))),
            _ => None,
        }),
        heard: heard.flat_map(|finding| match finding {
            ProgressFinding::Heard { carrier, documents, newest } => {
                Some((carrier, FeedFact::Heard { documents, newest }))
            }
            _ => None,
        }),
    }
}

/// The rows of `shipment_status`: open exceptions are counted at last.
#[inline]
pub fn shipment_status<'scope>(
    status: Flow<'scope, Arc<ShipmentStatusRow>>,
    exceptions: Exceptions<'scope>,
    ambient: &Ambient<'scope>,
) -> Flow<'scope, ShipmentStatusRow> {
    let status = status.map(|status| (status.shipment_id.clone(), StatusFact::Status(status)));
    let exceptions = exceptions
        .flat_map(|row| (!row.shipment_id.is_empty()).then(|| (row.shipment_id.clone(), StatusFact::OpenException)));
    maintain::<StatusDossier>(status.concat(exceptions), ambient)
}
