//! Exceptions of an order line and its supplier on their way to their rows.

use landfall_schemas::event::{Order, Partner};
use landfall_schemas::{Currency, Decimal, Money, Text, Timestamp, format_text};

use super::{Place, over_shipped};
use crate::document::Doc;
use crate::rows::{ExceptionCategory, ExceptionRow};
use crate::stage::wide::Wide;

/// An exception of an order line: its row, without the texts. The row is made where it comes or goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OfOrderLine {
    /// The order.
    pub order: Doc<Order>,
    /// Its line.
    pub line_no: u32,
    /// The supplier's partner document.
    pub supplier: Option<Doc<Partner>>,
    /// What is wrong.
    pub what: What,
    /// Since when.
    pub since: Timestamp,
}

/// What is wrong with an order line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Its cost is off the estimate by so much of the base currency.
    Cost(Wide),
    /// Its duty is.
    Duty(Wide),
    /// So much was shipped, and less was ordered.
    OverShipped(Decimal),
}

impl OfOrderLine {
    /// The row.
    pub fn row(&self, base: Currency) -> ExceptionRow {
        let order = &self.order.data;
        let variance = |category, variance: Wide| {
            let row = self.of_category(category, over_or_under(variance.get()));
            ExceptionRow { amount_base: Some(Money::new(variance.get(), base)), ..row }
        };
        match self.what {
            What::Cost(amount) => variance(ExceptionCategory::LandedCostVariance, amount),
            What::Duty(amount) => variance(ExceptionCategory::DutyVariance, amount),
            What::OverShipped(shipped) => {
                let row = self.of_category(ExceptionCategory::OverShipped, "over_shipped");
                let ordered = order.line(self.line_no).map(|line| line.quantity).unwrap_or_default();
                ExceptionRow { detail: over_shipped::detail(shipped, ordered), ..row }
            }
        }
    }

    fn of_category(&self, category: ExceptionCategory, reason: &str) -> ExceptionRow {
        let order = &self.order.data;
        let place = Place {
            shipment: None,
            order: Some(order),
            partner_code: &order.supplier,
            partner: self.supplier.as_ref().map(|partner| &partner.data),
        };
        let line_no = format_text!("{}", self.line_no);
        let key = [order.order_id.as_str(), line_no.as_str()];
        let row = place.exception(category, &key, reason, self.since);
        ExceptionRow { order_id: Text::clone(&order.order_id), ..row }
    }
}

/// The name of the side of a variance.
fn over_or_under(variance: i128) -> &'static str {
    if variance > 0 { "over" } else { "under" }
}
