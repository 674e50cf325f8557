//! WCO Data Model XML: customs declarations and what the authority answers, as HMRC's CDS and others exchange them.
//!
//! # What is read
//! `MetaData` with `Declaration` or `Response` elements, those elements alone, or `MetaData` in the envelope of a
//! submission; element names count, namespaces do not. Other documents (retrievals, reports) are `unknown_type`.
//!
//! - **A declaration as filed** (function 9) → `declaration`, stage `estimated`; and a `link` between the one identity
//!   that its documents name and its own reference, so that answers, which name no transport document, resolve too.
//! - **Requests** (function 13: amendment, cancellation, presentation) are wishes, not states: they say nothing.
//! - **Answers** → `customs_status` by their function code (`codes.rs`). A hold has a `hold_type`: `control`, `documents` or
//!   `payment`. "Released" while a hold is open keeps both facts; only what the authority says ends a hold. With the
//!   option `control_result: ends_holds`, a release or clearance with the result of a control (A1, satisfactory) ends the
//!   control and document holds.
//! - **A tax notice** (function 13) → `declaration`, stage `assessed`. It is a state of the whole debt: a newer one
//!   replaces the one before, it never adds to it.
//!
//! # Identity and versions
//! `declaration_id` is the trader's reference (LRN, `FunctionalReferenceID`), the only number that the declaration as filed,
//! its answers and its tax notices share; the authority's number (MRN, `ID`) stands in where there is none, or goes
//! before with the option `declaration_id: mrn` (then a declaration as filed, which has no MRN yet, is another document).
//! `revision` is the authority's `VersionID` and `recorded_at` the time of issue, so the latest notice is in force whatever
//! came first. The declaration as filed has revision 0: any notice replaces it. `status_id` is the answer's own
//! reference, so that a repeat changes nothing.
//!
//! # What is open in the standard
//! - A notice states duty and tax by item, but neither commodity nor origin: `hs_code` is then `unknown`, `origin_country` is
//!   `ZZ`, and the `customs_value` is the tax base of the duty.
//! - Amounts are what is to be paid (`PaymentAmount`, else `TaxAssessedAmount`). Customs and excise duties are `duty`, VAT is
//!   `tax`; deposits and securities (`MDC`, `CSD`) are no debt.
//! - A declaration as filed has often no time at all. Then the record's header named by the option `time_header` is its
//!   time; else it is dated 1970-01-01 until the first notice replaces it, or refused (`undated: refuse`).
//! - Names and addresses are not carried.
//!
//! Options: `declaration_id`, `control_result`, `undated`, `time_header`, `jurisdiction`, `currency`, `kind` (of notices, which
//! do not say), `lrn_ref` (identifier type of the trader's reference among the refs, or `none`), `quantity` (`none`, `tariff`,
//! `packages`), `document.<TYPE>` (a document type as an identifier type, `order_line` or `ignore`), `tax_type.<TYPE>` (`duty`,
//! `tax`, `fees` or `ignore`).

mod amounts;
mod codes;
mod declaration;
mod notice;
mod response;
mod time;
mod xml;

use std::collections::BTreeMap;

use super::canonical::{fault, text_of};
use super::json::RECORD_BYTES_MAX;
use super::options::{Options, ProfileError, code_map, variant};
use super::zone::Zone;
use super::{Decoder, Outcome, Profile, Record};
use crate::event::DeclarationKind;
use crate::{Currency, DataError, ErrorCode, IdentifierType, Stream};
use amounts::TaxTypes;
use codes::{DocumentTypes, Meaning};
use xml::Element;

/// Decodes declarations and answers.
#[derive(Clone, Debug)]
pub struct Wco {
    source: String,
    partner: String,
    zone: Zone,
    statuses: BTreeMap<String, Option<Meaning>>,
    documents: DocumentTypes,
    taxes: TaxTypes,
    switches: Switches,
}

/// The positions of the switches.
#[derive(Clone, Debug)]
struct Switches {
    mrn_first: bool,
    result_ends_holds: bool,
    refuse_undated: bool,
    time_header: Option<String>,
    jurisdiction: Option<String>,
    currency: Option<Currency>,
    kind: DeclarationKind,
    lrn_ref: Option<IdentifierType>,
    quantity: Quantity,
}

/// What the quantity of a declared line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quantity {
    None,
    /// Supplementary units.
    Tariff,
    /// Packages.
    Packages,
}

const OPTIONS: [&str; 11] = [
    "declaration_id",
    "control_result",
    "undated",
    "time_header",
    "jurisdiction",
    "currency",
    "kind",
    "lrn_ref",
    "quantity",
    "document.",
    "tax_type.",
];

impl Wco {
    /// The decoder of a source.
    ///
    /// # Errors
    /// What is wrong with the profile.
    pub fn new(profile: &Profile) -> Result<Wco, ProfileError> {
        let options = Options::of(profile, "wco", &OPTIONS)?;
        Ok(Wco {
            source: profile.source.clone(),
            partner: profile.partner.trim().to_owned(),
            zone: Zone::named(&profile.time_zone)?,
            statuses: code_map("customs_statuses", &profile.codes.customs_statuses, Meaning::read)?,
            documents: DocumentTypes::of(options.with_prefix("document."))?,
            taxes: TaxTypes::of(options.with_prefix("tax_type."))?,
            switches: Switches::of(&options)?,
        })
    }

    fn read(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) -> Result<(), DataError> {
        let text = text_of(record.value, RECORD_BYTES_MAX)?;
        let tree = xml::parse(text)?;
        let root = Element::root(&tree);
        let parts = root.parts();
        if parts.is_empty() {
            let message = format!("a document of {}: expected Declaration or Response in MetaData", root.name());
            return Err(wrong(ErrorCode::UnknownType, &root.place(), message));
        }
        for part in parts {
            let read = match part.name() {
                "Response" => response::read(self, &part, outcomes),
                _ => declaration::read(self, record, &part, outcomes),
            };
            if let Err(fault) = read {
                outcomes.push(Err(fault));
            }
        }
        Ok(())
    }
}

impl Decoder for Wco {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        if let Err(fault) = self.read(record, outcomes) {
            outcomes.push(Err(DataError { stream: Some(Stream::Customs), ..fault }));
        }
    }
}

impl Switches {
    fn of(options: &Options<'_>) -> Result<Switches, ProfileError> {
        let currency = options.get("currency").map(|code| {
            code.parse().map_err(|_| ProfileError::BadOption {
                name: "currency".to_owned(),
                value: code.to_owned(),
                expected: "a currency such as EUR".to_owned(),
            })
        });
        let quantity = [("none", Quantity::None), ("tariff", Quantity::Tariff), ("packages", Quantity::Packages)];
        Ok(Switches {
            mrn_first: options.choice("declaration_id", &[("lrn", false), ("mrn", true)])?,
            result_ends_holds: options.choice("control_result", &[("keeps_holds", false), ("ends_holds", true)])?,
            refuse_undated: options.choice("undated", &[("epoch", false), ("refuse", true)])?,
            time_header: options.get("time_header").map(str::to_owned),
            jurisdiction: options.get("jurisdiction").map(str::to_owned),
            currency: currency.transpose()?,
            kind: options.one_of("kind")?.unwrap_or(DeclarationKind::Import),
            lrn_ref: match options.get("lrn_ref") {
                Some("none") => None,
                _ => Some(options.one_of("lrn_ref")?.unwrap_or(IdentifierType::Shipment)),
            },
            quantity: options.choice("quantity", &quantity)?,
        })
    }
}

/// The variant of an enumeration that an option with a prefix names.
fn named<T: serde::de::DeserializeOwned>(prefix: &str, code: &str, name: &str) -> Result<T, ProfileError> {
    variant(name).map_err(|expected| ProfileError::BadOption {
        name: format!("{prefix}{code}"),
        value: name.to_owned(),
        expected,
    })
}

fn wrong(code: ErrorCode, place: &str, message: impl Into<String>) -> DataError {
    fault(Some(Stream::Customs), code, place, message)
}
