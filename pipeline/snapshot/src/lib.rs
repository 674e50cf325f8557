//! What readers see: every served view as it was at a closed tick.
//!
//! A snapshot is all views at once, each an ordered map that shares with the next tick's all that does not change: no reader ever
//! sees half a tick, and one that holds a snapshot keeps its tick.

pub mod documents;
pub mod identity;
mod mark;
mod row;
mod store;

use imbl::OrdMap;
use landfall_engine::ClosedTick;
use landfall_operators::Tick;
use landfall_operators::change::Change;
use landfall_operators::for_each_view;
use landfall_operators::rows::*;
use landfall_schemas::Timestamp;

pub use documents::Documents;
pub use mark::{MarkFilter, Marks, Served};
pub use row::SnapshotRow;
pub use store::{Published, Store, Window, WindowPassed};

/// A view's rows by key.
pub type Rows<R> = OrdMap<<R as ViewRow>::Key, Served<R>>;

/// Does something with a view's rows, whatever their type.
pub trait RowsVisitor {
    /// What comes of it.
    type Output;
    /// Called with the rows of the one view that was asked for.
    fn rows<R: SnapshotRow>(self, view: View, rows: &Rows<R>) -> Self::Output
    where
        R::Key: Sync;
}

macro_rules! snapshot {
    ($($(#[$meta:meta])* $field:ident: $variant:ident of $row:ident,)*) => {
        /// Every served view at one tick.
        #[derive(Clone, Debug)]
        pub struct Snapshot {
            /// The tick.
            pub tick: Tick,
            /// The clock at the tick.
            pub clock: Timestamp,
            /// The documents in force, where the engine hands them out.
            pub documents: Documents,
            $($(#[$meta])* pub $field: Rows<$row>,)*
        }

        impl Default for Snapshot {
            /// Before the first tick.
            fn default() -> Snapshot {
                Snapshot { tick: 0, clock: Timestamp(i64::MIN), documents: Documents::default(), $($field: Rows::<$row>::new(),)* }
            }
        }

        impl Snapshot {
            /// How many rows a view has.
            pub fn len(&self, view: View) -> usize {
                match view { $(View::$variant => self.$field.len(),)* }
            }

            /// Shows a view's rows to a visitor.
            pub fn visit<V: RowsVisitor>(&self, view: View, visitor: V) -> V::Output {
                match view { $(View::$variant => visitor.rows::<$row>(view, &self.$field),)* }
            }

            fn apply(&mut self, changes: &Changes, way: Way) {
                match changes { $(Changes::$variant(rows) => apply_rows(&mut self.$field, rows, way),)* }
            }
        }
    };
}

for_each_view!(snapshot);

/// Which way a tick is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// What came comes, what went goes.
    Onward,
    /// What came goes, what went comes.
    Back,
}

impl Way {
    /// What goes, and what comes in its place.
    pub(crate) fn of<T>(self, change: &Change<T>) -> (Option<&T>, Option<&T>) {
        let (before, after) = (change.before.as_ref(), change.after.as_ref());
        match self {
            Way::Onward => (before, after),
            Way::Back => (after, before),
        }
    }
}

impl Snapshot {
    /// Goes on to a later tick; views that are not served stay empty.
    fn advance(&mut self, closed: &ClosedTick, served: &[View]) {
        self.tick = closed.tick;
        self.clock = closed.clock;
        self.go(closed, served, Way::Onward);
    }

    /// Undoes what the tick changed that it is at. Which tick and clock it then is at, the caller knows.
    fn retreat(&mut self, closed: &ClosedTick, served: &[View]) {
        self.go(closed, served, Way::Back);
    }

    fn go(&mut self, closed: &ClosedTick, served: &[View], way: Way) {
        self.documents.apply(&closed.documents, way);
        for changes in closed.changes.iter().filter(|changes| served.contains(&changes.view())) {
            self.apply(changes, way);
        }
    }
}

fn apply_rows<R: SnapshotRow>(table: &mut Rows<R>, rows: &RowChanges<R>, way: Way) {
    for change in rows {
        match way.of(change) {
            (_, Some(row)) => drop(table.insert(row.key(), Served::new(row))),
            (Some(row), None) => drop(table.remove(&row.key())),
            (None, None) => {}
        }
    }
}
