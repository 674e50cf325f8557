//! Canonical events of Landfall: what an order, a shipment, a declaration or an invoice says.
//!
//! `bytes -> Result<Event, DataError>`. This crate knows no dataflow, no clock and no I/O.

pub mod contract;
pub mod decimal;
pub mod digits;
pub mod error;
pub mod event;
pub mod exact;
pub mod format;
pub mod identifier;
pub mod money;
pub mod number;
pub mod packed;
pub mod record;
pub mod text;
pub mod time;

pub use decimal::Decimal;
pub use error::{DataError, ErrorCode};
pub use event::{Document, DocumentKey, Envelope, Event, Stream};
pub use identifier::{Identifier, IdentifierKey, IdentifierType};
pub use money::{Currency, Money};
pub use record::{Origin, RecordId};
pub use text::{Text, formatted};
pub use time::{Date, Timestamp};
