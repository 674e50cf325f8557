//! 315, status of an ocean shipment: the event itself (B4), and what is known of its ports (R4 with DTM).
//!
//! The ports' times make milestones too: an estimated arrival is what most of these messages are read for. They come
//! after the event, so where both speak of one milestone, the port's own time counts.

use std::collections::BTreeSet;

use super::codes;
use super::segment::{Item, Place};
use super::statuses::{About, Report};
use super::writer::Writer;
use crate::ErrorCode;
use crate::event::MilestoneKind;
use crate::format::settings::Meaning;

impl<'r> Writer<'_, 'r> {
    /// Reads a 315.
    pub fn ocean_status(&mut self) {
        let set = self.set;
        let mut about = About::default();
        let mut events = Vec::new();
        for (index, segment) in set.each() {
            self.take_reference(&mut about, index);
            if segment.is("B4") {
                events.push(index);
                let container = self.container(set.item(index, 7), set.item(index, 8), set.item(index, 13));
                about.take(container);
            }
        }
        if events.is_empty() {
            self.refuse(
                ErrorCode::MissingField,
                Place::SET,
                "data.milestone: the set has no B4 and says no status".into(),
            );
        }
        let transhipments = self.transhipments();
        for b4 in events {
            self.event(b4, &about, &transhipments);
        }
        self.ports(&about);
    }

    fn event(&mut self, b4: usize, about: &About<'r>, transhipments: &BTreeSet<String>) {
        let set = self.set;
        let (status, location) = (set.item(b4, 3), set.item(b4, 11));
        let report = Report {
            code: status,
            when: [set.item(b4, 4), set.item(b4, 5), Item::none(Place::new(b4, 5))],
            location: self.shown(location).or_else(|| self.shown(set.item(b4, 6))),
            reason: Item::none(status.place),
        };
        let code = status.code();
        let mut meaning = self.meaning(&code);
        // A vessel that comes to a port of transhipment has not arrived, whatever the code says; the profile may know better.
        let ours = self.x12.settings.statuses.contains_key(&code);
        let moves = [MilestoneKind::Arrived, MilestoneKind::Departed];
        let moved = matches!(&meaning, Some(Meaning::Milestone(milestone, _)) if moves.contains(milestone));
        if moved && !ours && transhipments.contains(&location.code()) {
            meaning = Some(Meaning::Nothing);
        }
        self.report(&report, meaning, about, &About::default());
    }

    /// The codes of places that are named as ports of transhipment and as nothing else.
    fn transhipments(&self) -> BTreeSet<String> {
        let (mut calls, mut others) = (BTreeSet::new(), BTreeSet::new());
        for (_, port) in self.set.each().filter(|(_, segment)| segment.is("R4")) {
            let place = port.element(3).to_ascii_uppercase();
            match port.element(1).to_ascii_uppercase().as_str() {
                "T" | "Y" => calls.insert(place),
                // The place of the event itself, whatever it is to the voyage.
                "5" => false,
                _ => others.insert(place),
            };
        }
        calls.retain(|place| !place.is_empty() && !others.contains(place));
        calls
    }

    /// The times of ports: each DTM belongs to the R4 ahead of it.
    fn ports(&mut self, about: &About<'r>) {
        let set = self.set;
        let mut port = None;
        for (index, segment) in set.each() {
            if segment.is("R4") {
                port = Some(index);
            }
            let (Some(r4), true) = (port, segment.is("DTM")) else { continue };
            let (function, qualifier) = (set.item(r4, 1), set.item(index, 1));
            let Some((milestone, classifier)) = codes::port(&function.code(), qualifier.text) else { continue };
            let report = Report {
                code: function,
                when: [set.item(index, 2), set.item(index, 3), set.item(index, 4)],
                location: self.shown(set.item(r4, 3)).or_else(|| self.shown(set.item(r4, 4))),
                reason: Item::none(qualifier.place),
            };
            let meaning = Some(Meaning::Milestone(milestone, classifier));
            self.report(&report, meaning, about, &About::default());
        }
    }

    fn shown(&self, location: Item<'_>) -> Option<(String, Place)> {
        (!location.is_blank()).then(|| (self.x12.settings.place(location.text).to_owned(), location.place))
    }
}
