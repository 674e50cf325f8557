//! INVOIC, invoices and credit notes.
//!
//! A line is each LIN with its amount (MOA+203), each charge or allowance ahead of them (ALC with MOA+8), and each tax of
//! the summary (TAX with MOA+124). Their sum must be the invoice's total (MOA+77, 39, 86 or 9). Credit notes write what is
//! credited without a sign: it is turned, unless `options.credit_sign` is `written`.

use std::borrow::Cow;
use std::rc::Rc;

use super::codes;
use super::reference::{Reference, set};
use super::syntax::{Item, Place};
use super::time::shown_time;
use super::writer::{Function, Writer};
use crate::ErrorCode;
use crate::event::DocumentType;
use crate::format::draft::Draft;
use crate::format::x12;

/// A line of the invoice.
struct Line<'r> {
    code: Item<'r>,
    amount: Item<'r>,
    currency: Item<'r>,
    /// Whether the amount is taken off.
    allowance: bool,
    references: Rc<[Reference<'r>]>,
}

impl<'r> Writer<'_, 'r> {
    /// Reads an INVOIC.
    pub fn invoice(&mut self) {
        let bgm = self.message.first("BGM");
        let number = self.message.item(bgm, 2, 1);
        let mut draft = self.draft(DocumentType::Invoice);
        self.revised(&mut draft);
        let issuer = self.issuer();
        self.copy(&mut draft, "issuer", &issuer);
        self.copy(&mut draft, "invoice_no", &number);
        self.issued_on(&mut draft);
        if self.function() != Function::Cancellation {
            self.document(&mut draft, bgm, &number);
        }
        self.push(draft);
    }

    fn document(&self, draft: &mut Draft<Place>, bgm: usize, number: &Item<'r>) {
        let message = self.message;
        let kind = message.item(bgm, 1, 1);
        let credit = codes::is_credit(&kind.text);
        draft.set("kind", if credit { "credit" } else { "invoice" }, kind.place);
        let currency = self.currency();
        self.copy(draft, "currency", &currency);
        let end = message.first("UNS");
        let first_line = message.first("LIN").min(end);
        for (index, reference) in self.references(0..first_line).iter().enumerate() {
            set(draft, &format!("refs[{index}]"), reference);
        }
        let lines = self.lines(first_line, end);
        let total = codes::TOTALS.iter().find_map(|qualifier| self.amount(0..message.segments.len(), qualifier));
        // A credit note with a sign of its own is left as it is.
        let amounts = lines.iter().map(|line| &line.amount).chain(total.iter().map(|(amount, _)| amount));
        let signed = amounts.clone().any(|amount| amount.text.starts_with('-'));
        let turned = credit && self.edifact.credits_are_unsigned && !signed;
        for (index, line) in lines.iter().enumerate() {
            if draft.is_full() {
                return;
            }
            self.line(draft, index, line, turned, &currency);
        }
        if lines.is_empty() {
            draft.fault(ErrorCode::MissingField, "lines", "the message has no line with an amount", Place::MESSAGE);
        }
        if let Some((total, _)) = total {
            draft.set("total", signed_amount(&total.text, turned), total.place);
        }
        self.replaces(draft, &kind, number);
    }

    fn line(&self, draft: &mut Draft<Place>, index: usize, line: &Line<'r>, turned: bool, currency: &Item<'_>) {
        let path = format!("lines[{index}]");
        draft.set(format!("{path}.line_no"), index + 1, line.amount.place);
        let written = line.code.text.as_ref();
        let ours = self.edifact.settings.charges.get(written).map(String::as_str);
        let code = ours.or_else(|| x12::charge(&written.to_ascii_uppercase())).unwrap_or(written);
        draft.set(format!("{path}.code"), code, line.code.place);
        let amount = signed_amount(&line.amount.text, turned != line.allowance);
        draft.set(format!("{path}.amount"), amount, line.amount.place);
        if !line.currency.is_blank() && !line.currency.text.eq_ignore_ascii_case(&currency.text) {
            let text = format!("{:?} in an invoice in {:?}: expected one currency", line.currency.text, currency.text);
            draft.fault(ErrorCode::BadValue, &format!("{path}.amount"), text, line.currency.place);
        }
        for (number, reference) in line.references.iter().enumerate() {
            if draft.is_full() {
                return;
            }
            set(draft, &format!("{path}.refs[{number}]"), reference);
        }
    }

    /// The lines: charges ahead of the first LIN, the LINs, taxes behind the last.
    fn lines(&self, first_line: usize, end: usize) -> Vec<Line<'r>> {
        let message = self.message;
        let mut lines: Vec<Line<'r>> =
            self.parts_of("ALC", 0..first_line).filter_map(|part| self.charge(part)).collect();
        for part in self.parts_of("LIN", first_line..end) {
            let amount = codes::LINE_AMOUNTS.iter().find_map(|qualifier| self.amount(part.clone(), qualifier));
            match amount {
                Some((amount, currency)) => lines.push(Line {
                    code: self.line_code(&part),
                    amount,
                    currency,
                    allowance: false,
                    references: self.references(part).into(),
                }),
                None => {
                    let references: Rc<[_]> = self.references(part.clone()).into();
                    let charges = self.parts_of("ALC", part).filter_map(|part| self.charge(part));
                    lines.extend(charges.map(|line| Line { references: references.clone(), ..line }));
                }
            }
        }
        let taxes = self.parts_of("TAX", end..message.segments.len()).filter_map(|part| {
            let code = message.item(part.start, 2, 1);
            let (amount, currency) = self.amount(part, "124")?;
            let zero = amount.text.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','));
            (!zero).then(|| Line { code, amount, currency, allowance: false, references: Rc::default() })
        });
        lines.extend(taxes);
        lines
    }

    /// A charge or an allowance: ALC with its amount.
    fn charge(&self, part: std::ops::Range<usize>) -> Option<Line<'r>> {
        let message = self.message;
        let alc = part.start;
        let (amount, currency) =
            codes::CHARGE_AMOUNTS.iter().find_map(|qualifier| self.amount(part.clone(), qualifier))?;
        let allowance = message.item(alc, 1, 1).text.eq_ignore_ascii_case("A");
        let code = message.item(alc, 5, 1).or(|| message.item(alc, 5, 4));
        Some(Line { code, amount, currency, allowance, references: Rc::default() })
    }

    /// What a line is for: its item number, else its description.
    fn line_code(&self, part: &std::ops::Range<usize>) -> Item<'r> {
        let message = self.message;
        let first = |tag: &str| part.clone().find(|index| message.segments[*index].is(tag));
        let mut code = message.item(part.start, 3, 1);
        if let Some(alc) = first("ALC") {
            code = code.or(|| message.item(alc, 5, 1));
        }
        if let Some(pia) = first("PIA") {
            code = code.or(|| message.item(pia, 2, 1));
        }
        if let Some(imd) = first("IMD") {
            code = code.or(|| message.item(imd, 3, 1)).or(|| message.item(imd, 3, 4));
        }
        code
    }

    /// The parts of a range that begin with a segment: to the next of its kind, of a line, or the end.
    fn parts_of<'t>(
        &'t self,
        tag: &'t str,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = std::ops::Range<usize>> + 't {
        let mut at = range.start;
        std::iter::from_fn(move || {
            let segments = &self.message.segments;
            let begin = (at..range.end).find(|index| segments[*index].is(tag))?;
            let ends = |index: &usize| segments[*index].is(tag) || segments[*index].is("LIN");
            at = (begin + 1..range.end).find(ends).unwrap_or(range.end);
            Some(begin..at)
        })
    }

    /// The amount of the first MOA with a qualifier, and its currency.
    fn amount(&self, mut range: std::ops::Range<usize>, qualifier: &str) -> Option<(Item<'r>, Item<'r>)> {
        let message = self.message;
        let is = |index: &usize| message.segments[*index].is("MOA") && message.item(*index, 1, 1).text == qualifier;
        let moa = range.find(is)?;
        Some((message.item(moa, 1, 2), message.item(moa, 1, 3)))
    }

    fn references(&self, range: std::ops::Range<usize>) -> Vec<Reference<'r>> {
        let mut references: Vec<Reference<'r>> = Vec::new();
        for reference in range.filter_map(|index| self.reference(index)) {
            let same = |known: &Reference<'_>| known.kind == reference.kind && known.item.text == reference.item.text;
            if !references.iter().take(1000).any(same) {
                references.push(reference);
            }
        }
        references
    }

    /// Who bills: the invoice's issuer, else the supplier, the seller, the carrier, the forwarder.
    fn issuer(&self) -> Item<'r> {
        let message = self.message;
        let party = |role: &str| {
            let is = |index: &usize| message.segments[*index].is("NAD") && message.item(*index, 1, 1).text == role;
            let nad = (0..message.segments.len()).find(is)?;
            Some(message.item(nad, 2, 1)).filter(|code| !code.is_blank())
        };
        let said = ["II", "SU", "SE", "CA", "FW"].iter().find_map(|role| party(role));
        let said = said.unwrap_or(Item::none(Place::MESSAGE));
        match self.edifact.settings.partner.as_str() {
            "" => said,
            ours => Item { text: Cow::Owned(ours.to_owned()), place: said.place },
        }
    }

    fn currency(&self) -> Item<'r> {
        let cux = self.message.item(self.message.first("CUX"), 1, 2);
        cux.or(|| {
            let ours = self.edifact.settings.option("currency");
            Item { text: Cow::Owned(ours.to_owned()), place: Place::MESSAGE }
        })
    }

    fn issued_on(&self, draft: &mut Draft<Place>) {
        let message = self.message;
        let dated = |qualifier: &str| {
            let is = |index: &usize| message.segments[*index].is("DTM") && message.item(*index, 1, 1).text == qualifier;
            (0..message.segments.len()).find(is)
        };
        let Some(dtm) = dated("3").or_else(|| dated("137")) else {
            return draft.fault(ErrorCode::MissingField, "issued_on", "no DTM dates the invoice", Place::MESSAGE);
        };
        let (value, format) = (message.item(dtm, 1, 2), message.item(dtm, 1, 3));
        match shown_time(&value.text, &format.text) {
            Some((local, _)) => {
                draft.occurred_at(local.date.midnight());
                draft.set("issued_on", local.date.to_string(), value.place);
            }
            None => {
                let text = format!("{:?} is no date of format {:?}", value.text, format.text);
                draft.fault(ErrorCode::BadValue, "issued_on", text, value.place);
            }
        }
    }

    /// The invoice that this one stands in place of: the one it was altered from by the partner's rule, or, of a corrected
    /// invoice, the one that it names (RFF+OI).
    fn replaces(&self, draft: &mut Draft<Place>, kind: &Item<'r>, number: &Item<'r>) {
        let message = self.message;
        let is = |index: &usize| message.segments[*index].is("RFF") && message.item(*index, 1, 1).text == "OI";
        let named = (0..message.segments.len()).find(is).map(|rff| message.item(rff, 1, 2));
        let altered = self.edifact.base_invoice.as_ref().and_then(|pattern| pattern.captures(&number.text));
        let base = altered.and_then(|groups| groups.get(1)).map(|base| base.as_str());
        let corrects = kind.text == "384";
        match (base.filter(|base| *base != number.text), named.filter(|named| corrects && named.text != number.text)) {
            (Some(base), _) => draft.set("replaces", base, number.place),
            (None, Some(named)) => self.copy(draft, "replaces", &named),
            (None, None) => {}
        }
    }
}

/// An amount with a decimal point, its sign turned or not.
fn signed_amount(text: &str, turned: bool) -> String {
    let text = text.replace(',', ".");
    match (turned, text.strip_prefix('-')) {
        (false, _) => text,
        (true, Some(positive)) => positive.to_owned(),
        (true, None) if text.is_empty() => text,
        (true, None) => format!("-{text}"),
    }
}
