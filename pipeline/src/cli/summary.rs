//! The closing summary of a replay, for people who answer for freight cost.

use std::collections::BTreeMap;

use landfall_operators::rows::{ChargeStatus, ControlKind, ExceptionCategory, MilestoneState, Severity, Tables, View};
use landfall_schemas::{Currency, Money, Timestamp};

use super::figures::{Table, grouped, rendered};
use landfall_dump::Dump;

/// What a replay came to.
pub struct Summary<'a> {
    /// The views at the last tick.
    pub tables: &'a Tables,
    /// The clock at the last tick.
    pub clock: Timestamp,
    /// The currency of base amounts.
    pub base: Currency,
    /// Records read, bad ones included.
    pub records: u64,
    /// Where the views were written.
    pub dump: Option<&'a Dump>,
}

impl Summary<'_> {
    /// The text of it.
    pub fn text(&self) -> String {
        let headline = format!(
            "{} read, reconciled as of {}; amounts in {}\n",
            counted(self.records, "record"),
            self.clock,
            self.base
        );
        let tables = [
            self.records(),
            self.charges(),
            self.late_milestones(),
            self.landed_cost_variance(),
            self.exceptions(),
            self.data_errors(),
        ];
        let destination = match self.dump {
            None => "No views were written; --out DIR keeps them.".to_owned(),
            Some(dump) => format!(
                "{} views written to {} as {} files.",
                View::ALL.len(),
                dump.folder().display(),
                dump.format().suffix()
            ),
        };
        format!("{headline}\n{}\n{destination}\n", rendered(&tables))
    }

    fn records(&self) -> Table {
        let statuses = ["received", "in_force", "superseded", "retracted", "held", "dead_lettered"];
        let mut table = Table::new("Records", statuses.map(spaced).iter().map(String::as_str));
        let mut counts: BTreeMap<&str, [u64; 6]> = BTreeMap::new();
        for row in self.tables.control_totals.values().filter(|row| row.kind == ControlKind::Records) {
            if let Some(column) = statuses.iter().position(|status| *status == row.status) {
                counts.entry(row.name.as_str()).or_default()[column] += row.count;
            }
        }
        let mut total = [0; 6];
        for (stream, counts) in counts {
            total.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            table.row(stream, counts.map(grouped).to_vec());
        }
        table.row("total", total.map(grouped).to_vec());
        table
    }

    fn charges(&self) -> Table {
        let mut table = Table::new("Charge lines of invoices", ["lines", self.base.code()]);
        let lines = |status: &str| {
            let mut rows = self.tables.control_totals.values();
            rows.find(|row| row.kind == ControlKind::Charges && row.status == status)
        };
        let shown = ChargeStatus::ALL.iter().rev().map(|status| status.as_str()).chain(["total"]);
        for status in shown {
            if let Some(row) = lines(status) {
                let amount = row.base_amount.map(grouped).unwrap_or_default();
                table.row(spaced(status), vec![grouped(row.count), amount]);
            }
        }
        table
    }

    fn late_milestones(&self) -> Table {
        let mut table = Table::new("Late milestones", ["milestones"]);
        for state in [MilestoneState::Late, MilestoneState::Overdue, MilestoneState::AtRisk] {
            let count = self.tables.late_milestones.values().filter(|row| row.state == state).count();
            table.row(spaced(state.as_str()), vec![grouped(count)]);
        }
        table.row("total", vec![grouped(self.tables.late_milestones.len())]);
        table
    }

    fn landed_cost_variance(&self) -> Table {
        let mut table = Table::new("Landed cost outside the tolerance", ["order lines", self.base.code()]);
        let variances: Vec<i128> = self.tables.landed_cost_variance.values().map(|row| row.variance.minor).collect();
        let mut row = |label, wanted: fn(i128) -> bool| {
            let chosen: Vec<i128> = variances.iter().copied().filter(|variance| wanted(*variance)).collect();
            let amount = Money::new(chosen.iter().sum(), self.base);
            table.row(label, vec![grouped(chosen.len()), grouped(amount)]);
        };
        row("over the estimate", |variance| variance > 0);
        row("under the estimate", |variance| variance < 0);
        row("net", |_| true);
        table
    }

    fn exceptions(&self) -> Table {
        let severities = Severity::ALL.iter().map(|severity| severity.as_str());
        let mut table = Table::new("Open exceptions", severities.chain(["total"]));
        let mut counts: BTreeMap<ExceptionCategory, BTreeMap<Severity, usize>> = BTreeMap::new();
        for row in self.tables.exceptions.values() {
            *counts.entry(row.category).or_default().entry(row.severity).or_default() += 1;
        }
        let figures = |of: &dyn Fn(Severity) -> usize| {
            let each: Vec<usize> = Severity::ALL.iter().map(|severity| of(*severity)).collect();
            let total = each.iter().sum();
            each.into_iter().chain([total]).map(grouped).collect()
        };
        for (category, counts) in &counts {
            let of = |severity| counts.get(&severity).copied().unwrap_or_default();
            table.row(spaced(category.as_str()), figures(&of));
        }
        let of = |severity| counts.values().filter_map(|counts| counts.get(&severity)).sum();
        table.row("total", figures(&of));
        table
    }

    fn data_errors(&self) -> Table {
        let mut table = Table::new("Records with data errors", ["records"]);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.tables.data_errors.values() {
            *counts.entry(row.error_code.as_str()).or_default() += 1;
        }
        for (code, count) in counts {
            let note = match code {
                "future_dated" => " (held until their time)",
                "conflicting_event" => " (superseded)",
                _ => "",
            };
            table.row(format!("{code}{note}"), vec![grouped(count)]);
        }
        table.row("total", vec![grouped(self.tables.data_errors.len())]);
        table
    }
}

/// `1 record`, `1,234 records`.
pub fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// A name as people write it.
fn spaced(name: &str) -> String {
    name.replace('_', " ")
}
