//! ANSI ASC X12: what carriers, shippers and suppliers of North America send.
//!
//! | set | becomes |
//! |---|---|
//! | 210, 310 freight invoice | `invoice`, or the withdrawal of one |
//! | 214, 315 status | `milestone`, `customs_status` |
//! | 856 ship notice | `shipment`, `link` |
//! | 850 purchase order | `order` |
//! | 997, 999, TA1 acknowledgement | nothing, or a data error for what the partner refused |
//!
//! A record is one or several interchanges. What is wrong with a part is told at its place (`ST 0003 / L1[4].4`: the
//! fourth element of the fourth L1 of set 0003) and leaves the other parts unharmed.
//!
//! **Ids and times** are functions of the message, so a repeat changes nothing:
//!
//! - `event_id` is the set's number, the control numbers of interchange, group and set, a digest of its segments, and a
//!   number in the set: `214:000001644.1644.0001:9f8a2c3d:0001`;
//! - `recorded_at` is the time of the group's header (GS-04, GS-05), in the profile's zone, else in UTC;
//! - `milestone_id` and `status_id` are made of what is said, not of who said it when: a status that is sent again in
//!   another interchange is the same document;
//! - `revision` is 0 for an original and 1 for what corrects or cancels one; among corrections the newest wins, by
//!   `recorded_at`. So a withdrawal may come before its original.
//!
//! Names and addresses of persons are not carried: no view needs them.

mod acknowledgement;
mod amount;
mod codes;
mod header;
mod interchange;
mod invoice;
mod invoice_parts;
mod notice;
mod ocean;
mod order;
mod reference;
mod road;
mod segment;
mod statuses;
mod time;
mod writer;

pub(super) use codes::{charge, status};
pub(super) use reference::{BEST_FIRST, is_filler};

use std::collections::{BTreeMap, BTreeSet};

use regex_lite::Regex;

use super::envelope::whole_record;
use super::settings::Settings;
use super::zone::Zone;
use super::{Decoder, Outcome, Profile, ProfileError, Record};
use crate::{DataError, ErrorCode, Text};

/// The options of a profile that this format knows, besides `reference.<qualifier>`.
const OPTIONS: [&str; 11] = [
    "base_invoice",
    "carrier",
    "control_numbers",
    "currency",
    "declaration_reference",
    "ignore_sets",
    "implied_decimals",
    "incoterm",
    "item_numbers",
    "segment_count",
    "ship_notice",
];

/// Reads the X12 messages of one partner.
#[derive(Debug)]
pub struct X12 {
    settings: Settings,
    /// Decimals that amounts of type N2 leave out.
    implied_decimals: usize,
    /// Its first group is the number of the invoice that an altered number is about.
    base_invoice: Option<Regex>,
    /// Whether a set with another number of segments than its SE says is refused.
    miscounted_is_refused: bool,
    /// Whether control numbers of trailers are held against their headers.
    controls_are_checked: bool,
    /// Whether a ship notice says links only.
    notice_is_links: bool,
    /// Whether items of a ship notice without a line number are counted within their order.
    items_are_counted: bool,
    ignored_sets: BTreeSet<String>,
    /// Qualifiers of customs entry numbers.
    declarations: Vec<String>,
    /// Zones of the time codes that name a place.
    zones: BTreeMap<&'static str, Zone>,
}

impl X12 {
    /// Reads as a profile says.
    ///
    /// # Errors
    /// When the profile has no source, or a zone, a code or an option that is not known.
    pub fn new(profile: Profile) -> Result<X12, ProfileError> {
        let settings = Settings::new(profile, &OPTIONS)?;
        let words = |name: &str| -> Vec<String> {
            settings.option(name).split(',').map(|word| word.trim().to_ascii_uppercase()).collect()
        };
        let decimals = [("true", 2), ("false", 0), ("0", 0), ("1", 1), ("2", 2), ("3", 3), ("4", 4)];
        let mut declarations = words("declaration_reference");
        if settings.option("declaration_reference").is_empty() {
            declarations = codes::DECLARATIONS.map(str::to_owned).to_vec();
        }
        Ok(X12 {
            implied_decimals: settings.one_of("implied_decimals", &decimals)?,
            base_invoice: settings.pattern("base_invoice")?,
            miscounted_is_refused: settings.one_of("segment_count", &[("report", false), ("refuse", true)])?,
            controls_are_checked: settings.one_of("control_numbers", &[("check", true), ("ignore", false)])?,
            notice_is_links: settings.one_of("ship_notice", &[("shipment", false), ("links", true)])?,
            items_are_counted: settings.one_of("item_numbers", &[("given", false), ("counted", true)])?,
            ignored_sets: words("ignore_sets").into_iter().collect(),
            declarations,
            zones: time::zones(),
            settings,
        })
    }
}

impl Decoder for X12 {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        match whole_record(record.value) {
            Ok(text) => self.read(text, outcomes),
            Err(error) => outcomes.push(Err(error)),
        }
    }
}

/// An error outside of any event.
fn refused(code: ErrorCode, field: String, message: String) -> Outcome {
    Err(DataError { stream: None, code, field, message, event_id: Text::default() })
}
