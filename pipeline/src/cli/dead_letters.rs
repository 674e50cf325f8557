//! `landfall dead-letters`: look at the records that are no events, and submit them again after a fix.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};
use landfall_schemas::Event;
use landfall_schemas::format::{Outcome, Record, json};
use rdkafka::config::ClientConfig;
use rdkafka::error::RDKafkaErrorCode;
use rdkafka::message::{BorrowedMessage, Header, Headers, Message, OwnedHeaders};
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};

use super::error::{CliError, Exit};
use super::live::RawConfig;
use super::print;
use crate::config::{KafkaSink, KafkaSource, Plan, SourceKind, SourcePlan};
use crate::live::{self, LiveError};
use crate::sink::{CUT_FROM_BYTES, DEAD_LETTERS, MESSAGE_BYTES_MAX, Refusals, SinkError, read_topic};
use crate::source::kafka::{ClientError, reach};

/// Raw arguments of `dead-letters`.
#[derive(Debug, Args)]
pub struct RawDeadLetters {
    /// What to do.
    #[command(subcommand)]
    pub command: DeadLettersCommand,
}

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLettersCommand {
    /// One line for each: place, code, field, message
    List(RawSelection),
    /// With their original bytes
    Show(RawSelection),
    /// Submit them again: those that are events now, or mended ones from a file; shows what each one is now
    Replay(RawReplayLetters),
}

/// Which dead letters.
#[derive(Debug, Args)]
pub struct RawSelection {
    /// The configuration
    #[command(flatten)]
    pub config: RawConfig,

    /// Only those with this error code
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
}

/// Which dead letters to submit again.
#[derive(Debug, Args)]
pub struct RawReplayLetters {
    /// Which.
    #[command(flatten)]
    pub selection: RawSelection,

    /// Submit these events in their place: JSON lines
    #[arg(long, value_name = "FILE")]
    pub from_file: Option<PathBuf>,

    /// The topic for events from a file [default: the one whose name ends in the event's stream]
    #[arg(long, value_name = "TOPIC")]
    pub topic: Option<String>,

    /// Only show what would be submitted
    #[arg(long)]
    pub dry_run: bool,
}

/// A dead letter as its topic has it.
struct Letter {
    key: Option<Vec<u8>>,
    value: Vec<u8>,
    /// The headers that the record had itself.
    headers: Vec<(String, Vec<u8>)>,
    /// Those that were added.
    about: BTreeMap<String, String>,
}

impl Letter {
    fn of(message: &BorrowedMessage<'_>) -> Letter {
        let (mut headers, mut about) = (Vec::new(), BTreeMap::new());
        for header in message.headers().map(|headers| headers.iter().collect::<Vec<_>>()).unwrap_or_default() {
            let value = header.value.unwrap_or_default();
            if header.key.starts_with("__connect.errors.") || header.key.starts_with("landfall.") {
                about.insert(header.key.to_owned(), String::from_utf8_lossy(value).into_owned());
            } else {
                headers.push((header.key.to_owned(), value.to_vec()));
            }
        }
        Letter {
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().unwrap_or_default().to_vec(),
            headers,
            about,
        }
    }

    fn about(&self, name: &str) -> &str {
        self.about.get(name).map_or("", String::as_str)
    }

    fn topic(&self) -> &str {
        self.about("__connect.errors.topic")
    }

    /// Where the record was: topic, partition, offset.
    fn place(&self) -> String {
        let (partition, offset) = (self.about("__connect.errors.partition"), self.about("__connect.errors.offset"));
        format!("{}/{partition}@{offset}", self.topic())
    }

    fn line(&self) -> String {
        format!(
            "{}  {}  {}  {}\n",
            self.place(),
            self.about("landfall.error_code"),
            self.about("landfall.error_field"),
            self.about("__connect.errors.exception.message"),
        )
    }
}

/// `landfall dead-letters`.
///
/// # Errors
/// When the configuration, the brokers or the file fail.
pub fn dead_letters(raw: &RawDeadLetters) -> Result<Exit, CliError> {
    match &raw.command {
        DeadLettersCommand::List(selection) => {
            let (_, letters) = selected(selection)?;
            letters.iter().try_for_each(|letter| print(&letter.line()))?;
        }
        DeadLettersCommand::Show(selection) => {
            let (_, letters) = selected(selection)?;
            for letter in &letters {
                print(&format!("{}{}\n", letter.line(), String::from_utf8_lossy(&letter.value)))?;
            }
        }
        DeadLettersCommand::Replay(replay) => return submit(replay),
    }
    Ok(Exit::Done)
}

fn failed(sink: &str, action: &str) -> impl Fn(ClientError) -> CliError {
    let (sink, action) = (sink.to_owned(), action.to_owned());
    move |reason| LiveError::from(SinkError::Kafka { sink: sink.clone(), action: action.clone(), reason }).into()
}

/// The first sink that keeps dead letters, and the letters that are meant.
fn selected(selection: &RawSelection) -> Result<(Plan, Vec<Letter>), CliError> {
    let plan = selection.config.plan(&[]).map_err(|error| selection.config.error(error))?;
    let mut letters = Vec::new();
    let keeping = plan.config.sinks.iter().find_map(|sink| {
        let kafka = sink.kafka.as_ref().filter(|kafka| kafka.dead_letters)?;
        Some((sink.name.clone(), kafka.clone()))
    });
    let Some((name, KafkaSink { brokers, prefix, security, .. })) = keeping else {
        let reason = "no sink keeps dead letters: `sinks[].kafka.dead_letters`".to_owned();
        return Err(LiveError::Serve(reason).into());
    };
    let wanted =
        |letter: &Letter| selection.code.as_deref().is_none_or(|code| letter.about("landfall.error_code") == code);
    read_topic(&name, &brokers, &security, &format!("{prefix}{DEAD_LETTERS}"), |message| {
        letters.extend(Some(Letter::of(message)).filter(wanted));
    })
    .map_err(failed(&name, "read the dead letters"))?;
    Ok((plan, letters))
}

/// What to submit, and where.
struct Submission {
    place: String,
    /// What was wrong with it, where it is a dead letter.
    was: String,
    topic: String,
    key: Option<Vec<u8>>,
    value: Vec<u8>,
    headers: Vec<(String, Vec<u8>)>,
    outcomes: Vec<Outcome>,
    /// Why it cannot be submitted, whatever it says.
    lacks: Option<String>,
}

fn submit(raw: &RawReplayLetters) -> Result<Exit, CliError> {
    let (plan, letters) = selected(&raw.selection)?;
    let submissions = match &raw.from_file {
        Some(path) => mended(&plan, path, raw.topic.as_deref())?,
        // A record with several faults is several letters; submitted again it is one record.
        None => {
            let mut places = BTreeSet::new();
            let records = letters.into_iter().filter(|letter| places.insert(letter.place()));
            records.map(|letter| again(&plan, letter)).collect::<Result<_, _>>()?
        }
    };
    let mut resubmitter = Resubmitter { plan: &plan, producers: BTreeMap::new() };
    let (mut sent, mut left) = (0, 0);
    for submission in submissions {
        let faults = submission.outcomes.iter().filter_map(|outcome| Some(outcome.as_ref().err()?.to_string()));
        let faults: Vec<String> = submission.lacks.clone().into_iter().chain(faults).collect();
        if !faults.is_empty() {
            left += 1;
            print(&format!("{}: still no event: {}\n", submission.place, faults.join("; ")))?;
            continue;
        }
        let events = submission.outcomes.iter().filter_map(|outcome| outcome.as_ref().ok());
        let says: Vec<String> = events.map(described).collect();
        let was = if submission.was.is_empty() { String::new() } else { format!("was {}, ", submission.was) };
        print(&format!("{} -> {}: {was}now {}\n", submission.place, submission.topic, says.join(", ")))?;
        if !raw.dry_run {
            resubmitter.send(&submission)?;
        }
        sent += 1;
    }
    resubmitter.finish()?;
    let verb = if raw.dry_run { "would be submitted" } else { "submitted" };
    print(&format!("{sent} {verb}, {left} are still no events\n"))?;
    Ok(if left == 0 { Exit::Done } else { Exit::DataErrors })
}

fn described(event: &Event) -> String {
    let key = event.key();
    format!("{} {key:?}", key.document_type().as_str())
}

fn source_of<'p>(plan: &'p Plan, topic: &str) -> Option<(&'p SourcePlan, &'p KafkaSource)> {
    plan.sources.iter().find_map(|source| match &source.kind {
        SourceKind::Kafka(kafka) if kafka.topics.iter().any(|known| known == topic) => Some((source, kafka)),
        _ => None,
    })
}

/// A letter as its source reads it now.
fn again(plan: &Plan, letter: Letter) -> Result<Submission, CliError> {
    let (topic, offset) = (letter.topic().to_owned(), letter.about("__connect.errors.offset").to_owned());
    let place = letter.place();
    let was = format!("{} {}", letter.about("landfall.error_code"), letter.about("landfall.error_field"));
    let was = was.trim_end().to_owned();
    let mut outcomes = Vec::new();
    let headers: Vec<(&str, &[u8])> =
        letter.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
    let record = Record {
        value: &letter.value,
        key: letter.key.as_deref(),
        origin: &topic,
        partition: letter.about("__connect.errors.partition").parse().unwrap_or(0),
        offset: offset.parse().unwrap_or(0),
        headers: &headers,
    };
    match source_of(plan, &topic) {
        Some((source, _)) => live::decoder(source)?.decode(&record, &mut outcomes),
        None => outcomes.push(json::decode(record.value)),
    }
    let (has, cut_from) = (letter.value.len(), letter.about(CUT_FROM_BYTES));
    let lacks = (!cut_from.is_empty()).then(|| {
        format!("the dead letter has only {has} of {cut_from} bytes; mend the whole record, from its topic, and submit it with --from-file")
    });
    Ok(Submission { place, was, topic, key: letter.key, value: letter.value, headers: letter.headers, outcomes, lacks })
}

/// Mended events of a file, each for the topic of its stream.
fn mended(plan: &Plan, path: &PathBuf, topic: Option<&str>) -> Result<Vec<Submission>, CliError> {
    let text = std::fs::read(path)
        .map_err(|reason| CliError::Source(crate::source::SourceError::Open { path: path.clone(), reason }))?;
    let topics: Vec<&String> = plan
        .sources
        .iter()
        .filter_map(|source| match &source.kind {
            SourceKind::Kafka(kafka) => Some(&kafka.topics),
            _ => None,
        })
        .flatten()
        .collect();
    let lines = text.split(|byte| *byte == b'\n').zip(1..).filter(|(line, _)| !line.trim_ascii().is_empty());
    let submission = |(line, number): (&[u8], u64)| {
        let outcome = json::decode(line);
        let stream = outcome.as_ref().ok().map_or("", |event| event.document_stream().as_str());
        let found = topic.map(str::to_owned).or_else(|| {
            topics.iter().find(|topic| !stream.is_empty() && topic.ends_with(stream)).map(|topic| (*topic).clone())
        });
        Submission {
            place: format!("{}:{number}", path.display()),
            was: String::new(),
            topic: found.unwrap_or_default(),
            key: None,
            value: line.to_vec(),
            headers: Vec::new(),
            outcomes: vec![outcome],
            lacks: None,
        }
    };
    let submissions: Vec<Submission> = lines.map(submission).collect();
    if submissions.iter().any(|submission| submission.topic.is_empty() && submission.outcomes[0].is_ok()) {
        let reason = "no topic's name ends in the stream of these events; say --topic".to_owned();
        return Err(LiveError::Serve(reason).into());
    }
    Ok(submissions)
}

/// Submits records to the topics that they came from, with one producer for each source.
struct Resubmitter<'p> {
    plan: &'p Plan,
    producers: BTreeMap<&'p str, ThreadedProducer<Refusals>>,
}

impl<'p> Resubmitter<'p> {
    fn send(&mut self, submission: &Submission) -> Result<(), CliError> {
        let Some((source, kafka)) = source_of(self.plan, &submission.topic) else {
            return Err(LiveError::Serve(format!("no source reads the topic {}", submission.topic)).into());
        };
        let name = source.source.name.as_str();
        let wrong = failed(name, "submit a record");
        if !self.producers.contains_key(name) {
            self.producers.insert(name, producer(name, kafka).map_err(&wrong)?);
        }
        let headers = submission
            .headers
            .iter()
            .fold(OwnedHeaders::new(), |headers, (key, value)| headers.insert(Header { key, value: Some(value) }));
        let mut record: BaseRecord<'_, [u8], [u8]> =
            BaseRecord::to(&submission.topic).payload(submission.value.as_slice()).headers(headers);
        record.key = submission.key.as_deref();
        let producer = &self.producers[name];
        while let Err((error, again)) = producer.send(record) {
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
                return Err(wrong(error.into()));
            }
            record = again;
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    /// Waits until everything is with the brokers.
    fn finish(self) -> Result<(), CliError> {
        for (name, producer) in self.producers {
            let wrong = failed(name, "submit all records");
            producer.flush(Duration::from_secs(60)).map_err(|error| wrong(error.into()))?;
            let refused = producer.context().take();
            refused.map_or(Ok(()), |told| Err(wrong(ClientError::Record(told))))?;
        }
        Ok(())
    }
}

fn producer(name: &str, kafka: &KafkaSource) -> Result<ThreadedProducer<Refusals>, ClientError> {
    let mut config = ClientConfig::new();
    reach(&mut config, &kafka.brokers, &kafka.security);
    config.set("enable.idempotence", "true").set("message.max.bytes", MESSAGE_BYTES_MAX.to_string());
    Ok(config.create_with_context(Refusals::new(name, &kafka.security)?)?)
}
