//! 214, status of a shipment by road, rail, air or parcel.
//!
//! B10 and what stands ahead of the first LX speak of the whole; an LX loop of its own references speaks of those.
//! AT7-01 says what happened, AT7-02 only why: the same letters mean other things there. AT7-03 says what was promised.

use super::codes;
use super::segment::{Item, Place};
use super::statuses::{About, Report};
use super::writer::Writer;
use crate::ErrorCode;

impl<'r> Writer<'_, 'r> {
    /// Reads a 214.
    pub fn road_status(&mut self) {
        let set = self.set;
        let b10 = set.first("B10");
        self.parcels = codes::numbers_parcels(set.item(b10, 3).text);
        let mut whole = About::default();
        whole.take(self.reference("B10-01", set.item(b10, 1)));
        whole.take(self.reference("B10-02", set.item(b10, 2)));
        let begins: Vec<usize> = set.each().filter(|(_, segment)| segment.is("LX")).map(|(index, _)| index).collect();
        let first = begins.first().copied().unwrap_or(set.segments.len());
        (0..first).for_each(|index| self.take_reference(&mut whole, index));
        let mut reported = self.statuses(0..first, &About::default(), &whole);
        for (number, begin) in begins.iter().enumerate() {
            let end = begins.get(number + 1).copied().unwrap_or(set.segments.len());
            let mut own = About::default();
            (*begin..end).for_each(|index| self.take_reference(&mut own, index));
            reported += self.statuses(*begin..end, &own, &whole);
        }
        if reported == 0 {
            let message = "data.milestone: the set has no AT7 and says no status".to_owned();
            self.refuse(ErrorCode::MissingField, Place::SET, message);
        }
    }

    /// Reports each AT7 of a part; how many there are.
    fn statuses(&mut self, part: std::ops::Range<usize>, own: &About<'r>, whole: &About<'r>) -> usize {
        let set = self.set;
        let at7s: Vec<usize> = part.clone().filter(|index| set.segments[*index].is("AT7")).collect();
        for (number, at7) in at7s.iter().enumerate() {
            let end = at7s.get(number + 1).copied().unwrap_or(part.end);
            let status = set.item(*at7, 1);
            let promised = status.is_blank();
            let report = Report {
                code: if promised { set.item(*at7, 3).or(status) } else { status },
                when: [set.item(*at7, 5), set.item(*at7, 6), set.item(*at7, 7)],
                location: self.location(*at7 + 1..end),
                reason: set.item(*at7, if promised { 4 } else { 2 }),
            };
            let code = report.code.code();
            let meaning = if promised { codes::appointment(&code) } else { self.meaning(&code) };
            self.report(&report, meaning, own, whole);
        }
        at7s.len()
    }

    /// City, state and country of the MS1 among some segments.
    fn location(&self, among: std::ops::Range<usize>) -> Option<(String, Place)> {
        let ms1 = among.into_iter().find(|index| self.set.segments[*index].is("MS1"))?;
        Some((self.city([self.set.item(ms1, 1), self.set.item(ms1, 2), self.set.item(ms1, 3)])?, Place::new(ms1, 1)))
    }

    /// `HAMMER, AB, CA`, or what the profile shows in its place.
    pub fn city(&self, parts: [Item<'_>; 3]) -> Option<String> {
        let parts: Vec<&str> = parts.iter().map(|item| item.text).filter(|text| !text.is_empty()).collect();
        let city = parts.join(", ");
        (!city.is_empty()).then(|| self.x12.settings.place(&city).to_owned())
    }
}
