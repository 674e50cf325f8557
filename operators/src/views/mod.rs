//! The views, one file each.

pub mod control_totals;
pub mod data_errors;
pub mod exceptions;
pub mod feed_health;
pub mod freight_charges;
pub mod kpis;
pub mod landed_cost;
pub mod landed_cost_lines;
pub mod milestones;
pub mod shipment_status;
pub mod shipment_timeline;
pub mod unbilled_charges;
