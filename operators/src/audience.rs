//! Which views somebody reads: rows that nobody reads are not made.
//!
//! What the rows are made from is kept all the same, so who begins to read a view sees every change of it from then on.

use std::cell::Cell;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::rows::View;

/// A set of views.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewSet(u16);

impl ViewSet {
    /// No view.
    pub const NONE: ViewSet = ViewSet(0);
    /// Every view.
    pub const ALL: ViewSet = ViewSet((1 << View::ALL.len()) - 1);

    /// Whether the view is in it.
    pub fn has(self, view: View) -> bool {
        self.0 & bit(view) != 0
    }
}

fn bit(view: View) -> u16 {
    1 << view as u16
}

impl FromIterator<View> for ViewSet {
    fn from_iter<I: IntoIterator<Item = View>>(views: I) -> ViewSet {
        ViewSet(views.into_iter().fold(0, |bits, view| bits | bit(view)))
    }
}

/// What is read of the ticks that are under way, on one worker. It changes only while none is.
#[derive(Clone, Debug)]
pub struct Audience(Rc<Cell<ViewSet>>);

impl Default for Audience {
    fn default() -> Audience {
        Audience(Rc::new(Cell::new(ViewSet::ALL)))
    }
}

impl Audience {
    /// The views that are read.
    pub fn views(&self) -> ViewSet {
        self.0.get()
    }

    /// From now on these are read.
    pub fn set(&self, views: ViewSet) {
        self.0.set(views);
    }

    /// Whether somebody reads a view.
    pub fn reads(&self, view: View) -> bool {
        self.views().has(view)
    }

    /// Whether somebody reads a row of a view, or of the view of some of its rows where it is one of those.
    pub fn reads_part(&self, whole: View, some: View, is_one: bool) -> bool {
        self.reads(whole) || is_one && self.reads(some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_the_views_that_were_put_in() {
        let set: ViewSet = [View::FreightCharges, View::DataErrors].into_iter().collect();
        let found: Vec<View> = View::ALL.iter().copied().filter(|view| set.has(*view)).collect();
        assert_eq!(found, [View::FreightCharges, View::DataErrors]);
        assert_eq!(View::ALL.iter().copied().collect::<ViewSet>(), ViewSet::ALL);
        assert!(View::ALL.iter().all(|view| !ViewSet::NONE.has(*view)));
    }
}
