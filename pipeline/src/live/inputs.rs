//! Every source of the process as partitions to take records from.

use std::sync::Arc;
use std::time::{Duration, Instant};

use landfall_operators::Tick;
use landfall_schemas::format::{self, Decoder};

use super::LiveError;
use crate::checkpoint::{Objects, Positions, TickRecord};
use crate::config::{Plan, SourceKind, SourcePlan};
use crate::source::feed::{self, Bell, Feed, Taken};
use crate::source::kafka::{FETCH_WAIT, KafkaReader};
use crate::source::push::PushLog;
use crate::source::tail;
use crate::telemetry::Metrics;

/// Every partition of every source.
pub(super) struct Inputs {
    pub(super) bell: Bell,
    pub(super) positions: Positions,
    feeds: Vec<Feed>,
    kafka: Vec<KafkaReader>,
    pushes: Vec<Arc<PushLog>>,
    /// Positions of pushed records at checkpoints that could be fallen back to.
    pushed_at: Vec<(Tick, Positions)>,
    measured_at: Instant,
}

/// What sources there are besides the partitions themselves.
pub(super) struct Opened {
    pub(super) inputs: Inputs,
    /// The log behind `POST /ingest`, and how large a body may be.
    pub(super) http: Option<(Arc<PushLog>, usize)>,
}

impl Inputs {
    /// Opens every source at its positions.
    pub(super) fn open(plan: &Plan, objects: &Objects, positions: Positions) -> Result<Opened, LiveError> {
        let mut inputs = Inputs {
            bell: Bell::default(),
            positions,
            feeds: Vec::new(),
            kafka: Vec::new(),
            pushes: Vec::new(),
            pushed_at: Vec::new(),
            measured_at: Instant::now(),
        };
        let mut http = None;
        for source in &plan.sources {
            let decoder = decoder(source)?;
            match &source.kind {
                SourceKind::Kafka(kafka) => {
                    let accept_gap = plan.config.state.accept_gap;
                    let (name, positions, bell) = (&source.source.name, &inputs.positions, &inputs.bell);
                    let wait = fetch_wait(plan.config.engine.tick_interval_ms);
                    let (reader, feeds) = KafkaReader::start(name, kafka, decoder, positions, accept_gap, bell, wait)?;
                    inputs.kafka.push(reader);
                    inputs.feeds.extend(feeds);
                }
                SourceKind::File(files) => {
                    for path in &files.paths {
                        let feed =
                            tail::file(path, files.whole, &inputs.positions, Arc::clone(&decoder), &inputs.bell)?;
                        inputs.feeds.push(feed);
                    }
                }
                SourceKind::Stdin => tail::standard_input(inputs.pushed("stdin", objects, decoder)?),
                SourceKind::Http(settings) => {
                    http = Some((inputs.pushed("http", objects, decoder)?, settings.body_bytes_max));
                }
            }
        }
        Ok(Opened { inputs, http })
    }

    fn pushed(
        &mut self,
        origin: &str,
        objects: &Objects,
        decoder: Arc<dyn Decoder>,
    ) -> Result<Arc<PushLog>, LiveError> {
        let (log, feed) = PushLog::open(origin, objects, &self.positions, decoder, &self.bell)?;
        self.feeds.push(feed);
        self.pushes.push(Arc::clone(&log));
        Ok(log)
    }

    /// Takes what waits in all partitions, until about so many records have been taken.
    pub(super) fn take(&mut self, records_max: usize, taken: &mut Taken, metrics: &Metrics) -> Result<(), LiveError> {
        feed::take_oldest(&mut self.feeds, records_max, taken, |feed, records, bytes| {
            metrics.taken(&feed.id.origin, records, bytes);
        })?;
        self.positions.extend(self.feeds.iter().map(|feed| (feed.id.clone(), feed.next_offset())));
        Ok(())
    }

    /// Takes exactly the records of a logged tick; `None` while they have not all been delivered.
    pub(super) fn take_logged(&mut self, record: &TickRecord, metrics: &Metrics) -> Result<Option<Taken>, LiveError> {
        for feed in &mut self.feeds {
            if let Some(offset) = record.positions.get(&feed.id)
                && !feed.has_all_before(*offset)?
            {
                return Ok(None);
            }
        }
        let mut taken = Taken::default();
        for feed in &mut self.feeds {
            if let Some(offset) = record.positions.get(&feed.id) {
                let before = (taken.records, taken.bytes);
                feed.take(usize::MAX, Some(*offset), &mut taken);
                metrics.taken(&feed.id.origin, taken.records - before.0, taken.bytes - before.1);
            }
        }
        self.positions.extend(record.positions.iter().map(|(id, offset)| (id.clone(), *offset)));
        Ok(Some(taken))
    }

    /// Whether records wait.
    pub(super) fn has_records(&mut self) -> Result<bool, LiveError> {
        for feed in &mut self.feeds {
            if feed.has_records()? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Partitions that have not yet been read to where their end was.
    pub(super) fn behind(&self) -> usize {
        self.feeds.iter().filter(|feed| !feed.is_caught_up()).count()
    }

    /// Takes in partitions that are new, every few seconds.
    pub(super) fn look_for_partitions(&mut self) -> Result<(), LiveError> {
        for reader in &mut self.kafka {
            self.feeds.extend(reader.look_for_partitions()?);
        }
        Ok(())
    }

    /// A checkpoint is complete: tells lag tools, and drops pushed records that nobody could fall back to any more.
    pub(super) fn checkpointed(&mut self, tick: Tick, oldest: Tick, positions: &Positions) {
        for reader in &self.kafka {
            reader.commit(positions);
        }
        self.pushed_at.push((tick, positions.clone()));
        self.pushed_at.retain(|(tick, _)| *tick >= oldest);
        if let Some((_, oldest)) = self.pushed_at.first() {
            for log in &self.pushes {
                if let Err(error) = log.trim(oldest.get(&log.partition()).copied().unwrap_or(0)) {
                    tracing::warn!(%error, "pushed records that nobody needs could not be removed; the next checkpoint tries");
                }
            }
        }
    }

    /// Notes how many records wait in Kafka, every few seconds.
    pub(super) fn measure_lag(&mut self, metrics: &Metrics) {
        if self.measured_at.elapsed() < std::time::Duration::from_secs(10) {
            return;
        }
        self.measured_at = Instant::now();
        for feed in &self.feeds {
            let lag = self.kafka.iter().find_map(|reader| reader.lag(&feed.id, feed.next_offset()));
            let labels = [feed.id.origin.as_str(), &feed.id.partition.to_string()];
            let lag = i64::try_from(lag.unwrap_or(0)).unwrap_or(i64::MAX);
            metrics.lag_records.with_label_values(&labels).set(lag);
            let age_ms = feed.written_at_ms.map_or(0, |written_at| (crate::cli::values::now().0 - written_at).max(0));
            metrics.lag_seconds.with_label_values(&labels).set(if lag > 0 { age_ms / 1_000 } else { 0 });
        }
    }
}

/// A fifth of a tick: what waits at the brokers is late for a tick that is as short.
fn fetch_wait(tick_interval_ms: u64) -> Duration {
    Duration::from_millis(tick_interval_ms / 5).clamp(Duration::from_millis(1), FETCH_WAIT)
}

/// What turns the bytes of a source into events.
///
/// # Errors
/// When the format does not exist, or its profile or mapping makes no sense.
pub fn decoder(source: &SourcePlan) -> Result<Arc<dyn Decoder>, LiveError> {
    let refused = |reason: String| LiveError::Format { source_name: source.source.name.clone(), reason };
    let mapping = source
        .source
        .mapping
        .as_ref()
        .map(|path| std::fs::read_to_string(path).map_err(|error| refused(format!("mapping {path}: {error}"))));
    let profile = source.source.profile.clone().unwrap_or_default();
    let made = format::decoder(&source.source.format.0, &profile, mapping.transpose()?.as_deref());
    made.map(Arc::from).map_err(|error| refused(error.to_string()))
}
