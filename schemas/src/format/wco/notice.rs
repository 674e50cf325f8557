//! Tax notices: the authority's statement of the whole debt of a declaration.

use super::super::Outcome;
use super::super::canonical::{Draft, quoted};
use super::amounts::{Amount, Sums, customs_value};
use super::response::Answer;
use super::xml::Element;
use super::{Wco, wrong};
use crate::event::{DeclarationKind, DocumentType};
use crate::{Currency, DataError, ErrorCode, Money};

/// Commodity of a line that does not say: without digits it is at odds with no other.
pub(super) const UNKNOWN_HS_CODE: &str = "unknown";
/// Origin of a line that does not say.
pub(super) const UNKNOWN_COUNTRY: &str = "ZZ";

/// Reads a tax notice.
pub(super) fn read(adapter: &Wco, answer: &Answer<'_>) -> Result<Outcome, DataError> {
    let declaration = &answer.declaration;
    let currency =
        currency_of(adapter, declaration, &["PaymentAmount", "TaxAssessedAmount", "AdValoremTaxBaseAmount"])?;
    let mut draft = answer.draft(adapter, DocumentType::Declaration, "/declaration");
    if let Some((version, place)) = &answer.version {
        match version.parse::<u64>() {
            Ok(version) => draft.set("revision", version, place),
            Err(_) => draft.set("revision", *version, place),
        }
    }
    let broker = if adapter.partner.is_empty() { &adapter.source } else { &adapter.partner };
    draft.constant("data.broker", broker.as_str());
    draft.constant("data.jurisdiction", jurisdiction(adapter, declaration));
    draft.constant("data.kind", kind_name(adapter.switches.kind));
    draft.constant("data.stage", "assessed");
    draft.constant("data.declared_on", answer.issued_at.date().to_string());
    draft.constant("data.currency", currency.to_string());
    let lrn = declaration.find("FunctionalReferenceID").and_then(|it| Some((it.text()?, it.place())));
    if let (Some(kind), Some((lrn, place))) = (adapter.switches.lrn_ref, lrn) {
        draft.identifier("data.refs[0]", (kind, lrn), &place);
    }
    draft.constant("data.lines", serde_json::Value::Array(Vec::new()));
    let items: Vec<Element<'_>> = declaration
        .children("GoodsShipment")
        .flat_map(|shipment| shipment.children("GovernmentAgencyGoodsItem"))
        .collect();
    for (index, item) in items.iter().enumerate() {
        let line = format!("data.lines[{index}]");
        write_line_no(&mut draft, &line, item, index);
        let commodity = item.find("Commodity").unwrap_or(*item);
        draft.constant(&format!("{line}.hs_code"), commodity.text_of("Classification/ID").unwrap_or(UNKNOWN_HS_CODE));
        draft
            .constant(&format!("{line}.origin_country"), item.text_of("Origin/CountryCode").unwrap_or(UNKNOWN_COUNTRY));
        write_amounts(adapter, &mut draft, &line, &commodity, currency)?;
    }
    if items.is_empty() && declaration.find("DutyTaxFee").is_some() {
        // The debt of the declaration as a whole.
        draft.constant("data.lines[0].line_no", 1);
        draft.constant("data.lines[0].hs_code", UNKNOWN_HS_CODE);
        draft.constant("data.lines[0].origin_country", UNKNOWN_COUNTRY);
        write_amounts(adapter, &mut draft, "data.lines[0]", declaration, currency)?;
    }
    Ok(draft.finish())
}

fn write_amounts(
    adapter: &Wco,
    draft: &mut Draft,
    line: &str,
    holder: &Element<'_>,
    currency: Currency,
) -> Result<(), DataError> {
    let sums = Sums::of(holder, &adapter.taxes, currency)?;
    let value = format!("{line}.customs_value");
    match customs_value(holder, &sums, currency)? {
        Some((base, place)) => draft.set(&value, Money::new(base, currency).to_string(), &place),
        None => draft.constant(&value, "0"),
    }
    sums.write(draft, line, currency);
    Ok(())
}

/// The number of an item, else its place in the list.
pub(super) fn write_line_no(draft: &mut Draft, line: &str, item: &Element<'_>, index: usize) {
    let path = format!("{line}.line_no");
    match item.find("SequenceNumeric").and_then(|it| Some((it.text()?, it.place()))) {
        Some((text, place)) => match text.parse::<u64>() {
            Ok(number) => draft.set(&path, number, &place),
            Err(_) => draft.set(&path, text, &place),
        },
        None => draft.constant(&path, index + 1),
    }
}

/// The name of a kind on the wire.
pub(super) fn kind_name(kind: DeclarationKind) -> &'static str {
    match kind {
        DeclarationKind::Import => "import",
        DeclarationKind::Export => "export",
    }
}

/// The currency of the amounts of a declaration: that of the first amount with the first of these names that there is, else
/// the profile's, else the country's.
pub(super) fn currency_of(
    adapter: &Wco,
    declaration: &Element<'_>,
    names: &'static [&'static str],
) -> Result<Currency, DataError> {
    let of_name = |name| declaration.descendants(std::slice::from_ref(name)).filter_map(Amount::of);
    let mut amounts = names.iter().flat_map(of_name).filter_map(|amount| Some((amount.currency()?, amount)));
    if let Some((code, amount)) = amounts.next() {
        return code.parse().map_err(|_| {
            let message = format!("{} is no currency: expected three letters such as EUR", quoted(code));
            wrong(ErrorCode::BadValue, &amount.place, message)
        });
    }
    let country = jurisdiction(adapter, declaration);
    let of_country = if matches!(country.as_str(), "GB" | "XI") { "GBP" } else { "EUR" };
    Ok(adapter.switches.currency.unwrap_or(of_country.parse().expect("both are currencies")))
}

/// The authority's country: the profile's, else that of the message, else that in the authority's number, which begins
/// with the year and the country.
pub(super) fn jurisdiction(adapter: &Wco, declaration: &Element<'_>) -> String {
    if let Some(country) = &adapter.switches.jurisdiction {
        return country.clone();
    }
    let of_message = declaration.responsible_country();
    let of_mrn = declaration.text_of("ID").and_then(|mrn| mrn.get(2..4));
    let country = of_message.or(of_mrn).filter(|it| it.bytes().all(|byte| byte.is_ascii_uppercase()));
    country.unwrap_or(UNKNOWN_COUNTRY).to_owned()
}
