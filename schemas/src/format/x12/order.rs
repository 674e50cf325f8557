//! 850, purchase order.
//!
//! A release of a blanket order (BEG-04) is an order of its own: `BEG-03`, a hyphen, `BEG-04`. Lines without a number
//! (PO1-01) are counted from 1, as their order in the set is all there is to name them by.

use std::borrow::Cow;

use super::segment::{Item, Place};
use super::writer::Writer;
use crate::event::DocumentType;
use crate::format::draft::Draft;
use crate::{Decimal, ErrorCode};

/// Qualifiers of product numbers (data element 235), the buyer's own first.
const PRODUCT_NUMBERS: [&str; 14] =
    ["BP", "IN", "PI", "SK", "CB", "MG", "VP", "VN", "VC", "UP", "UK", "EN", "UA", "UI"];

impl<'w, 'r> Writer<'w, 'r> {
    /// Reads an 850.
    pub fn order(&mut self) {
        let (set, beg) = (self.set, self.set.first("BEG"));
        if beg == set.segments.len() {
            return self.refuse(ErrorCode::MissingField, Place::SET, "data.order_id: the set has no BEG".to_owned());
        }
        let mut draft = self.draft(DocumentType::Order);
        let purpose = set.item(beg, 1);
        draft.revision(u64::from(matches!(purpose.text, "01" | "04" | "05")));
        let number = set.item(beg, 3);
        draft.set("order_id", order_number(number.text, set.item(beg, 4).text), number.place);
        let (buyer, supplier) = (self.party(&["BY", "BT"]), self.party(&["SU", "VN", "SE"]));
        self.copy(&mut draft, "buyer", buyer);
        let supplier = supplier.or(self.qualified("REF", "VR"));
        // The orders of one system are for many suppliers; the profile's partner is the one where an order names none.
        let supplier = if supplier.is_blank() { self.partner(supplier) } else { supplier };
        self.copy(&mut draft, "supplier", supplier);
        let incoterm = self.or_option(set.item(set.first("FOB"), 5), "incoterm");
        self.copy(&mut draft, "incoterm", incoterm);
        let currency = self.or_option(set.item(set.first("CUR"), 2), "currency");
        draft.set("currency", currency.code(), currency.place);
        self.date(&mut draft, "ordered_on", set.item(beg, 5));
        draft.set("region", self.x12.settings.region.as_str(), Place::SET);
        draft.set("status", if purpose.text == "01" { "cancelled" } else { "open" }, purpose.place);
        let lines: Vec<usize> = set.each().filter(|(_, segment)| segment.is("PO1")).map(|(index, _)| index).collect();
        for (number, po1) in lines.iter().enumerate() {
            let end = lines.get(number + 1).copied().unwrap_or(set.segments.len());
            self.order_line(&mut draft, number, *po1, end);
        }
        if lines.is_empty() {
            draft.fault(ErrorCode::MissingField, "lines", "the set has no line (PO1)", Place::SET);
        }
        self.push(draft);
    }

    fn order_line(&self, draft: &mut Draft<Place>, number: usize, po1: usize, end: usize) {
        let (set, path) = (self.set, format!("lines[{number}]"));
        let given = set.item(po1, 1);
        match given.text.parse::<u32>() {
            Ok(line_no) => draft.set(format!("{path}.line_no"), line_no, given.place),
            Err(_) if given.is_blank() => draft.set(format!("{path}.line_no"), number + 1, given.place),
            Err(_) => {
                let message = format!("{:?} is no line number: expected digits", given.text);
                draft.fault(ErrorCode::BadValue, &format!("{path}.line_no"), message, given.place);
            }
        }
        let sku = self.product(po1, 6, &PRODUCT_NUMBERS);
        self.copy(draft, &format!("{path}.sku"), sku);
        let (quantity, unit, price) = (set.item(po1, 2), set.item(po1, 3), set.item(po1, 4));
        self.copy(draft, &format!("{path}.quantity"), quantity);
        draft.set(format!("{path}.unit"), self.x12.settings.unit(unit.text), unit.place);
        let basis = set.item(po1, 5);
        draft.set(format!("{path}.unit_price"), unit_price(price.text, &basis.code(), &unit.code()), price.place);
        let origin = self.product(po1, 6, &["CH"]);
        self.copy(draft, &format!("{path}.origin_country"), origin);
        if let Some(pid) = (po1..end).find(|index| set.segments[*index].is("PID")) {
            self.copy(draft, &format!("{path}.description"), set.item(pid, 5));
        }
    }

    /// The number of the first of some qualifiers among the pairs of a segment that begin at an element.
    pub fn product(&self, segment: usize, begin: u8, qualifiers: &[&str]) -> Item<'r> {
        let Some(text) = self.set.segments.get(segment) else { return Item::none(Place::SET) };
        let pairs: Vec<(&str, u8)> = (begin..begin + 20).step_by(2).map(|at| (text.element(at), at + 1)).collect();
        let numbered = |qualifier: &&str| {
            let (_, number) = pairs.iter().find(|(given, _)| given.eq_ignore_ascii_case(qualifier))?;
            Some(self.set.item(segment, *number)).filter(|number| !number.is_blank())
        };
        qualifiers.iter().find_map(numbered).unwrap_or(Item::none(Place::new(segment, begin + 1)))
    }

    /// The code of the first party in one of some roles (N1-04), else its name: companies, never persons.
    fn party(&self, roles: &[&str]) -> Item<'r> {
        let of = |role: &str| {
            let mut parties = self.set.each().filter(|(_, segment)| segment.is("N1"));
            parties.find(|(_, segment)| segment.element(1).eq_ignore_ascii_case(role)).map(|(index, _)| index)
        };
        let found = roles.iter().find_map(|role| of(role));
        found.map_or(Item::none(Place::SET), |n1| self.set.item(n1, 4).or(self.set.item(n1, 2)))
    }

    /// The second element of the first segment of a kind whose first element is a qualifier.
    pub fn qualified(&self, tag: &str, qualifier: &str) -> Item<'r> {
        let mut segments = self.set.each().filter(|(_, segment)| segment.is(tag));
        let found = segments.find(|(_, segment)| segment.element(1).eq_ignore_ascii_case(qualifier));
        found.map_or(Item::none(Place::SET), |(index, _)| self.set.item(index, 2))
    }
}

/// The price of one unit, where the basis of the price (data element 639) is a dozen, a hundred or a thousand of them. A
/// quantity that is counted in dozens itself is priced so.
fn unit_price<'t>(price: &'t str, basis: &str, unit: &str) -> Cow<'t, str> {
    let (units, counted_so) = match basis {
        "LD" | "PD" | "RD" | "TD" | "WD" => (12, "DZ"),
        "HP" | "LC" | "QH" | "RC" | "TC" | "WC" => (100, "HU"),
        "LM" | "QS" | "RM" | "TM" | "TP" | "WM" => (1000, "TH"),
        _ => return Cow::Borrowed(price),
    };
    match price.parse::<Decimal>() {
        Ok(price) if unit != counted_so => {
            let half = units / 2 * price.units().signum();
            Cow::Owned(Decimal::from_units((price.units() + half) / units).to_string())
        }
        _ => Cow::Borrowed(price),
    }
}

/// The number of an order, or of a release of one.
pub(super) fn order_number(number: &str, release: &str) -> String {
    if release.is_empty() || number.is_empty() { number.to_owned() } else { format!("{number}-{release}") }
}
