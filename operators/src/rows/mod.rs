//! The rows of every view. Field docs are the data dictionary.

pub(crate) mod cell;
mod freight;
mod health;
mod landed_cost;
pub mod messages;
mod shipment;

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use triomphe::Arc;

use crate::change::Change;
use crate::outputs::merged;
pub use cell::{Cell, Column, ColumnKind, Figure, Millionths};
pub use freight::{ChargeStatus, FreightChargeRow, UnbilledChargeRow};
pub use health::{
    ControlKind, ControlTotalRow, DataErrorRow, ExceptionCategory, ExceptionRow, FeedHealthRow, FeedState, KpiRow,
    Severity,
};
pub use landed_cost::{Completeness, LandedCostLineRow, LandedCostRow};
pub use shipment::{DueSource, EtaSource, MilestoneRow, MilestoneState, ShipmentStatusRow, TimelineKind, TimelineRow};

/// A row of a view.
pub trait ViewRow: Clone + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// The row's key; dumps are sorted by it.
    type Key: Ord + Clone + Hash + fmt::Debug + Send + 'static;
    /// Names of the key columns.
    const KEY: &'static [&'static str];
    /// Its columns, keys first.
    const COLUMNS: &'static [Column];
    /// The key.
    fn key(&self) -> Self::Key;
    /// Whether another row has this key.
    fn has_key_of(&self, other: &Self) -> bool;
    /// Feeds the key to a hasher: the same for rows with the same key.
    fn hash_key<H: Hasher>(&self, state: &mut H);
    /// The values, in the order of the columns.
    fn cells(&self) -> Vec<Cell<'_>>;
}

/// Changes of a view, one for each key. A row is made once and shared by all that keep it.
pub type RowChanges<R> = Vec<Change<Arc<R>>>;

/// A view's rows by key.
pub type Table<R> = BTreeMap<<R as ViewRow>::Key, Arc<R>>;

/// Does something with every view's table.
pub trait TableVisitor {
    /// Why it may fail.
    type Error;
    /// Called once per view.
    ///
    /// # Errors
    /// Whatever stops the visitor.
    fn table<R: ViewRow>(&mut self, view: View, rows: &Table<R>) -> Result<(), Self::Error>;
}

macro_rules! views {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// A view.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum View { $($(#[$meta])* $variant,)* }

        impl View {
            /// Every view.
            pub const ALL: &[View] = &[$(View::$variant),*];

            /// The view's name.
            pub fn as_str(self) -> &'static str {
                match self { $(View::$variant => stringify!($field),)* }
            }

            /// The view's columns, keys first.
            pub fn columns(self) -> &'static [Column] {
                match self { $(View::$variant => <$row as ViewRow>::COLUMNS,)* }
            }

            /// Names of the view's key columns.
            pub fn key(self) -> &'static [&'static str] {
                match self { $(View::$variant => <$row as ViewRow>::KEY,)* }
            }
        }

        /// Changes of one view.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Changes { $($(#[$meta])* $variant(RowChanges<$row>),)* }

        impl Changes {
            /// Which view changes.
            pub fn view(&self) -> View {
                match self { $(Changes::$variant(_) => View::$variant,)* }
            }

            /// How many rows come or go.
            pub fn len(&self) -> usize {
                match self { $(Changes::$variant(rows) => rows.iter().map(Change::ends).sum(),)* }
            }

            /// Changes of any views, in parts, as one entry per view that changes, consolidated.
            pub fn merged(parts: Vec<Changes>) -> Vec<Changes> {
                $(let mut $field: Vec<RowChanges<$row>> = Vec::new();)*
                for part in parts {
                    match part { $(Changes::$variant(rows) => $field.push(rows),)* }
                }
                let views = [$(Changes::$variant(merged($field)),)*];
                views.into_iter().filter(|changes| !changes.is_empty()).collect()
            }

            /// Whether nothing changes.
            pub fn is_empty(&self) -> bool {
                match self { $(Changes::$variant(rows) => rows.is_empty(),)* }
            }
        }

        /// The contents of every view at one tick.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Tables { $($(#[$meta])* pub $field: Table<$row>,)* }

        impl Tables {
            /// Applies one view's consolidated changes of one tick.
            ///
            /// # Panics
            /// If what was there before is not what the changes say: then the engine is wrong.
            pub fn apply(&mut self, changes: Changes) {
                match changes { $(Changes::$variant(rows) => apply_rows(View::$variant, &mut self.$field, rows),)* }
            }

            /// Shows every table to a visitor.
            ///
            /// # Errors
            /// The visitor's first error.
            pub fn visit<V: TableVisitor>(&self, visitor: &mut V) -> Result<(), V::Error> {
                $(visitor.table::<$row>(View::$variant, &self.$field)?;)*
                Ok(())
            }
        }
    };
}

/// Calls a macro with every view: `field: Variant of RowType`, with the view's documentation.
///
/// For code that keeps something for every view, each with its own row type.
#[macro_export]
macro_rules! for_each_view {
    ($callback:ident) => {
        $callback! {
            /// Bills against expectations.
            freight_charges: FreightCharges of FreightChargeRow,
            /// Charges that are not matched.
            unmatched_freight_charges: UnmatchedFreightCharges of FreightChargeRow,
            /// Expected charges nobody billed.
            unbilled_charges: UnbilledCharges of UnbilledChargeRow,
            /// Cost of order lines by component.
            landed_cost: LandedCost of LandedCostRow,
            /// Cost of order lines.
            landed_cost_lines: LandedCostLines of LandedCostLineRow,
            /// Order lines whose cost is off the estimate.
            landed_cost_variance: LandedCostVariance of LandedCostLineRow,
            /// Milestones of shipments.
            milestones: Milestones of MilestoneRow,
            /// Milestones late, overdue or at risk.
            late_milestones: LateMilestones of MilestoneRow,
            /// Everything somebody should look at.
            exceptions: Exceptions of ExceptionRow,
            /// Every document that touches a shipment.
            shipment_timeline: ShipmentTimeline of TimelineRow,
            /// Where shipments stand.
            shipment_status: ShipmentStatus of ShipmentStatusRow,
            /// Whether partners speak.
            feed_health: FeedHealth of FeedHealthRow,
            /// Key figures.
            kpis: Kpis of KpiRow,
            /// Totals that must balance.
            control_totals: ControlTotals of ControlTotalRow,
            /// Records that are no events, are held, or conflict.
            data_errors: DataErrors of DataErrorRow,
        }
    };
}

for_each_view!(views);

fn apply_rows<R: ViewRow>(view: View, table: &mut Table<R>, rows: RowChanges<R>) {
    for Change { before, after } in rows {
        let known = match &after {
            Some(row) => table.insert(row.key(), Arc::clone(row)),
            None => before.as_ref().and_then(|row| table.remove(&row.key())),
        };
        assert_eq!(known, before, "{}: not what was there before {after:?}", view.as_str());
    }
}

impl Tables {
    /// The tables that these rows make; each row must have a key of its own.
    pub fn table_of<R: ViewRow>(rows: impl IntoIterator<Item = R>) -> Table<R> {
        rows.into_iter().map(|row| (row.key(), Arc::new(row))).collect()
    }
}
