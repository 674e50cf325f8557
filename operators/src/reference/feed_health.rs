//! `feed_health`: whether partners speak (§8).

use std::collections::{BTreeMap, BTreeSet};

use landfall_schemas::{Decimal, Timestamp};

use super::world::World;
use crate::rows::{FeedHealthRow, FeedState};

/// When each document in force that belongs to a partner was recorded, by partner code.
fn recorded_times<'a>(world: &World<'a>) -> BTreeMap<&'a str, Vec<Timestamp>> {
    let documents = &world.documents;
    let mut recorded: BTreeMap<&str, Vec<Timestamp>> = BTreeMap::new();
    let mut add = |partner: &'a str, at: Timestamp| recorded.entry(partner).or_default().push(at);
    for doc in &documents.invoices {
        add(&doc.data.issuer, doc.envelope.recorded_at);
    }
    for case in world.declarations.values() {
        let broker = case.doc.data.broker.as_str();
        add(broker, case.doc.envelope.recorded_at);
        case.statuses.iter().for_each(|status| add(broker, status.envelope.recorded_at));
    }
    for doc in documents.shipments.values() {
        add(&doc.data.carrier, doc.envelope.recorded_at);
    }
    for doc in &documents.milestones {
        let resolution = world.identity.resolve(std::slice::from_ref(&doc.data.reference));
        let carriers: BTreeSet<&str> =
            resolution.shipments().iter().map(|id| documents.shipments[id].data.carrier.as_str()).collect();
        carriers.into_iter().for_each(|carrier| add(carrier, doc.envelope.recorded_at));
    }
    recorded
}

/// Every row of the view.
pub(crate) fn rows(world: &World<'_>) -> Vec<FeedHealthRow> {
    let recorded = recorded_times(world);
    world
        .documents
        .partners
        .values()
        .map(|doc| {
            let partner = doc.data;
            let times = recorded.get(partner.code.as_str()).map(Vec::as_slice).unwrap_or_default();
            let last_recorded_at = times.iter().copied().fold(doc.envelope.recorded_at, Timestamp::max);
            let silence_ms = partner.max_silence_hours.map(Decimal::hours_to_ms);
            let stale_at = silence_ms.map(|silence_ms| last_recorded_at.plus_ms(silence_ms));
            let is_stale = stale_at.is_some_and(|stale_at| world.clock > stale_at);
            FeedHealthRow {
                partner: partner.code.clone(),
                kind: partner.kind,
                documents: times.len() as u64,
                last_recorded_at,
                stale_at,
                state: if is_stale { FeedState::Stale } else { FeedState::Fresh },
            }
        })
        .collect()
}
