//! The SQL types of columns, and batches of rows.
//!
//! | column | type |
//! |---|---|
//! | text | `TEXT`; null where there is none, but in key columns empty |
//! | whole number | `BIGINT` |
//! | amount; count or amount | `NUMERIC(38, 4)` |
//! | six decimals | `NUMERIC(38, 6)` |
//! | time | `TIMESTAMPTZ`, UTC |
//! | date | `DATE` |
//!
//! No currency of ISO 4217 has more than four decimals, so every amount is exact in four, and one column can hold yen
//! beside dinars. Key columns are never null: they identify the row, and equal what other views say in joins.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Date32Builder, Decimal128Builder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use landfall_operators::rows::{Cell, Column, ColumnKind, View};

use super::fault::Fault;

const PRECISION: u8 = 38;
const AMOUNT_DECIMALS: u8 = 4;
const MILLIONTHS_DECIMALS: u8 = 6;
const MICROS_PER_MS: i64 = 1_000;
/// How the query engine writes UTC itself; another name of it would cost a conversion in every comparison.
pub(super) const UTC: &str = "+00:00";

/// The type of a point in time.
pub(super) fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some(UTC.into()))
}

/// Microseconds of a time, if they can be counted.
pub(super) fn micros(time: landfall_schemas::Timestamp) -> Option<i64> {
    time.0.checked_mul(MICROS_PER_MS)
}

/// The columns of a view.
pub(super) fn schema(view: View) -> SchemaRef {
    let fields = view.columns().iter().map(|column| {
        let nullable = !is_key(view, column) && (column.optional || column.kind == ColumnKind::Text);
        Field::new(column.name, data_type(column.kind), nullable)
    });
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// Whether a column is part of the view's key.
pub(super) fn is_key(view: View, column: &Column) -> bool {
    view.key().contains(&column.name)
}

fn data_type(kind: ColumnKind) -> DataType {
    match kind {
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Integer => DataType::Int64,
        ColumnKind::Money | ColumnKind::Figure => DataType::Decimal128(PRECISION, AMOUNT_DECIMALS as i8),
        ColumnKind::Millionths => DataType::Decimal128(PRECISION, MILLIONTHS_DECIMALS as i8),
        ColumnKind::Time => time_type(),
        ColumnKind::Date => DataType::Date32,
    }
}

/// The values of one column of a batch.
pub(super) struct Values {
    column: &'static Column,
    is_key: bool,
    kind: ValuesOfKind,
}

enum ValuesOfKind {
    Text(StringBuilder),
    Long(Int64Builder),
    Days(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Decimal(Decimal128Builder),
}

impl Values {
    pub fn of(view: View, column: &'static Column, rows: usize) -> Values {
        let kind = match column.kind {
            ColumnKind::Text => ValuesOfKind::Text(StringBuilder::with_capacity(rows, rows * 12)),
            ColumnKind::Integer => ValuesOfKind::Long(Int64Builder::with_capacity(rows)),
            ColumnKind::Date => ValuesOfKind::Days(Date32Builder::with_capacity(rows)),
            ColumnKind::Time => ValuesOfKind::Time(TimestampMicrosecondBuilder::with_capacity(rows).with_timezone(UTC)),
            kind @ (ColumnKind::Money | ColumnKind::Figure | ColumnKind::Millionths) => {
                ValuesOfKind::Decimal(Decimal128Builder::with_capacity(rows).with_data_type(data_type(kind)))
            }
        };
        Values { column, is_key: is_key(view, column), kind }
    }

    /// Adds a row's value.
    ///
    /// # Errors
    /// When a number has too many digits.
    pub fn push(&mut self, cell: &Cell<'_>) -> Result<(), Fault> {
        let too_wide = || Fault::new("22003", format!("{cell} in column {} has too many digits", self.column.name));
        match (&mut self.kind, cell) {
            (ValuesOfKind::Text(values), Cell::Empty) if self.is_key => values.append_value(""),
            (_, Cell::Empty) => self.push_null(),
            (ValuesOfKind::Text(values), Cell::Text(text)) => values.append_value(text),
            (ValuesOfKind::Days(values), Cell::Date(date)) => values.append_value(date.0),
            (ValuesOfKind::Time(values), Cell::Time(time)) => {
                values.append_value(micros(*time).ok_or_else(too_wide)?);
            }
            (ValuesOfKind::Long(values), Cell::Integer(number)) => {
                values.append_value(i64::try_from(*number).map_err(|_| too_wide())?);
            }
            (ValuesOfKind::Decimal(values), cell) => {
                let units = match cell {
                    Cell::Integer(count) => scaled(*count, u32::from(AMOUNT_DECIMALS)),
                    Cell::Money(money) => {
                        let missing = u32::from(AMOUNT_DECIMALS).checked_sub(money.currency.exponent());
                        scaled(money.minor, missing.expect("no currency has more than four decimals"))
                    }
                    Cell::Millionths(number) => scaled(*number, 0),
                    cell => unreachable!("{cell:?} in the column {} of decimals", self.column.name),
                };
                values.append_value(units.ok_or_else(too_wide)?);
            }
            (_, cell) => unreachable!("{cell:?} in the column {}", self.column.name),
        }
        Ok(())
    }

    fn push_null(&mut self) {
        match &mut self.kind {
            ValuesOfKind::Text(values) => values.append_null(),
            ValuesOfKind::Long(values) => values.append_null(),
            ValuesOfKind::Days(values) => values.append_null(),
            ValuesOfKind::Time(values) => values.append_null(),
            ValuesOfKind::Decimal(values) => values.append_null(),
        }
    }

    pub fn finish(mut self) -> ArrayRef {
        match &mut self.kind {
            ValuesOfKind::Text(values) => Arc::new(values.finish()),
            ValuesOfKind::Long(values) => Arc::new(values.finish()),
            ValuesOfKind::Days(values) => Arc::new(values.finish()),
            ValuesOfKind::Time(values) => Arc::new(values.finish()),
            ValuesOfKind::Decimal(values) => Arc::new(values.finish()),
        }
    }
}

/// A number with this many decimals more, if 38 digits are enough for it.
fn scaled(number: i128, decimals: u32) -> Option<i128> {
    let limit = 10_i128.pow(u32::from(PRECISION));
    number.checked_mul(10_i128.pow(decimals)).filter(|units| (-limit + 1..limit).contains(units))
}
