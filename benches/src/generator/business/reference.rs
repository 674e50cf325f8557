//! The reference data of the business: partners, their words, tolerances, service levels, daily rates.

use landfall_schemas::event::{
    Basis, Body, ChargeCode, Component, Document, MilestoneKind, Mode, Partner, PartnerKind, Sla, Tolerance,
};
use landfall_schemas::format_text;
use landfall_schemas::{Date, Decimal, Envelope, Event, Text, Timestamp};

use crate::generator::config::{Config, DAY_MS, HOUR_MS};
use crate::generator::directory::{BROKERS, CARRIERS, SUPPLIERS};
use crate::generator::{numbers, rates};

/// How long before the first order the reference data is there.
pub(crate) const PRELUDE_DAYS: i64 = 14;

const OWNERS: &[&str] = &["freight-desk", "customs-desk", "ap-team", "ops-eu", "ops-na"];

/// Everything that is there before the first order.
pub(crate) fn prelude(config: &Config) -> Vec<Event> {
    let at = config.start.plus_ms(-PRELUDE_DAYS * DAY_MS);
    let documents = partners().chain(charge_codes()).chain(tolerances()).chain(service_levels());
    let named = documents.enumerate().map(|(nth, document)| event("mdm", "ref", nth as u64, at, 0, document));
    let before = (1..=PRELUDE_DAYS).rev().map(|days| config.start.plus_ms(-days * DAY_MS).date());
    named.chain(before.flat_map(|date| published_on(config, date))).collect()
}

/// When what is published on a day is published.
pub(crate) fn published_at(date: Date) -> Timestamp {
    date.midnight().plus_ms(15 * HOUR_MS)
}

/// What is published on a day: rates, and now and then a changed rule.
pub(crate) fn published_on(config: &Config, date: Date) -> impl Iterator<Item = Event> {
    let at = published_at(date);
    let fx = rates::published_on(config.seed, date).enumerate().map(move |(nth, rate)| {
        let number = i64::from(date.0) as u64 * 16 + nth as u64;
        event("ecb", "fx", number, at, 0, Document::FxRate(rate))
    });
    fx.chain(changes_on(config, date, at))
}

/// Once in four weeks: the general tolerance, a partner's silence and a service level are set anew.
fn changes_on(config: &Config, date: Date, at: Timestamp) -> Vec<Event> {
    let day = i64::from(date.0) - i64::from(config.start.date().0);
    if day <= 0 || day % 28 != 0 {
        return Vec::new();
    }
    let month = (day / 28) as u64;
    let general = Document::Tolerance(tolerance(("*", "*"), [5 - month as i64 % 3, 10], None));
    let carrier = &CARRIERS[month as usize % CARRIERS.len()];
    let partner = partner(month as usize, carrier.code, PartnerKind::Carrier, carrier.name, carrier.region, 96);
    let grace = sla("delivered", MilestoneKind::Delivered, None, None, 12 + month as i64 % 3 * 6);
    let documents = [general, partner, grace].into_iter().enumerate();
    documents.map(|(nth, document)| event("mdm", "chg", month * 4 + nth as u64, at, month, document)).collect()
}

fn event(source: &'static str, prefix: &str, number: u64, at: Timestamp, revision: u64, document: Document) -> Event {
    let envelope = Envelope {
        event_id: format_text!("{prefix}-{}", numbers::base36(number, 5)),
        source: Text::from_static_str(source),
        occurred_at: at,
        recorded_at: at,
        revision,
    };
    Event { envelope, body: Body::Document(document) }
}

fn partners() -> impl Iterator<Item = Document> {
    let carriers = CARRIERS.iter().map(|it| (it.code, PartnerKind::Carrier, it.name, it.region, 96));
    let brokers = BROKERS.iter().map(|it| (it.0, PartnerKind::Broker, it.1, it.2, 168));
    let suppliers = SUPPLIERS.iter().map(|it| (it.0, PartnerKind::Supplier, it.1, it.2, 0));
    let all = carriers.chain(brokers).chain(suppliers).enumerate();
    all.map(|(nth, (code, kind, name, region, silence))| partner(nth, code, kind, name, region, silence))
}

fn partner(
    nth: usize,
    code: &'static str,
    kind: PartnerKind,
    name: &'static str,
    region: &'static str,
    silence_hours: i64,
) -> Document {
    Document::Partner(Partner {
        code: Text::from_static_str(code),
        kind,
        name: Text::from_static_str(name),
        region: Text::from_static_str(region),
        owner: Text::from_static_str(OWNERS[nth % OWNERS.len()]),
        max_silence_hours: (silence_hours > 0).then(|| Decimal::whole(silence_hours)),
    })
}

fn charge_codes() -> impl Iterator<Item = Document> {
    let own = CARRIERS.iter().flat_map(|carrier| {
        carrier.dialect.iter().map(|(ours, theirs)| charge_code(carrier.code, theirs, ours, None, None))
    });
    let general = [
        charge_code("*", "DTHC", "THC", None, None),
        charge_code("*", "BAF", "FSC", None, None),
        charge_code("*", "400", "FRT", None, None),
        charge_code("*", "DET", "DET", Some(Component::Handling), Some(Basis::Volume)),
    ];
    own.chain(general)
}

fn charge_code(
    issuer: &'static str,
    partner_code: &'static str,
    code: &'static str,
    component: Option<Component>,
    basis: Option<Basis>,
) -> Document {
    Document::ChargeCode(ChargeCode {
        issuer: Text::from_static_str(issuer),
        partner_code: Text::from_static_str(partner_code),
        code: Text::from_static_str(code),
        component,
        basis,
    })
}

fn tolerances() -> impl Iterator<Item = Document> {
    let mut delivered_first = tolerance(("*", "ACC"), [10, 100], Some((50, "EUR")));
    delivered_first.require_delivered = true;
    [
        tolerance(("*", "*"), [5, 10], None),
        tolerance(("*", "FRT"), [3, 10], Some((150, "EUR"))),
        tolerance(("*", "DUTY"), [1, 1], Some((25, "EUR"))),
        tolerance(("MAEU", "*"), [4, 10], None),
        tolerance(("JBHT", "FSC"), [8, 20], Some((40, "USD"))),
        absolute(tolerance(("*", "landed_cost"), [0, 0], Some((400, "EUR")))),
        absolute(tolerance(("*", "duty_variance"), [0, 0], Some((150, "EUR")))),
        delivered_first,
    ]
    .into_iter()
    .map(Document::Tolerance)
}

/// A rule of amounts alone: both limits of a rule must hold, and a percentage of little is next to nothing.
fn absolute(rule: Tolerance) -> Tolerance {
    Tolerance { over_pct: None, under_pct: None, ..rule }
}

fn tolerance(
    (issuer, code): (&'static str, &'static str),
    [over_pct, under_pct]: [i64; 2],
    limit: Option<(i64, &'static str)>,
) -> Tolerance {
    let hundredths = |count: i64| Some(Decimal::from_units(i128::from(count) * Decimal::SCALE / 100));
    let (abs, currency) = limit.unzip();
    Tolerance {
        issuer: Text::from_static_str(issuer),
        code: Text::from_static_str(code),
        over_pct: hundredths(over_pct),
        under_pct: hundredths(under_pct),
        over_abs: abs.map(Decimal::whole),
        under_abs: abs.map(|most| Decimal::whole(most * 2)),
        currency: currency.map(rates::currency),
        require_delivered: false,
    }
}

fn service_levels() -> impl Iterator<Item = Document> {
    use MilestoneKind::{
        Arrived, Booked, CustomsReleased, Delivered, GoodsReceived, LandedCostPosted, PickedUp, PodReceived,
    };
    [
        sla("delivered", Delivered, None, None, 12),
        sla("pickup", PickedUp, Some((Booked, 120)), None, 0),
        sla("pickup-parcel", PickedUp, Some((Booked, 12)), Some(Mode::Parcel), 2),
        sla("release", CustomsReleased, Some((Arrived, 36)), None, 4),
        sla("release-air", CustomsReleased, Some((Arrived, 24)), Some(Mode::Air), 2),
        sla("pod", PodReceived, Some((Delivered, 48)), Some(Mode::Parcel), 0),
        sla("received", GoodsReceived, Some((Delivered, 48)), None, 0),
        sla("costed", LandedCostPosted, Some((Delivered, 24 * 30)), Some(Mode::Air), 0),
        sla("delivered-road", Delivered, Some((PickedUp, 96)), Some(Mode::Road), 6),
    ]
    .into_iter()
}

fn sla(
    name: &'static str,
    milestone: MilestoneKind,
    after: Option<(MilestoneKind, i64)>,
    mode: Option<Mode>,
    grace_hours: i64,
) -> Document {
    let (after, within) = after.unzip();
    Document::Sla(Sla {
        name: Text::from_static_str(name),
        milestone,
        carrier: None,
        mode,
        region: None,
        after,
        within_hours: within.map(Decimal::whole),
        grace_hours: (grace_hours > 0).then(|| Decimal::whole(grace_hours)),
    })
}
