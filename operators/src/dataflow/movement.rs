//! Movement: the milestones of shipments and what follows from them.

use differential_dataflow::collection::concatenate;
use landfall_schemas::Text;
use landfall_schemas::event::Milestone;
use triomphe::Arc;

use super::customs::Customs;
use super::{Exceptions, Flow};
use crate::document::Doc;
use crate::identity::Identity;
use crate::inputs::BaseCollections;
use crate::operator::ambient::Ambient;
use crate::operator::dossier::maintain;
use crate::operator::variants::fan_out;
use crate::rows::{ExceptionRow, MilestoneRow, ShipmentStatusRow, TimelineRow, View};
use crate::shared::Shared;
use crate::stage::accounts::AccountFact;
use crate::stage::orders::OrderFact;
use crate::stage::progress::{ProgressDossier, ProgressFact, ProgressFinding};
use crate::views::feed_health::FeedFact;
use crate::views::kpis::{self, Tally};
use crate::views::shipment_status::{StatusDossier, StatusFact};

/// How far shipments have come.
pub struct Movement<'scope> {
    /// The rows of `milestones`.
    pub milestones: Flow<'scope, Arc<MilestoneRow>>,
    /// The rows of `late_milestones`.
    pub late: Flow<'scope, Arc<MilestoneRow>>,
    /// What milestones count in key figures.
    pub tallies: Flow<'scope, Tally>,
    /// Exceptions of shipments.
    pub exceptions: Exceptions<'scope>,
    /// Where shipments stand, open exceptions not counted yet.
    pub status: Flow<'scope, (Text, StatusFact)>,
    /// When shipments were delivered.
    pub delivered: Flow<'scope, (Text, AccountFact)>,
    /// Orders that shipments carry.
    pub carried: Flow<'scope, (Text, OrderFact)>,
    /// Carriers that were heard of.
    pub heard: Flow<'scope, (Text, FeedFact)>,
    /// What the timelines of shipments say about receipts and postings.
    pub timeline: Flow<'scope, Arc<TimelineRow>>,
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
    let declarations = customs.states.clone().flat_map(|state| {
        let shipments = state.target.shipments().to_vec();
        shipments.into_iter().map(move |shipment| (shipment, ProgressFact::Declaration(Arc::clone(&state))))
    });
    let receipts = base.receipts.clone().flat_map(|receipt| {
        receipt.document().into_owned().shipment_id.map(|shipment| (shipment, ProgressFact::Receipt(receipt)))
    });
    let postings = base.postings.clone().flat_map(|posting| {
        posting.document().into_owned().shipment_id.map(|shipment| (shipment, ProgressFact::Posting(posting)))
    });
    concatenate(shipments.scope(), [shipments, identity.progress.clone(), declarations, receipts, postings])
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
    let audience = ambient.audience();
    let (milestones, late, tallies, exceptions, status, delivered, carried, heard, together, timeline) = fan_out!(
        "ProgressFindings",
        maintain::<ProgressDossier>(facts(base, shared, identity, customs), ambient),
        [
            milestones: Arc<MilestoneRow>,
            late: Arc<MilestoneRow>,
            tallies: Tally,
            exceptions: Arc<ExceptionRow>,
            status: (Text, StatusFact),
            delivered: (Text, AccountFact),
            carried: (Text, OrderFact),
            heard: (Text, FeedFact),
            together: (Text, Doc<Milestone>),
            timeline: Arc<TimelineRow>
        ],
        |(finding, tick, diff)| match finding {
            ProgressFinding::Milestone(shipment, mark) => {
                if audience.reads_part(View::Milestones, View::LateMilestones, mark.is_late()) {
                    let row = Arc::new(mark.row(&shipment.shipment_id));
                    if mark.is_late() {
                        late.give((Arc::clone(&row), tick, diff));
                    }
                    milestones.give((row, tick, diff));
                }
                let tally = kpis::of_milestone(mark.milestone, mark.state, &shipment.carrier, &shipment.region);
                tally.into_iter().for_each(|tally| tallies.give((tally, tick, diff)));
            }
            ProgressFinding::Exception(found) => exceptions.give((Arc::new(found.row()), tick, diff)),
            ProgressFinding::Declared(row) => exceptions.give((row, tick, diff)),
            ProgressFinding::Standing(standing) => status.give((StatusFact::by_shipment(standing), tick, diff)),
            ProgressFinding::Delivered(shipment, at) => {
                delivered.give(((shipment, AccountFact::Delivered(at)), tick, diff));
            }
            ProgressFinding::Carries { order_id, tracking, eta } => {
                carried.give(((order_id, OrderFact::Carried { tracking, eta }), tick, diff));
            }
            ProgressFinding::Heard { carrier, documents, newest } => {
                heard.give(((carrier, FeedFact::Heard { documents, newest }), tick, diff));
            }
            ProgressFinding::HeardTogether(shipment, milestone) => {
                together.give(((shipment.carrier.clone(), milestone), tick, diff));
            }
            ProgressFinding::Named(shipment, document) if audience.reads(View::ShipmentTimeline) => {
                timeline.give((document.entry(&shipment.shipment_id), tick, diff));
            }
            ProgressFinding::Named(..) => {}
        }
    );
    let together = together.distinct().map(|(carrier, milestone)| (carrier, FeedFact::one(&milestone)));
    Movement {
        milestones,
        late,
        tallies,
        exceptions,
        status,
        delivered,
        carried,
        heard: heard.concat(together),
        timeline,
    }
}

/// The rows of `shipment_status`: open exceptions are counted at last.
#[inline]
pub fn shipment_status<'scope>(
    status: Flow<'scope, (Text, StatusFact)>,
    open_exceptions: Flow<'scope, (Text, StatusFact)>,
    ambient: &Ambient<'scope>,
) -> Flow<'scope, Arc<ShipmentStatusRow>> {
    maintain::<StatusDossier>(status.concat(open_exceptions), ambient)
}
