//! A stream of Arrow IPC: the types of the Parquet dumps.

use std::io::{BufWriter, Write};
use std::sync::Arc;

use arrow::array::{
    ArrayRef, Date32Builder, Decimal128Builder, Int64Builder, RecordBatch, StringBuilder, TimestampMillisecondBuilder,
};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use arrow::ipc::writer::StreamWriter;
use landfall_operators::rows::{Cell, Column, ColumnKind};

use landfall_dump::WriteError;
use landfall_dump::parquet::{AMOUNT_DECIMALS, DECIMAL_PRECISION, MILLIONTHS_DECIMALS, decimal_units, is_nullable};

const BATCH_ROWS_MAX: usize = 8_192;

/// Writes rows as a stream of Arrow IPC.
///
/// # Errors
/// When the output takes no more, or a number has too many digits.
pub fn write<'a, W: Write>(
    output: BufWriter<W>,
    columns: &[&Column],
    rows: impl Iterator<Item = Vec<Cell<'a>>>,
) -> Result<(), WriteError> {
    let fields: Vec<Field> = columns.iter().map(|column| field(column)).collect();
    let schema = Arc::new(Schema::new(fields));
    let mut writer = StreamWriter::try_new(output, &schema)?;
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let mut builders: Vec<Builder> = columns.iter().map(|column| Builder::of(column)).collect();
        for row in rows.by_ref().take(BATCH_ROWS_MAX) {
            for ((builder, cell), column) in builders.iter_mut().zip(row).zip(columns) {
                let fits = builder.push(&cell);
                if !fits {
                    return Err(WriteError::TooWide { value: cell.to_string(), column: column.name });
                }
            }
        }
        let arrays = builders.into_iter().map(Builder::finish).collect::<Result<_, WriteError>>()?;
        writer.write(&RecordBatch::try_new(Arc::clone(&schema), arrays)?)?;
    }
    writer.finish()?;
    writer.into_inner()?.flush()?;
    Ok(())
}

fn decimal_type(decimals: u32) -> DataType {
    DataType::Decimal128(DECIMAL_PRECISION as u8, decimals as i8)
}

fn field(column: &Column) -> Field {
    let kind = match column.kind {
        ColumnKind::Text => DataType::Utf8,
        ColumnKind::Integer => DataType::Int64,
        ColumnKind::Money | ColumnKind::Figure => decimal_type(AMOUNT_DECIMALS),
        ColumnKind::Millionths => decimal_type(MILLIONTHS_DECIMALS),
        ColumnKind::Time => DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into())),
        ColumnKind::Date => DataType::Date32,
    };
    Field::new(column.name, kind, is_nullable(column))
}

enum Builder {
    Text(StringBuilder),
    Integer(Int64Builder),
    Decimal(Decimal128Builder, u32),
    Time(TimestampMillisecondBuilder),
    Date(Date32Builder),
}

impl Builder {
    fn of(column: &Column) -> Builder {
        match column.kind {
            ColumnKind::Text => Builder::Text(StringBuilder::new()),
            ColumnKind::Integer => Builder::Integer(Int64Builder::new()),
            ColumnKind::Money | ColumnKind::Figure => Builder::Decimal(Decimal128Builder::new(), AMOUNT_DECIMALS),
            ColumnKind::Millionths => Builder::Decimal(Decimal128Builder::new(), MILLIONTHS_DECIMALS),
            ColumnKind::Time => Builder::Time(TimestampMillisecondBuilder::new()),
            ColumnKind::Date => Builder::Date(Date32Builder::new()),
        }
    }

    /// False where the cell does not fit the column.
    fn push(&mut self, cell: &Cell<'_>) -> bool {
        match (self, cell) {
            (Builder::Text(values), Cell::Empty) => values.append_null(),
            (Builder::Integer(values), Cell::Empty) => values.append_null(),
            (Builder::Decimal(values, _), Cell::Empty) => values.append_null(),
            (Builder::Time(values), Cell::Empty) => values.append_null(),
            (Builder::Date(values), Cell::Empty) => values.append_null(),
            (Builder::Text(values), Cell::Text(text)) => values.append_value(text),
            (Builder::Integer(values), Cell::Integer(number)) => match i64::try_from(*number) {
                Ok(number) => values.append_value(number),
                Err(_) => return false,
            },
            (Builder::Time(values), Cell::Time(at)) => values.append_value(at.0),
            (Builder::Date(values), Cell::Date(day)) => values.append_value(day.0),
            (Builder::Decimal(values, _), cell @ (Cell::Integer(_) | Cell::Money(_) | Cell::Millionths(_))) => {
                match decimal_units(cell) {
                    Some(units) => values.append_value(units),
                    None => return false,
                }
            }
            _ => return false,
        }
        true
    }

    fn finish(self) -> Result<ArrayRef, WriteError> {
        Ok(match self {
            Builder::Text(mut values) => Arc::new(values.finish()),
            Builder::Integer(mut values) => Arc::new(values.finish()),
            Builder::Decimal(mut values, decimals) => {
                Arc::new(values.finish().with_precision_and_scale(DECIMAL_PRECISION as u8, decimals as i8)?)
            }
            Builder::Time(mut values) => Arc::new(values.finish().with_timezone("UTC")),
            Builder::Date(mut values) => Arc::new(values.finish()),
        })
    }
}
