//! An order line in one currency: what it was estimated to cost, what it costs, and whether that is off.

use landfall_operators::operator::keyed::{Emit, Facts, Keyed};
use landfall_schemas::{Currency, Text};
use serde::{Deserialize, Serialize};

use crate::account::off;
use crate::answers::Answer;

/// An order line and a currency.
pub type OrderLineKey = (Text, u32, Currency);

/// What is said about an order line, in thousandths of the currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CostFact {
    /// By its order.
    Estimate(i64),
    /// By a share of a charge or a declaration line.
    Actual(i64),
}

/// A sum and how many things it adds up.
#[derive(Clone, Copy, Default)]
pub struct Sum {
    pub amount: i64,
    pub parts: isize,
}

impl Sum {
    /// Adds a part `diff` times.
    pub fn add(&mut self, amount: i64, diff: isize) {
        self.amount += amount * diff as i64;
        self.parts += diff;
    }
}

/// What is known about an order line.
#[derive(Default)]
pub struct OrderLine {
    estimate: Sum,
    actual: Sum,
}

impl OrderLine {
    fn answer(&self, (order_id, line_no, currency): &OrderLineKey) -> Option<Answer> {
        let known = self.estimate.parts > 0 && self.actual.parts > 0;
        (known && off(self.actual.amount, self.estimate.amount)).then(|| Answer::Variance {
            order_id: order_id.clone(),
            line_no: *line_no,
            currency: *currency,
            estimate: self.estimate.amount,
            actual: self.actual.amount,
        })
    }
}

impl Keyed for OrderLine {
    type Key = OrderLineKey;
    type Fact = CostFact;
    type Finding = Answer;
    type Rules = ();

    fn update(&mut self, key: &OrderLineKey, _rules: &(), facts: Facts<'_, Self>, emit: Emit<'_, Self>) {
        let before = self.answer(key);
        for (fact, diff) in facts {
            match fact {
                CostFact::Estimate(amount) => self.estimate.add(amount, diff),
                CostFact::Actual(amount) => self.actual.add(amount, diff),
            }
        }
        let after = self.answer(key);
        if before != after {
            before.into_iter().for_each(|answer| emit(answer, -1));
            after.into_iter().for_each(|answer| emit(answer, 1));
        }
    }

    fn is_empty(&self) -> bool {
        self.estimate.parts == 0 && self.actual.parts == 0
    }
}
