//! Where changes of views go: Kafka topics, exactly once.

mod confirmed;
mod dead_letter;
mod error;
mod kafka;
mod progress;
mod refusals;
mod resync;
mod row;
mod topics;
mod transaction;

pub use confirmed::{CONFIRMED_MAX, CONFIRMED_ROWS_MAX, Confirmed};
pub use dead_letter::{CUT_FROM_BYTES, DEAD_LETTERS, DeadLetter};
pub use error::SinkError;
pub use kafka::{KafkaSinkHandle, Outgoing};
pub use progress::{Progress, read_topic};
pub use refusals::Refusals;
pub use row::{ChangedRow, RowWriter, changed_rows, write_changed};
pub use topics::MESSAGE_BYTES_MAX;
