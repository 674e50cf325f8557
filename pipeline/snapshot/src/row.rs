//! Rows as readers use them: one cell at a time, and keys from their text.
//!
//! [`ViewRow::cells`] builds every cell of a row. A filter over a million rows looks at one or two of them, so here a
//! cell is made alone and without an allocation.

use std::borrow::Cow;

use landfall_operators::rows::{
    Cell, ChargeStatus, Completeness, ControlKind, ControlTotalRow, DataErrorRow, DueSource, EtaSource,
    ExceptionCategory, ExceptionRow, FeedHealthRow, FeedState, Figure, FreightChargeRow, KpiRow, LandedCostLineRow,
    LandedCostRow, MilestoneRow, MilestoneState, Millionths, Severity, ShipmentStatusRow, TimelineKind, TimelineRow,
    UnbilledChargeRow, ViewRow,
};
use landfall_schemas::event::{Component, MilestoneKind, Mode, PartnerKind};
use landfall_schemas::{Currency, Date, ErrorCode, Money, Origin, Text, Timestamp};

use super::Rows;

/// A row that gives single cells and finds keys.
pub trait SnapshotRow: ViewRow {
    /// The cell of the column with this index among [`ViewRow::COLUMNS`].
    ///
    /// # Panics
    /// When there is no such column.
    fn cell(&self, column: usize) -> Cell<'_>;

    /// The least key that begins with these parts, each as it is shown; the key itself when all parts are given. `None`
    /// when a part cannot stand there.
    fn key_of(rows: &Rows<Self>, parts: &[&str]) -> Option<Self::Key>;
}

/// A value that is a cell, without an allocation.
trait AsCell {
    fn as_cell(&self) -> Cell<'_>;
}

impl<T: AsCell> AsCell for Option<T> {
    fn as_cell(&self) -> Cell<'_> {
        self.as_ref().map_or(Cell::Empty, AsCell::as_cell)
    }
}

impl AsCell for Text {
    fn as_cell(&self) -> Cell<'_> {
        if self.is_empty() { Cell::Empty } else { Cell::Text(Cow::Borrowed(self)) }
    }
}

impl AsCell for Currency {
    fn as_cell(&self) -> Cell<'_> {
        Cell::Text(Cow::Borrowed(self.code()))
    }
}

macro_rules! values {
    ($($type:ty => |$value:ident| $cell:expr;)*) => {
        $(impl AsCell for $type {
            fn as_cell(&self) -> Cell<'_> {
                let $value = *self;
                $cell
            }
        })*
    };
}

values! {
    u32 => |value| Cell::Integer(i128::from(value));
    u64 => |value| Cell::Integer(i128::from(value));
    i64 => |value| Cell::Integer(i128::from(value));
    Money => |value| Cell::Money(value);
    Millionths => |value| Cell::Millionths(value.0);
    Timestamp => |value| Cell::Time(value);
    Date => |value| Cell::Date(value);
    Origin => |value| Cell::Text(Cow::Borrowed(value.name()));
    Figure => |value| match value {
        Figure::Count(count) => Cell::Integer(count),
        Figure::Money(money) => Cell::Money(money),
    };
}

macro_rules! names {
    ($($type:ty),* $(,)?) => {
        $(impl AsCell for $type {
            fn as_cell(&self) -> Cell<'_> {
                Cell::Text(Cow::Borrowed(self.as_str()))
            }
        })*
    };
}

names!(
    ChargeStatus,
    Completeness,
    Component,
    ControlKind,
    DueSource,
    ErrorCode,
    EtaSource,
    ExceptionCategory,
    FeedState,
    MilestoneKind,
    MilestoneState,
    Mode,
    PartnerKind,
    Severity,
    TimelineKind,
);

/// A part of a key from its text; without a text, the least there is.
trait Part: Sized {
    fn part(text: Option<&str>) -> Option<Self>;
}

impl Part for Text {
    fn part(text: Option<&str>) -> Option<Text> {
        Some(text.map_or(Text::default(), Text::from))
    }
}

/// Names of enumerations that stand in keys.
impl Part for &'static str {
    fn part(text: Option<&str>) -> Option<&'static str> {
        let Some(text) = text else { return Some("") };
        let components = Component::ALL.iter().map(|value| value.as_str());
        let milestones = MilestoneKind::ALL.iter().map(|value| value.as_str());
        let kinds = TimelineKind::ALL.iter().map(|value| value.as_str());
        let controls = ControlKind::ALL.iter().map(|value| value.as_str());
        components.chain(milestones).chain(kinds).chain(controls).find(|name| *name == text)
    }
}

impl Part for u32 {
    fn part(text: Option<&str>) -> Option<u32> {
        text.map_or(Some(0), |text| text.parse().ok())
    }
}

impl Part for u64 {
    fn part(text: Option<&str>) -> Option<u64> {
        text.map_or(Some(0), |text| text.parse().ok())
    }
}

impl Part for Timestamp {
    fn part(text: Option<&str>) -> Option<Timestamp> {
        text.map_or(Some(Timestamp(i64::MIN)), |text| text.parse().ok())
    }
}

/// The key from as many parts as it has, and no more.
macro_rules! key {
    ($parts:ident, $count:literal) => {{
        if $parts.len() > $count {
            return None;
        }
        let mut parts = $parts.iter().copied();
        move || parts.next()
    }};
}

fn text_key(parts: &[&str]) -> Option<(Text,)> {
    let mut next = key!(parts, 1);
    Some((Part::part(next())?,))
}

fn pair_key<A: Part, B: Part>(parts: &[&str]) -> Option<(A, B)> {
    let mut next = key!(parts, 2);
    Some((A::part(next())?, B::part(next())?))
}

fn triple_key<A: Part, B: Part, C: Part>(parts: &[&str]) -> Option<(A, B, C)> {
    let mut next = key!(parts, 3);
    Some((A::part(next())?, B::part(next())?, C::part(next())?))
}

fn timeline_key(parts: &[&str]) -> Option<(Text, Timestamp, &'static str, Text)> {
    let mut next = key!(parts, 4);
    Some((Part::part(next())?, Part::part(next())?, Part::part(next())?, Part::part(next())?))
}

/// Only origins that are there: names of origins are kept for ever, and anybody may ask for any.
fn data_error_key(rows: &Rows<DataErrorRow>, parts: &[&str]) -> Option<(Origin, u32, u64)> {
    let mut next = key!(parts, 3);
    let Some(name) = next() else {
        return Some(rows.get_min().map_or((Origin::named(""), 0, 0), |(key, _)| *key));
    };
    let mut at = rows.get_min().map(|(key, _)| *key);
    while let Some((origin, _, _)) = at {
        if origin.name() == name {
            return Some((origin, Part::part(next())?, Part::part(next())?));
        }
        at = rows.get_next(&(origin, u32::MAX, u64::MAX)).map(|(key, _)| *key).filter(|(next, _, _)| *next != origin);
    }
    None
}

macro_rules! rows {
    ($($row:ident |$table:ident, $parts:ident| $key:expr => { $($field:ident)* })*) => {
        $(impl SnapshotRow for $row {
            #[inline]
            fn cell(&self, column: usize) -> Cell<'_> {
                let mut index = 0;
                $(
                    if column == index {
                        return self.$field.as_cell();
                    }
                    index += 1;
                )*
                panic!("{} has {index} columns, none is {column}", stringify!($row))
            }

            fn key_of($table: &Rows<$row>, $parts: &[&str]) -> Option<Self::Key> {
                $key
            }
        })*
    };
}

rows! {
    FreightChargeRow |_rows, parts| triple_key(parts) => {
        issuer invoice_no line_no partner_code code component amount currency issued_on status shipment_id shipments
        expected_amount billed_amount variance_amount expected_currency base_amount
    }
    UnbilledChargeRow |_rows, parts| triple_key(parts) => {
        shipment_id code payee expected_amount expected_currency delivered_at
    }
    LandedCostRow |_rows, parts| triple_key(parts) => {
        order_id line_no component estimate actual best variance coverage
    }
    LandedCostLineRow |_rows, parts| pair_key(parts) => {
        order_id line_no estimate_total actual_total best_total variance variance_pct goods_value landed_unit_cost
        completeness
    }
    MilestoneRow |_rows, parts| pair_key(parts) => {
        shipment_id milestone due_at due_source estimated_at actual_at state lateness_seconds
    }
    ExceptionRow |_rows, parts| text_key(parts) => {
        exception_id category reason severity partner region owner shipment_id order_id invoice_no declaration_id
        amount_base since detail
    }
    TimelineRow |_rows, parts| timeline_key(parts) => {
        shipment_id at kind document what party location reason source event_id recorded_at origin partition offset
    }
    ShipmentStatusRow |_rows, parts| text_key(parts) => {
        shipment_id carrier mode region current_milestone current_at next_milestone next_due_at next_state eta_at
        eta_source last_location last_reason open_holds open_exceptions
    }
    FeedHealthRow |_rows, parts| text_key(parts) => { partner kind documents last_recorded_at stale_at state }
    KpiRow |_rows, parts| triple_key(parts) => { name partner region numerator denominator value }
    ControlTotalRow |_rows, parts| triple_key(parts) => { kind name status count base_amount }
    DataErrorRow |rows, parts| data_error_key(rows, parts) => {
        origin partition offset stream error_code field message event_id
    }
}
