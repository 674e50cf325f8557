//! Apache Parquet, written column by column in row groups, Zstandard inside.
//!
//! | column | type |
//! |---|---|
//! | text | `STRING`; null where empty, even in key columns |
//! | whole number | `INT64` |
//! | amount; count or amount | `DECIMAL(38, 4)` |
//! | six decimals | `DECIMAL(38, 6)` |
//! | time | `TIMESTAMP(MILLIS, UTC)` |
//! | date | `DATE` |
//!
//! Currencies have at most four decimals, so every amount is exact in four, and one column can hold yen beside dinars.
//! The schema depends on the view only, never on the data or the base currency: files of several runs can be read as
//! one table.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use landfall_operators::rows::{Cell, Column, ColumnKind};
use parquet::basic::{Compression, LogicalType, Repetition, TimeUnit, Type as PhysicalType, ZstdLevel};
use parquet::data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int32Type, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::types::{Type, TypePtr};

use super::{WriteError, flushed};

const ROW_GROUP_ROWS_MAX: usize = 65_536;
/// Digits of every decimal column.
pub const DECIMAL_PRECISION: i32 = 38;
const DECIMAL_BYTES: i32 = 16;
/// Decimals of columns of amounts: no currency of ISO 4217 has more.
pub const AMOUNT_DECIMALS: u32 = 4;
/// Digits after the point of shares and rates.
pub const MILLIONTHS_DECIMALS: u32 = 6;

/// Writes rows with these columns as a table of this name.
///
/// # Errors
/// When the output takes no more, or a number has too many digits.
pub fn write<'a, W: Write + Send>(
    output: BufWriter<W>,
    name: &str,
    columns: &[&Column],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<(), WriteError> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_created_by(concat!("landfall version ", env!("CARGO_PKG_VERSION")).to_owned())
        .build();
    let mut writer = SerializedFileWriter::new(output, schema(name, columns)?, Arc::new(properties))?;
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let mut values: Vec<Values<'_>> = columns.iter().map(|column| Values::of(column)).collect();
        for row in rows.by_ref().take(ROW_GROUP_ROWS_MAX) {
            for (values, cell) in values.iter_mut().zip(row) {
                values.push(cell)?;
            }
        }
        let mut group = writer.next_row_group()?;
        for values in &values {
            let mut column = group.next_column()?.expect("the schema has a column for each of the view's");
            values.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
    }
    flushed(writer.into_inner()?)
}

fn schema(name: &str, columns: &[&Column]) -> Result<TypePtr, WriteError> {
    let fields = columns.iter().map(|column| Ok(Arc::new(field(column)?))).collect::<Result<_, WriteError>>()?;
    Ok(Arc::new(Type::group_type_builder(name).with_fields(fields).build()?))
}

fn field(column: &Column) -> Result<Type, WriteError> {
    let decimal = |decimals: u32| {
        let logical = LogicalType::decimal(decimals as i32, DECIMAL_PRECISION);
        (PhysicalType::FIXED_LEN_BYTE_ARRAY, Some(logical), DECIMAL_BYTES)
    };
    let (physical, logical, length) = match column.kind {
        ColumnKind::Text => (PhysicalType::BYTE_ARRAY, Some(LogicalType::String), -1),
        ColumnKind::Integer => (PhysicalType::INT64, None, -1),
        ColumnKind::Money | ColumnKind::Figure => decimal(AMOUNT_DECIMALS),
        ColumnKind::Millionths => decimal(MILLIONTHS_DECIMALS),
        ColumnKind::Time => (PhysicalType::INT64, Some(LogicalType::timestamp(true, TimeUnit::MILLIS)), -1),
        ColumnKind::Date => (PhysicalType::INT32, Some(LogicalType::Date), -1),
    };
    let builder = Type::primitive_type_builder(column.name, physical)
        .with_repetition(if is_nullable(column) { Repetition::OPTIONAL } else { Repetition::REQUIRED })
        .with_length(length);
    let builder = match column.kind {
        ColumnKind::Money | ColumnKind::Figure => {
            builder.with_precision(DECIMAL_PRECISION).with_scale(AMOUNT_DECIMALS as i32)
        }
        ColumnKind::Millionths => builder.with_precision(DECIMAL_PRECISION).with_scale(MILLIONTHS_DECIMALS as i32),
        _ => builder,
    };
    Ok(builder.with_logical_type(logical).build()?)
}

/// Text has no other way to be absent than to be empty, so any text may be null.
pub fn is_nullable(column: &Column) -> bool {
    column.optional || column.kind == ColumnKind::Text
}

/// The values of one column in one row group.
struct Values<'a> {
    column: &'a Column,
    present: Vec<i16>,
    kind: ValuesOfKind,
}

enum ValuesOfKind {
    Text(Vec<ByteArray>),
    Days(Vec<i32>),
    Long(Vec<i64>),
    Decimal(Vec<FixedLenByteArray>),
}

impl<'a> Values<'a> {
    fn of(column: &'a Column) -> Values<'a> {
        let kind = match column.kind {
            ColumnKind::Text => ValuesOfKind::Text(Vec::new()),
            ColumnKind::Date => ValuesOfKind::Days(Vec::new()),
            ColumnKind::Integer | ColumnKind::Time => ValuesOfKind::Long(Vec::new()),
            ColumnKind::Money | ColumnKind::Figure | ColumnKind::Millionths => ValuesOfKind::Decimal(Vec::new()),
        };
        Values { column, present: Vec::new(), kind }
    }

    fn push(&mut self, cell: Cell<'_>) -> Result<(), WriteError> {
        self.present.push(i16::from(cell != Cell::Empty));
        let too_wide = || WriteError::TooWide { value: cell.to_string(), column: self.column.name };
        match (&mut self.kind, &cell) {
            (_, Cell::Empty) => assert!(is_nullable(self.column), "{} always has a value", self.column.name),
            (ValuesOfKind::Text(values), Cell::Text(text)) => values.push(text.as_bytes().to_vec().into()),
            (ValuesOfKind::Days(values), Cell::Date(date)) => values.push(date.0),
            (ValuesOfKind::Long(values), Cell::Time(time)) => values.push(time.0),
            (ValuesOfKind::Long(values), Cell::Integer(number)) => {
                values.push(i64::try_from(*number).map_err(|_| too_wide())?);
            }
            (ValuesOfKind::Decimal(values), cell) => {
                values.push(decimal_units(cell).ok_or_else(too_wide)?.to_be_bytes().to_vec().into());
            }
            (_, cell) => unreachable!("{cell:?} in the column {}", self.column.name),
        }
        Ok(())
    }

    fn write(&self, writer: &mut SerializedColumnWriter<'_>) -> Result<(), WriteError> {
        let levels = is_nullable(self.column).then_some(self.present.as_slice());
        match &self.kind {
            ValuesOfKind::Text(values) => writer.typed::<ByteArrayType>().write_batch(values, levels, None)?,
            ValuesOfKind::Days(values) => writer.typed::<Int32Type>().write_batch(values, levels, None)?,
            ValuesOfKind::Long(values) => writer.typed::<Int64Type>().write_batch(values, levels, None)?,
            ValuesOfKind::Decimal(values) => {
                writer.typed::<FixedLenByteArrayType>().write_batch(values, levels, None)?
            }
        };
        Ok(())
    }
}

/// The digits of a number as columns of decimals hold it: amounts and counts with four decimals, others with six.
///
/// # Panics
/// When the cell is no number.
pub fn decimal_units(cell: &Cell<'_>) -> Option<i128> {
    match cell {
        Cell::Integer(count) => scaled(*count, AMOUNT_DECIMALS),
        Cell::Money(money) => {
            let missing = AMOUNT_DECIMALS.checked_sub(money.currency.exponent());
            scaled(money.minor, missing.expect("no currency has more than four decimals"))
        }
        Cell::Millionths(number) => scaled(*number, 0),
        cell => unreachable!("{cell:?} in a column of decimals"),
    }
}

/// A number with this many decimals more, if 38 digits are enough for it.
fn scaled(number: i128, decimals: u32) -> Option<i128> {
    let limit = 10_i128.pow(DECIMAL_PRECISION as u32);
    number.checked_mul(10_i128.pow(decimals)).filter(|units| (-limit + 1..limit).contains(units))
}
