//! `feed_health`: whether each partner still speaks (§8).
//!
//! Grain and key: partner, those with a partner document. Its documents in force are counted and the newest recording
//! time of them and of the partner document is kept; `max_silence_hours` after it the feed is stale, by the clock alone.
//!
//! Example: partner MAEU allows 24 h of silence and last spoke on 1 March 08:00: stale from 2 March 08:00:00.001 on.

use std::collections::BTreeMap;

use landfall_schemas::event::Partner;
use landfall_schemas::{Text, Timestamp};
use serde::{Deserialize, Serialize};
use triomphe::Arc;

use crate::document::{Doc, Kept};
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::world::World;
use crate::rows::{FeedHealthRow, FeedState};

/// What is known about a partner's feed.
#[derive(Default)]
pub struct FeedDossier {
    partner: Bag<Doc<Partner>>,
    documents: i64,
    newest: BTreeMap<Timestamp, i64>,
}

/// A fact about a partner's feed.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum FeedFact {
    /// The partner's document.
    Partner(Doc<Partner>),
    /// So many documents came from it, the newest recorded then.
    Heard {
        /// How many.
        documents: u64,
        /// When the newest was recorded.
        newest: Timestamp,
    },
}

impl FeedFact {
    /// One document came from it.
    pub fn one<T: Kept>(doc: &Doc<T>) -> FeedFact {
        FeedFact::Heard { documents: 1, newest: doc.recorded_at() }
    }
}

impl Dossier for FeedDossier {
    const NAME: &'static str = "FeedHealth";
    type Key = Text;
    type Fact = FeedFact;
    type Finding = (Arc<FeedHealthRow>, Doc<Partner>);

    fn apply(&mut self, fact: FeedFact, diff: isize) {
        match fact {
            FeedFact::Partner(partner) => self.partner.update(partner, diff),
            FeedFact::Heard { documents, newest } => {
                self.documents += documents as i64 * diff as i64;
                let count = self.newest.entry(newest).or_insert(0);
                *count += diff as i64;
                if *count == 0 {
                    self.newest.remove(&newest);
                }
            }
        }
    }

    fn is_empty(&self) -> bool {
        self.partner.is_empty() && self.newest.is_empty()
    }

    fn evaluate(&self, key: &Text, world: &mut World<'_>, findings: &mut Vec<Self::Finding>) {
        let Some(partner) = self.partner.only() else { return };
        let newest = self.newest.keys().next_back().copied();
        let last_recorded_at = newest.map_or(partner.recorded_at(), |at| at.max(partner.recorded_at()));
        let stale_at = partner.data.max_silence_hours.map(|hours| last_recorded_at.plus_ms(hours.hours_to_ms()));
        let stale = stale_at.is_some_and(|stale_at| world.passed(stale_at));
        let row = FeedHealthRow {
            partner: key.clone(),
            kind: partner.data.kind,
            documents: u64::try_from(self.documents).expect("no document goes before it comes"),
            last_recorded_at,
            stale_at,
            state: if stale { FeedState::Stale } else { FeedState::Fresh },
        };
        findings.push((Arc::new(row), partner.clone()));
    }
}
