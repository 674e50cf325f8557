//! Rules of the adapters that no single sample file shows, the traps of partners among them.

mod adapters;

use adapters::{decode, faults, in_force, lines, profile, with_options};
use landfall_schemas::event::Body;
use landfall_schemas::format::{Outcome, Profile, ProfileError, decoder};
use landfall_schemas::{Document, DocumentKey};
use serde_json::{Value, json};

fn dcsa(event: &Value) -> Vec<Outcome> {
    decode("dcsa", &profile("carrier:EXCO"), None, event.to_string().as_bytes())
}

/// A departure as version 3.0 says it.
fn departure() -> Value {
    json!({
        "eventID": "e-1", "eventDateTime": "2026-01-16T11:30:00Z", "eventUpdatedDateTime": "2026-01-16T12:00:00Z",
        "eventLocation": { "UNLocationCode": "GBSOU", "facilityTypeCode": "POTE", "locationName": "A street" },
        "eventClassification": {
            "eventTypeCode": "TRANSPORT", "eventClassifierCode": "ACT", "transportEventTypeCode": "DEPA",
        },
        "shipmentDetails": {
            "documentReference": { "typeCode": "BKG", "reference": "B1" },
            "additionalDocumentReferences": [{ "typeCode": "TRD", "reference": "T1" }],
        },
        "transportDetails": { "transportCall": { "modeOfTransport": "VESSEL" } },
    })
}

fn equipment(code: &str, indicator: &str, facility: &str, movement: &str) -> Value {
    json!({
        "eventID": "q-1", "eventDateTime": "2026-01-16T11:30:00Z", "eventUpdatedDateTime": "2026-01-16T12:00:00Z",
        "eventLocation": { "facilityTypeCode": facility },
        "eventClassification": {
            "eventTypeCode": "EQUIPMENT", "eventClassifierCode": "ACT", "equipmentEventTypeCode": code,
        },
        "equipmentDetails": {
            "equipmentReference": "APZU4812090", "emptyIndicatorCode": indicator, "movementType": movement,
        },
    })
}

/// The milestones that outcomes say, and of which identifier.
fn milestones(outcomes: &[Outcome]) -> Vec<(String, String)> {
    let events = lines(outcomes).into_iter().map(|line| serde_json::from_str::<Value>(&line).expect("JSON"));
    let milestones = events.filter(|event| event["type"] == "milestone" && event["retracted"].is_null());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    milestones.map(|event| (text(&event["data"]["milestone"]), text(&event["data"]["ref"]["type"]))).collect()
}

#[test]
fn a_retraction_counts_before_and_after_what_it_retracts() {
    for retraction in [
        json!({ "eventID": "e-1", "isRetracted": true }),
        json!({ "eventID": "e-1", "isRetracted": true, "eventUpdatedDateTime": "2026-01-16T12:00:00Z" }),
    ] {
        let (said, retracted) = (dcsa(&departure()), dcsa(&retraction));
        assert_eq!(faults(&retracted), []);
        assert_eq!(in_force(&said).len(), 2, "a milestone and a link");
        for order in [[&said, &retracted], [&retracted, &said]] {
            let all: Vec<Outcome> = order.into_iter().flatten().cloned().collect();
            assert!(in_force(&all).is_empty());
        }
    }
}

#[test]
fn an_event_overrides_the_one_that_was_updated_before_it() {
    let mut later = departure();
    later["eventUpdatedDateTime"] = json!("2026-01-17T12:00:00Z");
    later["eventDateTime"] = json!("2026-01-16T15:00:00Z");
    let first = dcsa(&departure());
    let mut all = dcsa(&later);
    all.extend(first);
    let winners = in_force(&all);
    assert_eq!(winners.len(), 2);
    let key = winners.keys().find(|key| matches!(key, DocumentKey::Milestone(..))).expect("a milestone");
    assert_eq!(winners[key].envelope.occurred_at.to_string(), "2026-01-16T15:00:00Z");
}

#[test]
fn an_exact_repeat_changes_nothing() {
    let once = dcsa(&departure());
    assert_eq!(once, dcsa(&departure()));
    let page = dcsa(&json!({ "events": [departure(), departure()] }));
    assert_eq!(in_force(&page), in_force(&once));
}

#[test]
fn a_single_event_a_list_and_a_page_say_the_same() {
    let single = dcsa(&departure());
    assert_eq!(single, dcsa(&json!([departure()])));
    assert_eq!(single, dcsa(&json!({ "events": [departure()] })));
}

#[test]
fn documents_that_replace_others_are_linked_to_them() {
    let mut event = departure();
    event["shipmentDetails"]["documentReferenceReplacements"] = json!([{
        "oldReferences": [{ "typeCode": "TRD", "reference": "T0" }],
        "newReferences": [{ "typeCode": "TRD", "reference": "T1" }],
    }]);
    let links: Vec<String> = lines(&dcsa(&event)).into_iter().filter(|line| line.contains("\"link\"")).collect();
    assert_eq!(links.len(), 2);
    assert!(links[1].contains(r#""a":{"type":"bol","value":"T0"},"b":{"type":"bol","value":"T1"}"#), "{}", links[1]);
}

#[test]
fn a_milestone_of_equipment_depends_on_load_place_and_movement() {
    let found =
        |code, indicator, facility, movement| milestones(&dcsa(&equipment(code, indicator, facility, movement)));
    let of_container = |milestone: &str| vec![(milestone.to_owned(), "container".to_owned())];
    assert_eq!(found("GTIN", "LADEN", "POTE", "EXPORT"), of_container("picked_up"));
    assert_eq!(found("GTOT", "LADEN", "POTE", "IMPORT"), of_container("out_for_delivery"));
    assert_eq!(found("DROP", "LADEN", "CLOC", "IMPORT"), of_container("delivered"));
    assert_eq!(found("GTIN", "LADEN", "POTE", "TRANSSHIPMENT"), []);
    assert_eq!(found("GTOT", "EMPTY", "DEPO", "EXPORT"), []);
    assert_eq!(found("GTIN", "EMPTY", "DEPO", "IMPORT"), []);
    let mut unsaid = equipment("GTOT", "LADEN", "POTE", "IMPORT");
    unsaid["equipmentDetails"]["emptyIndicatorCode"] = Value::Null;
    assert_eq!(faults(&dcsa(&unsaid)), [("missing_field", "equipmentDetails.emptyIndicatorCode")]);
}

#[test]
fn unknown_codes_are_shown_unless_mapped() {
    let mut event = departure();
    event["eventClassification"]["transportEventTypeCode"] = json!("WARP");
    let place = "eventClassification.transportEventTypeCode";
    assert_eq!(faults(&dcsa(&event)), [("bad_value", place)]);
    let mut mapped = profile("carrier:EXCO");
    let read = |profile: &Profile| decode("dcsa", profile, None, event.to_string().as_bytes());
    mapped.codes.milestones.insert("TRANSPORT:WARP:VESSEL".into(), "departed".into());
    assert_eq!(milestones(&read(&mapped)), [("departed".to_owned(), "booking".to_owned())]);
    mapped.codes.milestones.insert("TRANSPORT:WARP:VESSEL:POTE".into(), "ignore".into());
    assert_eq!((milestones(&read(&mapped)), faults(&read(&mapped))), (vec![], vec![]));
    event["shipmentDetails"]["shipmentReferences"] = json!([{ "typeCode": "QQ", "reference": "1" }]);
    let wrong = dcsa(&event);
    assert!(faults(&wrong).contains(&("bad_value", "shipmentDetails.shipmentReferences[0].typeCode")));
}

#[test]
fn ocean_times_without_a_zone_have_the_partners() {
    let mut event = departure();
    event["eventDateTime"] = json!("2026-01-16T11:30:00");
    assert_eq!(faults(&dcsa(&event)), [("bad_time", "eventDateTime")]);
    let zoned = Profile { time_zone: "Asia/Shanghai".into(), ..profile("carrier:EXCO") };
    let outcomes = decode("dcsa", &zoned, None, event.to_string().as_bytes());
    assert!(lines(&outcomes)[0].contains(r#""at":"2026-01-16T03:30:00Z""#));
}

#[test]
fn names_and_addresses_are_not_carried() {
    assert!(!lines(&dcsa(&departure())).concat().contains("street"));
}

fn wco(response: &str) -> Vec<Outcome> {
    decode("wco", &profile("customs:GB"), None, response.as_bytes())
}

fn answer(function: &str, more: &str) -> String {
    format!(
        "<MetaData><Response><FunctionCode>{function}</FunctionCode><FunctionalReferenceID>r{function}</FunctionalReferenceID>\
         <IssueDateTime><DateTimeString formatCode=\"304\">20260301100000Z</DateTimeString></IssueDateTime>{more}\
         <Declaration><FunctionalReferenceID>L1</FunctionalReferenceID><ID>26GB1</ID><VersionID>1</VersionID></Declaration>\
         </Response></MetaData>"
    )
}

const SATISFACTORY: &str = "<AdditionalInformation><StatementCode>A1</StatementCode></AdditionalInformation>";

#[test]
fn a_release_ends_holds_only_where_the_profile_says_so() {
    let release = answer("08", SATISFACTORY);
    assert_eq!(wco(&release).len(), 1);
    let ends = with_options("customs:GB", &[("control_result", "ends_holds")]);
    let outcomes = decode("wco", &ends, None, release.as_bytes());
    let shown = lines(&outcomes).concat();
    assert_eq!((outcomes.len(), shown.matches("hold_removed").count()), (3, 2));
    assert_eq!(decode("wco", &ends, None, answer("08", "").as_bytes()).len(), 1);
}

#[test]
fn unknown_functions_are_shown_unless_mapped() {
    assert_eq!(faults(&wco(&answer("51", ""))), [("bad_value", "Response.FunctionCode")]);
    let mut mapped = profile("customs:GB");
    mapped.codes.customs_statuses.insert("51".into(), "hold:query".into());
    let outcomes = decode("wco", &mapped, None, answer("51", "").as_bytes());
    assert!(lines(&outcomes)[0].contains(r#""status":"hold","hold_type":"query""#));
    mapped.codes.customs_statuses.insert("51".into(), "ignore".into());
    assert_eq!(decode("wco", &mapped, None, answer("51", "").as_bytes()), []);
}

#[test]
fn a_tax_notice_replaces_the_lines_as_filed_unless_it_is_ignored() {
    let examples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/partners/examples");
    let sample = |name: &str| {
        let path = examples.join("customs-authority/samples").join(name);
        std::fs::read(&path).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()))
    };
    let (filed, notice) = (sample("1-declaration.xml"), sample("3-tax-notice.xml"));
    let mut ignores = profile("customs:GB");
    ignores.codes.customs_statuses.insert("13".into(), "ignore".into());
    // What is in force of a line: its commodity, whether it names an order line, its duty.
    let line = |profile: &Profile| {
        let outcomes: Vec<Outcome> = [&notice, &filed].map(|it| decode("wco", profile, None, it)).concat();
        let declarations = in_force(&outcomes).into_values().filter_map(|event| match event.body {
            Body::Document(Document::Declaration(it)) => Some(it),
            _ => None,
        });
        let lines: Vec<_> = declarations.flat_map(|it| it.lines).collect();
        assert_eq!(lines.len(), 1);
        (lines[0].hs_code.to_string(), lines[0].order_line().is_some(), lines[0].duty)
    };
    assert_eq!(line(&profile("customs:GB")), ("unknown".to_owned(), false, 33_750));
    assert_eq!(line(&ignores), ("85101000".to_owned(), true, 0));
}

#[test]
fn entities_and_deep_nesting_are_refused() {
    let bomb = "<!DOCTYPE a [<!ENTITY x \"xxxxxxxx\"><!ENTITY y \"&x;&x;&x;\">]><MetaData>&y;</MetaData>";
    assert_eq!(faults(&wco(bomb)), [("not_json", "")]);
    let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert_eq!(faults(&wco(&deep)), [("bad_value", "")]);
    let hidden = format!("<a x='>'><!-- > -->{}", "<a y=\"/>\">".repeat(90_000));
    assert_eq!(faults(&wco(&hidden)), [("bad_value", "")]);
    assert_eq!(faults(&wco("<MetaData>")), [("not_json", "")]);
    assert_eq!(faults(&wco("<Invoice/>")), [("unknown_type", "Invoice")]);
    let large = format!("<MetaData>{}</MetaData>", " ".repeat(1 << 20));
    assert_eq!(faults(&wco(&large)), [("too_large", "")]);
}

#[test]
fn a_declaration_is_linked_by_the_one_document_that_names_its_shipment() {
    let declaration = |documents: &str| {
        format!(
            "<MetaData><Declaration><FunctionCode>9</FunctionCode><FunctionalReferenceID>L1</FunctionalReferenceID>\
             <TypeCode>IMA</TypeCode><GoodsShipment><GovernmentAgencyGoodsItem><SequenceNumeric>1</SequenceNumeric>{documents}\
             <Commodity><Classification><ID>85109000</ID></Classification><InvoiceLine>\
             <ItemChargeAmount currencyID=\"GBP\">10.5</ItemChargeAmount></InvoiceLine></Commodity>\
             </GovernmentAgencyGoodsItem></GoodsShipment></Declaration></MetaData>"
        )
    };
    let document = |kind: &str, id: &str, line: &str| {
        format!("<PreviousDocument><ID>{id}</ID><TypeCode>{kind}</TypeCode>{line}</PreviousDocument>")
    };
    let one = wco(&declaration(&document("705", "BL1", "")));
    assert_eq!(faults(&one), []);
    assert_eq!(one.len(), 2);
    let two = wco(&declaration(&format!("{}{}", document("705", "BL1", ""), document("714", "HBL1", ""))));
    assert_eq!(two.len(), 1);
    let ordered = wco(&declaration(&document("220", "PO1", "<LineNumeric>3</LineNumeric>")));
    assert!(lines(&ordered)[0].contains(r#""order_id":"PO1","order_line_no":3"#), "{}", lines(&ordered)[0]);
    let refused = with_options("customs:GB", &[("undated", "refuse")]);
    let outcomes = decode("wco", &refused, None, declaration("").as_bytes());
    assert_eq!(faults(&outcomes), [("missing_field", "Declaration.IssueDateTime")]);
    let dated = with_options("customs:GB", &[("time_header", "h")]);
    let outcomes = decode("wco", &dated, None, declaration("").as_bytes());
    assert_eq!(faults(&outcomes), [("bad_time", "time of filing")], "the header is no time");
}

#[test]
fn profiles_are_checked_before_any_record() {
    let refused = |format: &str, profile: &Profile, mapping: Option<&str>| decoder(format, profile, mapping).err();
    let good = profile("x");
    assert!(matches!(refused("morse", &good, None), Some(ProfileError::UnknownFormat { .. })));
    assert_eq!(refused("dcsa", &profile(" "), None), Some(ProfileError::NoSource));
    assert!(matches!(
        refused("dcsa", &with_options("x", &[("a", "b")]), None),
        Some(ProfileError::UnknownOption { .. })
    ));
    let zone = Profile { time_zone: "Mars".into(), ..good.clone() };
    assert_eq!(refused("wco", &zone, None), Some(ProfileError::BadZone("Mars".into())));
    let mut codes = good.clone();
    codes.codes.milestones.insert("A".into(), "arived".into());
    assert!(matches!(refused("dcsa", &codes, None), Some(ProfileError::BadCode { .. })));
    assert!(matches!(refused("jq", &good, None), Some(ProfileError::Mapping { .. })));
    assert!(matches!(refused("ecb", &good, Some(".")), Some(ProfileError::Mapping { .. })));
    assert!(matches!(refused("csv", &good, None), Some(ProfileError::MissingOption { .. })));
}
