//! From what was recorded to what arrives: delays, repeats, withdrawals, contradictions, broken records.

use landfall_schemas::event::{Body, Document};
use landfall_schemas::{Decimal, Event, Stream, Text, Timestamp};

use super::config::{Config, DAY_MS, HOUR_MS};
use super::dice::{Dice, Odds};
use super::{GeneratedEvent, bad};

const MINUTE_MS: i64 = 60_000;

/// The way of events to Landfall.
pub(crate) struct Transmission {
    duplicates: Odds,
    late: Odds,
    out_of_order: Odds,
    retractions: Odds,
    future_dated: Odds,
    conflicting: Odds,
    bad: Odds,
    /// Whether records take up to 90 seconds; else they arrive exactly when recorded.
    jitter: bool,
}

impl Transmission {
    /// With the faults of this configuration.
    pub(crate) fn new(config: &Config) -> Transmission {
        let faults = &config.faults;
        Transmission {
            duplicates: Odds::from_pct(faults.duplicates_pct),
            late: Odds::from_pct(faults.late_pct),
            out_of_order: Odds::from_pct(faults.out_of_order_pct),
            retractions: Odds::from_pct(faults.retractions_pct),
            future_dated: Odds::from_pct(faults.future_dated_pct),
            conflicting: Odds::from_pct(faults.conflicting_pct),
            bad: Odds::from_pct(faults.bad_pct),
            jitter: faults.out_of_order_pct > 0.0,
        }
    }

    /// Sends the event and what goes wrong with it. Nothing arrives before it was recorded, except that withdrawals
    /// may overtake and that sources with a wrong clock record in the future.
    pub(crate) fn transmit(&self, dice: &mut Dice, mut event: Event, send: &mut impl FnMut(GeneratedEvent)) {
        let arrived_at = event.envelope.recorded_at.plus_ms(self.delay_ms(dice));
        if dice.chance(self.bad) {
            send(bad::broken(dice, &event, arrived_at));
        }
        if stream_of(&event) != Stream::Reference {
            if dice.chance(self.future_dated) {
                let ahead_ms = dice.between(3, 30) * DAY_MS;
                event.envelope.recorded_at = event.envelope.recorded_at.plus_ms(ahead_ms);
            }
            if dice.chance(self.conflicting) {
                let other_at = arrived_at.plus_ms(dice.between(MINUTE_MS, DAY_MS));
                send(GeneratedEvent::new(contradiction(event.clone()), other_at));
            }
            if dice.chance(self.retractions) {
                return withdraw(dice, event, arrived_at, send);
            }
        }
        if dice.chance(self.duplicates) {
            let again_at = arrived_at.plus_ms(dice.between(MINUTE_MS, 2 * DAY_MS));
            send(GeneratedEvent::new(event.clone(), again_at));
        }
        send(GeneratedEvent::new(event, arrived_at));
    }

    fn delay_ms(&self, dice: &mut Dice) -> i64 {
        let usual_ms = if self.jitter { dice.between(0, 90_000) } else { 0 };
        if dice.chance(self.late) {
            usual_ms + dice.between(DAY_MS, 10 * DAY_MS)
        } else if dice.chance(self.out_of_order) {
            usual_ms + dice.between(10 * MINUTE_MS, 6 * HOUR_MS)
        } else {
            usual_ms
        }
    }
}

/// Sends the document, its withdrawal, and two times in three the document made again.
fn withdraw(dice: &mut Dice, event: Event, arrived_at: Timestamp, send: &mut impl FnMut(GeneratedEvent)) {
    let wait_ms = dice.between(HOUR_MS, 3 * DAY_MS);
    let withdrawal = with_suffix(&event, 'w', wait_ms, Body::Retraction(event.key()));
    let withdrawn_at = arrived_at.plus_ms(wait_ms);
    if dice.percent(67) {
        let again_ms = wait_ms + dice.between(HOUR_MS, 2 * DAY_MS);
        let again = with_suffix(&event, 'a', again_ms, event.body.clone());
        send(GeneratedEvent::new(again, arrived_at.plus_ms(again_ms)));
    }
    send(GeneratedEvent::new(withdrawal, withdrawn_at));
    let overtaken = dice.percent(20);
    let original_at = if overtaken { withdrawn_at.plus_ms(dice.between(MINUTE_MS, HOUR_MS)) } else { arrived_at };
    send(GeneratedEvent::new(event, original_at));
}

/// A later event of the same source about the same document.
fn with_suffix(event: &Event, suffix: char, later_ms: i64, body: Body) -> Event {
    let mut envelope = event.envelope.clone();
    envelope.event_id.push(suffix);
    envelope.recorded_at = envelope.recorded_at.plus_ms(later_ms);
    Event { envelope, body }
}

/// The stream an event belongs to.
pub(crate) fn stream_of(event: &Event) -> Stream {
    match &event.body {
        Body::Document(document) => document.document_type().stream(),
        Body::Retraction(key) => key.document_type().stream(),
    }
}

/// The same event with other content: it ties with the original and speaks of the same document.
pub(crate) fn contradiction(mut event: Event) -> Event {
    let other = Text::from_static_str("NB");
    if let Body::Document(document) = &mut event.body {
        match document {
            Document::Order(order) => order.buyer = other,
            Document::Receipt(receipt) => receipt.quantity = receipt.quantity + Decimal::whole(1),
            Document::Posting(posting) => posting.amount += 1,
            Document::Shipment(shipment) => shipment.destination = Some(other),
            Document::Milestone(milestone) => milestone.at = milestone.at.plus_ms(HOUR_MS),
            Document::Link(link) => std::mem::swap(&mut link.a, &mut link.b),
            Document::Declaration(declaration) => declaration.jurisdiction = other,
            Document::CustomsStatus(status) => status.at = status.at.plus_ms(HOUR_MS),
            Document::Invoice(invoice) => invoice.issued_on.0 += 1,
            Document::FxRate(rate) => rate.rate = rate.rate + rate.rate,
            Document::ChargeCode(mapping) => mapping.code = other,
            Document::Tolerance(rule) => rule.require_delivered = !rule.require_delivered,
            Document::Sla(rule) => rule.region = Some(other),
            Document::Partner(partner) => partner.owner = other,
        }
    }
    event
}
