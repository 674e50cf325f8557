//! Declarations in force with their statuses: cancelled or not, holds, release (§6).

use std::collections::BTreeMap;

use landfall_schemas::Timestamp;
use landfall_schemas::event::{CustomsStatus, CustomsStatusKind, Declaration, DeclarationKind};

use super::documents::{Doc, Documents};
use super::identity::{Identity, Resolution};

/// A declaration in force.
pub(crate) struct Case<'a> {
    pub doc: Doc<'a, Declaration>,
    /// The shipments that its references name.
    pub resolution: Resolution<'a>,
    /// Its statuses by (at, status_id, source).
    pub statuses: Vec<Doc<'a, CustomsStatus>>,
}

/// Every declaration in force by its id.
pub(crate) fn cases<'a>(documents: &Documents<'a>, identity: &Identity<'a>) -> BTreeMap<&'a str, Case<'a>> {
    let mut cases: BTreeMap<&str, Case<'a>> = documents
        .declarations
        .iter()
        .map(|(id, doc)| (*id, Case { doc: *doc, resolution: identity.resolve(&doc.data.refs), statuses: Vec::new() }))
        .collect();
    for status in &documents.customs_statuses {
        if let Some(case) = cases.get_mut(status.data.declaration_id.as_str()) {
            case.statuses.push(*status);
        }
    }
    for case in cases.values_mut() {
        case.statuses.sort_by_key(|status| (status.data.at, &status.data.status_id, &status.envelope.source));
    }
    cases
}

impl<'a> Case<'a> {
    /// Whether its latest status cancels it.
    pub fn is_cancelled(&self) -> bool {
        self.statuses.last().is_some_and(|status| status.data.status == CustomsStatusKind::Cancelled)
    }

    /// Whether it declares an import.
    pub fn is_import(&self) -> bool {
        self.doc.data.kind == DeclarationKind::Import
    }

    /// The latest status among some kinds.
    pub fn latest(&self, kinds: &[CustomsStatusKind]) -> Option<Doc<'a, CustomsStatus>> {
        self.statuses.iter().rev().find(|status| kinds.contains(&status.data.status)).copied()
    }

    /// The statuses that opened a hold which no later one removed, by hold type (empty where absent).
    pub fn open_holds(&self) -> BTreeMap<&'a str, Doc<'a, CustomsStatus>> {
        let mut open = BTreeMap::new();
        for status in &self.statuses {
            let hold_type = status.data.hold_type.as_deref().unwrap_or("");
            match status.data.status {
                CustomsStatusKind::Hold => drop(open.insert(hold_type, *status)),
                CustomsStatusKind::HoldRemoved => drop(open.remove(hold_type)),
                _ => {}
            }
        }
        open
    }

    /// When the goods were released, if they are.
    pub fn released_at(&self) -> Option<Timestamp> {
        use CustomsStatusKind::{Cleared, HoldRemoved, ReleaseCancelled, Released};
        let release = self.latest(&[Released, Cleared, ReleaseCancelled])?;
        if release.data.status == ReleaseCancelled || !self.open_holds().is_empty() {
            return None;
        }
        let hold_removed = self.latest(&[HoldRemoved]);
        Some(release.data.at.max(hold_removed.map_or(release.data.at, |status| status.data.at)))
    }
}
