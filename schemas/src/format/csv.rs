//! Tables with a header: columns become fields of canonical events, one event a row.
//!
//! The profile's options say which column is which field:
//!
//! - `type`: the type of the events, `milestone`, `receipt` and so on.
//! - `field.<path>`: the column, or `=text` for a text of its own: `field.data.ref.value: Pro No`,
//!   `field.data.ref.type: =pro`, `field.data.lines[0].line_no: =1`. Empty cells are not given. A path that is not given is
//!   absent; what a type must have is checked as for any event.
//! - `time_format`: `iso`, or `dmy` / `mdy` for `31/12/2026 18:00` (`/`, `.` or `-` between). It goes for fields that are
//!   times; a time without a zone has the profile's. Dates follow it too.
//! - `decimal`: `point` or `comma`: how numbers are written. Signs between thousands are no numbers.
//! - `delimiter`, `header`.
//!
//! Codes are mapped by the profile: `codes.milestones` for `data.milestone`, `codes.customs_statuses` for `data.status` of a
//! `customs_status`, `codes.charges` for `data.code` and `data.lines[…].code`, `codes.units` for `…unit`, `codes.places` for
//! `data.location`, `data.origin` and `data.destination`. `ignore` passes the row over; a code of the first two that is not
//! mapped must be one of ours, else it is `bad_value` with its place.
//!
//! Without `field.event_id` a row's id is made of its cells, so the same row read twice is one event. What tables cannot
//! say with one row an event (several lines of one document) is for a jq program: give a mapping, and it runs once a row.

use std::collections::BTreeMap;

use super::canonical::{Draft, content_id};
use super::options::{Options, ProfileError};
use super::table::{Layout, Row};
use super::zone::Zone;
use super::{Decoder, Jq, Outcome, Profile, Record};
use crate::event::DocumentType;
use crate::{DataError, Date};
use ::csv::StringRecord;

/// Decodes tables by columns.
#[derive(Clone, Debug)]
pub struct Csv {
    source: String,
    document_type: DocumentType,
    fields: Vec<Field>,
    codes: super::CodeMaps,
    layout: Layout,
    reading: Reading,
}

/// How cells are read.
#[derive(Clone, Debug)]
struct Reading {
    zone: Zone,
    order: DateOrder,
    decimal_comma: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DateOrder {
    Iso,
    DayFirst,
    MonthFirst,
}

/// A field and where its text comes from.
#[derive(Clone, Debug)]
struct Field {
    path: String,
    origin: FieldOrigin,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum FieldOrigin {
    Column(String),
    Constant(String),
}

/// What the text of a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Time,
    Date,
    Integer,
    Flag,
    Number,
    Text,
}

impl Csv {
    /// The decoder of a source.
    ///
    /// # Errors
    /// What is wrong with the profile.
    pub fn new(profile: &Profile) -> Result<Csv, ProfileError> {
        let [delimiter, header] = Layout::OPTIONS;
        let known = [delimiter, header, "type", "time_format", "decimal", "field."];
        let options = Options::of(profile, "csv", &known)?;
        let name = options.required("type")?;
        let document_type = DocumentType::named(name).ok_or_else(|| ProfileError::BadOption {
            name: "type".to_owned(),
            value: name.to_owned(),
            expected: DocumentType::ALL.iter().map(|it| it.as_str()).collect::<Vec<_>>().join(", "),
        })?;
        let orders = [("iso", DateOrder::Iso), ("dmy", DateOrder::DayFirst), ("mdy", DateOrder::MonthFirst)];
        Ok(Csv {
            source: profile.source.clone(),
            document_type,
            fields: options.with_prefix("field.").map(|(path, from)| Field::read(path, from)).collect(),
            codes: profile.codes.clone(),
            layout: Layout::of(&options)?,
            reading: Reading {
                zone: Zone::named(&profile.time_zone)?,
                order: options.choice("time_format", &orders)?,
                decimal_comma: options.choice("decimal", &[("point", false), ("comma", true)])?,
            },
        })
    }

    /// The decoder of a source whose rows a jq program maps.
    ///
    /// # Errors
    /// What is wrong with the profile or the program.
    pub fn mapped(profile: &Profile, program: &str) -> Result<Jq, ProfileError> {
        Jq::of_rows(profile, program)
    }

    /// The event of a row; `None` where a code says that it is of no interest.
    fn read_row(&self, header: &StringRecord, row: &Row) -> Option<Outcome> {
        let of_row = |column: &str| {
            let at = header.iter().position(|name| name == column)?;
            row.cells.get(at).filter(|cell| !cell.is_empty())
        };
        let mut draft = Draft::new(self.document_type, &self.source, &content_id(row.cells.iter()));
        for field in &self.fields {
            let (text, place) = match &field.origin {
                FieldOrigin::Constant(text) => (Some(text.as_str()), format!("field.{}", field.path)),
                FieldOrigin::Column(column) => (of_row(column), format!("line {}, {column}", row.line)),
            };
            // A field that is not given is absent, and shown as the column that it should be in.
            let Some(text) = text else {
                draft.set(&field.path, serde_json::Value::Null, &place);
                continue;
            };
            let text = match self.mapped_code(&field.path, text) {
                Some("ignore") => return None,
                mapped => mapped.unwrap_or(text),
            };
            draft.set(&field.path, field.kind.value(text, &self.reading), &place);
        }
        Some(draft.finish())
    }

    fn mapped_code(&self, path: &str, code: &str) -> Option<&str> {
        let of_status = self.document_type == DocumentType::CustomsStatus;
        let codes: &BTreeMap<String, String> = match path.rsplit('.').next()? {
            "milestone" => &self.codes.milestones,
            "status" if of_status => &self.codes.customs_statuses,
            "code" => &self.codes.charges,
            "unit" => &self.codes.units,
            "location" | "origin" | "destination" => &self.codes.places,
            _ => return None,
        };
        codes.get(code).map(String::as_str)
    }
}

impl Decoder for Csv {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        let stream = Some(self.document_type.stream());
        let of_stream = |fault: DataError| Err(DataError { stream, ..fault });
        let table = match self.layout.read(record.value) {
            Ok(table) => table,
            Err(fault) => return outcomes.push(of_stream(fault)),
        };
        for row in table.rows {
            match row {
                Ok(row) => outcomes.extend(self.read_row(&table.header, &row)),
                Err(fault) => outcomes.push(of_stream(fault)),
            }
        }
    }
}

impl Field {
    fn read(path: &str, from: &str) -> Field {
        let origin = match from.strip_prefix('=') {
            Some(text) => FieldOrigin::Constant(text.to_owned()),
            None => FieldOrigin::Column(from.to_owned()),
        };
        Field { path: path.to_owned(), origin, kind: Kind::of(path) }
    }
}

impl Kind {
    /// What the field with this path is, by its name.
    fn of(path: &str) -> Kind {
        match path.rsplit('.').next().unwrap_or(path) {
            "occurred_at" | "recorded_at" | "at" | "received_at" | "posted_at" => Kind::Time,
            "ordered_on" | "declared_on" | "issued_on" | "date" => Kind::Date,
            "revision" | "line_no" | "order_line_no" => Kind::Integer,
            "retracted" | "require_delivered" => Kind::Flag,
            "quantity" | "unit_price" | "weight_kg" | "volume_m3" | "freight" | "insurance" | "duty" | "tax"
            | "fees" | "brokerage" | "handling" | "other" | "amount" | "total" | "customs_value" | "rate"
            | "over_pct" | "under_pct" | "over_abs" | "under_abs" | "within_hours" | "grace_hours"
            | "max_silence_hours" => Kind::Number,
            _ => Kind::Text,
        }
    }

    /// The value of a cell. What cannot be read stays as it is, and is refused where every event is checked.
    fn value(self, text: &str, reading: &Reading) -> serde_json::Value {
        match self {
            Kind::Time => {
                let text = reading.ordered(text);
                reading.zone.read(&text).map_or(text, |time| time.to_string()).into()
            }
            Kind::Date => reading.ordered(text).into(),
            Kind::Integer => text.parse::<u64>().map_or_else(|_| text.into(), Into::into),
            Kind::Flag => text.to_ascii_lowercase().parse::<bool>().map_or_else(|_| text.into(), Into::into),
            Kind::Number if reading.decimal_comma && !text.contains('.') => text.replacen(',', ".", 1).into(),
            Kind::Number | Kind::Text => text.into(),
        }
    }
}

impl Reading {
    /// `31/12/2026 18:00` as `2026-12-31 18:00`, where days or months come first.
    fn ordered(&self, text: &str) -> String {
        if self.order == DateOrder::Iso {
            return text.to_owned();
        }
        let (date, clock) = text.split_once(' ').map_or((text, None), |(date, clock)| (date, Some(clock)));
        let Some(date) = self.date(date) else { return text.to_owned() };
        clock.map_or_else(|| date.to_string(), |clock| format!("{date} {clock}"))
    }

    fn date(&self, text: &str) -> Option<Date> {
        let mut parts = text.split(['/', '.', '-']);
        let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
        let (day, month) = if self.order == DateOrder::DayFirst { (first, second) } else { (second, first) };
        let is_whole = parts.next().is_none() && year.len() == 4;
        is_whole.then(|| Date::of_calendar(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)).flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::json::encode;

    fn profile(options: &[(&str, &str)]) -> Profile {
        let base = [
            ("type", "milestone"),
            ("delimiter", "semicolon"),
            ("time_format", "dmy"),
            ("field.occurred_at", "Time"),
            ("field.data.milestone_id", "No"),
            ("field.data.ref.type", "=pro"),
            ("field.data.ref.value", "Pro"),
            ("field.data.milestone", "Status"),
            ("field.data.classifier", "=actual"),
            ("field.data.at", "Time"),
        ];
        let options = base.iter().chain(options).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let mut profile = Profile { source: "carrier:X".into(), options: options.collect(), ..Profile::default() };
        profile.time_zone = "Europe/Berlin".to_owned();
        profile.codes.milestones.insert("ABG".into(), "departed".into());
        profile.codes.milestones.insert("PAUSE".into(), "ignore".into());
        profile
    }

    fn decode(profile: &Profile, table: &str) -> Vec<String> {
        let mut outcomes = Vec::new();
        let record = Record { value: table.as_bytes(), key: None, origin: "f", partition: 0, offset: 1, headers: &[] };
        Csv::new(profile).expect("a good profile").decode(&record, &mut outcomes);
        outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(ToString::to_string, encode)).collect()
    }

    const HEADER: &str = "No;Pro;Status;Time\n";

    #[test]
    fn a_row_is_an_event_and_the_same_row_the_same() {
        let row = "1;P-1;ABG;31/07/2026 18:00\n";
        let shown = decode(&profile(&[]), &format!("{HEADER}{row}{row}2;P-1;PAUSE;31/07/2026 19:00\n"));
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0], shown[1]);
        assert!(shown[0].contains(r#""milestone":"departed""#), "{}", shown[0]);
        assert!(shown[0].contains(r#""at":"2026-07-31T16:00:00Z""#), "{}", shown[0]);
    }

    #[test]
    fn faults_have_the_line_and_the_column() {
        let shown = decode(
            &profile(&[]),
            &format!("{HEADER}1;P-1;WAS;31/07/2026 18:00\n2;;ABG;31/02/2026 18:00\n3;;ABG;31/07/2026 18:00\n"),
        );
        assert!(shown[0].starts_with("bad_value at `line 2, Status`"), "{}", shown[0]);
        assert!(shown[1].starts_with("bad_time at `line 3, Time`"), "{}", shown[1]);
        assert!(shown[2].starts_with("missing_field at `line 4, Pro`"), "{}", shown[2]);
    }

    #[test]
    fn rows_may_come_without_the_header() {
        let profile = profile(&[("header", "No;Pro;Status;Time")]);
        assert_eq!(decode(&profile, "1;P-1;ABG;31/07/2026 18:00").len(), 1);
    }

    #[test]
    fn a_profile_is_checked() {
        let mut wrong = profile(&[("type", "milestones")]);
        assert!(matches!(Csv::new(&wrong), Err(ProfileError::BadOption { .. })));
        wrong.options.insert("colour".into(), "blue".into());
        assert!(matches!(Csv::new(&wrong), Err(ProfileError::UnknownOption { .. })));
    }
}
