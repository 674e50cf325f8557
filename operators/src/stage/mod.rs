//! What lies between documents and views: dossiers by invoice, declaration, shipment, set of shipments and order line.

pub mod accounts;
pub mod cargo;
pub mod charge;
pub mod costs;
pub mod declarations;
pub mod declared_lines;
pub mod invoices;
pub mod order_lines;
pub mod orders;
pub mod progress;
pub mod proportions;
pub mod quantities;
pub mod shared_charges;
pub mod shared_declarations;
pub mod subject;
pub mod target;
pub mod terms;
pub mod wide;
