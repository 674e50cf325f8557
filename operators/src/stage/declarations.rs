//! Declarations with their statuses and the shipments they cover.

use landfall_schemas::event::{
    Component, CustomsStatus, CustomsStatusKind, Declaration, DeclarationKind, DeclarationLine,
};
use landfall_schemas::packed::PackedText;
use landfall_schemas::{Identifier, IdentifierKey, Text, Timestamp};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use triomphe::Arc;

use super::costs::{CostFinding, of_named_lines};
use super::declared_lines::DeclaredLine;
use super::invoices::target_of;
use super::target::Target;
use crate::document::Doc;
use crate::operator::bag::Bag;
use crate::operator::dossier::Dossier;
use crate::operator::resolve::Resolution;
use crate::operator::world::World;
use crate::rows::ExceptionRow;
use crate::views::exceptions;

/// A declaration in force, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeclarationState {
    /// The declaration.
    pub declaration: Doc<Declaration>,
    /// Its statuses by (`at`, `status_id`, `source`).
    pub statuses: Box<[Doc<CustomsStatus>]>,
    /// The shipments it covers.
    pub target: Target,
    /// Whether a posting of kind duty names it.
    pub duty_posted: bool,
}

impl DeclarationState {
    /// The declaration's data.
    pub fn data(&self) -> &Declaration {
        &self.declaration.data
    }

    /// Whether its latest status cancels it.
    pub fn cancelled(&self) -> bool {
        self.statuses.last().is_some_and(|latest| latest.data.status == CustomsStatusKind::Cancelled)
    }

    /// Whether it is an import that is not cancelled: only such ones cost duty.
    pub fn is_live_import(&self) -> bool {
        self.data().kind == DeclarationKind::Import && !self.cancelled()
    }

    fn latest(&self, of: &[CustomsStatusKind]) -> Option<&Doc<CustomsStatus>> {
        self.statuses.iter().rev().find(|status| of.contains(&status.data.status))
    }

    /// The status that keeps each open hold, by hold type.
    pub fn open_holds(&self) -> SmallVec<[(&str, &Doc<CustomsStatus>); 2]> {
        use CustomsStatusKind::{Hold, HoldRemoved};
        let mut latest: SmallVec<[(&str, &Doc<CustomsStatus>); 2]> = SmallVec::new();
        for status in self.statuses.iter().filter(|status| matches!(status.data.status, Hold | HoldRemoved)) {
            let hold_type = status.data.hold_type.as_deref().unwrap_or_default();
            match latest.iter_mut().find(|(known, _)| *known == hold_type) {
                Some((_, last)) => *last = status,
                None => latest.push((hold_type, status)),
            }
        }
        latest.retain(|(_, status)| status.data.status == Hold);
        latest
    }

    /// When it was released, if it is: the latest of released, cleared and release_cancelled releases it and no hold
    /// is open. Not before its last hold was removed.
    pub fn released_at(&self) -> Option<Timestamp> {
        use CustomsStatusKind::{Cleared, HoldRemoved, ReleaseCancelled, Released};
        let decision = self.latest(&[Released, Cleared, ReleaseCancelled])?;
        if decision.data.status == ReleaseCancelled || !self.open_holds().is_empty() {
            return None;
        }
        let removed = self.latest(&[HoldRemoved]).map(|status| status.data.at);
        Some(removed.map_or(decision.data.at, |removed| removed.max(decision.data.at)))
    }

    /// The status that rejects it, if its latest answer does.
    pub fn rejection(&self) -> Option<&Doc<CustomsStatus>> {
        use CustomsStatusKind::{Accepted, Rejected};
        self.latest(&[Accepted, Rejected]).filter(|status| status.data.status == Rejected)
    }

    /// Lines that name no order line.
    pub fn unnamed_lines(&self) -> impl Iterator<Item = &DeclarationLine> {
        self.data().lines.iter().filter(|line| line.order_line().is_none())
    }
}

/// The customs components with what lines owe for each, in minor units of the declaration's currency.
pub fn customs_amounts(line: &DeclarationLine) -> [(Component, Option<i64>); 3] {
    [(Component::Duty, Some(line.duty)), (Component::Tax, Some(line.tax)), (Component::Fees, line.fees)]
}

/// What is known about a declaration number.
#[derive(Default)]
pub struct DeclarationDossier {
    declaration: Bag<Doc<Declaration>>,
    statuses: Bag<Doc<CustomsStatus>>,
    resolved: Bag<Box<(IdentifierKey, Resolution)>>,
    duty_postings: i64,
}

/// A fact about a declaration number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum DeclarationFact {
    /// The declaration is in force.
    Declaration(Doc<Declaration>),
    /// A status of it is in force.
    Status(Doc<CustomsStatus>),
    /// What an identifier in it stands for.
    Resolved(Box<(IdentifierKey, Resolution)>),
    /// A posting of kind duty names it.
    DutyPosted,
}

/// What follows from a declaration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeclarationFinding {
    /// The declaration is in force.
    State(Arc<DeclarationState>),
    /// It costs something: on an order line that it names, or that belongs to nothing.
    Cost(CostFinding),
    /// A line names an order line; the declaration covers no shipment, or several.
    Line(DeclaredLine),
    /// Something somebody should look at; the declaration covers no shipment, or several.
    Exception(Arc<ExceptionRow>),
    /// It belongs to the timeline of a shipment.
    Touches(Text, Doc<Declaration>),
    /// So does a status of it; the broker is its party.
    Told(Text, Doc<CustomsStatus>, Text),
}

impl Dossier for DeclarationDossier {
    const NAME: &'static str = "Declarations";
    type Key = Text;
    type Fact = DeclarationFact;
    type Finding = DeclarationFinding;

    fn apply(&mut self, fact: DeclarationFact, diff: isize) {
        match fact {
            DeclarationFact::Declaration(declaration) => self.declaration.update(declaration, diff),
            DeclarationFact::Status(status) => self.statuses.update(status, diff),
            DeclarationFact::Resolved(resolved) => self.resolved.update(resolved, diff),
            DeclarationFact::DutyPosted => self.duty_postings += diff as i64,
        }
    }

    fn is_empty(&self) -> bool {
        self.declaration.is_empty() && self.statuses.is_empty() && self.resolved.is_empty() && self.duty_postings == 0
    }

    fn evaluate(&self, _key: &Text, world: &mut World<'_>, findings: &mut Vec<DeclarationFinding>) {
        let Some(declaration) = self.declaration.only() else { return };
        let mut statuses: Vec<Doc<CustomsStatus>> = self.statuses.iter().cloned().collect();
        statuses.sort_unstable_by(|a, b| precedence(a).cmp(&precedence(b)));
        let state = DeclarationState {
            declaration: declaration.clone(),
            statuses: statuses.into(),
            target: target_of(&self.resolved, &declaration.data.refs, world.settings().max_group),
            duty_posted: self.duty_postings > 0,
        };
        if state.is_live_import() {
            of_named_lines(&state, world, |cost| findings.push(DeclarationFinding::Cost(cost)));
        }
        let state = Arc::new(state);
        if state.target.only().is_none() && !state.cancelled() {
            let mut found = Vec::new();
            exceptions::of_declaration(&state, None, world, &mut found);
            findings.extend(found.into_iter().map(|row| DeclarationFinding::Exception(Arc::new(row))));
            if state.is_live_import() {
                findings.extend(DeclaredLine::of(&state, None, world).map(DeclarationFinding::Line));
            }
        }
        for shipment in state.target.shipments() {
            findings.push(DeclarationFinding::Touches(shipment.clone(), declaration.clone()));
            findings.extend(state.statuses.iter().map(|status| {
                let broker = declaration.data.broker.clone();
                DeclarationFinding::Told(shipment.clone(), status.clone(), broker)
            }));
        }
        findings.push(DeclarationFinding::State(state));
    }
}

fn precedence(status: &Doc<CustomsStatus>) -> (Timestamp, PackedText<'_>, &str) {
    (status.data.at, status.status_id(), status.source())
}

/// The distinct identifiers a declaration refers to.
pub fn identifiers_of(declaration: &Declaration) -> Vec<IdentifierKey> {
    let mut keys: Vec<IdentifierKey> = declaration.refs.iter().map(Identifier::key).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
