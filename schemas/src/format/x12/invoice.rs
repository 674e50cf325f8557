//! 210 and 310, freight invoices by road and by sea.
//!
//! B3 is the header, every L1 a charge. Amounts are of type N2. The charges must make up B3-07 and L3-05. A 310 is also
//! the rated copy of a bill of lading; there carriers write 00 as the amount due, which says nothing then.
//!
//! | B3-08 | becomes |
//! |---|---|
//! | `CA`, `BO` cancelled | the withdrawal of the invoice, under its number and the one it was altered from |
//! | `CO`, `RB`, `RC` correction, rebill | revision 1 of the same number, or an invoice that replaces the one its number was altered from |
//! | `BD`, `AR`, `AD` balance due, added | an invoice of its own beside the original |
//! | others, none | the invoice |

use super::codes;
use super::invoice_parts::{Charge, Parts};
use super::reference::{add, any_identity};
use super::segment::{Item, Place};
use super::writer::Writer;
use crate::ErrorCode;
use crate::event::DocumentType;
use crate::format::draft::Draft;

/// Currencies of one invoice, at most.
const CURRENCIES_MAX: usize = 16;

/// The header's elements.
struct Header<'r> {
    number: Item<'r>,
    date: Item<'r>,
    due: Item<'r>,
    issuer: Item<'r>,
    kind: Kind,
}

/// How an invoice stands to the one before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Original,
    Correction,
    Addition,
    Cancellation,
}

impl Kind {
    fn named(correction_indicator: &str) -> Kind {
        match correction_indicator {
            "CO" | "RB" | "RC" => Kind::Correction,
            "AD" | "AR" | "BD" => Kind::Addition,
            "BO" | "CA" => Kind::Cancellation,
            _ => Kind::Original,
        }
    }

    fn revision(self) -> u64 {
        u64::from(matches!(self, Kind::Correction | Kind::Cancellation))
    }
}

impl<'w, 'r> Writer<'w, 'r> {
    /// Reads a 210 or 310.
    pub fn invoice(&mut self) {
        let (set, b3) = (self.set, self.set.first("B3"));
        if b3 == set.segments.len() {
            return self.refuse(ErrorCode::MissingField, Place::SET, "data.invoice_no: the set has no B3".to_owned());
        }
        let issuer = set.item(b3, 11);
        self.parcels = codes::numbers_parcels(issuer.text);
        let header = Header {
            number: set.item(b3, 2),
            date: set.item(b3, 6),
            due: set.item(b3, 7),
            issuer,
            kind: Kind::named(&set.item(b3, 8).code()),
        };
        let mut parts = self.parts();
        let shipment = self.reference("B3-03", set.item(b3, 3));
        add(&mut parts.ladings[0].references, shipment);
        if header.kind == Kind::Cancellation {
            return self.cancellation(&header, &parts);
        }
        let currencies = self.currencies(&parts);
        if currencies.len() > CURRENCIES_MAX {
            let message = format!("data.currency: charges in more than {CURRENCIES_MAX} currencies");
            return self.refuse(ErrorCode::BadValue, Place::SET, message);
        }
        // A header in one currency over charges in others has a total that cannot be compared.
        let said = parts.currency().map_or("", |currency| currency.text);
        let alike = |currency: &Item<'_>| said.is_empty() || said.eq_ignore_ascii_case(currency.text);
        let comparable = currencies.len() == 1 && currencies.iter().all(alike);
        for (index, currency) in currencies.iter().enumerate() {
            let number = numbered(self.number(&header), index, *currency);
            let mut draft = self.headed(&header, &number);
            self.copy(&mut draft, "currency", Item { text: &currency.code(), place: currency.place });
            self.references(&mut draft, "refs", parts.references());
            self.charges(&mut draft, &parts, *currency);
            if comparable {
                self.total(&mut draft, &parts, &header);
            }
            let sign = if self.is_credit(&parts, &header) { "credit" } else { "invoice" };
            draft.set("kind", sign, header.due.place);
            let base = self.base_of(header.number.text);
            if base != header.number.text && matches!(header.kind, Kind::Original | Kind::Correction) {
                draft.set("replaces", numbered(base.to_owned(), index, *currency), header.number.place);
            }
            self.push(draft);
        }
    }

    /// The currencies of the charges, each once: the header's first, else in the order of the charges. An invoice has
    /// one currency, so charges in another make an invoice of their own.
    fn currencies(&self, parts: &Parts<'r>) -> Vec<Item<'w>> {
        let header = parts.currency().into_iter();
        let of_charges = parts.charges.iter().map(|charge| self.currency(parts, charge));
        let mut currencies: Vec<Item<'w>> = Vec::new();
        for currency in of_charges {
            let known = currencies.iter().any(|known| known.text.eq_ignore_ascii_case(currency.text));
            if !known && currencies.len() <= CURRENCIES_MAX {
                currencies.push(currency);
            }
        }
        for main in header {
            currencies.sort_by_key(|currency| !currency.text.eq_ignore_ascii_case(main.text));
        }
        if currencies.is_empty() {
            let none = Item::none(Place::SET);
            currencies.push(self.or_option(parts.currency().unwrap_or(none), "currency"));
        }
        currencies
    }

    fn currency(&self, parts: &Parts<'r>, charge: &Charge<'r>) -> Item<'w> {
        let none = Item::none(Place::new(charge.segment, 0));
        self.or_option(parts.currency_of(charge).unwrap_or(none), "currency")
    }

    /// The withdrawal of an invoice: of the number that is written, and of the one that it was altered from.
    fn cancellation(&mut self, header: &Header<'r>, parts: &Parts<'r>) {
        let base = self.base_of(header.number.text).to_owned();
        for (index, currency) in self.currencies(parts).into_iter().enumerate() {
            let mut numbers = vec![header.number.text.to_owned(), base.clone()];
            numbers.dedup();
            for number in numbers {
                let mut draft = self.headed(header, &numbered(number, index, currency));
                draft.retracted();
                self.push(draft);
            }
        }
    }

    /// A draft with the fields that the header gives.
    fn headed(&mut self, header: &Header<'r>, number: &str) -> Draft<Place> {
        let mut draft = self.draft(DocumentType::Invoice);
        draft.revision(header.kind.revision());
        let issuer = self.partner(header.issuer);
        self.copy(&mut draft, "issuer", issuer);
        self.copy(&mut draft, "invoice_no", Item { text: number, place: header.number.place });
        self.date(&mut draft, "issued_on", header.date);
        draft
    }

    /// The number of the invoice. An addition under the number of its original would take the original's place.
    fn number(&self, header: &Header<'r>) -> String {
        let number = header.number.text;
        if header.kind == Kind::Addition && self.base_of(number) == number && !number.is_empty() {
            return format!("{number}-ADD-{}", header.date.text);
        }
        number.to_owned()
    }

    /// The number that an altered number is about, by the partner's rule; itself where it is not altered.
    fn base_of<'t>(&self, number: &'t str) -> &'t str {
        let altered = self.x12.base_invoice.as_ref().and_then(|pattern| pattern.captures(number));
        altered.and_then(|groups| groups.get(1)).map_or(number, |base| base.as_str())
    }

    fn charges(&self, draft: &mut Draft<Place>, parts: &Parts<'r>, currency: Item<'_>) {
        let ours = |charge: &&Charge<'r>| self.currency(parts, charge).text.eq_ignore_ascii_case(currency.text);
        let mut lines = 0;
        for charge in parts.charges.iter().filter(ours) {
            if draft.is_full() {
                return;
            }
            let (set, l1, path) = (self.set, charge.segment, format!("lines[{lines}]"));
            lines += 1;
            draft.set(format!("{path}.line_no"), lines, Place::new(l1, 0));
            let code = set.item(l1, 8);
            draft.set(format!("{path}.code"), self.charge_code(code), code.place);
            let amount = (4..=6).map(|element| set.item(l1, element)).find(|amount| !amount.is_blank());
            let amount = amount.unwrap_or(set.item(l1, 4));
            draft.set(format!("{path}.amount"), self.x12.amount(amount.text), amount.place);
            let lading = &parts.ladings[charge.lading];
            // References of a line stand in place of the invoice's: a group of shipments must not hide the one.
            if charge.lading > 0 && (any_identity(&lading.references) || !any_identity(parts.references())) {
                self.references(draft, &format!("{path}.refs"), &lading.references);
            }
            if let Some((weight, place)) = &lading.weight {
                draft.set(format!("{path}.weight_kg"), weight.as_str(), *place);
            }
        }
        if lines == 0 {
            draft.fault(ErrorCode::MissingField, "lines", "the set has no charge (L1)", Place::SET);
        }
    }

    /// The canonical code of a charge: by the profile, by the standard, else as written. A charge without a code is the
    /// line-haul freight.
    fn charge_code<'t>(&'t self, code: Item<'t>) -> &'t str {
        match code.text {
            "" => "FRT",
            written => match self.x12.settings.charges.get(written) {
                Some(ours) => ours,
                None => codes::charge(&code.code()).unwrap_or(written),
            },
        }
    }

    /// Fills in the total that the charges must make up, and holds header and summary against each other.
    fn total(&self, draft: &mut Draft<Place>, parts: &Parts<'r>, header: &Header<'r>) {
        let unstated = |item: &Item<'r>| item.is_blank() || (self.set.id() == "310" && is_zero(item.text));
        let stated = |item: &Item<'r>| !unstated(item);
        let due = Some(header.due).filter(stated);
        let summary = parts.summary.filter(stated);
        if let (Some(due), Some(summary)) = (due, summary)
            && !self.x12.same_amount(due.text, summary.text)
        {
            let message = format!("L3-05 is {}, B3-07 is {}: expected the same amount", summary.text, due.text);
            draft.fault(ErrorCode::TotalMismatch, "total", message, summary.place);
        }
        if let Some(total) = due.or(summary) {
            draft.set("total", self.x12.amount(total.text), total.place);
        }
    }

    fn is_credit(&self, parts: &Parts<'r>, header: &Header<'r>) -> bool {
        let negative = |charge: &Charge<'r>| self.set.item(charge.segment, 4).text.starts_with('-');
        match header.due.or(parts.summary.unwrap_or(header.due)).text {
            "" => !parts.charges.is_empty() && parts.charges.iter().all(negative),
            total => total.starts_with('-'),
        }
    }
}

/// The number of an invoice's part in its second and further currencies.
fn numbered(number: String, index: usize, currency: Item<'_>) -> String {
    if index == 0 || number.is_empty() { number } else { format!("{number}-{}", currency.code()) }
}

fn is_zero(amount: &str) -> bool {
    amount.bytes().all(|byte| matches!(byte, b'0' | b'.'))
}
