//! Amounts of duties and taxes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::canonical::{Draft, quoted};
use super::super::options::ProfileError;
use super::xml::Element;
use super::{named, wrong};
use crate::number::NumberError;
use crate::{Currency, DataError, ErrorCode, Money};

/// What a type of duty or tax is in a declared line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Levy {
    Duty,
    Tax,
    Fees,
    /// No debt, or not ours to count.
    Ignore,
}

impl Levy {
    /// The field of a declared line.
    fn field(self) -> &'static str {
        match self {
            Levy::Duty => "duty",
            Levy::Tax => "tax",
            Levy::Fees | Levy::Ignore => "fees",
        }
    }
}

/// What the tax types of an authority are. Built in are those of the EU and the UK: `A..` customs duties and what begins
/// with two digits, excise, are duty, `B..` VAT is tax, `C..` to `E..` are fees; `MDC` and `CSD` are deposits.
#[derive(Clone, Debug)]
pub(super) struct TaxTypes(BTreeMap<String, Levy>);

impl TaxTypes {
    /// The types of the profile; the built-in ones stand behind them.
    pub fn of<'p>(given: impl Iterator<Item = (&'p str, &'p str)>) -> Result<TaxTypes, ProfileError> {
        given
            .map(|(code, name)| Ok((code.to_owned(), named("tax_type.", code, name)?)))
            .collect::<Result<_, _>>()
            .map(TaxTypes)
    }

    fn get(&self, code: &str) -> Option<Levy> {
        if let Some(tax) = self.0.get(code) {
            return Some(*tax);
        }
        match code.as_bytes() {
            b"MDC" | b"CSD" => Some(Levy::Ignore),
            [b'A', _, _] => Some(Levy::Duty),
            [b'B', _, _] => Some(Levy::Tax),
            [b'C'..=b'E', _, _] => Some(Levy::Fees),
            [b'0'..=b'9', b'0'..=b'9', last] if last.is_ascii_alphanumeric() => Some(Levy::Duty),
            _ => None,
        }
    }
}

/// An amount as written, its currency and where it stands.
pub(super) struct Amount<'d> {
    pub text: &'d str,
    pub place: String,
    element: Element<'d>,
}

impl<'d> Amount<'d> {
    /// The amount of an element.
    pub fn of(element: Element<'d>) -> Option<Amount<'d>> {
        Some(Amount { text: element.text()?, place: element.place(), element })
    }

    /// The currency that the element gives.
    pub fn currency(&self) -> Option<&'d str> {
        self.element.attribute("currencyID").filter(|code| !code.is_empty())
    }

    /// The amount in minor units of a currency.
    fn minor_units(&self, currency: Currency) -> Result<i128, DataError> {
        currency.minor_units(self.text).map(i128::from).map_err(|problem| {
            let (code, what) = match problem {
                NumberError::NotANumber => (ErrorCode::BadValue, "is not a decimal number".to_owned()),
                NumberError::TooPrecise => {
                    (ErrorCode::AmountPrecision, format!("has more decimals than {currency} has"))
                }
                NumberError::TooLarge => {
                    (ErrorCode::AmountRange, format!("is more than 10^15 minor units of {currency}"))
                }
            };
            wrong(code, &self.place, format!("{} {what}", quoted(self.text)))
        })
    }

    /// Refuses an amount of another currency than the document's.
    pub fn expect(&self, currency: Currency) -> Result<(), DataError> {
        match self.currency() {
            Some(code) if code != currency.code() => {
                let message = format!("is in {}: expected {currency}, as the other amounts", quoted(code));
                Err(wrong(ErrorCode::BadValue, &self.place, message))
            }
            _ => Ok(()),
        }
    }
}

/// The sums of duties, taxes and fees of an item.
#[derive(Debug, Default)]
pub(super) struct Sums(BTreeMap<Levy, (i128, String)>);

impl Sums {
    /// Adds up the `DutyTaxFee` elements of an item.
    pub fn of(item: &Element<'_>, taxes: &TaxTypes, currency: Currency) -> Result<Sums, DataError> {
        let mut sums = Sums::default();
        for fee in item.children("DutyTaxFee") {
            let Some(amount) = payable(&fee) else { continue };
            let code = fee.required("TypeCode")?;
            let Some(tax) = taxes.get(code) else {
                let message = format!("{} is no type of tax that is known: set option tax_type.<TYPE>", quoted(code));
                return Err(wrong(ErrorCode::BadValue, &fee.place_of("TypeCode"), message));
            };
            if tax == Levy::Ignore {
                continue;
            }
            amount.expect(currency)?;
            let minor = amount.minor_units(currency)?;
            let (sum, _) = sums.0.entry(tax).or_insert((0, amount.place));
            *sum += minor;
        }
        Ok(sums)
    }

    /// Sets the amounts of a declared line; duty and tax are 0 where nothing is due.
    pub fn write(&self, draft: &mut Draft, line: &str, currency: Currency) {
        for tax in [Levy::Duty, Levy::Tax, Levy::Fees] {
            let field = format!("{line}.{}", tax.field());
            match self.0.get(&tax) {
                Some((sum, place)) => draft.set(&field, Money::new(*sum, currency).to_string(), place),
                None if tax == Levy::Fees => {}
                None => draft.constant(&field, "0"),
            }
        }
    }
}

/// What is to be paid of a duty: the payment amount, else what was assessed.
fn payable<'d>(fee: &Element<'d>) -> Option<Amount<'d>> {
    let element = fee.find("Payment/PaymentAmount").or_else(|| fee.find("Payment/TaxAssessedAmount"))?;
    Amount::of(element)
}

/// The base that a duty or tax is a share of.
fn base_of<'d>(fee: Element<'d>) -> Option<Amount<'d>> {
    fee.find("AdValoremTaxBaseAmount").and_then(Amount::of)
}

/// The value for customs of an item of a notice, in minor units, and where its base stands: the tax base of its first
/// customs duty. The base of a tax has the duties in it, so where only that is given they are taken off.
pub(super) fn customs_value(
    item: &Element<'_>,
    sums: &Sums,
    currency: Currency,
) -> Result<Option<(i128, String)>, DataError> {
    let is_duty = |fee: &Element<'_>| fee.text_of("TypeCode").is_some_and(|code| code.starts_with('A'));
    let of_duty = item.children("DutyTaxFee").filter(is_duty).find_map(base_of);
    let (amount, duties) = match of_duty {
        Some(amount) => (amount, 0),
        None => match item.children("DutyTaxFee").find_map(base_of) {
            Some(amount) => (amount, sums.0.get(&Levy::Duty).map_or(0, |(sum, _)| *sum)),
            None => return Ok(None),
        },
    };
    amount.expect(currency)?;
    let base = amount.minor_units(currency)?;
    Ok(Some(((base - duties).max(0), amount.place)))
}
