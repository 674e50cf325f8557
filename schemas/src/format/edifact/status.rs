//! IFTSTA, status of consignments.
//!
//! References rule from the inside out: those of a status (behind STS) over those of its consignment (behind CNI) over
//! those of the message. The status itself makes a milestone; so do the times of the ports that it names (LOC with DTM),
//! which come after it, so that the port's own time counts where both speak of one milestone.

use std::collections::BTreeSet;
use std::ops::Range;

use super::codes;
use super::reference::{Reference, better, set};
use super::syntax::{Item, Place};
use super::writer::Writer;
use crate::event::{Classifier, CustomsStatusKind, DocumentType, MilestoneKind};
use crate::format::draft::Draft;
use crate::format::settings::Meaning;
use crate::{ErrorCode, IdentifierType};

/// What a part of the message is about.
#[derive(Clone, Default)]
struct About<'r> {
    best: Option<Reference<'r>>,
    bill: Option<Item<'r>>,
    declaration: Option<Item<'r>>,
}

impl<'r> About<'r> {
    /// This part with what it leaves open taken from the one around it. A group of shipments does not rule over one.
    fn within(self, outer: &About<'r>) -> About<'r> {
        let names_one = |best: &Reference<'_>| best.kind.names_one_shipment();
        let inner_rules = self.best.as_ref().is_some_and(names_one) || !outer.best.as_ref().is_some_and(names_one);
        About {
            best: if inner_rules { self.best.or_else(|| outer.best.clone()) } else { outer.best.clone() },
            bill: self.bill.or_else(|| outer.bill.clone()),
            declaration: self.declaration.or_else(|| outer.declaration.clone()),
        }
    }
}

/// A status as the message gives it.
struct Report<'r> {
    code: Item<'r>,
    /// Index of its DTM.
    time: Option<usize>,
    location: Option<(String, Place)>,
    reason: Item<'r>,
}

impl<'r> Writer<'_, 'r> {
    /// Reads an IFTSTA.
    pub fn status(&mut self) {
        let all = 0..self.message.segments.len();
        let consignments = self.parts(all.clone(), &["CNI"]);
        let head = consignments.first().map_or(all.end, |first| first.start);
        let first_status = self.parts(0..head, &["STS"]).first().map_or(head, |status| status.start);
        let whole = self.about(0..first_status);
        let mut reported = self.consignment(first_status..head, &whole);
        for consignment in consignments {
            let statuses = self.parts(consignment.clone(), &["STS"]);
            let own = consignment.start..statuses.first().map_or(consignment.end, |first| first.start);
            let about = self.about(own).within(&whole);
            reported += self.consignment(consignment, &about);
        }
        if reported == 0 {
            let text = "data.milestone: the message has no STS and says no status".to_owned();
            self.refuse(ErrorCode::MissingField, Place::MESSAGE, text);
        }
    }

    /// The parts of a range that begin with one of some segments.
    fn parts(&self, range: Range<usize>, tags: &[&str]) -> Vec<Range<usize>> {
        let begins = |index: &usize| tags.iter().any(|tag| self.message.segments[*index].is(tag));
        let begins: Vec<usize> = range.clone().filter(begins).collect();
        let ends = begins.iter().skip(1).copied().chain([range.end]);
        begins.iter().zip(ends).map(|(begin, end)| *begin..end).collect()
    }

    fn about(&self, range: Range<usize>) -> About<'r> {
        let mut about = About::default();
        for index in range {
            let reference = self.reference(index);
            let bills = [IdentifierType::Bol, IdentifierType::Hbl, IdentifierType::Mbl];
            if let Some(bill) = reference.as_ref().filter(|reference| bills.contains(&reference.kind)) {
                about.bill.get_or_insert_with(|| bill.item.clone());
            }
            about.best = better(about.best.take(), reference);
            let qualifier = self.message.item(index, 1, 1).text;
            if self.message.segments[index].is("RFF") && codes::DECLARATIONS.contains(&qualifier.as_ref()) {
                about.declaration.get_or_insert_with(|| self.message.item(index, 1, 2));
            }
        }
        about
    }

    /// Reports the statuses of a consignment; how many there are.
    fn consignment(&mut self, range: Range<usize>, outer: &About<'r>) -> usize {
        let statuses = self.parts(range, &["STS"]);
        for status in &statuses {
            let about = self.about(status.clone()).within(outer);
            self.one_status(status.clone(), &about);
            self.ports(status.clone(), &about);
        }
        statuses.len()
    }

    fn one_status(&mut self, range: Range<usize>, about: &About<'r>) {
        let (message, sts) = (self.message, range.start);
        let code = message.item(sts, 2, 1);
        let (time, classifier) = self.status_time(range.clone());
        let location = range.clone().take_while(|index| !message.segments[*index].is("TDT"));
        let location = location.into_iter().find(|index| message.segments[*index].is("LOC"));
        let report = Report {
            time,
            location: location.and_then(|loc| self.place(loc)),
            reason: message.item(sts, 3, 1).or(|| message.item(sts, 3, 4)),
            code,
        };
        let key = report.code.text.to_ascii_uppercase();
        let ours = self.edifact.settings.statuses.get(&key).cloned();
        let meaning = match ours.clone().or_else(|| codes::status(&key)) {
            // A time that is only expected makes the milestone an expected one.
            Some(Meaning::Milestone(milestone, Classifier::Actual)) => Some(Meaning::Milestone(milestone, classifier)),
            other => other,
        };
        match meaning {
            Some(Meaning::Nothing) => {}
            Some(Meaning::Milestone(MilestoneKind::Arrived | MilestoneKind::Departed, _))
                if ours.is_none() && self.transhipments(range.clone()).contains(self.code_of(location).as_str()) => {}
            Some(Meaning::Milestone(milestone, classifier)) => self.milestone(&report, milestone, classifier, about),
            Some(Meaning::Customs(status, hold)) => {
                let declaration = about.declaration.clone().or_else(|| about.bill.clone());
                let released = matches!(status, CustomsStatusKind::Released | CustomsStatusKind::Cleared);
                if declaration.is_some() || !released {
                    self.customs_status(&report, status, hold, declaration);
                }
                if released {
                    self.milestone(&report, MilestoneKind::CustomsReleased, Classifier::Actual, about);
                }
            }
            None => {
                let mut draft = self.draft(DocumentType::Milestone);
                let hint = "map it to a milestone in codes.milestones, or to ignore";
                let text = format!("status {:?} is none that means a milestone: {hint}", report.code.text);
                let code = if report.code.is_blank() { ErrorCode::MissingField } else { ErrorCode::BadValue };
                draft.fault(code, "milestone", text, report.code.place);
                self.push(draft);
            }
        }
    }

    /// The DTM of a status itself, and how sure its time is.
    fn status_time(&self, range: Range<usize>) -> (Option<usize>, Classifier) {
        let message = self.message;
        let own = range.take_while(|index| !message.segments[*index].is("TDT"));
        let own: Vec<usize> = own.filter(|index| message.segments[*index].is("DTM")).collect();
        for (qualifier, classifier) in codes::STATUS_TIMES {
            if let Some(dtm) = own.iter().find(|index| message.item(**index, 1, 1).text == qualifier) {
                return (Some(*dtm), classifier);
            }
        }
        (None, Classifier::Actual)
    }

    /// The times of ports: each DTM belongs to the LOC ahead of it.
    fn ports(&mut self, range: Range<usize>, about: &About<'r>) {
        let message = self.message;
        let mut port = None;
        for index in range {
            let segment = &message.segments[index];
            if segment.is("LOC") {
                port = Some(index);
            } else if segment.is("TDT") || segment.is("EQD") {
                port = None;
            }
            let (Some(loc), true) = (port, segment.is("DTM")) else { continue };
            let (function, qualifier) = (message.item(loc, 1, 1), message.item(index, 1, 1));
            let Some((milestone, classifier)) = codes::port(&function.text, &qualifier.text) else { continue };
            let code = Item { text: format!("LOC{}", function.text).into(), place: function.place };
            let location = self.place(loc);
            let report = Report { code, time: Some(index), location, reason: Item::none(function.place) };
            self.milestone(&report, milestone, classifier, about);
        }
    }

    /// The codes of places that a status names as places of transhipment and as nothing else.
    fn transhipments(&self, range: Range<usize>) -> BTreeSet<String> {
        let (mut calls, mut others) = (BTreeSet::new(), BTreeSet::new());
        for loc in range.filter(|index| self.message.segments[*index].is("LOC")) {
            let code = self.code_of(Some(loc));
            match self.message.item(loc, 1, 1).text.as_ref() {
                "13" => calls.insert(code),
                // The place of the status itself, whatever it is to the voyage.
                "175" => false,
                _ => others.insert(code),
            };
        }
        calls.retain(|code| !code.is_empty() && !others.contains(code));
        calls
    }

    fn code_of(&self, loc: Option<usize>) -> String {
        loc.map_or(String::new(), |loc| self.message.item(loc, 2, 1).text.to_ascii_uppercase())
    }

    /// The place of a LOC as shown: its code, else its name.
    fn place(&self, loc: usize) -> Option<(String, Place)> {
        let item = self.message.item(loc, 2, 1).or(|| self.message.item(loc, 2, 4));
        (!item.is_blank()).then(|| (self.edifact.settings.place(&item.text).to_owned(), item.place))
    }

    fn milestone(&mut self, report: &Report<'r>, milestone: MilestoneKind, sure: Classifier, about: &About<'r>) {
        let mut draft = self.draft(DocumentType::Milestone);
        match &about.best {
            Some(reference) => set(&mut draft, "ref", reference),
            None => draft.fault(ErrorCode::MissingField, "ref", "no reference names a shipment", Place::MESSAGE),
        }
        draft.set("milestone", milestone.as_str(), report.code.place);
        draft.set("classifier", sure.as_str(), report.code.place);
        let of = about.best.as_ref().map_or("", |reference| reference.item.text.as_ref());
        let suffix = if sure == Classifier::Actual { "" } else { sure.as_str() };
        self.told_at(&mut draft, report, "milestone_id", &format!("{of}/{}{suffix}", report.code.text));
        self.copy(&mut draft, "reason", &report.reason);
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
        declaration: Option<Item<'r>>,
    ) {
        let mut draft = self.draft(DocumentType::CustomsStatus);
        match &declaration {
            Some(item) => self.copy(&mut draft, "declaration_id", item),
            None => {
                let text = "no reference names the customs declaration or the bill of lading";
                draft.fault(ErrorCode::MissingField, "declaration_id", text, Place::MESSAGE);
            }
        }
        draft.set("status", status.as_str(), report.code.place);
        draft.set("hold_type", hold.unwrap_or_default(), report.code.place);
        let of = declaration.as_ref().map_or("", |item| item.text.as_ref());
        self.told_at(&mut draft, report, "status_id", &format!("{of}/{}", report.code.text));
        let reason = if report.reason.is_blank() { &report.code } else { &report.reason };
        self.copy(&mut draft, "reason", reason);
        self.push(draft);
    }

    /// Fills in the time, and an id made of what is `said` of which shipment, when and where.
    fn told_at(&self, draft: &mut Draft<Place>, report: &Report<'r>, id: &str, said: &str) {
        self.revised(draft);
        let Some(dtm) = report.time else {
            return draft.fault(ErrorCode::MissingField, "at", "the status has no time (DTM)", report.code.place);
        };
        if let Some((local, at)) = self.time(draft, "at", dtm) {
            draft.occurred_at(at);
            draft.set("at", at.to_string(), Place::new(dtm, 1, 2));
            let place = report.location.as_ref().map_or("", |(location, _)| location);
            draft.set(id, format!("{said}/{local}/{place}").trim_end_matches('/'), report.code.place);
        }
    }
}
