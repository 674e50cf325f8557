//! 210 and 310: amounts, currencies, corrections, references, totals.

mod edi;

use edi::{interchange, read, x12};
use serde_json::{Value, json};

const PROFILE: &str = r#"{"source":"carrier:ABCD","time_zone":"America/Chicago"}"#;

/// What the partner with this profile says in one set.
fn said(profile: &str, id: &str, body: &str) -> Vec<Value> {
    read(&x12(profile), &interchange(&[(id, body)]))
}

fn with_options(options: &str) -> String {
    format!(r#"{{"source":"carrier:ABCD","options":{options}}}"#)
}

fn error(outcomes: &[Value]) -> String {
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    format!("{} {}", outcomes[0]["error_code"].as_str().unwrap_or("ok"), outcomes[0]["field"].as_str().unwrap_or("-"))
}

fn amounts(outcome: &Value) -> Vec<&str> {
    let lines = outcome["data"]["lines"].as_array().unwrap_or_else(|| panic!("{outcome}"));
    lines.iter().map(|line| line["amount"].as_str().unwrap_or_default()).collect()
}

#[test]
fn amounts_have_two_implied_decimals_unless_a_point_is_written() {
    let body =
        "B3**I1*BL1*PP**20260301*11050****ABCD~C3*USD~LX*1~L1*1***10000****400~L1*1***10.50****FUE~L3*****110.50~";
    let outcome = &said(PROFILE, "210", body)[0];
    assert_eq!(amounts(outcome), ["100.00", "10.50"]);
    assert_eq!(outcome["data"]["total"], "110.50");
}

#[test]
fn a_partner_may_write_amounts_as_they_are() {
    let body = "B3**I1*BL1*PP**20260301*110****ABCD~C3*USD~L1*1***100****400~L1*1***10****FUE~";
    for (option, due) in [("false", ["100.00", "10.00"]), ("0", ["100.00", "10.00"]), ("2", ["1.00", "0.10"])] {
        let profile = with_options(&format!(r#"{{"implied_decimals":"{option}"}}"#));
        assert_eq!(amounts(&said(&profile, "210", body)[0]), due, "{option}");
    }
}

#[test]
fn charges_must_make_up_both_totals() {
    let body = |due: &str, summary: &str| {
        format!("B3**I1*BL1*PP**20260301*{due}****ABCD~C3*USD~L1*1***10000****400~L3*****{summary}~")
    };
    assert!(said(PROFILE, "210", &body("10000", "10000"))[0]["data"].is_object());
    assert_eq!(error(&said(PROFILE, "210", &body("10001", ""))), "total_mismatch ST 0001 / B3[1].7");
    assert_eq!(error(&said(PROFILE, "210", &body("", "9999"))), "total_mismatch ST 0001 / L3[1].5");
    assert_eq!(error(&said(PROFILE, "210", &body("10000", "9999"))), "total_mismatch ST 0001 / L3[1].5");
    assert_eq!(error(&said(PROFILE, "210", &body("00", ""))), "total_mismatch ST 0001 / B3[1].7");
}

#[test]
fn a_rated_bill_of_lading_says_no_amount_due() {
    let body = "B3*3*I1*BL1*MX**20260301*00****ABCD~C3*USD~L1*1***10000****BAS~";
    let outcome = &said(PROFILE, "310", body)[0];
    assert_eq!(amounts(outcome), ["100.00"]);
    assert!(outcome["data"]["total"].is_null());
}

#[test]
fn a_fault_is_told_at_segment_and_element() {
    let body = "B3**I1*BL1*PP**20260301*****ABCD~C3*USD~L1*1***100****400~L1*1***12A****FUE~";
    let outcomes = said(PROFILE, "210", body);
    assert_eq!(error(&outcomes), "bad_value ST 0001 / L1[2].4");
    assert!(outcomes[0]["message"].as_str().is_some_and(|text| text.starts_with("data.lines[1].amount: \"12A\"")));
    let body = "B3**I1*BL1*PP**20260230*****ABCD~C3*USD~L1*1***100****400~";
    assert_eq!(error(&said(PROFILE, "210", body)), "bad_value ST 0001 / B3[1].6");
    let body = "B3***BL1*PP**20260301*****ABCD~C3*USD~L1*1***100****400~";
    assert_eq!(error(&said(PROFILE, "210", body)), "missing_field ST 0001 / B3[1].2");
    assert_eq!(error(&said(PROFILE, "210", "C3*USD~L1*1***100****400~")), "missing_field ST 0001");
}

#[test]
fn a_charge_has_a_currency_of_its_own() {
    let body = "B3**I1*BL1*PP**20260301*****ABCD~L1*1***10000****BAS~C3*USD~L1*2***5000****THC~C3*USD~";
    let outcomes = said(PROFILE, "310", body);
    assert_eq!((outcomes.len(), &outcomes[0]["data"]["currency"]), (1, &json!("USD")));
    let body = "B3**I1*BL1*PP**20260301*10000****ABCD~C3*USD~L1*1***10000****BAS~L1*2***5000****THC~C3*EUR~";
    let outcomes = said(PROFILE, "310", body);
    let parts: Vec<_> = outcomes.iter().map(|outcome| (&outcome["data"]["invoice_no"], amounts(outcome))).collect();
    assert_eq!(parts, [(&json!("I1"), vec!["100.00"]), (&json!("I1-EUR"), vec!["50.00"])]);
    assert_eq!(outcomes[1]["data"]["currency"], "EUR");
    let none = "B3**I1*BL1*PP**20260301*****ABCD~L1*1***10000****BAS~";
    assert_eq!(error(&said(PROFILE, "310", none)), "missing_field ST 0001 / L1[1]");
    let usd = with_options(r#"{"currency":"USD"}"#);
    assert_eq!(said(&usd, "310", none)[0]["data"]["currency"], "USD");
}

fn corrected(options: &str, number: &str, indicator: &str) -> Vec<Value> {
    let body = format!("B3**{number}*BL1*PP**20260301*10000*{indicator}***ABCD~C3*USD~L1*1***10000****400~");
    said(&with_options(options), "210", &body)
}

#[test]
fn a_correction_is_a_newer_revision_of_the_same_number() {
    assert_eq!(corrected("{}", "I1", "")[0]["revision"], Value::Null);
    for indicator in ["CO", "RB", "RC"] {
        let outcome = &corrected("{}", "I1", indicator)[0];
        assert_eq!((&outcome["revision"], &outcome["data"]["invoice_no"]), (&json!(1), &json!("I1")), "{indicator}");
        assert_eq!(outcome["data"]["replaces"], Value::Null);
    }
}

#[test]
fn a_rebill_under_an_altered_number_replaces_its_base() {
    let rule = r#"{"base_invoice":"^(.+)R[0-9]$"}"#;
    for indicator in ["RB", "CO", ""] {
        let outcome = &corrected(rule, "I1R1", indicator)[0];
        assert_eq!(outcome["data"]["invoice_no"], "I1R1");
        assert_eq!(outcome["data"]["replaces"], "I1", "{indicator}");
    }
    assert_eq!(corrected(rule, "I1", "")[0]["data"]["replaces"], Value::Null);
}

#[test]
fn a_cancellation_withdraws_the_invoice_whenever_it_comes() {
    let outcomes = corrected("{}", "I1", "CA");
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0]["retracted"], true);
    // Above the original's revision, so that it wins also where it comes before it.
    assert_eq!(outcomes[0]["revision"], 1);
    assert_eq!(outcomes[0]["data"], json!({ "issuer": "ABCD", "invoice_no": "I1" }));
    let altered = corrected(r#"{"base_invoice":"^(.+)C$"}"#, "I1C", "CA");
    let numbers: Vec<_> = altered.iter().map(|outcome| &outcome["data"]["invoice_no"]).collect();
    assert_eq!(numbers, ["I1C", "I1"]);
}

#[test]
fn a_balance_due_stands_beside_the_original() {
    let outcome = &corrected("{}", "I1", "BD")[0];
    assert_eq!(outcome["data"]["invoice_no"], "I1-ADD-20260301");
    assert_eq!(outcome["data"]["replaces"], Value::Null);
    let outcome = &corrected(r#"{"base_invoice":"^(.+)B$"}"#, "I1B", "BD")[0];
    assert_eq!(outcome["data"]["invoice_no"], "I1B");
    assert_eq!(outcome["data"]["replaces"], Value::Null);
}

#[test]
fn a_negative_invoice_is_a_credit() {
    let body = "B3**I1*BL1*PP**20260301*-10000****ABCD~C3*USD~L1*1***-10000****400~";
    assert_eq!(said(PROFILE, "210", body)[0]["data"]["kind"], "credit");
}

#[test]
fn charge_codes_are_the_profiles_then_the_standards_then_as_written() {
    let body = "B3**I1*BL1*PP**20260301*****ABCD~C3*USD~L1*1***1****400~L1*1***1****FUE~L1*1***1****Q7x~L1*1***1~L1*1***1****LFT~";
    let profile = r#"{"source":"x","codes":{"charges":{"LFT":"ACC","FUE":"FUEL"}}}"#;
    let outcome = &said(profile, "210", body)[0];
    let lines = outcome["data"]["lines"].as_array().cloned().unwrap_or_default();
    let codes: Vec<_> = lines.iter().map(|line| line["code"].as_str().unwrap_or_default()).collect();
    assert_eq!(codes, ["FRT", "FUEL", "Q7x", "FRT", "ACC"]);
}

#[test]
fn references_of_a_loop_stand_in_place_of_the_headers() {
    let body = "B3**I1*BL1*PP**20260301*****ABCD~C3*USD~N9*CN*PRO1~N9*ZZ*X~LX*1~L11*PRO2*CN~L1*1***1****400~LX*2~N9*PO*P7~L1*2***1****400~LX*3~N9*CN*0000~L1*3***1****400~";
    let data = &said(PROFILE, "210", body)[0]["data"];
    let bol = json!({"type":"bol","value":"BL1"});
    assert_eq!(data["refs"], json!([{"type":"pro","value":"PRO1"}, bol]));
    assert_eq!(data["lines"][0]["refs"], json!([{"type":"pro","value":"PRO2"}]));
    // A group of shipments does not hide the one that the header names.
    assert_eq!(data["lines"][1]["refs"], Value::Null);
    assert_eq!(data["lines"][2]["refs"], Value::Null);
}

#[test]
fn a_partner_may_call_its_references_what_they_are() {
    let options = r#"{"reference.CR":"load","reference.B3-03":"shipment","reference.cn":"ignore"}"#;
    let body = "B3**I1*S1*PP**20260301*****ABCD~C3*USD~N9*CR*L1~N9*CN*PRO1~L1*1***1****400~";
    let data = &said(&with_options(options), "210", body)[0]["data"];
    assert_eq!(data["refs"], json!([{"type":"load","value":"L1"},{"type":"shipment","value":"S1"}]));
}

#[test]
fn the_partners_code_stands_above_the_messages() {
    let profile = r#"{"source":"x","partner":"CARRIER-9"}"#;
    let body = "B3**I1*S1*PP**20260301*****ABCD~C3*USD~L0*1***100*G******L~L1*1***1****400~";
    let data = &said(profile, "210", body)[0]["data"];
    assert_eq!(data["issuer"], "CARRIER-9");
    assert_eq!(data["lines"][0]["weight_kg"], "45.359237");
}
