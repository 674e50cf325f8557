//! The rows of one view at one tick, read in the order of their keys, batch by batch.

use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use landfall_operators::for_each_view;
use landfall_operators::rows::*;

use super::keys::{Place, SeekKey};
use super::range::Ends;
use super::types::Values;
use landfall_snapshot::{Rows, Snapshot};

/// The rows of a view at a tick, whatever their type.
pub(super) trait Source: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;
    /// Reads a range of them.
    fn cursor(&self, read: Read) -> Box<dyn Cursor>;
}

/// What to read.
#[derive(Clone, Debug)]
pub(super) struct Read {
    /// Which view.
    pub view: View,
    /// From where to where.
    pub ends: Ends,
    /// Which columns.
    pub projection: Arc<[usize]>,
    /// Their schema.
    pub schema: SchemaRef,
}

/// A place in the rows of a view.
pub(super) trait Cursor: Send {
    /// The next rows, at most so many; none at the end.
    fn next(&mut self, rows_max: usize) -> Result<Option<RecordBatch>>;
}

macro_rules! sources {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// A view's rows.
        pub(super) fn source(snapshot: &Snapshot, view: View) -> Arc<dyn Source> {
            match view { $(View::$variant => Arc::new(ViewRows::<$row>(snapshot.$field.clone())),)* }
        }
    };
}

for_each_view!(sources);

impl fmt::Debug for dyn Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.len())
    }
}

struct ViewRows<R: ViewRow>(Rows<R>);

struct ViewCursor<R: ViewRow> {
    /// Shares all with the snapshot.
    rows: Rows<R>,
    read: Read,
    /// The last key that was read.
    last: Option<R::Key>,
}

impl<R> Source for ViewRows<R>
where
    R: ViewRow + Sync,
    R::Key: SeekKey,
{
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cursor(&self, read: Read) -> Box<dyn Cursor> {
        Box::new(ViewCursor { rows: self.0.clone(), read, last: None })
    }
}

impl<R> Cursor for ViewCursor<R>
where
    R: ViewRow + Sync,
    R::Key: SeekKey,
{
    fn next(&mut self, rows_max: usize) -> Result<Option<RecordBatch>> {
        let Read { view, ends, projection, schema } = &self.read;
        let mut columns: Vec<Values> =
            projection.iter().map(|at| Values::of(*view, &R::COLUMNS[*at], rows_max)).collect();
        let from: Place<'_, R::Key> = self.last.as_ref().map_or_else(|| ends.lower(), Place::Behind);
        let mut rows = 0;
        let mut last = None;
        for (key, row) in self.rows.range((Bound::Included(from), Bound::Included(ends.upper()))).take(rows_max) {
            let cells = row.cells();
            for (values, at) in columns.iter_mut().zip(projection.iter()) {
                values.push(&cells[*at])?;
            }
            rows += 1;
            last = Some(key);
        }
        let Some(last) = last.cloned() else { return Ok(None) };
        self.last = Some(last);
        let arrays = columns.into_iter().map(Values::finish).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(schema), arrays, &options)?))
    }
}
