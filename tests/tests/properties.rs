//! The one law: at every tick the views equal the reference's for the records so far and the clock, whatever the order,
//! the repeats, the batching and the number of workers.
//!
//! Populations are hostile (`Config::for_tests`): few identifiers, so that everything collides. Each case prints its seed
//! when it fails; `LANDFALL_PROPERTY_SEEDS=from..to` runs others.

use landfall_benches::generator::{Config, Faults};
use landfall_operators::rows::Tables;
use landfall_operators::settings::Settings;
use landfall_schemas::event::Body;
use landfall_schemas::{Decimal, Origin, RecordId, Timestamp};
use landfall_tests::{Record, Run, assert_balanced, assert_same, expected, generated_records};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

const DAY_MS: i64 = 86_400_000;

fn seeds(default: std::ops::Range<u64>) -> std::ops::Range<u64> {
    let Ok(given) = std::env::var("LANDFALL_PROPERTY_SEEDS") else { return default };
    let (from, to) = given.split_once("..").expect("LANDFALL_PROPERTY_SEEDS is from..to");
    from.parse().expect("a number")..to.parse().expect("a number")
}

fn population(seed: u64, shipments: u64) -> (Vec<Record>, Timestamp) {
    let config = Config::for_tests(seed, shipments);
    (generated_records(&config), config.as_of())
}

/// Runs records tick by tick and compares with the reference at every tick.
fn check(records: &[Record], clocks: &[Timestamp], workers: usize, settings: &Settings, context: &str) -> Tables {
    let mut run = Run::start(workers, settings);
    let batch = records.len().div_ceil(clocks.len()).max(1);
    let mut batches = records.chunks(batch);
    let mut seen = 0;
    for (tick, clock) in clocks.iter().enumerate() {
        let batch = batches.next().unwrap_or_default();
        seen += batch.len();
        run.tick(*clock, batch);
        let context = format!("{context}, tick {} of {} at {clock}", tick + 1, clocks.len());
        assert_same(&run.tables, &expected(&records[..seen], *clock, settings), &context);
        assert_balanced(&run.tables, &context);
    }
    run.tables
}

/// Clocks that advance to `end` over the last `days`, with steps that carry no event at the end.
fn clocks(end: Timestamp, days: i64, ticks: i64) -> Vec<Timestamp> {
    (1..=ticks).map(|tick| end.plus_ms(-days * DAY_MS + days * DAY_MS * tick / ticks)).collect()
}

#[test]
fn any_order_and_batching_equals_the_reference_at_every_tick() {
    for seed in seeds(0..6) {
        let (mut records, end) = population(seed, 12);
        let mut random = StdRng::seed_from_u64(seed);
        records.shuffle(&mut random);
        let workers = [1, 2, 4][seed as usize % 3];
        let ticks = random.random_range(3..14);
        check(&records, &vec![end; ticks], workers, &Settings::default(), &format!("seed {seed}, {workers} workers"));
    }
}

#[test]
fn the_clock_alone_moves_what_it_should() {
    for seed in seeds(100..105) {
        let (records, end) = population(seed, 10);
        // Half of the clocks come after the last record: everything that changes there changes by the clock alone.
        let arrive = 8;
        let mut times = clocks(end, 60, arrive);
        times.extend((1..=arrive).map(|step| end.plus_ms(step * 11 * DAY_MS + step)));
        let workers = [1, 2][seed as usize % 2];
        let mut run = Run::start(workers, &Settings::default());
        let batch = records.len().div_ceil(arrive as usize);
        for (tick, clock) in times.iter().enumerate() {
            let from = (tick * batch).min(records.len());
            let to = ((tick + 1) * batch).min(records.len());
            run.tick(*clock, &records[from..to]);
            let context = format!("seed {seed}, tick {tick} at {clock}");
            assert_same(&run.tables, &expected(&records[..to], *clock, &Settings::default()), &context);
        }
    }
}

#[test]
fn repeats_change_only_the_counts_of_records() {
    for seed in seeds(200..203) {
        let (records, end) = population(seed, 10);
        let mut random = StdRng::seed_from_u64(seed);
        let origin = Origin::named("again");
        let again: Vec<Record> = records
            .iter()
            .filter(|_| random.random_bool(0.5))
            .zip(1..)
            .map(|((_, outcome), offset)| (RecordId { origin, partition: 3, offset }, outcome.clone()))
            .collect();
        let mut all = [records.clone(), again].concat();
        all.shuffle(&mut random);
        let repeated = check(&all, &[end; 4], 2, &Settings::default(), &format!("seed {seed}"));
        let once = expected(&records, end, &Settings::default());
        assert_eq!(repeated.freight_charges, once.freight_charges, "seed {seed}");
        assert_eq!(repeated.exceptions, once.exceptions, "seed {seed}");
        assert_eq!(repeated.landed_cost, once.landed_cost, "seed {seed}");
        assert_eq!(repeated.kpis, once.kpis, "seed {seed}");
    }
}

#[test]
fn settings_mean_the_same_to_both() {
    let settings = Settings {
        base_currency: "JPY".parse().expect("a currency"),
        include_tax: true,
        max_component: 3,
        max_group: 2,
        fx_max_age_days: 1,
        fx_pivot: "USD".parse().expect("a currency"),
        unbilled_after_days: Decimal::whole(2),
        receipt_after_hours: Decimal::whole(1),
        duty_post_after_hours: Decimal::ZERO,
        max_future_skew_hours: Decimal::ZERO,
    };
    for seed in seeds(300..304) {
        let (records, end) = population(seed, 10);
        check(&records, &clocks(end, 20, 5), 1, &settings, &format!("seed {seed}"));
    }
}

#[test]
fn after_every_document_is_withdrawn_nothing_is_left() {
    for seed in seeds(400..402) {
        let (records, end) = population(seed, 10);
        let later = end.plus_ms(400 * DAY_MS);
        let mut run = Run::start(2, &Settings::default());
        run.tick(later, &records);
        assert!(!run.tables.freight_charges.is_empty() && !run.tables.exceptions.is_empty(), "seed {seed}");
        let origin = Origin::named("withdrawals");
        let withdrawals: Vec<Record> = records
            .iter()
            .filter_map(|(_, outcome)| outcome.as_ref().ok())
            .zip(1..)
            .map(|(event, offset)| {
                let mut withdrawal = event.clone();
                withdrawal.envelope.revision = 1_000_000;
                withdrawal.body = Body::Retraction(event.key());
                (RecordId { origin, partition: 0, offset }, Ok(withdrawal))
            })
            .collect();
        run.tick(later, &withdrawals);
        let all = [records, withdrawals].concat();
        assert_same(&run.tables, &expected(&all, later, &Settings::default()), &format!("seed {seed}"));
        assert!(run.tables.shipment_timeline.is_empty() && run.tables.milestones.is_empty(), "seed {seed}");
        // Arrangements merge as ticks pass, and what cancels out goes.
        for _ in 0..40 {
            run.tick(later, &[]);
        }
        // What stays: the keys of withdrawn documents, the control totals, and nothing else.
        let left = run.sizes();
        for (operator, size) in &left {
            let may_stay = matches!(*operator, "Documents" | "ControlTotals");
            assert!(may_stay || *size == 0, "seed {seed}: {operator} keeps {size} entries of {left:?}");
        }
    }
}

#[test]
fn realistic_events_equal_the_reference() {
    let config =
        Config { shipments: 150, seed: 7, faults: Faults { bad_pct: 3.0, ..Faults::default() }, ..Config::default() };
    let records = generated_records(&config);
    check(&records, &clocks(config.as_of(), 3, 3), 2, &Settings::default(), "realistic events");
}

#[test]
fn a_fixed_population_keeps_a_fixed_size() {
    let (records, end) = population(500, 8);
    let later = end.plus_ms(400 * DAY_MS);
    let mut run = Run::start(1, &Settings::default());
    run.tick(later, &records);
    let origin = Origin::named("changes");
    let (mut offset, mut sizes) = (0, Vec::new());
    for round in 0..400_u64 {
        let changes: Vec<Record> = records
            .iter()
            .filter_map(|(_, outcome)| outcome.as_ref().ok())
            .skip(round as usize % 7)
            .step_by(7)
            .map(|event| {
                let mut change = event.clone();
                change.envelope.revision = 1_000_000 + round;
                offset += 1;
                (RecordId { origin, partition: 0, offset }, Ok(change))
            })
            .collect();
        run.tick(later, &changes);
        if round >= 100 {
            sizes.push(run.sizes().values().sum::<usize>());
        }
    }
    let (early, late) = sizes.split_at(sizes.len() / 2);
    let most = |sizes: &[usize]| sizes.iter().copied().max().expect("there were rounds");
    assert!(most(late) <= most(early) * 11 / 10, "sizes grow: at most {} early, {} late", most(early), most(late));
}
