//! The business population as a stream: phases are performed when their time comes, events leave when they arrive.

use std::sync::Arc;

use landfall_schemas::{Date, Event, Timestamp};

use super::GeneratedEvent;
use super::business::campaign::{Campaign, SHIPMENTS_PER_CAMPAIGN};
use super::business::{self, MOST_PHASES, MOST_PLACES, reference};
use super::calendar::Calendar;
use super::config::{Config, DAY_MS};
use super::dice::Dice;
use super::faults::Transmission;

/// How long after the last shipment's start rates are still published.
const REFERENCE_TAIL_DAYS: i64 = 100;

/// Something that will happen: a phase of a place of a campaign.
struct Coming {
    /// Campaign, place and phase in one number: it makes the order total, and without a look into the campaign.
    number: u64,
    campaign: Arc<Campaign>,
}

impl Coming {
    fn new(campaign: &Arc<Campaign>, place: u64, phase: u64) -> Coming {
        let number = (campaign.index * MOST_PLACES + place) * MOST_PHASES + phase;
        Coming { number, campaign: Arc::clone(campaign) }
    }

    fn place(&self) -> u64 {
        self.number / MOST_PHASES % MOST_PLACES
    }

    fn phase(&self) -> u64 {
        self.number % MOST_PHASES
    }
}

impl PartialEq for Coming {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Coming {}

impl PartialOrd for Coming {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Coming {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.number.cmp(&other.number)
    }
}

/// Records on their way, by arrival; a queue of places in a slab, because records are large.
struct Underway {
    /// By arrival: when it was sent (earlier first) and its place in `records`.
    queue: Calendar<(u64, u32)>,
    records: Vec<Option<GeneratedEvent>>,
    free: Vec<u32>,
    sent: u64,
}

impl Underway {
    fn new(begins_at: Timestamp) -> Underway {
        Underway { queue: Calendar::new(begins_at), records: Vec::new(), free: Vec::new(), sent: 0 }
    }

    fn send(&mut self, record: GeneratedEvent) {
        let arrived_at = record.arrived_at;
        let place = self.free.pop().unwrap_or_else(|| {
            self.records.push(None);
            u32::try_from(self.records.len() - 1).expect("fewer than 2^32 records are under way")
        });
        self.records[place as usize] = Some(record);
        self.queue.push(arrived_at, (self.sent, place));
        self.sent += 1;
    }

    /// The next record, if it arrives before `until`.
    fn arrive(&mut self, until: Option<Timestamp>) -> Option<GeneratedEvent> {
        let arrives_at = self.queue.next_at()?;
        if until.is_some_and(|until| arrives_at >= until) {
            return None;
        }
        let (_, (_, place)) = self.queue.pop()?;
        self.free.push(place);
        self.records[place as usize].take()
    }
}

/// What happens next.
enum Next {
    Campaign,
    Phase,
    Published,
}

/// The records of a business population, or of a part of it, in the order of arrival.
pub(crate) struct Events {
    config: Config,
    transmission: Transmission,
    coming: Calendar<Coming>,
    underway: Underway,
    next_campaign: u64,
    parts: u64,
    /// The next day on which something is published; `None` after the last.
    next_published: Option<Date>,
}

impl Events {
    /// Every `parts`th campaign from `part` on; reference data with part 0.
    pub(crate) fn new(config: &Config, part: u64, parts: u64) -> Events {
        let mut events = Events {
            config: config.clone(),
            transmission: Transmission::new(config),
            coming: Calendar::new(config.start),
            underway: Underway::new(config.start),
            next_campaign: part,
            parts,
            next_published: (part == 0).then(|| config.start.date()),
        };
        if part == 0 {
            for event in reference::prelude(config) {
                let arrived_at = event.envelope.recorded_at;
                events.underway.send(GeneratedEvent::new(event, arrived_at));
            }
        }
        events
    }

    /// Records that are made and have not arrived.
    #[cfg(test)]
    pub(crate) fn underway(&self) -> usize {
        self.underway.records.len() - self.underway.free.len()
    }

    /// What happens next, and when.
    fn next_happening(&mut self) -> Option<(Timestamp, Next)> {
        let campaigns = self.config.shipments.div_ceil(SHIPMENTS_PER_CAMPAIGN);
        let campaign = (self.next_campaign < campaigns)
            .then(|| (Campaign::starts_at(&self.config, self.next_campaign), Next::Campaign));
        let phase = self.coming.next_at().map(|at| (at, Next::Phase));
        let published = self.next_published.map(|date| (reference::published_at(date), Next::Published));
        [campaign, phase, published].into_iter().flatten().min_by_key(|(at, _)| *at)
    }

    fn happen(&mut self, next: &Next) {
        match next {
            Next::Campaign => {
                let campaign = Campaign::plan(&self.config, self.next_campaign);
                self.next_campaign += self.parts;
                for place in business::places(&campaign) {
                    self.expect(&campaign, place, 0);
                }
            }
            Next::Phase => {
                let (_, coming) = self.coming.pop().expect("a phase was seen at the head of the queue");
                let (place, phase, campaign) = (coming.place(), coming.phase(), coming.campaign);
                let events = business::perform(&self.config, &campaign, place, phase);
                self.transmit(events, &[3, campaign.index, place, phase]);
                self.expect(&campaign, place, phase + 1);
            }
            Next::Published => {
                let date = self.next_published.expect("a day was seen to come");
                let events = reference::published_on(&self.config, date).collect();
                self.transmit(events, &[4, i64::from(date.0) as u64]);
                let last_ms = self.config.start_offset_ms(self.config.shipments) + REFERENCE_TAIL_DAYS * DAY_MS;
                let last = self.config.start.plus_ms(last_ms).date();
                self.next_published = (date < last).then_some(Date(date.0 + 1));
            }
        }
    }

    fn expect(&mut self, campaign: &Arc<Campaign>, place: u64, phase: u64) {
        if let Some(at) = business::phase_at(campaign, place, phase) {
            self.coming.push(at, Coming::new(campaign, place, phase));
        }
    }

    fn transmit(&mut self, events: Vec<Event>, path: &[u64]) {
        let mut dice = Dice::new(self.config.seed, path);
        for event in events {
            let underway = &mut self.underway;
            self.transmission.transmit(&mut dice, event, &mut |record| underway.send(record));
        }
    }
}

impl Iterator for Events {
    type Item = GeneratedEvent;

    fn next(&mut self) -> Option<GeneratedEvent> {
        loop {
            let next = self.next_happening();
            if let Some(record) = self.underway.arrive(next.as_ref().map(|(at, _)| *at)) {
                return Some(record);
            }
            let (_, next) = next?;
            self.happen(&next);
        }
    }
}
