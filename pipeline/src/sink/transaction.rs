//! What one transaction writes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use hashbrown::HashSet;
use landfall_engine::ClosedTick;
use landfall_kafka_native::add_brokers;
use landfall_operators::Tick;
use landfall_operators::rows::{Changes, View};
use landfall_schemas::Timestamp;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer};

use super::dead_letter::{DEAD_LETTERS, DeadLetter, WrittenLetter};
use super::row::{ChangedRow, RowWriter, TickHeaders, write_changed};
use super::topics::KafkaProducer;
use crate::checkpoint::TickRecord;

/// How often it is looked whether the brokers have taken everything.
const DELIVERY_PAUSE: Duration = Duration::from_millis(1);
/// Where for so long they take or answer nothing, the client is told again who they are: it may have forgotten.
const REMINDED: Duration = Duration::from_secs(2);
/// Where for so long they take or answer nothing, the client may be the one that is lost.
const STALLED: Duration = Duration::from_secs(15);

/// Ticks whose changes become visible together. A key that several of them change is written once, as of the last of them:
/// readers see a transaction whole, as they see a tick.
#[derive(Default)]
pub(super) struct Transaction {
    /// Oldest first.
    parts: Vec<Part>,
    pub(super) dead_letters: Vec<DeadLetter>,
    /// The last tick.
    pub(super) through: Option<Arc<TickRecord>>,
    /// Whether it has to be durable soon.
    pub(super) commit: bool,
}

/// Part of a transaction.
pub(super) enum Part {
    /// What a tick changed.
    Tick(Arc<ClosedTick>),
    /// What the topics lacked as of a tick and its clock.
    Lacking(Tick, Timestamp, Vec<ChangedRow>),
}

impl Part {
    /// How many rows of these views come or go.
    fn rows(&self, views: &[View]) -> usize {
        match self {
            Part::Tick(closed) => {
                closed.changes.iter().filter(|changes| views.contains(&changes.view())).map(Changes::len).sum()
            }
            Part::Lacking(_, _, rows) => rows.len(),
        }
    }
}

impl Transaction {
    /// Adds a part that is newer than all others, unless it changes none of these views.
    pub(super) fn add(&mut self, part: Part, views: &[View]) {
        if part.rows(views) > 0 {
            self.parts.push(part);
        }
    }

    /// Puts what older transactions wrote before it.
    pub(super) fn follow(&mut self, older: Vec<Transaction>) {
        let newest = std::mem::take(self);
        for transaction in older.into_iter().chain([newest]) {
            self.parts.extend(transaction.parts);
            self.dead_letters.extend(transaction.dead_letters);
            (self.through, self.commit) = (transaction.through, transaction.commit);
        }
    }

    /// How many rows of these views come or go in it; dead letters count for as many as they are large.
    pub(super) fn rows(&self, views: &[View]) -> usize {
        let letters: usize = self.dead_letters.iter().map(DeadLetter::rows).sum();
        self.parts.iter().map(|part| part.rows(views)).sum::<usize>() + letters
    }

    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.dead_letters.is_empty()
    }

    /// Hands the changed rows of these views to the producer. Returns how many records they are.
    pub(super) fn write_rows(
        &self,
        producer: &KafkaProducer,
        prefix: &str,
        views: &[View],
    ) -> Result<usize, KafkaError> {
        let mut written = 0;
        let mut seen = (self.parts.len() > 1).then(HashSet::new);
        // Newest first: what a later part has written, an earlier one need not.
        for part in self.parts.iter().rev() {
            let (tick, clock) = match part {
                Part::Tick(closed) => (closed.tick, closed.clock),
                Part::Lacking(tick, clock, _) => (*tick, *clock),
            };
            for view in views {
                let topic = format!("{prefix}{}", view.as_str());
                let headers = TickHeaders::new(*view, tick, clock);
                let mut writer =
                    Writer { producer, view: *view, topic, headers, seen: &mut seen, written: &mut written };
                match part {
                    Part::Tick(closed) => {
                        for changes in closed.changes.iter().filter(|changes| changes.view() == *view) {
                            write_changed(changes, &mut writer)?;
                        }
                    }
                    Part::Lacking(_, _, rows) => {
                        for row in rows.iter().filter(|row| row.view == *view) {
                            if writer.wants(&row.key) {
                                writer.write(&row.key, row.value.as_deref())?;
                            }
                        }
                    }
                }
            }
        }
        Ok(written)
    }

    /// Hands the dead letters to the producer.
    pub(super) fn write_dead_letters(
        &self,
        producer: &KafkaProducer,
        prefix: &str,
        bytes_max: usize,
    ) -> Result<(), KafkaError> {
        let topic = format!("{prefix}{DEAD_LETTERS}");
        for letter in &self.dead_letters {
            let WrittenLetter { key, value, headers } = letter.written(bytes_max);
            let owned = headers.into_iter().fold(OwnedHeaders::new(), |headers, (name, value)| {
                headers.insert(Header { key: &name, value: Some(&value) })
            });
            produce(producer, &topic, key, Some(value), owned)?;
        }
        Ok(())
    }
}

/// Writes rows of a view in a tick.
struct Writer<'a> {
    producer: &'a KafkaProducer,
    view: View,
    topic: String,
    headers: TickHeaders,
    /// Keys that later ticks of the transaction have written; `None` where there is only one tick.
    seen: &'a mut Option<HashSet<(View, Vec<u8>)>>,
    written: &'a mut usize,
}

impl RowWriter for Writer<'_> {
    type Error = KafkaError;

    fn wants(&mut self, key: &[u8]) -> bool {
        self.seen.as_mut().is_none_or(|seen| seen.insert((self.view, key.to_vec())))
    }

    fn write(&mut self, key: &[u8], value: Option<&[u8]>) -> Result<(), KafkaError> {
        *self.written += 1;
        produce(self.producer, &self.topic, Some(key), value, self.headers.of(key, value.is_some()))
    }
}

/// Hands a record to the producer; waits while its queue is full.
pub(super) fn produce(
    producer: &KafkaProducer,
    topic: &str,
    key: Option<&[u8]>,
    value: Option<&[u8]>,
    headers: OwnedHeaders,
) -> Result<(), KafkaError> {
    let mut record: BaseRecord<'_, [u8], [u8]> = BaseRecord::to(topic).headers(headers);
    (record.key, record.payload) = (key, value);
    loop {
        match producer.send(record) {
            Ok(()) => return Ok(()),
            Err((KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull), again)) => {
                record = again;
                std::thread::sleep(Duration::from_millis(2));
            }
            Err((error, _)) => {
                producer.context().note(topic, &error);
                return Err(error);
            }
        }
    }
}

/// Waits until the brokers have taken all that was handed to the producer, or have refused it; not where they take nothing more.
///
/// The commit would wait, too, but `rdkafka` looks only every 100 ms whether everything has arrived, which would be most of what a
/// change takes from its event to its readers.
pub(super) fn deliver(producer: &KafkaProducer, brokers: &str) -> Result<(), KafkaError> {
    let (mut left, mut taken) = (producer.in_flight_count(), Instant::now());
    let mut reminded = taken;
    loop {
        // It never waits itself: it would spin where the time to wait is short.
        match producer.flush(Duration::ZERO) {
            Err(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut)) if taken.elapsed() < STALLED => {
                std::thread::sleep(DELIVERY_PAUSE);
            }
            result => return result,
        }
        // What the client has to tell counts, too, so that more of it is no sign of life.
        let now = producer.in_flight_count();
        if now < left {
            (left, taken) = (now, Instant::now());
        }
        if taken.max(reminded).elapsed() >= REMINDED {
            add_brokers(producer.client(), brokers);
            reminded = Instant::now();
        }
    }
}

/// Commits; asks again while brokers do not answer, but not for long: only the topics know then whether it happened.
pub(super) fn commit(producer: &KafkaProducer, brokers: &str) -> Result<(), KafkaError> {
    let since = Instant::now();
    loop {
        match producer.commit_transaction(REMINDED) {
            Err(KafkaError::Transaction(error)) if error.is_retriable() && since.elapsed() < STALLED => {
                add_brokers(producer.client(), brokers);
                std::thread::sleep(DELIVERY_PAUSE);
            }
            result => return result,
        }
    }
}
