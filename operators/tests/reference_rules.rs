//! Rules of the specification that no conformance set shows, on the naive reference: conflicts, held records,
//! junk numbers, limits without a rate.

#![allow(clippy::unwrap_used)] // helpers of tests are no `#[test]` functions, which clippy exempts by itself

use landfall_operators::reference::views;
use landfall_operators::rows::{ChargeStatus, ControlKind, Tables};
use landfall_operators::settings::Settings;
use landfall_schemas::format::json::decode;
use landfall_schemas::{DataError, Date, ErrorCode, Event, Origin, RecordId, Timestamp};

/// 2026-03-20T00:00:00Z.
const CLOCK_DAY: Date = Date(20_532);

fn records(events: &[&str]) -> Vec<(RecordId, Result<Event, DataError>)> {
    let origin = Origin::named("events.jsonl");
    (1..)
        .zip(events)
        .map(|(offset, json)| (RecordId { origin, partition: 0, offset }, decode(json.as_bytes())))
        .collect()
}

/// The views over valid events at a clock.
fn views_at(events: &[&str], clock: Timestamp, settings: &Settings) -> Tables {
    let records = records(events);
    let fault = records.iter().find_map(|(_, decoded)| decoded.as_ref().err());
    assert_eq!(fault, None);
    views(&records, clock, settings)
}

fn views_of(events: &[&str]) -> Tables {
    views_at(events, CLOCK_DAY.midnight(), &Settings::default())
}

fn event(kind: &str, id: &str, data: &str) -> String {
    format!(
        r#"{{"event_id":"{id}","type":"{kind}","source":"s","occurred_at":"2026-03-01T00:00:00Z","data":{{{data}}}}}"#
    )
}

fn partner(id: &str, owner: &str) -> String {
    event("partner", id, &format!(r#""code":"P","kind":"carrier","name":"N","region":"EU","owner":"{owner}""#))
}

fn shipment(more: &str) -> String {
    let own = r#""shipment_id":"S1","carrier":"C","mode":"road","region":"EU","status":"active""#;
    event("shipment", "s1", &format!("{own}{more}"))
}

fn errors(tables: &Tables) -> Vec<(u64, ErrorCode)> {
    tables.data_errors.values().map(|row| (row.offset, row.error_code)).collect()
}

/// A count of the kind `records`.
fn count(tables: &Tables, stream: &str, status: &str) -> Option<u64> {
    let totals = tables.control_totals.values().filter(|row| row.kind == ControlKind::Records);
    totals.filter(|row| row.name == stream && row.status == status).map(|row| row.count).next()
}

#[test]
fn the_greater_document_wins_a_tie_and_the_records_of_the_others_are_listed() {
    let (ann, bob) = (partner("e", "ann"), partner("e", "bob"));
    let tables = views_of(&[&bob, &ann, &bob, &ann]);
    assert_eq!(errors(&tables), [(2, ErrorCode::ConflictingEvent), (4, ErrorCode::ConflictingEvent)]);
    assert_eq!(count(&tables, "reference", "superseded"), Some(3));
    assert_eq!(count(&tables, "reference", "in_force"), Some(1));
    let newer = partner("f", "cy");
    assert_eq!(errors(&views_of(&[&bob, &ann, &newer])), [], "the winner of the tie wins no more");
}

#[test]
fn a_retraction_wins_a_tie() {
    let document = partner("e", "ann");
    let retraction = document.replacen('{', r#"{"retracted":true,"#, 1);
    let tables = views_of(&[&retraction, &document]);
    assert_eq!(errors(&tables), [(2, ErrorCode::ConflictingEvent)]);
    assert_eq!(count(&tables, "reference", "retracted"), Some(1));
    assert!(tables.feed_health.is_empty());
}

#[test]
fn a_record_is_held_until_the_clock_reaches_its_time_less_the_skew() {
    let recorded_at = CLOCK_DAY.midnight().plus_ms(24 * 3_600_000);
    let event = partner("e", "ann").replacen('{', &format!(r#"{{"recorded_at":"{recorded_at}","#), 1);
    let before = views_at(&[&event], CLOCK_DAY.midnight().plus_ms(-1), &Settings::default());
    assert_eq!(errors(&before), [(1, ErrorCode::FutureDated)]);
    assert_eq!((count(&before, "reference", "held"), before.feed_health.len()), (Some(1), 0));
    let then = views_of(&[&event]);
    assert_eq!(errors(&then), []);
    assert_eq!((count(&then, "reference", "held"), then.feed_health.len()), (Some(0), 1));
}

#[test]
fn unknown_is_a_stream_only_where_a_type_is_not_readable() {
    assert_eq!(count(&views_of(&[]), "unknown", "received"), None);
    let records = records(&["no JSON"]);
    let tables = views(&records, CLOCK_DAY.midnight(), &Settings::default());
    assert_eq!(count(&tables, "unknown", "dead_lettered"), Some(1));
    assert_eq!(count(&tables, "orders", "received"), Some(0));
}

#[test]
fn a_junk_number_names_nothing_and_links_nothing() {
    let shipment = shipment(r#","identifiers":[{"type":"bol","value":"B1"}]"#);
    let link = |id: &str, kind: &str, value: &str| {
        let a = r#""a":{"type":"bol","value":"b-1"}"#;
        event("link", id, &format!(r#""link_id":"{id}",{a},"b":{{"type":"{kind}","value":"{value}"}}"#))
    };
    let milestone = |id: &str, kind: &str, value: &str| {
        let what = r#""milestone":"departed","classifier":"actual","at":"2026-03-02T00:00:00Z""#;
        event("milestone", id, &format!(r#""milestone_id":"{id}","ref":{{"type":"{kind}","value":"{value}"}},{what}"#))
    };
    let (tracking, pro) = (link("l1", "tracking", "T1"), link("l2", "pro", "P1"));
    let (own, linked) = (milestone("m1", "shipment", "S1"), milestone("m2", "pro", "P1"));
    let events = [&shipment, &tracking, &pro, &own, &linked].map(String::as_str);
    let settings = |max_component| Settings { max_component, ..Settings::default() };
    let exceptions = |max_component| -> Vec<String> {
        let tables = views_at(&events, CLOCK_DAY.midnight(), &settings(max_component));
        assert_eq!(tables.shipment_timeline.values().filter(|row| row.document.starts_with('l')).count(), 2);
        tables.exceptions.values().map(|row| format!("{} {}", row.exception_id, row.reason)).collect()
    };
    assert_eq!(exceptions(3), [""; 0]);
    assert_eq!(exceptions(2), ["no_tracking:S1 no_tracking", "unresolved_milestone:s/m2 ambiguous_reference"]);
}

#[test]
fn a_limit_in_a_currency_without_a_rate_is_no_limit_given() {
    let shipment = shipment(r#","charges":[{"code":"FRT","amount":"100","currency":"EUR"}]"#);
    let invoice = |amount: &str| {
        let head = r#""issuer":"C","invoice_no":"I1","kind":"invoice","currency":"EUR","issued_on":"2026-03-02""#;
        let refs = r#""refs":[{"type":"shipment","value":"S1"}]"#;
        event("invoice", "i", &format!(r#"{head},{refs},"lines":[{{"line_no":1,"code":"FRT","amount":"{amount}"}}]"#))
    };
    let rule = event("tolerance", "t", r#""issuer":"*","code":"*","over_abs":"50","currency":"USD""#);
    let rate = event("fx_rate", "r", r#""date":"2026-03-02","base":"EUR","quote":"USD","rate":"1""#);
    let status = |events: &[&str]| views_of(events).freight_charges.values().map(|row| row.status).next();
    assert_eq!(status(&[&shipment, &rule, &invoice("100")]), Some(ChargeStatus::Matched));
    assert_eq!(status(&[&shipment, &rule, &invoice("101")]), Some(ChargeStatus::OverTolerance));
    assert_eq!(status(&[&shipment, &rule, &rate, &invoice("150")]), Some(ChargeStatus::Matched));
    assert_eq!(status(&[&shipment, &rule, &rate, &invoice("150.01")]), Some(ChargeStatus::OverTolerance));
}
