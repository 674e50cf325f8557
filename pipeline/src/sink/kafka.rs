//! Writes changes of views to Kafka topics: one transaction for each batch of ticks, with the progress record in it.
//!
//! A transaction that fails is begun again with the same ticks, by another client. After a crash the progress record tells which ticks are
//! written; the engine makes the others again from the same records and clocks. So every change is there exactly once for a
//! reader with `isolation.level=read_committed`, unless brokers lose what they have confirmed ([`super::confirmed`]): that is written
//! again, the same under the same tick.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use landfall_engine::ClosedTick;
use landfall_operators::Tick;
use landfall_operators::rows::View;
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Message, OwnedHeaders};
use rdkafka::producer::Producer;

use super::confirmed::Confirmed;
use super::dead_letter::DeadLetter;
use super::error::{self, SinkError};
use super::progress::{PROGRESS, Progress, read_topic};
use super::resync::Resync;
use super::topics::{KafkaProducer, begun, create_topics, dead_letter_bytes_max, missing_topic};
use super::transaction::{Part, Transaction, commit, deliver, produce};
use crate::budget::Budget;
use crate::checkpoint::TickRecord;
use crate::config::KafkaSink;
use crate::failpoint;
use crate::source::kafka::ClientError;
use crate::telemetry::{Alarms, Metrics};

/// Ticks that wait for the sink; then the engine waits too.
const TICKS_WAITING_MAX: usize = 64;
/// After a failure the brokers are left alone for a moment.
const RETRY: Duration = Duration::from_millis(500);
/// A transaction takes at most so many changed rows, or one tick.
const TRANSACTION_ROWS_MAX: usize = 100_000;

/// What the live process hands to a sink.
#[derive(Clone)]
pub enum Outgoing {
    /// Part of what a checkpoint brings back.
    Restored(Arc<ClosedTick>),
    /// A closed tick, what it was made of, and its dead letters. With `commit`, the progress has to be durable after it.
    Tick {
        /// What changed.
        closed: Arc<ClosedTick>,
        /// What it was made of.
        record: Arc<TickRecord>,
        /// Records that are no events.
        dead_letters: Arc<Vec<DeadLetter>>,
        /// Whether a checkpoint waits for it.
        commit: bool,
    },
}

impl Outgoing {
    /// How many rows come or go; dead letters count for as many as they are large.
    fn rows(&self) -> usize {
        let (closed, letters) = match self {
            Outgoing::Restored(closed) => (closed, 0),
            Outgoing::Tick { closed, dead_letters, .. } => (closed, dead_letters.iter().map(DeadLetter::rows).sum()),
        };
        closed.changed_rows() + letters
    }
}

/// A running sink.
pub struct KafkaSinkHandle {
    /// Its name.
    pub name: String,
    /// How far it had come when it was started.
    pub progress: Option<Progress>,
    /// What it writes.
    pub views: Vec<View>,
    /// Whether it has to see what a checkpoint brings back, for its topics may lack some of that.
    pub lacks_rows: bool,
    ticks: Option<SyncSender<Outgoing>>,
    budget: Arc<Budget>,
    committed: Arc<AtomicU64>,
    failure: Receiver<SinkError>,
    thread: Option<JoinHandle<()>>,
}

impl KafkaSinkHandle {
    /// Connects, makes topics that are not there, ends what an earlier process left open, and starts the sink's thread.
    /// `checkpoint` is the tick of the checkpoint that will be restored.
    ///
    /// # Errors
    /// When the brokers refuse any of it.
    pub fn start(
        name: &str,
        kafka: &KafkaSink,
        checkpoint: Tick,
        metrics: Arc<Metrics>,
        alarms: Arc<Alarms>,
    ) -> Result<KafkaSinkHandle, SinkError> {
        let failed = |action: &str| {
            let (sink, action) = (name.to_owned(), action.to_owned());
            move |reason| SinkError::Kafka { sink, action, reason }
        };
        let views = kafka.written();
        let made = create_topics(name, kafka, &views).map_err(failed("create its topics"))?;
        let (producer, progress) = begun(name, kafka).map_err(failed("begin to write transactions"))?;
        let behind = progress.as_ref().is_none_or(|progress| progress.tick < checkpoint);
        let is_new = progress.is_some() && !made.is_empty();
        let resync = if (behind && checkpoint > 0) || is_new {
            tracing::warn!(sink = name, checkpoint, ?made, "its topics may lack rows: comparing them with the views");
            let mut resync = Resync::new(&views);
            for view in &views {
                let topic = format!("{}{}", kafka.prefix, view.as_str());
                let holds = |message: &BorrowedMessage<'_>| {
                    resync.holds(*view, message.key().unwrap_or_default(), message.payload());
                };
                read_topic(name, &kafka.brokers, &kafka.security, &topic, holds).map_err(failed("read its topics"))?;
            }
            Some(resync)
        } else {
            None
        };
        let dead_letter_bytes_max = if kafka.dead_letters { dead_letter_bytes_max(name, kafka) } else { 0 };
        let written = progress.as_ref().map_or(0, |progress| progress.tick);
        let (committed, budget) = (Arc::new(AtomicU64::new(written)), Arc::new(Budget::default()));
        let (ticks, receiver) = sync_channel(TICKS_WAITING_MAX);
        let (fail, failure) = sync_channel(1);
        let lacks_rows = resync.is_some();
        let mut work = Work {
            name: name.to_owned(),
            kafka: kafka.clone(),
            views: views.clone(),
            producer,
            dead_letter_bytes_max,
            resync,
            confirmed: Confirmed::through(written),
            committed: Arc::clone(&committed),
            budget: Arc::clone(&budget),
            metrics,
            alarms,
        };
        let thread = std::thread::spawn(move || {
            if let Err(error) = work.run(&receiver) {
                tracing::error!(%error, "a sink stops");
                fail.send(error).ok();
            }
        });
        Ok(KafkaSinkHandle {
            name: name.to_owned(),
            progress,
            views,
            lacks_rows,
            ticks: Some(ticks),
            budget,
            committed,
            failure,
            thread: Some(thread),
        })
    }

    /// Hands over; waits while too many ticks wait already.
    ///
    /// # Errors
    /// When the sink has stopped.
    pub fn send(&self, outgoing: Outgoing) -> Result<(), SinkError> {
        let has_gone = || self.thread.as_ref().is_none_or(JoinHandle::is_finished);
        self.budget.add(outgoing.rows(), has_gone);
        match self.ticks.as_ref().map(|ticks| ticks.send(outgoing)) {
            Some(Ok(())) => Ok(()),
            _ => Err(self.failure.recv().unwrap_or(SinkError::Fenced { sink: self.name.clone() })),
        }
    }

    /// The newest tick that is written for good.
    pub fn committed(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.committed)
    }

    /// Writes what waits and ends the thread.
    ///
    /// # Errors
    /// When that fails.
    pub fn finish(mut self) -> Result<(), SinkError> {
        self.ticks = None;
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        self.failure.try_recv().map_or(Ok(()), Err)
    }
}

struct Work {
    name: String,
    kafka: KafkaSink,
    views: Vec<View>,
    producer: KafkaProducer,
    dead_letter_bytes_max: usize,
    resync: Option<Resync>,
    confirmed: Confirmed<Transaction>,
    committed: Arc<AtomicU64>,
    budget: Arc<Budget>,
    metrics: Arc<Metrics>,
    alarms: Arc<Alarms>,
}

impl Work {
    fn run(&mut self, receiver: &Receiver<Outgoing>) -> Result<(), SinkError> {
        let interval = Duration::from_millis(self.kafka.transaction_interval_ms);
        let mut idle_since: Option<Instant> = None;
        let mut deadline = Instant::now();
        loop {
            let mut transaction = Transaction::default();
            // Blocks for the first tick, then takes what waits, and what comes until the transaction is full or its time has
            // come: its interval after the one before began.
            loop {
                let next = match transaction.through {
                    None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
                    Some(_) => receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())),
                };
                match next {
                    Ok(outgoing) => self.gather(outgoing, &mut transaction),
                    Err(RecvTimeoutError::Timeout) => break,
                    Err(RecvTimeoutError::Disconnected) => {
                        transaction.commit = true;
                        self.write(transaction, &mut idle_since)?;
                        return Ok(());
                    }
                }
                if transaction.commit || transaction.rows(&self.views) >= TRANSACTION_ROWS_MAX {
                    break;
                }
            }
            deadline = Instant::now() + interval;
            self.write(transaction, &mut idle_since)?;
        }
    }

    /// Adds a tick to the transaction, unless it is written already.
    fn gather(&mut self, outgoing: Outgoing, transaction: &mut Transaction) {
        self.budget.take(outgoing.rows());
        match outgoing {
            Outgoing::Restored(closed) => {
                if let Some(resync) = &mut self.resync {
                    resync.apply(&closed);
                }
            }
            Outgoing::Tick { closed, record, dead_letters, commit } => {
                if closed.tick <= self.confirmed.tick() {
                    if let Some(resync) = &mut self.resync {
                        resync.apply(&closed);
                    }
                    return;
                }
                if let Some(mut resync) = self.resync.take() {
                    resync.apply(&closed);
                    transaction.add(Part::Lacking(closed.tick, closed.clock, resync.missing()), &self.views);
                } else {
                    transaction.add(Part::Tick(closed), &self.views);
                }
                if self.kafka.dead_letters {
                    transaction.dead_letters.extend(dead_letters.iter().cloned());
                }
                transaction.through = Some(record);
                transaction.commit |= commit;
            }
        }
    }

    fn write(&mut self, mut transaction: Transaction, idle_since: &mut Option<Instant>) -> Result<(), SinkError> {
        let Some(through) = transaction.through.clone() else {
            return Ok(());
        };
        // Ticks that change nothing need no transaction of their own, but the progress must not fall far behind.
        let since = *idle_since.get_or_insert_with(Instant::now);
        if transaction.is_empty() && !transaction.commit && since.elapsed() < Duration::from_secs(5) {
            return Ok(());
        }
        *idle_since = None;
        let started = Instant::now();
        let alarm = format!("sink {}", self.name);
        let mut rows = 0;
        for attempts in 1_u64.. {
            match self.attempt(&transaction, &through) {
                Ok(written) => {
                    rows = written;
                    break;
                }
                Err(error) if error::is_fenced(&error) => return Err(SinkError::Fenced { sink: self.name.clone() }),
                Err(error) => {
                    let reason = self.producer.context().take().unwrap_or_else(|| error.to_string());
                    tracing::warn!(sink = self.name, %error, reason, "a transaction failed; trying again");
                    self.metrics.sink_transactions_failed.inc();
                    self.alarms.raise(&alarm, &reason);
                    if attempts % 4 == 0
                        && let Some(topic) = missing_topic(&self.producer, &self.kafka, &self.views)
                    {
                        return Err(SinkError::Topic { sink: self.name.clone(), topic });
                    }
                    std::thread::sleep(RETRY);
                    let held = self.renew(&alarm)?;
                    if held >= through.tick {
                        break;
                    }
                    transaction.follow(self.lost_after(held)?);
                }
            }
        }
        self.alarms.clear(&alarm);
        let kept_rows = transaction.rows(&self.views);
        self.confirmed.add(through.tick, kept_rows, transaction);
        self.committed.store(through.tick, Ordering::Release);
        self.metrics.sink_transaction(&self.name, through.tick, rows, started.elapsed());
        Ok(())
    }

    /// Goes on with another producer, which ends what this one left open. This one may not know how its transaction ended, or
    /// may have stopped asking for brokers that are back.
    /// Returns the tick that is written for good: only the topics know whether the last transaction was.
    fn renew(&mut self, alarm: &str) -> Result<Tick, SinkError> {
        loop {
            match begun(&self.name, &self.kafka) {
                Ok((producer, progress)) => {
                    self.producer = producer;
                    return Ok(progress.map_or(0, |progress| progress.tick));
                }
                Err(ClientError::Kafka(error)) if error::is_fenced(&error) => {
                    return Err(SinkError::Fenced { sink: self.name.clone() });
                }
                Err(error) => {
                    tracing::warn!(sink = self.name, %error, "cannot begin to write anew; trying again");
                    self.alarms.raise(alarm, &error.to_string());
                    std::thread::sleep(RETRY);
                }
            }
        }
    }

    /// What the topics lost of what the brokers had confirmed: they hold everything up to this tick.
    fn lost_after(&mut self, held: Tick) -> Result<Vec<Transaction>, SinkError> {
        let confirmed = self.confirmed.tick();
        let lost = self.confirmed.lost_after(held);
        let lost = lost.ok_or_else(|| SinkError::Lost { sink: self.name.clone(), confirmed, held })?;
        if held < confirmed {
            tracing::error!(
                sink = self.name,
                confirmed,
                held,
                "the brokers lost what they had confirmed; writing it again"
            );
        }
        Ok(lost)
    }

    fn attempt(&self, transaction: &Transaction, through: &TickRecord) -> Result<usize, KafkaError> {
        self.producer.begin_transaction()?;
        let rows = transaction.write_rows(&self.producer, &self.kafka.prefix, &self.views)?;
        failpoint::reach("in-transaction");
        transaction.write_dead_letters(&self.producer, &self.kafka.prefix, self.dead_letter_bytes_max)?;
        let progress = serde_json::to_vec(&Progress::at(through)).unwrap_or_default();
        let topic = format!("{}{PROGRESS}", self.kafka.prefix);
        produce(&self.producer, &topic, Some(self.name.as_bytes()), Some(&progress), OwnedHeaders::new())?;
        deliver(&self.producer, &self.kafka.brokers)?;
        let committed = commit(&self.producer, &self.kafka.brokers);
        failpoint::reach("after-transaction");
        committed.map(|()| rows)
    }
}
