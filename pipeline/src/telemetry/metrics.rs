//! Metrics for Prometheus: `landfall_<name>_<unit>[_total]`. Labels are names of configured things, never business ids.

use std::sync::Arc;
use std::time::Duration;

use landfall_operators::Tick;
use prometheus::{
    Encoder, Histogram, HistogramOpts, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder,
};

use super::Alarms;

/// Every metric of the process.
pub struct Metrics {
    registry: Registry,
    alarms: Arc<Alarms>,
    /// 1 for each part that cannot go on.
    alarm: IntGaugeVec,
    /// Records taken into ticks, by origin.
    pub records: IntCounterVec,
    /// Their bytes, by origin.
    pub bytes: IntCounterVec,
    /// Records that are no events, by code.
    pub errors: IntCounterVec,
    /// Records between where a partition was read to and its end, by origin and partition.
    pub lag_records: IntGaugeVec,
    /// How far the newest tick's clock is behind the machine's.
    pub lag_ms: IntGauge,
    /// How old the newest record is that was taken from a partition; 0 where all was read, by origin and partition.
    pub lag_seconds: IntGaugeVec,
    /// Ticks that closed and were taken in for readers.
    pub ticks: IntCounter,
    /// The newest of them.
    pub tick: IntGauge,
    /// From the feeding of a tick to where it was taken in for readers.
    pub tick_seconds: Histogram,
    /// Records of one tick.
    pub tick_records: Histogram,
    /// The newest closed tick of a view's changes, by view.
    pub view_tick: IntGaugeVec,
    /// Rows of a view, by view.
    pub view_rows: IntGaugeVec,
    /// Entries that operators and arrangements keep, by operator.
    pub operator_entries: IntGaugeVec,
    /// When the newest complete checkpoint was written, in seconds since 1970.
    pub checkpoint_timestamp_seconds: IntGauge,
    /// How long it took.
    pub checkpoint_seconds: Histogram,
    /// Bytes of all its segments.
    pub checkpoint_bytes: IntGauge,
    /// Checkpoints that are complete.
    pub checkpoints: IntCounter,
    /// Checkpoints that failed.
    pub checkpoints_failed: IntCounter,
    /// From the start of appending a tick to the log to its end.
    pub tick_log_seconds: Histogram,
    /// The newest tick that a sink has written, by sink.
    pub sink_tick: IntGaugeVec,
    /// Rows that sinks wrote.
    pub sink_rows: IntCounter,
    /// Transactions of sinks that are complete.
    pub sink_transactions: IntCounter,
    /// Transactions of sinks that failed and were begun again.
    pub sink_transactions_failed: IntCounter,
    /// How long they took.
    pub sink_transaction_seconds: Histogram,
    /// Bytes of the process in memory.
    pub resident_bytes: IntGauge,
    /// 1 while everything is caught up and served.
    pub ready: IntGauge,
}

impl Metrics {
    /// Metrics of a process with these alarms.
    pub fn new(alarms: Arc<Alarms>) -> Metrics {
        Metrics::registered(alarms).expect("the names of metrics are valid and distinct")
    }

    fn registered(alarms: Arc<Alarms>) -> prometheus::Result<Metrics> {
        let registry = Registry::new();
        let make = Maker { registry: &registry };
        let seconds: &[f64] = &[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];
        let counts: &[f64] =
            &[0.0, 1.0, 10.0, 100.0, 1_000.0, 5_000.0, 10_000.0, 20_000.0, 50_000.0, 100_000.0, 200_000.0, 500_000.0];
        Ok(Metrics {
            alarms,
            alarm: make.gauges("alarm_state", "1 while a part cannot go on", &["part"])?,
            records: make.counters("records_total", "Records taken into ticks", &["origin"])?,
            bytes: make.counters("bytes_total", "Bytes of records taken into ticks", &["origin"])?,
            errors: make.counters("dead_letters_total", "Records that are no events", &["code"])?,
            lag_records: make.gauges("lag_records", "Records not yet read", &["origin", "partition"])?,
            lag_ms: make.gauge("clock_lag_milliseconds", "How far the newest tick's clock is behind the machine's")?,
            lag_seconds: make.gauges(
                "lag_seconds",
                "Age of the newest record taken, where more wait",
                &["origin", "partition"],
            )?,
            ticks: make.counter("ticks_total", "Ticks that closed and were taken in for readers")?,
            tick: make.gauge("tick_number", "The newest tick that was taken in for readers")?,
            tick_seconds: make.histogram(
                "tick_duration_seconds",
                "From feeding a tick to where it was taken in for readers",
                seconds,
            )?,
            tick_records: make.histogram("tick_records", "Records of one tick", counts)?,
            view_tick: make.gauges("view_tick_number", "The newest tick that changed a view", &["view"])?,
            view_rows: make.gauges("view_rows", "Rows of a served view", &["view"])?,
            operator_entries: make.gauges("operator_entries", "Entries that an operator keeps", &["operator"])?,
            checkpoint_timestamp_seconds: make
                .gauge("checkpoint_timestamp_seconds", "When the newest checkpoint was complete")?,
            checkpoint_seconds: make.histogram("checkpoint_duration_seconds", "How long checkpoints took", seconds)?,
            checkpoint_bytes: make.gauge("checkpoint_size_bytes", "Bytes of all segments of the newest checkpoint")?,
            checkpoints: make.counter("checkpoints_total", "Checkpoints that are complete")?,
            checkpoints_failed: make.counter("checkpoints_failed_total", "Checkpoints that failed")?,
            tick_log_seconds: make.histogram(
                "tick_log_append_seconds",
                "How long appends to the tick log took",
                seconds,
            )?,
            sink_tick: make.gauges("sink_tick_number", "The newest tick that a sink has written", &["sink"])?,
            sink_rows: make.counter("sink_rows_total", "Rows written by sinks")?,
            sink_transactions: make.counter("sink_transactions_total", "Transactions that sinks completed")?,
            sink_transactions_failed: make
                .counter("sink_transactions_failed_total", "Transactions that sinks began again")?,
            sink_transaction_seconds: make.histogram(
                "sink_transaction_duration_seconds",
                "How long transactions took",
                seconds,
            )?,
            resident_bytes: make.gauge("resident_memory_bytes", "Bytes of the process in memory")?,
            ready: make.gauge("ready_state", "1 while everything is caught up and served")?,
            registry,
        })
    }

    /// Notes records of an origin that a tick takes.
    pub fn taken(&self, origin: &str, records: usize, bytes: usize) {
        if records > 0 {
            self.records.with_label_values(&[origin]).inc_by(records as u64);
            self.bytes.with_label_values(&[origin]).inc_by(bytes as u64);
        }
    }

    /// Notes a complete transaction of a sink.
    pub fn sink_transaction(&self, sink: &str, tick: Tick, rows: usize, took: Duration) {
        self.sink_tick.with_label_values(&[sink]).set(i64::try_from(tick).unwrap_or(i64::MAX));
        self.sink_transactions.inc();
        self.sink_rows.inc_by(rows as u64);
        self.sink_transaction_seconds.observe(took.as_secs_f64());
    }

    /// The text that Prometheus reads.
    pub fn text(&self) -> String {
        for (part, reason) in self.alarms.parts() {
            self.alarm.with_label_values(&[&part]).set(i64::from(reason.is_some()));
        }
        self.resident_bytes.set(i64::try_from(resident_bytes()).unwrap_or(i64::MAX));
        let mut text = Vec::new();
        // Writing to memory fails only on metrics that contradict themselves.
        TextEncoder::new().encode(&self.registry.gather(), &mut text).ok();
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// Bytes of the process in memory (proc(5), `VmRSS`); 0 where the system does not tell.
pub fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}

struct Maker<'a> {
    registry: &'a Registry,
}

impl Maker<'_> {
    fn registered<C: prometheus::core::Collector + Clone + 'static>(&self, metric: C) -> prometheus::Result<C> {
        self.registry.register(Box::new(metric.clone()))?;
        Ok(metric)
    }

    fn counter(&self, name: &str, help: &str) -> prometheus::Result<IntCounter> {
        self.registered(IntCounter::new(format!("landfall_{name}"), help)?)
    }

    fn gauge(&self, name: &str, help: &str) -> prometheus::Result<IntGauge> {
        self.registered(IntGauge::new(format!("landfall_{name}"), help)?)
    }

    fn counters(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntCounterVec> {
        self.registered(IntCounterVec::new(Opts::new(format!("landfall_{name}"), help), labels)?)
    }

    fn gauges(&self, name: &str, help: &str, labels: &[&str]) -> prometheus::Result<IntGaugeVec> {
        self.registered(IntGaugeVec::new(Opts::new(format!("landfall_{name}"), help), labels)?)
    }

    fn histogram(&self, name: &str, help: &str, buckets: &[f64]) -> prometheus::Result<Histogram> {
        let options = HistogramOpts::new(format!("landfall_{name}"), help).buckets(buckets.to_vec());
        self.registered(Histogram::with_opts(options)?)
    }
}
