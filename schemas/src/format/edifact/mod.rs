//! UN/EDIFACT: what ocean carriers, forwarders and European partners send.
//!
//! | message | becomes |
//! |---|---|
//! | IFTSTA status | `milestone`, `customs_status`, or the withdrawal of one |
//! | INVOIC invoice, credit note | `invoice`, or the withdrawal of one |
//! | CONTRL acknowledgement | nothing, or a data error for what the partner refused |
//!
//! A record is one or several interchanges, each with its UNA or the standard's characters. What is wrong with a part is
//! told at its place (`UNH 0003 / RFF[2].1:2`) and leaves the other parts unharmed.
//!
//! **Ids and times** are functions of the message, so a repeat changes nothing:
//!
//! - `event_id` is the message's type, the references of interchange and message, a digest of its segments, and a number
//!   in the message: `IFTSTA:3724322.2805567:9f8a2c3d:0001`;
//! - `recorded_at` is the time of the interchange (UNB), in the profile's zone, else in UTC;
//! - `milestone_id` and `status_id` are made of what is said, so a status that is sent again is the same document;
//! - `revision` is 0 for an original (BGM-03 9) and 1 for a change, replacement or cancellation (4, 5, 1).
//!
//! Names and addresses of persons are not carried: no view needs them.

mod codes;
mod control;
mod interchange;
mod invoice;
mod reference;
mod status;
mod syntax;
mod time;
mod writer;

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex_lite::Regex;

use super::envelope::whole_record;
use super::settings::Settings;
use super::{Decoder, Outcome, Profile, ProfileError, Record};
use crate::{DataError, ErrorCode, Text};

/// The options of a profile that this format knows, besides `reference.<qualifier>`.
const OPTIONS: [&str; 6] =
    ["base_invoice", "control_numbers", "credit_sign", "currency", "ignore_messages", "segment_count"];

/// Reads the EDIFACT messages of one partner.
#[derive(Debug)]
pub struct Edifact {
    settings: Settings,
    /// Its first group is the number of the invoice that an altered number is about.
    base_invoice: Option<Regex>,
    /// Whether a message with another number of segments than its UNT says is refused.
    miscounted_is_refused: bool,
    /// Whether references of trailers are held against their headers.
    controls_are_checked: bool,
    /// Whether amounts of credit notes are written without the sign that they have.
    credits_are_unsigned: bool,
    ignored_messages: BTreeSet<String>,
}

impl Edifact {
    /// Reads as a profile says.
    ///
    /// # Errors
    /// When the profile has no source, or a zone, a code or an option that is not known.
    pub fn new(profile: Profile) -> Result<Edifact, ProfileError> {
        let settings = Settings::new(profile, &OPTIONS)?;
        let ignored = settings.option("ignore_messages").split(',').map(|word| word.trim().to_ascii_uppercase());
        Ok(Edifact {
            base_invoice: settings.pattern("base_invoice")?,
            miscounted_is_refused: settings.one_of("segment_count", &[("report", false), ("refuse", true)])?,
            controls_are_checked: settings.one_of("control_numbers", &[("check", true), ("ignore", false)])?,
            credits_are_unsigned: settings.one_of("credit_sign", &[("implied", true), ("written", false)])?,
            ignored_messages: ignored.collect(),
            settings,
        })
    }
}

impl Decoder for Edifact {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        match text(record.value) {
            Ok(text) => self.read(&text, outcomes),
            Err(error) => outcomes.push(Err(error)),
        }
    }
}

/// The text of a record: UTF-8, or ISO 8859-1 where UNB says so (UNOC).
fn text(record: &[u8]) -> Result<Cow<'_, str>, DataError> {
    whole_record(record).map(Cow::Borrowed).or_else(|error| {
        let latin = error.code == ErrorCode::NotUtf8 && syntax_identifier(record).is_some_and(|level| level == b"UNOC");
        if latin { Ok(record.iter().map(|byte| char::from(*byte)).collect()) } else { Err(error) }
    })
}

/// The four letters behind the record's first UNB.
fn syntax_identifier(record: &[u8]) -> Option<&[u8]> {
    let unb = record.windows(3).position(|tag| tag == b"UNB")?;
    record.get(unb + 4..unb + 8)
}

/// An error outside of any event.
fn refused(code: ErrorCode, field: String, message: String) -> Outcome {
    Err(DataError { stream: None, code, field, message, event_id: Text::default() })
}
