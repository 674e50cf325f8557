//! The command line as it is written: raw arguments, and the help that comes from them.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use landfall_benches::generator::{Config, Faults};

use super::dead_letters::RawDeadLetters;
use super::live::{RawCheckpoint, RawRun, RawValidate};
use super::settings::SETTINGS;
use landfall_dump::Format;

/// Reconciles orders, shipments, customs and invoices while they change.
#[derive(Debug, Parser)]
#[command(name = "landfall", version, after_help = EXIT_CODES, arg_required_else_help = true)]
pub struct RawArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RawCommand,
}

/// A command with its raw arguments.
#[derive(Debug, Subcommand)]
pub enum RawCommand {
    /// Compute every view from files of events, print a summary, write the views to files
    #[command(after_help = replay_after_help())]
    Replay(RawReplay),
    /// Write the events of an invented freight business as JSON lines
    #[command(after_help = GENERATE_EXAMPLES)]
    Generate(RawGenerate),
    /// Run live beside Kafka: read topics, keep the views, serve them, write their changes
    Run(RawRun),
    /// Check a configuration, and that brokers, topics and store can be reached (0 valid, 1 invalid, 2 could not be checked)
    Validate(RawValidate),
    /// Look at the checkpoints of a configuration's state
    Checkpoint(RawCheckpoint),
    /// Look at records that are no events, and submit them again after a fix
    DeadLetters(RawDeadLetters),
    /// Print the reference of the configuration in Markdown
    ConfigReference,
    /// Show what sample files of a partner become: canonical events and errors, one JSON object a line
    #[command(after_help = ADAPT_EXAMPLES, args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
    Adapt(RawAdapt),
    /// Show an invented freight business in motion: web page, API and subscriptions, without Kafka or files
    #[command(after_help = DEMO_EXAMPLES)]
    Demo(RawDemo),
}

/// Raw arguments of `demo`.
#[derive(Debug, Args)]
pub struct RawDemo {
    /// Address and port of the web page and the API
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub http: String,

    /// Address and port of the SQL server (PostgreSQL protocol) [default: none]
    #[arg(long, value_name = "ADDR")]
    pub sql: Option<String>,

    /// So many events a second; the more, the faster the business's days pass; 0: the business stands still
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub rate: u64,

    /// The same seed invents the same business
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,

    /// Stop after so many seconds [default: when somebody stops it]
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<u64>,

    /// Shipments that have begun before now
    #[arg(long, value_name = "N", default_value_t = 3_000)]
    pub shipments: u64,
}

/// Raw arguments of `adapt`.
#[derive(Debug, Args)]
pub struct RawAdapt {
    /// What to do other than printing.
    #[command(subcommand)]
    pub command: Option<RawAdaptCommand>,

    /// The configuration of `landfall run`, which has the source
    #[arg(long, value_name = "FILE", requires = "source", conflicts_with_all = ["format", "profile", "mapping"])]
    pub config: Option<PathBuf>,

    /// The name of a source in it
    #[arg(long, value_name = "NAME", requires = "config")]
    pub source: Option<String>,

    /// The format: json, x12, edifact, dcsa, wco, ecb, csv, jq
    #[arg(long, value_name = "FORMAT", required_unless_present = "config")]
    pub format: Option<String>,

    /// What is known about the partner, in YAML [default: the source is `sample`]
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,

    /// A jq program that makes the events, for the formats jq and csv
    #[arg(long, value_name = "FILE")]
    pub mapping: Option<PathBuf>,

    /// Samples, plain or compressed; a `.jsonl` file has a record a line, any other is one record
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// A command of `adapt`.
#[derive(Debug, Subcommand)]
pub enum RawAdaptCommand {
    /// Hold the samples of partners against the events expected of them
    Test(RawAdaptTest),
}

/// Raw arguments of `adapt test`.
#[derive(Debug, Args)]
pub struct RawAdaptTest {
    /// A partner's folder (profile.yaml, samples/, expect/), or one with folders of partners
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

const ADAPT_EXAMPLES: &str = "\
Examples:
  landfall adapt --format dcsa --profile acme.yaml samples/*.json
  landfall adapt --format jq --mapping wms.jq --profile wms.yaml samples/receipts.jsonl
  landfall adapt --config landfall.yaml --source customs answer.xml
  landfall adapt test partners

Exit codes: 0 done, 3 done but some records have data errors, 1 failed or not as expected, 2 wrong usage";

/// Raw arguments of `replay`.
#[derive(Debug, Args)]
pub struct RawReplay {
    /// JSON lines, plain or compressed with gzip or Zstandard; `-` is standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// The clock: RFC 3339, or a date for midnight UTC [default: now, or with `--clock events` what the events say]
    #[arg(long, value_name = "TIME")]
    pub as_of: Option<String>,

    /// Write one file per view into this folder
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// The format of those files
    #[arg(long, value_enum, default_value_t = Format::Csv, requires = "out")]
    pub format: Format,

    /// Threads that compute [default: one per core]
    #[arg(long, value_name = "N")]
    pub workers: Option<usize>,

    /// The same as `--set base_currency=CUR`
    #[arg(long, value_name = "CUR")]
    pub base: Option<String>,

    /// Set a setting, see below; may be given several times
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub settings: Vec<String>,

    /// Records per tick; the result is the same whatever it is
    #[arg(long, value_name = "N", default_value_t = 500_000)]
    pub step: usize,

    /// What the clock shows while the events go in
    #[arg(long, value_enum, default_value_t = RawClock::Fixed)]
    pub clock: RawClock,
}

/// What the clock of a replay follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RawClock {
    /// The time of `--as-of`, else now, from the first tick to the last
    Fixed,
    /// The greatest `recorded_at` so far, up to `--as-of` if given; a last tick then sets it to that
    Events,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done, 3 done but some records have data errors, 1 failed, 2 wrong usage";

const REPLAY_EXAMPLES: &str = "\
Examples:
  landfall replay events.jsonl.gz --as-of 2026-03-20 --out views
  landfall replay reference.jsonl orders/*.jsonl.zst --base USD --set include_tax=true
  zcat events.jsonl.gz | landfall replay - --out views --format parquet
  landfall replay events.jsonl --clock events --step 1000";

/// Raw arguments of `generate`.
#[derive(Debug, Args)]
pub struct RawGenerate {
    /// How many shipments
    #[arg(long, value_name = "N", default_value_t = Config::default().shipments)]
    pub shipments: u64,

    /// The same seed gives the same events on every machine
    #[arg(long, value_name = "N", default_value_t = Config::default().seed)]
    pub seed: u64,

    /// When the first order is placed: RFC 3339, or a date for midnight UTC [default: 2026-01-05]
    #[arg(long, value_name = "TIME")]
    pub start: Option<String>,

    /// How many shipments begin in a day
    #[arg(long, value_name = "N", default_value_t = Config::default().shipments_per_day)]
    pub shipments_per_day: u64,

    /// Few identifiers and many faults, so that everything collides; for tests, up to some hundred shipments
    #[arg(long)]
    pub hostile: bool,

    /// Write this many events a second [default: as many as possible]
    #[arg(long, value_name = "EVENTS_PER_SECOND")]
    pub rate: Option<u64>,

    /// Write to this file, compressed if its name ends in .gz or .zst; `-` is standard output
    #[arg(long, value_name = "FILE", default_value = "-")]
    pub out: PathBuf,

    /// What goes wrong on the way.
    #[command(flatten)]
    pub faults: RawFaults,
}

/// Raw percentages of faults.
#[derive(Debug, Args)]
#[command(next_help_heading = "Faults, in percent of the events")]
pub struct RawFaults {
    /// Records that come twice
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().duplicates_pct)]
    pub duplicates_pct: f64,

    /// Records that come one to ten days late
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().late_pct)]
    pub late_pct: f64,

    /// Records that come minutes to hours late, after records made after them
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().out_of_order_pct)]
    pub out_of_order_pct: f64,

    /// Documents that are withdrawn later
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().retractions_pct)]
    pub retractions_pct: f64,

    /// Records from a clock that is days ahead
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().future_dated_pct)]
    pub future_dated_pct: f64,

    /// Records that contradict another with the same revision, time and event id
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().conflicting_pct)]
    pub conflicting_pct: f64,

    /// Broken records
    #[arg(long, value_name = "PCT", default_value_t = Faults::default().bad_pct)]
    pub bad_pct: f64,
}

const GENERATE_EXAMPLES: &str = "\
Examples:
  landfall generate --shipments 2000 --seed 7 --out events.jsonl.zst
  landfall generate --shipments 100000 --rate 500 | kcat -P -b localhost:9092 -t landfall.events
  landfall generate --shipments 1000 --bad-pct 1 | landfall replay - --clock events
  landfall generate --shipments 300 --hostile --out hostile.jsonl";

const DEMO_EXAMPLES: &str = "\
Examples:
  landfall demo
  landfall demo --http 127.0.0.1:9000 --shipments 20000 --rate 200
  landfall demo --duration 60 & curl -s localhost:8080/api/v1/views/control_totals.csv";

fn replay_after_help() -> String {
    let mut text = "Settings:\n".to_owned();
    let width = SETTINGS.iter().map(|setting| setting.name.len()).max().unwrap_or_default();
    for setting in SETTINGS {
        text.push_str(&format!("  {:width$}  {} [default: {}]\n", setting.name, setting.doc, setting.default));
    }
    format!("{text}\n{REPLAY_EXAMPLES}\n\n{EXIT_CODES}")
}
