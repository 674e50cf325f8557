//! Starts the live process: lock, recover, connect, serve, tick; and ends it in the reverse order.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use landfall_engine::{Engine, Keeps};
use landfall_operators::Tick;
use landfall_schemas::Timestamp;

use super::inputs::{Inputs, Opened};
use super::outputs::Outputs;
use super::publisher::Publisher;
use super::serving::Servers;
use super::ticker::Ticker;
use super::{Health, LiveError, Phase, follow, routes};
use crate::checkpoint::{CheckpointWriter, Lock, Manifest, Objects, Owned, TickLog, TickRecord, recover};
use crate::cluster::{self, Facts, JoinError, join};
use crate::config::Plan;
use crate::sink::KafkaSinkHandle;
use crate::source::feed::Bell;
use crate::telemetry::{Alarms, Metrics};
use landfall_snapshot::Store;

/// Runs until a signal says stop (SIGTERM, SIGINT), or something lasting is wrong.
///
/// # Errors
/// What is wrong. What is durable is where the next start goes on.
pub fn run(plan: &Plan) -> Result<(), LiveError> {
    match &plan.cluster {
        Some(cluster) if cluster.process > 0 => follow::run(plan, cluster),
        _ => lead(plan),
    }
}

/// Runs the process that has sources, state, sinks and servers.
fn lead(plan: &Plan) -> Result<(), LiveError> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let objects = Objects::open(&plan.config.state, runtime.handle().clone())?;
    let lock = Lock::take(&objects, Duration::from_secs(plan.config.state.lease_seconds))?;
    let alarms = Arc::clone(objects.alarms());
    let (health, metrics) = (Arc::new(Health::new(Arc::clone(&alarms))), Arc::new(Metrics::new(alarms)));
    let store = Arc::new(Store::new(plan.served.clone(), plan.config.window));
    let stop = Arc::new(AtomicBool::new(false));

    let manifest = recover(&objects)?;
    let base: Tick = manifest.as_ref().map_or(0, |manifest| manifest.tick);
    let sinks = sinks(plan, base, &metrics, objects.alarms())?;
    let (log, records) = TickLog::open(objects.clone(), base)?;
    let records = with_progress(records, &sinks, base);
    let positions = manifest.as_ref().map(|manifest| manifest.positions.clone()).unwrap_or_default();
    let Opened { inputs, http } = Inputs::open(plan, &objects, positions)?;
    let stopping = stopper(&stop, &inputs.bell);
    let stopped = stopping.clone();
    on_signal(&runtime, plan, move || {
        tracing::info!("stopping: a last tick and a checkpoint");
        stopped();
    });

    let mut extra = routes::operations(Arc::clone(&health), Arc::clone(&metrics));
    if let Some((log, body_bytes_max)) = http {
        extra = extra.merge(routes::ingest(log, body_bytes_max));
    }
    let servers = Servers::start(plan, &runtime, &store, &health, extra)?;

    // HTTP finds documents for those who look at views; it is also there for health and metrics alone.
    let documents = plan.config.http.is_some() && !plan.served.is_empty();
    let keeps = Keeps { documents, checkpoints: true };
    let Some(engine) = engine(plan, keeps, &health, &stop, stopping)? else {
        servers.stop(&runtime);
        return Ok(());
    };
    let checkpoints = checkpoints(plan, &objects, manifest.clone(), lock.owned(), &sinks);
    let interval = Duration::from_secs(plan.config.state.checkpoint_interval_seconds);
    let publisher = Publisher::start(store, Arc::clone(&metrics))?;
    let alarms = Arc::clone(objects.alarms());
    let mut ticker = Ticker {
        engine,
        inputs,
        outputs: Outputs::new(publisher, sinks, metrics, checkpoints, log, alarms, interval),
        health,
        clock: plan.clock,
        interval: Duration::from_millis(plan.config.engine.tick_interval_ms),
        records_max: plan.config.engine.tick_records_max,
        stop,
        owned: lock.owned(),
        tick: base,
        now: Timestamp(i64::MIN),
        began: Instant::now(),
        took: Duration::ZERO,
    };
    if let Some(manifest) = &manifest {
        ticker.restore(manifest, &objects)?;
    }
    let ran = match ticker.repeat(records)? {
        true => ticker.run(),
        false => ticker.leave(),
    };
    servers.stop(&runtime);
    ran
}

fn sinks(
    plan: &Plan,
    base: Tick,
    metrics: &Arc<Metrics>,
    alarms: &Arc<Alarms>,
) -> Result<Vec<KafkaSinkHandle>, LiveError> {
    let mut sinks = Vec::new();
    for sink in &plan.config.sinks {
        if let Some(kafka) = &sink.kafka {
            let handle = KafkaSinkHandle::start(&sink.name, kafka, base, Arc::clone(metrics), Arc::clone(alarms))?;
            tracing::info!(sink = sink.name, progress = handle.progress.as_ref().map(|at| at.tick), "the sink is open");
            sinks.push(handle);
        }
    }
    Ok(sinks)
}

/// The ticks to make again. A sink may have come further than the log, where a disk lost what it had promised to keep: the
/// sink's own progress then says what the tick was made of.
fn with_progress(mut records: Vec<TickRecord>, sinks: &[KafkaSinkHandle], base: Tick) -> Vec<TickRecord> {
    let newest = records.last().map_or(base, |record| record.tick);
    let progress = sinks.iter().filter_map(|sink| sink.progress.as_ref());
    if let Some(further) = progress.filter(|progress| progress.tick > newest).max_by_key(|progress| progress.tick) {
        tracing::error!(
            logged = newest,
            written = further.tick,
            "a sink is ahead of the tick log; going on from the sink"
        );
        records.push(further.record());
    }
    records
}

fn checkpoints(
    plan: &Plan,
    objects: &Objects,
    manifest: Option<Manifest>,
    owned: Owned,
    sinks: &[KafkaSinkHandle],
) -> CheckpointWriter {
    let committed: Vec<Arc<AtomicU64>> = sinks.iter().map(KafkaSinkHandle::committed).collect();
    let may_commit = move |tick| committed.iter().all(|committed| committed.load(Ordering::Acquire) >= tick);
    CheckpointWriter::start(objects.clone(), manifest, plan.config.state.checkpoints_kept, owned, may_commit)
}

/// The engine of this process, or where there are several the one of all; `None` when told to stop before all were there.
fn engine(
    plan: &Plan,
    keeps: Keeps,
    health: &Health,
    stop: &AtomicBool,
    stopping: impl Fn() + Clone + Send + 'static,
) -> Result<Option<Engine>, LiveError> {
    let Some(cluster) = &plan.cluster else {
        return Ok(Some(Engine::start_keeping(plan.workers, plan.settings.clone(), keeps)?));
    };
    health.set(Phase::Joining);
    tracing::info!(process = cluster.process, "waiting for the other processes");
    let facts = Facts::of(cluster, plan.workers, &plan.settings).map_err(JoinError::System)?;
    let Some(joined) = join(cluster, &facts, stop)? else {
        return Ok(None);
    };
    health.set(Phase::Restoring);
    cluster::lead(joined, plan.workers, &plan.settings, keeps, stopping).map(Some)
}

/// What makes the ticker stop.
fn stopper(stop: &Arc<AtomicBool>, bell: &Bell) -> impl Fn() + Clone + Send + use<> {
    let (stop, bell) = (Arc::clone(stop), bell.clone());
    move || {
        stop.store(true, Ordering::Release);
        bell.ring();
    }
}

/// Does something once a signal says stop.
///
/// Where an orderly end takes longer than it may, as with brokers or a store that are away, the process ends all the same:
/// what is durable is where the next start goes on.
pub(super) fn on_signal(runtime: &tokio::runtime::Runtime, plan: &Plan, stop: impl FnOnce() + Send + 'static) {
    let limit = Duration::from_secs(plan.config.engine.stop_seconds_max);
    runtime.spawn(async move {
        let terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate());
        if let Ok(mut terminate) = terminate {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        } else {
            tokio::signal::ctrl_c().await.ok();
        }
        stop();
        tokio::time::sleep(limit).await;
        let seconds = limit.as_secs();
        tracing::error!(seconds, "could not end in order in time; the next start goes on from what is durable");
        std::process::exit(1);
    });
}
