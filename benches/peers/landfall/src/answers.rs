//! The answers as they stand: kept from the changes that the dataflow says, written as CSV at the end.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use hashbrown::HashMap;
use landfall_schemas::event::MilestoneKind;
use landfall_schemas::{Currency, Text, Timestamp};

use crate::Result;

/// A row of one of the four answers. Amounts are in thousandths of the currency.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// A charge line that matches no shipment.
    Unmatched { issuer: Text, invoice_no: Text, line_no: u32, code: Text, amount: i64 },
    /// What was billed for a shipment is off the expected amount.
    Off { shipment_id: Text, code: Text, issuer: Text, currency: Currency, billed: i64, expected: i64 },
    /// A milestone was reached after it was due.
    Late { shipment_id: Text, milestone: MilestoneKind, due: Timestamp, reached: Timestamp },
    /// The landed cost of an order line is off its estimate.
    Variance { order_id: Text, line_no: u32, currency: Currency, estimate: i64, actual: i64 },
}

/// Rows, each with how often it is there: once.
pub type Answers = HashMap<Answer, isize>;

/// Writes the workers' answers, a file for each question.
pub fn write(shares: &[Answers], out: &str) -> Result<()> {
    let create = |name: &str| {
        let path = Path::new(out).join(name);
        File::create(&path).map(BufWriter::new).map_err(|error| format!("cannot write {}: {error}", path.display()))
    };
    let mut unmatched_charges = create("unmatched_charges.csv")?;
    let mut off_charges = create("off_charges.csv")?;
    let mut late_milestones = create("late_milestones.csv")?;
    let mut landed_cost_variance = create("landed_cost_variance.csv")?;
    for (answer, count) in shares.iter().flatten() {
        if *count != 1 {
            return Err(format!("{answer:?} is there {count} times").into());
        }
        match answer {
            Answer::Unmatched { issuer, invoice_no, line_no, code, amount } => {
                writeln!(unmatched_charges, "{issuer},{invoice_no},{line_no},{code},{amount}")?;
            }
            Answer::Off { shipment_id, code, issuer, currency, billed, expected } => {
                let currency = currency.code();
                writeln!(off_charges, "{shipment_id},{code},{issuer},{currency},{billed},{expected}")?;
            }
            Answer::Late { shipment_id, milestone, due, reached } => {
                writeln!(late_milestones, "{shipment_id},{},{due},{reached}", milestone.as_str())?;
            }
            Answer::Variance { order_id, line_no, currency, estimate, actual } => {
                let (currency, variance) = (currency.code(), actual - estimate);
                writeln!(landed_cost_variance, "{order_id},{line_no},{currency},{estimate},{actual},{variance}")?;
            }
        }
    }
    for mut file in [unmatched_charges, off_charges, late_milestones, landed_cost_variance] {
        file.flush()?;
    }
    Ok(())
}
