//! The `reference` stream as JSON: rates, charge codes, tolerances, service levels, partners.

use super::fault::Read;
use super::read::{Field, Object};
use super::write::Members;
use crate::event::{ChargeCode, FxRate, Partner, Sla, Tolerance};
use crate::{Currency, Decimal, ErrorCode};

pub(super) fn read_fx_rate(data: &Object<'_>) -> Read<FxRate> {
    Ok(FxRate {
        date: data.required("date", Field::date)?,
        base: data.required("base", Field::currency)?,
        quote: data.required("quote", Field::currency)?,
        rate: data.required("rate", Field::positive)?,
    })
}

pub(super) fn read_charge_code(data: &Object<'_>) -> Read<ChargeCode> {
    Ok(ChargeCode {
        issuer: data.text("issuer")?,
        partner_code: data.text("partner_code")?,
        code: data.text("code")?,
        component: data.optional("component", Field::one_of)?,
        basis: data.optional("basis", Field::one_of)?,
    })
}

pub(super) fn read_tolerance(data: &Object<'_>) -> Read<Tolerance> {
    let (issuer, code) = (data.text("issuer")?, data.text("code")?);
    let over_pct = data.optional("over_pct", Field::not_negative)?;
    let under_pct = data.optional("under_pct", Field::not_negative)?;
    // Ahead of the limits: whether they are money depends on it.
    let currency = data.optional("currency", Field::currency)?;
    Ok(Tolerance {
        issuer,
        code,
        over_pct,
        under_pct,
        over_abs: data.optional("over_abs", |field| read_limit(field, currency))?,
        under_abs: data.optional("under_abs", |field| read_limit(field, currency))?,
        currency,
        require_delivered: data.optional("require_delivered", Field::boolean)?.unwrap_or(false),
    })
}

/// A limit in major units: money where the rule names a currency, else a number like any other.
fn read_limit(field: &Field<'_>, currency: Option<Currency>) -> Read<Decimal> {
    let Some(currency) = currency else { return field.not_negative() };
    let minor = field.amount(currency)?;
    if minor < 0 {
        return field.fault(ErrorCode::BadValue, "is below 0");
    }
    Ok(Decimal::from_units(i128::from(minor) * 10_i128.pow(Decimal::DECIMALS - currency.exponent())))
}

pub(super) fn read_sla(data: &Object<'_>) -> Read<Sla> {
    Ok(Sla {
        name: data.text("name")?,
        milestone: data.required("milestone", Field::one_of)?,
        carrier: data.optional_text("carrier")?,
        mode: data.optional("mode", Field::one_of)?,
        region: data.optional_text("region")?,
        after: data.optional("after", Field::one_of)?,
        within_hours: data.optional("within_hours", Field::not_negative)?,
        grace_hours: data.optional("grace_hours", Field::not_negative)?,
    })
}

pub(super) fn read_partner(data: &Object<'_>) -> Read<Partner> {
    Ok(Partner {
        code: data.text("code")?,
        kind: data.required("kind", Field::one_of)?,
        name: data.text("name")?,
        region: data.text("region")?,
        owner: data.text("owner")?,
        max_silence_hours: data.optional("max_silence_hours", Field::not_negative)?,
    })
}

pub(super) fn write_fx_rate(data: &mut Members<'_>, rate: &FxRate) {
    data.shown("date", rate.date);
    data.value("base", rate.base);
    data.value("quote", rate.quote);
    data.shown("rate", rate.rate);
}

pub(super) fn write_charge_code(data: &mut Members<'_>, mapping: &ChargeCode) {
    data.text("issuer", &mapping.issuer);
    data.text("partner_code", &mapping.partner_code);
    data.text("code", &mapping.code);
    data.optional("component", &mapping.component);
    data.optional("basis", &mapping.basis);
}

pub(super) fn write_tolerance(data: &mut Members<'_>, rule: &Tolerance) {
    data.text("issuer", &rule.issuer);
    data.text("code", &rule.code);
    data.number("over_pct", rule.over_pct);
    data.number("under_pct", rule.under_pct);
    data.number("over_abs", rule.over_abs);
    data.number("under_abs", rule.under_abs);
    data.optional("currency", &rule.currency);
    if rule.require_delivered {
        data.value("require_delivered", true);
    }
}

pub(super) fn write_sla(data: &mut Members<'_>, sla: &Sla) {
    data.text("name", &sla.name);
    data.value("milestone", sla.milestone);
    data.optional("carrier", &sla.carrier);
    data.optional("mode", &sla.mode);
    data.optional("region", &sla.region);
    data.optional("after", &sla.after);
    data.number("within_hours", sla.within_hours);
    data.number("grace_hours", sla.grace_hours);
}

pub(super) fn write_partner(data: &mut Members<'_>, partner: &Partner) {
    data.text("code", &partner.code);
    data.value("kind", partner.kind);
    data.text("name", &partner.name);
    data.text("region", &partner.region);
    data.text("owner", &partner.owner);
    data.number("max_silence_hours", partner.max_silence_hours);
}
