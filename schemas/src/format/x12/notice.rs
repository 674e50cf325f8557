//! 856, ship notice: a shipment with its contents, and links between the numbers that name it.
//!
//! The hierarchy (HL) tells to which order an item belongs: the nearest order level above it, whatever levels of tares
//! and packs stand between.

use std::collections::HashMap;

use super::codes;
use super::order::order_number;
use super::reference::{Reference, add};
use super::segment::{Item, Place};
use super::writer::Writer;
use crate::event::DocumentType;
use crate::format::draft::Draft;
use crate::{ErrorCode, IdentifierType};

/// An item and where it belongs.
struct Content {
    /// Index of its LIN, where it has one.
    lin: Option<usize>,
    sn1: usize,
    /// Index of the PRF of its order.
    order: Option<usize>,
}

impl<'w, 'r> Writer<'w, 'r> {
    /// Reads an 856.
    pub fn notice(&mut self) {
        let (set, bsn) = (self.set, self.set.first("BSN"));
        if bsn == set.segments.len() {
            return self.refuse(ErrorCode::MissingField, Place::SET, "data.shipment_id: the set has no BSN".to_owned());
        }
        let carrier = self.carrier();
        self.parcels = codes::numbers_parcels(carrier.text);
        let names = self.names(bsn);
        let (purpose, id) = (set.item(bsn, 1), set.item(bsn, 2));
        if !self.x12.notice_is_links {
            let mut draft = self.draft(DocumentType::Shipment);
            self.dated(&mut draft, bsn, purpose);
            self.copy(&mut draft, "shipment_id", id);
            if purpose.text != "01" {
                self.shipment(&mut draft, carrier, &names);
            }
            self.push(draft);
        }
        let identities: Vec<_> = names.iter().filter(|name| name.kind.names_one_shipment()).collect();
        for other in identities.iter().skip(1) {
            let mut draft = self.draft(DocumentType::Link);
            self.dated(&mut draft, bsn, purpose);
            let kind = other.name();
            let kind = kind.as_str().unwrap_or_default();
            draft.set("link_id", format!("{}/{kind}:{}", id.text, other.value), other.place);
            for (end, name) in [("a", identities[0]), ("b", *other)] {
                draft.set(format!("{end}.type"), name.name(), name.place);
                draft.set(format!("{end}.value"), name.value.as_ref(), name.place);
            }
            self.push(draft);
        }
    }

    /// Times and revision: by the purpose of the notice it is an original, a change or a withdrawal.
    fn dated(&self, draft: &mut Draft<Place>, bsn: usize, purpose: Item<'_>) {
        let set = self.set;
        let (date, time) = (set.item(bsn, 3), set.item(bsn, 4));
        // A notice's own time says when it was made; where its zone is not known, the day is enough.
        match self.x12.time(date.text, time.text, "") {
            Ok((_, at)) => draft.occurred_at(at),
            Err(_) => match crate::format::zone::date_of(date.text) {
                Some(day) => draft.occurred_at(day.midnight()),
                None => {
                    let message = format!("BSN-03 {:?} is no date: expected CCYYMMDD", date.text);
                    draft.fault(ErrorCode::BadTime, "shipment_id", message, date.place);
                }
            },
        }
        draft.revision(u64::from(matches!(purpose.text, "01" | "04" | "05")));
        if purpose.text == "01" {
            draft.retracted();
        }
    }

    /// The carrier's code: TD5-03 where it is a SCAC.
    fn carrier(&self) -> Item<'w> {
        let td5 = self.set.first("TD5");
        let said = if self.set.item(td5, 2).text == "2" { self.set.item(td5, 3) } else { self.set.item(td5, 5) };
        self.or_option(said.or(self.set.item(td5, 3)), "carrier")
    }

    /// The numbers that name the shipment: the notice's own first, then those of its segments.
    fn names(&self, bsn: usize) -> Vec<Reference<'r>> {
        let set = self.set;
        let id = set.item(bsn, 2);
        let mut names = vec![Reference { kind: IdentifierType::Asn, value: id.text.into(), place: id.place }];
        for (index, segment) in set.each() {
            let found = match segment.tag().to_ascii_uppercase().as_str() {
                "MAN" => self.reference(segment.element(1), set.item(index, 2)),
                "REF" | "N9" | "L11" => self.reference_of(index, &segment),
                _ => None,
            };
            // Orders are in the contents.
            add(&mut names, found.filter(|name| name.kind != IdentifierType::Order));
        }
        names
    }

    fn shipment(&self, draft: &mut Draft<Place>, carrier: Item<'_>, names: &[Reference<'r>]) {
        let set = self.set;
        self.copy(draft, "carrier", carrier);
        let method = set.item(set.first("TD5"), 4);
        draft.set("mode", codes::mode(&method.code()), method.place);
        draft.set("region", self.x12.settings.region.as_str(), Place::SET);
        draft.set("status", "active", Place::SET);
        for (path, role) in [("origin", "SF"), ("destination", "ST")] {
            if let Some((city, place)) = self.city_of(role) {
                draft.set(path, city, place);
            }
        }
        self.references(draft, "identifiers", names);
        let mut counts: HashMap<Option<usize>, u32> = HashMap::new();
        for (number, content) in self.contents().iter().enumerate() {
            let count = counts.entry(content.order).or_default();
            *count += 1;
            self.content(draft, number, content, *count);
        }
    }

    /// City, state and country of a party: of where goods go, never of whom.
    fn city_of(&self, role: &str) -> Option<(String, Place)> {
        let set = self.set;
        let is_party = |index: &usize| set.segments[*index].is("N1") && set.item(*index, 1).code() == role;
        let n1 = (0..set.segments.len()).find(is_party)?;
        let of_party = |index: &usize| ["N2", "N3", "N4"].iter().any(|tag| set.segments[*index].is(tag));
        let n4 = (n1 + 1..set.segments.len()).take_while(of_party).find(|index| set.segments[*index].is("N4"))?;
        Some((self.city([set.item(n4, 1), set.item(n4, 2), set.item(n4, 4)])?, Place::new(n4, 1)))
    }

    /// The items with their orders, by the hierarchy. A level is of the order that it names, else of its parent's, else
    /// of the last one named.
    fn contents(&self) -> Vec<Content> {
        let (mut orders, mut contents) = (HashMap::new(), Vec::new());
        let (mut level, mut order, mut lin) = ("", None, None);
        for (index, segment) in self.set.each() {
            if segment.is("HL") {
                order = orders.get(segment.element(2)).copied().or(order);
                (level, lin) = (segment.element(1), None);
                orders.extend(order.map(|order| (level, order)));
            } else if segment.is("PRF") {
                order = Some(index);
                orders.insert(level, index);
            } else if segment.is("LIN") {
                lin = Some(index);
            } else if segment.is("SN1") {
                contents.push(Content { lin: lin.take(), sn1: index, order });
            }
        }
        contents
    }

    fn content(&self, draft: &mut Draft<Place>, number: usize, content: &Content, count: u32) {
        let (set, path) = (self.set, format!("contents[{number}]"));
        let prf = content.order.unwrap_or(set.segments.len());
        let order = set.item(prf, 1);
        draft.set(format!("{path}.order_id"), order_number(order.text, set.item(prf, 2).text), order.place);
        let lin = content.lin.unwrap_or(set.segments.len());
        let sn1 = set.item(content.sn1, 1);
        let line = self.product(lin, 2, &["PL"]).or(set.item(lin, 1)).or(sn1);
        match line.text.parse::<u32>() {
            Ok(line_no) => draft.set(format!("{path}.line_no"), line_no, line.place),
            Err(_) if line.is_blank() && self.x12.items_are_counted => {
                draft.set(format!("{path}.line_no"), count, line.place);
            }
            Err(_) => {
                let hint = "expected the order's line number in LIN-01, or options.item_numbers: counted";
                let code = if line.is_blank() { ErrorCode::MissingField } else { ErrorCode::BadValue };
                let place = if content.lin.is_some() { Place::new(lin, 1) } else { sn1.place };
                draft.fault(code, &format!("{path}.line_no"), format!("{:?}: {hint}", line.text), place);
            }
        }
        self.copy(draft, &format!("{path}.quantity"), set.item(content.sn1, 2));
    }
}
