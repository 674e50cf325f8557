//! What a status becomes: a milestone, a customs status, or nothing.

use super::codes;
use super::reference::{Reference, better, of_segment};
use super::segment::{Item, Place};
use super::writer::Writer;
use crate::ErrorCode;
use crate::IdentifierType;
use crate::event::{Classifier, CustomsStatusKind, DocumentType, MilestoneKind};
use crate::format::draft::Draft;
use crate::format::settings::Meaning;

/// A status as a message gives it.
pub(super) struct Report<'r> {
    /// The code that says it; part of the ids made.
    pub code: Item<'r>,
    /// Date, time, time code.
    pub when: [Item<'r>; 3],
    pub location: Option<(String, Place)>,
    pub reason: Item<'r>,
}

/// What statuses of one part of a message are about.
#[derive(Default)]
pub(super) struct About<'r> {
    /// The best identifier of the shipment in this part.
    best: Option<Reference<'r>>,
    /// The bill of lading in this part.
    bill: Option<Reference<'r>>,
    /// The customs entry, where a reference names one.
    declaration: Option<Item<'r>>,
}

impl<'r> About<'r> {
    /// Takes in a reference.
    pub fn take(&mut self, reference: Option<Reference<'r>>) {
        let bills = [IdentifierType::Bol, IdentifierType::Hbl, IdentifierType::Mbl];
        if let Some(bill) = reference.as_ref().filter(|reference| bills.contains(&reference.kind)) {
            self.bill.get_or_insert_with(|| bill.clone());
        }
        self.best = better(self.best.take(), reference);
    }

    /// The identifier for a part that stands in another: the inner rules over the outer, but a group of shipments does
    /// not rule over one shipment.
    fn within<'a>(&'a self, outer: &'a About<'r>) -> Option<&'a Reference<'r>> {
        let names_one = |best: &&Reference<'_>| best.kind.names_one_shipment();
        let (inner, outer) = (self.best.as_ref(), outer.best.as_ref());
        inner.filter(names_one).or(outer.filter(names_one)).or(inner).or(outer)
    }

    /// The customs entry, else the bill of lading that customs may know the goods by; the inner before the outer.
    fn declaration<'a>(&'a self, outer: &'a About<'r>) -> Option<Item<'a>> {
        let bill = self.bill.as_ref().or(outer.bill.as_ref());
        let bill = bill.map(|bill| Item { text: bill.value.as_ref(), place: bill.place });
        self.declaration.or(outer.declaration).or(bill)
    }
}

impl<'r> Writer<'_, 'r> {
    /// Takes in a segment that gives a reference.
    pub fn take_reference(&self, about: &mut About<'r>, index: usize) {
        let Some(segment) = self.set.segments.get(index) else { return };
        about.take(self.reference_of(index, segment));
        if let Some((qualifier, item)) = of_segment(index, segment)
            && self.x12.declarations.iter().any(|known| known.eq_ignore_ascii_case(qualifier))
            && !item.is_blank()
        {
            about.declaration.get_or_insert(item);
        }
    }

    /// What a status code says: by the profile, else by the standard.
    pub fn meaning(&self, code: &str) -> Option<Meaning> {
        self.x12.settings.statuses.get(code).cloned().or_else(|| codes::status(code))
    }

    /// Adds the events of a status. `meaning` is none for a code that nobody knows.
    pub fn report(&mut self, report: &Report<'r>, meaning: Option<Meaning>, about: &About<'r>, outer: &About<'r>) {
        match meaning {
            Some(Meaning::Nothing) => {}
            Some(Meaning::Milestone(milestone, classifier)) => {
                self.milestone(report, milestone, classifier, about, outer)
            }
            Some(Meaning::Customs(status, hold)) => {
                let declaration = about.declaration(outer);
                let released = matches!(status, CustomsStatusKind::Released | CustomsStatusKind::Cleared);
                if declaration.is_some() || !released {
                    self.customs_status(report, status, hold, declaration);
                }
                // Where no declaration is known, the carrier's word is all there is.
                if released {
                    self.milestone(report, MilestoneKind::CustomsReleased, Classifier::Actual, about, outer);
                }
            }
            None => {
                let mut draft = self.draft(DocumentType::Milestone);
                let hint = "map it to a milestone in codes.milestones, or to ignore";
                let message = format!("status {:?} is none that means a milestone: {hint}", report.code.text);
                let code = if report.code.is_blank() { ErrorCode::MissingField } else { ErrorCode::BadValue };
                draft.fault(code, "milestone", message, report.code.place);
                self.push(draft);
            }
        }
    }

    fn milestone(
        &mut self,
        report: &Report<'r>,
        milestone: MilestoneKind,
        classifier: Classifier,
        about: &About<'r>,
        outer: &About<'r>,
    ) {
        let mut draft = self.draft(DocumentType::Milestone);
        let reference = about.within(outer);
        match reference {
            Some(reference) => {
                draft.set("ref.type", reference.name(), reference.place);
                draft.set("ref.value", reference.value.as_ref(), reference.place);
            }
            None => draft.fault(ErrorCode::MissingField, "ref", "no reference names a shipment", Place::SET),
        }
        draft.set("milestone", milestone.as_str(), report.code.place);
        draft.set("classifier", classifier.as_str(), report.code.place);
        let of = reference.map_or("", |reference| reference.value.as_ref());
        let sure = if classifier == Classifier::Actual { "" } else { classifier.as_str() };
        self.told_at(&mut draft, report, "milestone_id", &format!("{of}/{}{sure}", report.code.text));
        if let Some((location, place)) = &report.location {
            draft.set("location", location.as_str(), *place);
        }
        self.push(draft);
    }

    fn customs_status(
        &mut self,
        report: &Report<'r>,
        status: CustomsStatusKind,
        hold: Option<String>,
        declaration: Option<Item<'_>>,
    ) {
        let mut draft = self.draft(DocumentType::CustomsStatus);
        match declaration {
            Some(item) => self.copy(&mut draft, "declaration_id", item),
            None => {
                let message = "no reference names the customs entry or the bill of lading";
                draft.fault(ErrorCode::MissingField, "declaration_id", message, Place::SET);
            }
        }
        draft.set("status", status.as_str(), report.code.place);
        draft.set("hold_type", hold.unwrap_or_default(), report.code.place);
        let of = declaration.map_or("", |item| item.text);
        self.told_at(&mut draft, report, "status_id", &format!("{of}/{}", report.code.text));
        self.push(draft);
    }

    /// Fills in the time, the reason, and an id made of what is `said` of which shipment, when and where.
    fn told_at(&self, draft: &mut Draft<Place>, report: &Report<'r>, id: &str, said: &str) {
        if let Some((local, at)) = self.time(draft, "at", report.when) {
            draft.occurred_at(at);
            draft.set("at", at.to_string(), report.when[0].place);
            let place = report.location.as_ref().map_or("", |(location, _)| location);
            draft.set(id, format!("{said}/{local}/{place}").trim_end_matches('/'), report.code.place);
        }
        // The reason of a customs status is the code itself, which says more than the status.
        let reason = if id == "status_id" { report.reason.or(report.code) } else { report.reason };
        self.copy(draft, "reason", reason);
    }
}
