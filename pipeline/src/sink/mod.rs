//! Where changes of views go: Kafka topics, exactly once.

mod budget;
mod dead_letter;
mod error;
mod kafka;
mod progress;
mod resync;
mod row;
mod topics;
mod transaction;

pub use dead_letter::{DEAD_LETTERS, DeadLetter, headers as dead_letter_headers};
pub use error::SinkError;
pub use kafka::{KafkaSinkHandle, Outgoing};
pub use progress::{Progress, read_topic};
pub use row::{ChangedRow, RowWriter, changed_rows, write_changed};
