//! The answers as they stand: added up from the changes that the circuit says, written as CSV at the end.

use std::collections::HashMap;
use std::fmt::{Debug, Display};
use std::fs::File;
use std::hash::Hash;
use std::io::{BufWriter, Write};
use std::path::Path;

use dbsp::typed_batch::{IndexedZSetReader, SpineSnapshot};
use dbsp::{DBData, OrdZSet, OutputHandle, ZWeight};

use crate::Result;
use crate::circuit::Outputs;
use crate::rows::{Late, Off, Unmatched, Variance};

/// Rows of one answer, each with how often it is there: once.
type Rows<R> = HashMap<R, ZWeight>;

/// All four answers.
#[derive(Default)]
pub struct Answers {
    unmatched_charges: Rows<Unmatched>,
    off_charges: Rows<Off>,
    late_milestones: Rows<Late>,
    landed_cost_variance: Rows<Variance>,
}

impl Answers {
    /// Adds what the last step changed.
    pub fn add(&mut self, outputs: &Outputs) {
        add(&mut self.unmatched_charges, &outputs.unmatched_charges);
        add(&mut self.off_charges, &outputs.off_charges);
        add(&mut self.late_milestones, &outputs.late_milestones);
        add(&mut self.landed_cost_variance, &outputs.landed_cost_variance);
    }

    /// Writes a file for each answer.
    pub fn write(&self, out: &Path) -> Result<()> {
        write(&self.unmatched_charges, &out.join("unmatched_charges.csv"), |row| {
            let Unmatched { issuer, invoice_no, line_no, code, amount } = row;
            format!("{issuer},{invoice_no},{line_no},{code},{amount}")
        })?;
        write(&self.off_charges, &out.join("off_charges.csv"), |Off { account, billed, expected }| {
            let (id, code, issuer, currency) = (&account.shipment_id, &account.code, &account.issuer, account.currency);
            format!("{id},{code},{issuer},{currency},{billed},{expected}")
        })?;
        write(&self.late_milestones, &out.join("late_milestones.csv"), |Late { milestone, due, reached }| {
            format!("{},{},{due},{reached}", milestone.shipment_id, milestone.milestone)
        })?;
        write(&self.landed_cost_variance, &out.join("landed_cost_variance.csv"), |row| {
            let Variance { line, estimate, actual } = row;
            let variance = actual - estimate;
            format!("{},{},{},{estimate},{actual},{variance}", line.order_id, line.line_no, line.currency)
        })
    }
}

fn add<R: DBData>(rows: &mut Rows<R>, changes: &OutputHandle<SpineSnapshot<OrdZSet<R>>>) {
    for (row, (), weight) in changes.concat().iter() {
        let count = rows.entry(row.clone()).or_default();
        *count += weight;
        if *count == 0 {
            rows.remove(&row);
        }
    }
}

fn write<R: Debug + Hash, T: Display>(rows: &Rows<R>, path: &Path, text: impl Fn(&R) -> T) -> Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for (row, count) in rows {
        if *count != 1 {
            return Err(format!("{row:?} is there {count} times").into());
        }
        writeln!(file, "{}", text(row))?;
    }
    Ok(file.flush()?)
}
