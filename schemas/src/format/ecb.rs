//! Reference rates of the European Central Bank: `eurofxref-hist.csv` and the daily `eurofxref.csv`.
//!
//! A header `Date,USD,JPY,…`, then a row a day, newest first or in any order; one euro is so many units of the
//! column's currency. Every cell becomes one `fx_rate` (`date`, `EUR`, currency). `N/A` and empty cells say nothing, nor
//! does the empty column of a trailing comma. There are no rows for weekends and holidays; none are made up, because the
//! engine looks for the latest rate itself (`fx_max_age_days`).
//!
//! - A record is a whole file, or rows alone with the profile's option `header`.
//! - Dates are `2026-04-13`, and `13 April 2026` as the daily file has them.
//! - Currencies that have ended (`CYP`, `EEK`, …) are no currencies of documents any more: their columns are passed over.
//!   A column that names no currency at all is one error, not one a row.
//! - `event_id` is `2026-04-13/USD`, and `occurred_at` the day's midnight in UTC: reading a file again, or the next day's
//!   longer one, changes nothing. A rate that is published again with another value ties with the first, which
//!   `data_errors` lists as `conflicting_event`.
//! - Options: `delimiter`, `header`, `base` (EUR unless given, for other banks with the same layout).

use super::canonical::{Draft, fault, quoted};
use super::options::{Options, ProfileError};
use super::table::{Layout, Row};
use super::{Decoder, Outcome, Profile, Record};
use crate::event::DocumentType;
use crate::{Currency, DataError, Date, ErrorCode, Stream};

/// Currencies of the files that ISO 4217 has withdrawn.
const ENDED: [&str; 12] = ["BGN", "CYP", "EEK", "HRK", "LTL", "LVL", "MTL", "ROL", "SIT", "SKK", "TRL", "RUB"];
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Decodes tables of rates.
#[derive(Clone, Debug)]
pub struct Ecb {
    source: String,
    base: Currency,
    layout: Layout,
}

/// A column of rates.
struct Column {
    at: usize,
    quote: Currency,
}

impl Ecb {
    /// The decoder of a source.
    ///
    /// # Errors
    /// What is wrong with the profile.
    pub fn new(profile: &Profile) -> Result<Ecb, ProfileError> {
        let [delimiter, header] = Layout::OPTIONS;
        let options = Options::of(profile, "ecb", &[delimiter, header, "base"])?;
        let base = options.get("base").unwrap_or("EUR");
        let base = base.parse().map_err(|_| ProfileError::BadOption {
            name: "base".to_owned(),
            value: base.to_owned(),
            expected: "a currency such as EUR".to_owned(),
        })?;
        Ok(Ecb { source: profile.source.clone(), base, layout: Layout::of(&options)? })
    }

    fn columns(&self, header: &::csv::StringRecord, outcomes: &mut Vec<Outcome>) -> Vec<Column> {
        let mut columns = Vec::new();
        for (at, name) in header.iter().enumerate().skip(1).filter(|(_, name)| !name.is_empty()) {
            match name.parse() {
                Ok(quote) => columns.push(Column { at, quote }),
                Err(_) if ENDED.contains(&name) => {}
                Err(_) => {
                    let message = format!("{} is no currency: expected three letters such as USD", quoted(name));
                    outcomes.push(Err(wrong(ErrorCode::BadValue, format!("column {name}"), message)));
                }
            }
        }
        columns
    }

    fn read_row(&self, row: &Row, columns: &[Column], outcomes: &mut Vec<Outcome>) {
        let day = row.cells.get(0).unwrap_or_default();
        let Some(date) = read_date(day) else {
            let message = format!("{} is not a date: expected YYYY-MM-DD such as 2026-03-01", quoted(day));
            outcomes.push(Err(wrong(ErrorCode::BadValue, format!("line {}, Date", row.line), message)));
            return;
        };
        for column in columns {
            let rate = row.cells.get(column.at).unwrap_or_default();
            if !rate.is_empty() && rate != "N/A" {
                outcomes.push(self.rate(date, column.quote, rate, row.line));
            }
        }
    }

    fn rate(&self, date: Date, quote: Currency, rate: &str, line: u64) -> Outcome {
        let place = format!("line {line}, {quote}");
        let mut draft = Draft::new(DocumentType::FxRate, &self.source, &format!("{date}/{quote}"));
        draft.constant("occurred_at", date.midnight().to_string());
        draft.set("data.date", date.to_string(), &format!("line {line}, Date"));
        draft.constant("data.base", self.base.to_string());
        draft.set("data.quote", quote.to_string(), &place);
        draft.set("data.rate", rate, &place);
        draft.finish()
    }
}

impl Decoder for Ecb {
    fn decode(&self, record: &Record<'_>, outcomes: &mut Vec<Outcome>) {
        let table = match self.layout.read(record.value) {
            Ok(table) => table,
            Err(fault) => return outcomes.push(Err(of_rates(fault))),
        };
        if !table.header.get(0).is_some_and(|name| name.eq_ignore_ascii_case("date")) {
            let name = table.header.get(0).unwrap_or_default();
            let message = format!("the first column is {}: expected Date", quoted(name));
            return outcomes.push(Err(wrong(ErrorCode::MissingField, "line 1".to_owned(), message)));
        }
        let columns = self.columns(&table.header, outcomes);
        for row in table.rows {
            match row {
                Ok(row) => self.read_row(&row, &columns, outcomes),
                Err(fault) => outcomes.push(Err(of_rates(fault))),
            }
        }
    }
}

fn of_rates(fault: DataError) -> DataError {
    DataError { stream: Some(Stream::Reference), ..fault }
}

fn wrong(code: ErrorCode, field: String, message: String) -> DataError {
    fault(Some(Stream::Reference), code, &field, message)
}

/// `2026-04-13` or `13 April 2026`.
fn read_date(text: &str) -> Option<Date> {
    if let Ok(date) = text.parse() {
        return Some(date);
    }
    let mut words = text.split_whitespace();
    let (day, month, year) = (words.next()?, words.next()?.to_ascii_lowercase(), words.next()?);
    let month = MONTHS.iter().position(|name| *name == month)? + 1;
    let whole = words.next().is_none() && day.bytes().chain(year.bytes()).all(|byte| byte.is_ascii_digit());
    let date = Date::of_calendar(year.parse().ok()?, u8::try_from(month).ok()?, day.parse().ok()?)?;
    (whole && (1970..=9998).contains(&date.calendar().0)).then_some(date)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(table: &str) -> Vec<Outcome> {
        let profile = Profile { source: "ecb".into(), ..Profile::default() };
        let mut outcomes = Vec::new();
        let record = Record { value: table.as_bytes(), key: None, origin: "f", partition: 0, offset: 1, headers: &[] };
        Ecb::new(&profile).expect("a good profile").decode(&record, &mut outcomes);
        outcomes
    }

    fn shown(outcome: &Outcome) -> String {
        match outcome {
            Ok(event) => match &event.body {
                crate::event::Body::Document(crate::Document::FxRate(it)) => {
                    format!("{} {} {} {}", it.date, it.base, it.quote, it.rate)
                }
                other => format!("{other:?}"),
            },
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn a_cell_is_a_rate_and_na_is_none() {
        let outcomes = decode("Date,USD,CYP,JPY,\n2026-04-13,1.1684,N/A,186.75,\n2026-04-10,,0.58,N/A,\n");
        let shown: Vec<String> = outcomes.iter().map(shown).collect();
        assert_eq!(shown, ["2026-04-13 EUR USD 1.1684", "2026-04-13 EUR JPY 186.75"]);
    }

    #[test]
    fn the_daily_file_writes_the_month() {
        let outcomes = decode("Date, USD, JPY, \n13 April 2026, 1.1684, 186.75, \n");
        assert_eq!(outcomes.iter().map(shown).collect::<Vec<_>>().len(), 2);
        assert_eq!(shown(&outcomes[0]), "2026-04-13 EUR USD 1.1684");
    }

    #[test]
    fn faults_have_the_line_and_the_column() {
        let outcomes = decode("Date,USD,ABCD\n2026-02-30,1\n2026-02-27,x\n2026-02-26,-1\n");
        let shown: Vec<String> = outcomes.iter().map(shown).collect();
        assert!(shown[0].starts_with("bad_value at `column ABCD`"), "{shown:?}");
        assert!(shown[1].starts_with("bad_value at `line 2, Date`"), "{shown:?}");
        assert!(shown[2].starts_with("bad_value at `line 3, USD`"), "{shown:?}");
        assert!(shown[3].starts_with("bad_value at `line 4, USD`"), "{shown:?}");
        assert_eq!(shown.len(), 4);
    }

    #[test]
    fn a_table_without_a_date_is_none() {
        assert!(shown(&decode("USD,JPY\n1,2\n")[0]).starts_with("missing_field at `line 1`"));
        assert!(shown(&decode("")[0]).starts_with("missing_field at `line 1`"));
    }
}
