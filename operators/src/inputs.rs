//! From records to documents in force: the upsert rule as an operator, one collection per document type.

use std::collections::BTreeMap;

use differential_dataflow::{AsCollection, VecCollection};
use landfall_schemas::event::{
    CustomsStatus, Declaration, DocumentType, Invoice, Link, Milestone, Order, Posting, Receipt, Shipment,
};
use landfall_schemas::{DataError, Event, RecordId, Stream, Timestamp};
use timely::container::CapacityContainerBuilder;
use timely::dataflow::StreamVec;
use timely::dataflow::channels::pact::{Exchange, Pipeline};
use timely::dataflow::operators::Capability;
use timely::dataflow::operators::generic::OutputBuilder;
use timely::dataflow::operators::generic::builder_rc::OperatorBuilder;

use crate::Tick;
use crate::document::{AnyDoc, Doc};
use crate::operator::ambient::Gauges;
use crate::operator::routing::route;
use crate::operator::upsert::{Documents, RecordStatus, Saved, UpsertChange};
use crate::outputs::Closed;
use crate::settings::Settings;
use crate::tables::ReferenceDoc;

/// A collection of documents in force.
pub type Docs<'scope, T> = VecCollection<'scope, Tick, Doc<T>>;

/// The documents in force, and what became of the records.
pub struct BaseCollections<'scope> {
    /// Orders.
    pub orders: Docs<'scope, Order>,
    /// Receipts.
    pub receipts: Docs<'scope, Receipt>,
    /// Postings.
    pub postings: Docs<'scope, Posting>,
    /// Shipments.
    pub shipments: Docs<'scope, Shipment>,
    /// Milestone events.
    pub milestones: Docs<'scope, Milestone>,
    /// Links.
    pub links: Docs<'scope, Link>,
    /// Declarations.
    pub declarations: Docs<'scope, Declaration>,
    /// Customs statuses.
    pub statuses: Docs<'scope, CustomsStatus>,
    /// Invoices.
    pub invoices: Docs<'scope, Invoice>,
    /// Reference data of every type.
    pub reference: VecCollection<'scope, Tick, ReferenceDoc>,
    /// Records that are held or conflict.
    pub listed: VecCollection<'scope, Tick, (RecordId, DataError)>,
    /// Each record's stream and status.
    pub counted: VecCollection<'scope, Tick, (Stream, RecordStatus)>,
}

/// Outputs of the operator: one per document type, then what is listed and what is counted.
const LISTED: usize = DocumentType::ALL.len();
const COUNTED: usize = LISTED + 1;

fn output_of(change: &UpsertChange) -> usize {
    match change {
        UpsertChange::Document(doc) => doc.document_type() as usize,
        UpsertChange::Listed(..) => LISTED,
        UpsertChange::Counted(..) => COUNTED,
    }
}

type Change = (UpsertChange, Tick, isize);

/// Applies the upsert rule. Every tick must have a clock on every worker. What was saved by a checkpoint comes before
/// all events.
#[inline]
pub fn base_collections<'scope>(
    events: StreamVec<'scope, Tick, (RecordId, Event)>,
    restored: StreamVec<'scope, Tick, Saved>,
    clock: StreamVec<'scope, Tick, Timestamp>,
    settings: &Settings,
    gauges: &Gauges,
    closed: &Closed,
) -> BaseCollections<'scope> {
    let mut builder = OperatorBuilder::new("Documents".to_owned(), events.scope());
    let by_key = Exchange::new(|(_, event): &(RecordId, Event)| route(&event.key()));
    let saved_by_key = Exchange::new(|saved: &Saved| saved.key().map_or(0, |key| route(&key)));
    let mut events = builder.new_input(events, by_key);
    let mut restored = builder.new_input(restored, saved_by_key);
    let mut clock = builder.new_input(clock, Pipeline);
    let (mut outputs, streams): (Vec<_>, Vec<_>) = (0..=COUNTED)
        .map(|_| {
            let (output, stream) = builder.new_output::<Vec<Change>>();
            (OutputBuilder::<_, CapacityContainerBuilder<Vec<Change>>>::from(output), stream)
        })
        .unzip();
    let gauge = gauges.gauge("Documents");
    let closed = closed.clone();
    let mut documents = Documents::new(settings.max_future_skew_hours.hours_to_ms(), closed.keeps().checkpoints);
    builder.build(move |_| {
        let mut waiting: BTreeMap<Tick, Arrivals> = BTreeMap::new();
        let mut now = Timestamp(i64::MIN);
        move |frontiers| {
            events.for_each_time(|capability, batches| {
                let arrivals = Arrivals::at(&mut waiting, *capability.time(), |port| capability.retain(port));
                arrivals.events.extend(batches.map(std::mem::take));
            });
            restored.for_each_time(|capability, batches| {
                let arrivals = Arrivals::at(&mut waiting, *capability.time(), |port| capability.retain(port));
                arrivals.restored.extend(batches.flat_map(|batch| batch.drain(..)));
            });
            clock.for_each_time(|capability, batches| {
                let arrivals = Arrivals::at(&mut waiting, *capability.time(), |port| capability.retain(port));
                arrivals.clock = batches.flat_map(|batch| batch.drain(..)).max().max(arrivals.clock);
            });
            while let Some(entry) = waiting.first_entry() {
                let tick = *entry.key();
                if frontiers.iter().any(|frontier| frontier.less_equal(&tick)) {
                    break;
                }
                let arrivals = entry.remove();
                now = arrivals.clock.map_or(now, |clock| clock.max(now));
                let mut by_output: Vec<Vec<Change>> = vec![Vec::new(); COUNTED + 1];
                let mut changes = documents.restore(arrivals.restored.into_iter());
                changes.append(&mut documents.tick(now, arrivals.events.into_iter()));
                closed.add_documents(tick, &changes);
                closed.add_saved(tick, || documents.save());
                for (change, diff) in changes {
                    by_output[output_of(&change)].push((change, tick, diff));
                }
                for ((output, capability), mut changes) in outputs.iter_mut().zip(&arrivals.capabilities).zip(by_output)
                {
                    output.activate().session(capability).give_container(&mut changes);
                }
                gauge.set(documents.len());
            }
        }
    });
    split(streams)
}

/// What has arrived for a tick that is not closed yet.
struct Arrivals {
    capabilities: Vec<Capability<Tick>>,
    events: Vec<Vec<(RecordId, Event)>>,
    restored: Vec<Saved>,
    clock: Option<Timestamp>,
}

impl Arrivals {
    fn at(
        waiting: &mut BTreeMap<Tick, Arrivals>,
        tick: Tick,
        capability: impl Fn(usize) -> Capability<Tick>,
    ) -> &mut Arrivals {
        waiting.entry(tick).or_insert_with(|| Arrivals {
            capabilities: (0..=COUNTED).map(capability).collect(),
            events: Vec::new(),
            restored: Vec::new(),
            clock: None,
        })
    }
}

#[inline]
fn split(streams: Vec<StreamVec<'_, Tick, Change>>) -> BaseCollections<'_> {
    let of = |document_type: DocumentType| streams[document_type as usize].clone().as_collection();
    macro_rules! docs {
        ($name:ident) => {
            of(DocumentType::$name).flat_map(|change| match change {
                UpsertChange::Document(AnyDoc::$name(doc)) => Some(doc),
                _ => None,
            })
        };
    }
    let reference = [
        DocumentType::FxRate,
        DocumentType::ChargeCode,
        DocumentType::Tolerance,
        DocumentType::Sla,
        DocumentType::Partner,
    ]
    .map(of)
    .map(|changes| {
        changes.flat_map(|change| match change {
            UpsertChange::Document(doc) => ReferenceDoc::of(&doc),
            _ => None,
        })
    });
    let [first, others @ ..] = reference;
    BaseCollections {
        orders: docs!(Order),
        receipts: docs!(Receipt),
        postings: docs!(Posting),
        shipments: docs!(Shipment),
        milestones: docs!(Milestone),
        links: docs!(Link),
        declarations: docs!(Declaration),
        statuses: docs!(CustomsStatus),
        invoices: docs!(Invoice),
        reference: first.concatenate(others),
        listed: streams[LISTED].clone().as_collection().flat_map(|change| match change {
            UpsertChange::Listed(listed) => Some(*listed),
            _ => None,
        }),
        counted: streams[COUNTED].clone().as_collection().flat_map(|change| match change {
            UpsertChange::Counted(stream, status) => Some((stream, status)),
            _ => None,
        }),
    }
}
