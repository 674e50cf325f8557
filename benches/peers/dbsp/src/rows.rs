//! The rows that DBSP keeps: versions of documents with the fields that the questions name, charges, answers.
//!
//! Rows are as compact as is usual: texts of up to 23 bytes are in the row itself, times and amounts are numbers, and a
//! document that moves between batches is shared, as Feldera's own arrays are.

use std::fmt;
use std::sync::Arc;

use dbsp::utils::Tup2;
use feldera_macros::IsNone;
use serde::Deserialize;
use size_of::{Context, SizeOf};
use smol_str::SmolStr;

/// What DBSP asks of everything that is in a row.
macro_rules! rows {
    ($($row:item)*) => {
        $(
            #[derive(Clone, Default, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, SizeOf, IsNone)]
            #[derive(rkyv::Archive, rkyv::Serialize, rkyv::Deserialize)]
            #[archive_attr(derive(PartialEq, Eq, PartialOrd, Ord))]
            $row
        )*
    };
}

/// A text.
#[derive(
    Clone,
    Default,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Deserialize,
    IsNone,
    rkyv::Archive,
    rkyv::Serialize,
    rkyv::Deserialize,
)]
#[archive_attr(derive(PartialEq, Eq, PartialOrd, Ord))]
pub struct Text(SmolStr);

impl SizeOf for Text {
    fn size_of_children(&self, context: &mut Context) {
        if self.0.is_heap_allocated() {
            context.add(self.0.len()).add_distinct_allocation();
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

rows! {
    /// A time in UTC: its digits as a number, `YYYYMMDDhhmmssmmm`.
    #[derive(Copy, Deserialize)]
    #[serde(try_from = "&str")]
    pub struct Moment(i64);

    /// The three letters of ISO 4217.
    #[derive(Copy, Deserialize)]
    #[serde(try_from = "&str")]
    pub struct Currency([u8; 3]);

    /// Thousandths of a currency unit.
    #[derive(Copy, Deserialize)]
    #[serde(try_from = "&str")]
    pub struct Mills(pub i64);

    /// What an identifier is of.
    #[derive(Copy, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Kind {
        #[default]
        Shipment,
        Tracking,
        Pro,
        Bol,
        Hbl,
        Hawb,
        Booking,
        Asn,
        DeliveryNote,
        Mbl,
        Mawb,
        Container,
        Load,
        Voyage,
        Order,
    }

    /// What an identifier compares by. The default is nobody's name.
    pub struct Name {
        kind: Kind,
        value: Text,
    }

    /// What decides which version of a document counts, most important first.
    pub struct Stamp {
        pub revision: u32,
        pub recorded_at: Moment,
        pub source: Text,
        pub event_id: Text,
    }

    /// A shipment.
    pub struct Shipment {
        pub carrier: Text,
        pub names: Vec<Name>,
        pub contents: Vec<Content>,
        pub plan: Vec<Planned>,
        pub charges: Vec<Expected>,
    }

    /// A line of an order that a shipment carries.
    #[derive(Deserialize)]
    pub struct Content {
        pub order_id: Text,
        pub line_no: u32,
        #[serde(deserialize_with = "crate::events::number")]
        pub quantity: i64,
    }

    /// When a shipment is due somewhere.
    #[derive(Deserialize)]
    pub struct Planned {
        pub milestone: Text,
        pub at: Moment,
    }

    /// What a shipment is expected to cost.
    #[derive(Deserialize)]
    pub struct Expected {
        pub code: Text,
        pub amount: Mills,
        pub currency: Currency,
        pub payee: Option<Text>,
    }

    /// A milestone that was reached.
    pub struct Milestone {
        pub name: Name,
        pub milestone: Text,
        pub at: Moment,
    }

    /// An invoice; its name is that of its first reference.
    pub struct Invoice {
        pub name: Name,
        pub currency: Currency,
        pub lines: Vec<InvoiceLine>,
    }

    /// A line of an invoice, with the issuer's own code.
    #[derive(Deserialize)]
    pub struct InvoiceLine {
        pub line_no: u32,
        pub code: Text,
        pub amount: Mills,
    }

    /// Lines of an order with what they were estimated to cost, or of a declaration with what they cost.
    pub struct Costs {
        pub currency: Currency,
        pub lines: Vec<Cost>,
    }

    /// What a line of an order costs.
    pub struct Cost {
        pub order_id: Text,
        pub line_no: u32,
        pub amount: i64,
    }

    /// A line of an invoice before its code is known.
    pub struct Line {
        pub name: Name,
        pub invoice_no: Text,
        pub line_no: u32,
        pub currency: Currency,
        pub amount: i64,
    }

    /// A line of an invoice with its canonical code.
    pub struct Charge {
        pub issuer: Text,
        pub invoice_no: Text,
        pub line_no: u32,
        pub code: Text,
        pub currency: Currency,
        pub amount: i64,
    }

    /// What is billed under one code for one shipment.
    pub struct Account {
        pub shipment_id: Text,
        pub code: Text,
        pub issuer: Text,
        pub currency: Currency,
    }

    /// A line of an order in one currency.
    pub struct OrderLine {
        pub order_id: Text,
        pub line_no: u32,
        pub currency: Currency,
    }

    /// A milestone of a shipment.
    pub struct Due {
        pub shipment_id: Text,
        pub milestone: Text,
    }

    /// An answer: a charge that matches no shipment.
    pub struct Unmatched {
        pub issuer: Text,
        pub invoice_no: Text,
        pub line_no: u32,
        pub code: Text,
        pub amount: i64,
    }

    /// An answer: what was billed is off what was expected.
    pub struct Off {
        pub account: Account,
        pub billed: i64,
        pub expected: i64,
    }

    /// An answer: a milestone was reached later than due.
    pub struct Late {
        pub milestone: Due,
        pub due: Moment,
        pub reached: Moment,
    }

    /// An answer: what an order line costs is off its estimate.
    pub struct Variance {
        pub line: OrderLine,
        pub estimate: i64,
        pub actual: i64,
    }
}

/// A version of a document; none where it says that there is no document that counts: it is withdrawn, cancelled, a
/// milestone that is not actual, a declaration that is not for import.
pub type Version<D> = Tup2<Stamp, Option<Arc<D>>>;

impl TryFrom<&str> for Moment {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        let digits = text.strip_suffix('Z').ok_or_else(|| format!("`{text}` is not in UTC"))?;
        let digits = digits.bytes().filter(u8::is_ascii_digit);
        let (number, count) =
            digits.fold((0, 0), |(number, count), digit| (number * 10 + i64::from(digit - b'0'), count + 1));
        match count {
            14..=17 => Ok(Moment(number * 10_i64.pow(17 - count))),
            _ => Err(format!("`{text}` is no time")),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, millis) = (self.0 / 1000, self.0 % 1000);
        let part = |divisor: i64| seconds / divisor % 100;
        write!(f, "{:04}-{:02}-{:02}", seconds / 10_000_000_000, part(100_000_000), part(1_000_000))?;
        write!(f, "T{:02}:{:02}:{:02}", part(10_000), part(100), part(1))?;
        if millis == 0 { f.write_str("Z") } else { write!(f, ".{millis:03}Z") }
    }
}

impl TryFrom<&str> for Currency {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        text.as_bytes().try_into().map(Currency).map_err(|_| format!("`{text}` is no currency"))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

impl TryFrom<&str> for Mills {
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no amount");
        let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let number = |digits: &str| {
            digits
                .bytes()
                .try_fold(0_i64, |number, digit| digit.is_ascii_digit().then(|| number * 10 + i64::from(digit - b'0')))
        };
        let scale = 3_u32.checked_sub(u32::try_from(fraction.len()).map_err(|_| wrong())?).ok_or_else(wrong)?;
        let (whole, fraction) = (number(whole).ok_or_else(wrong)?, number(fraction).ok_or_else(wrong)?);
        Ok(Mills(sign * (whole * 1000 + fraction * 10_i64.pow(scale))))
    }
}

impl Name {
    /// The name of an identifier: of its value count only letters and digits, upper-cased.
    pub fn new(kind: Kind, value: &str) -> Self {
        let letters = value.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase());
        Name { kind, value: Text(letters.collect()) }
    }

    /// A shipment's own name.
    pub fn of_shipment(shipment_id: &Text) -> Self {
        Name::new(Kind::Shipment, &shipment_id.0)
    }
}
