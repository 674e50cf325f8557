//! 214 and 315: what statuses say, when, and of which shipment; customs holds.

mod edi;

use edi::{interchange, read, x12};
use serde_json::{Value, json};

const PROFILE: &str = r#"{"source":"carrier:ABCD","time_zone":"America/Chicago"}"#;

fn said(profile: &str, id: &str, body: &str) -> Vec<Value> {
    read(&x12(profile), &interchange(&[(id, body)]))
}

fn at7(profile: &str, at7: &str) -> Value {
    let outcomes = said(profile, "214", &format!("B10*PRO1*BL1*ABCD~LX*1~{at7}~MS1*DALLAS*TX*US~"));
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes[0].clone()
}

#[test]
fn a_status_is_a_milestone_of_the_shipment() {
    let outcome = at7(PROFILE, "AT7*D1*NS***20260715*1630*ET");
    let due = json!({
        "milestone_id": "PRO1/D1/20260715T1630/DALLAS, TX, US",
        "ref": {"type": "pro", "value": "PRO1"},
        "milestone": "delivered", "classifier": "actual", "at": "2026-07-15T20:30:00Z",
        "location": "DALLAS, TX, US", "reason": "NS",
    });
    assert_eq!(outcome["data"], due);
    assert_eq!(outcome["occurred_at"], "2026-07-15T20:30:00Z");
    assert_eq!(outcome["recorded_at"], "2026-03-01T16:15:00Z");
}

#[test]
fn letters_mean_another_thing_as_a_reason() {
    // AG is an estimated delivery as a status, and "consignee related" as a reason.
    let estimate = at7(PROFILE, "AT7*AG*NS***20260715*1630*ET");
    assert_eq!(
        (&estimate["data"]["milestone"], &estimate["data"]["classifier"]),
        (&json!("delivered"), &json!("estimated"))
    );
    let attempt = at7(PROFILE, "AT7*AH*AG***20260715*1630*ET");
    assert_eq!((&attempt["data"]["milestone"], &attempt["data"]["reason"]), (&json!("out_for_delivery"), &json!("AG")));
    // AF is a departure as a status, and an accident as a reason.
    let accident = at7(PROFILE, "AT7*X6*AF***20260715*1630*ET");
    assert_eq!(
        (&accident["data"]["milestone"], &accident["data"]["reason"]),
        (&json!("out_for_delivery"), &json!("AF"))
    );
}

#[test]
fn an_appointment_is_a_promise() {
    let outcome = at7(PROFILE, "AT7***AB*NA*20260715*1630*ET");
    assert_eq!(
        (&outcome["data"]["milestone"], &outcome["data"]["classifier"]),
        (&json!("delivered"), &json!("planned"))
    );
}

#[test]
fn a_time_without_a_zone_needs_the_partners() {
    let no_zone = r#"{"source":"x"}"#;
    for code in ["", "*LT", "*lt"] {
        let outcome = at7(no_zone, &format!("AT7*D1*NS***20260715*1630{code}"));
        assert_eq!((&outcome["error_code"], &outcome["field"]), (&json!("bad_time"), &json!("ST 0001 / AT7[1].5")));
        let outcome = at7(PROFILE, &format!("AT7*D1*NS***20260715*1630{code}"));
        assert_eq!(outcome["data"]["at"], "2026-07-15T21:30:00Z");
    }
    assert_eq!(at7(no_zone, "AT7*D1*NS***20260715*1630*PT")["data"]["at"], "2026-07-15T23:30:00Z");
    assert_eq!(at7(no_zone, "AT7*D1*NS***20260715*1630*UT")["data"]["at"], "2026-07-15T16:30:00Z");
    assert_eq!(at7(no_zone, "AT7*D1*NS***20260715*2530*UT")["error_code"], "bad_time");
    assert_eq!(at7(no_zone, "AT7*D1*NS")["error_code"], "missing_field");
}

#[test]
fn an_unknown_status_is_shown_unless_the_profile_knows_it() {
    let unknown = at7(PROFILE, "AT7*Q9*NS***20260715*1630*ET");
    assert_eq!((&unknown["error_code"], &unknown["field"]), (&json!("bad_value"), &json!("ST 0001 / AT7[1].1")));
    assert!(unknown["message"].as_str().is_some_and(|message| message.contains("\"Q9\"")), "{unknown}");
    let known = r#"{"source":"x","codes":{"milestones":{"q9":"pod_received","D1":"arrived:estimated"}}}"#;
    assert_eq!(at7(known, "AT7*Q9*NS***20260715*1630*ET")["data"]["milestone"], "pod_received");
    assert_eq!(at7(known, "AT7*D1*NS***20260715*1630*ET")["data"]["classifier"], "estimated");
    let ignored = r#"{"source":"x","codes":{"milestones":{"Q9":"ignore"}}}"#;
    assert_eq!(said(ignored, "214", "B10*PRO1*BL1*ABCD~LX*1~AT7*Q9*NS***20260715*1630*ET~"), Vec::<Value>::new());
}

#[test]
fn references_of_a_loop_rule_over_the_headers() {
    let body = "B10*PRO1*BL1*ABCD~L11*T9*2I~LX*1~AT7*D1*NS***20260715*1630*ET~L11*DO7*DO~LX*2~AT7*D1*NS***20260715*1630*ET~L11*P7*PO~";
    let outcomes = said(PROFILE, "214", body);
    let refs: Vec<_> = outcomes.iter().map(|outcome| outcome["data"]["ref"]["value"].as_str().unwrap_or("-")).collect();
    assert_eq!(refs, ["DO7", "T9"]);
    let lost = said(PROFILE, "214", "B10***ABCD~LX*1~AT7*D1*NS***20260715*1630*ET~");
    assert_eq!((&lost[0]["error_code"], &lost[0]["field"]), (&json!("missing_field"), &json!("ST 0001")));
    assert_eq!(said(PROFILE, "214", "B10*PRO1*BL1*ABCD~")[0]["error_code"], "missing_field");
}

#[test]
fn small_letters_and_missing_loops_are_read() {
    let outcomes = said(PROFILE, "214", "b10*PRO1*BL1*ABCD~at7*d1*ns***20260715*1630*et~ms1*DALLAS*TX*US~");
    assert_eq!(outcomes[0]["data"]["milestone"], "delivered");
    assert_eq!(outcomes[0]["data"]["at"], "2026-07-15T20:30:00Z");
}

fn b4(status: &str, references: &str) -> Vec<Value> {
    said(PROFILE, "315", &format!("B4***{status}*20260715*1200**MSKU*123456*L*45G1*NLRTM*UN*5~{references}"))
}

#[test]
fn customs_holds_are_customs_statuses() {
    let hold = &b4("PA", "N9*TN*ENTRY 7~N9*BM*BL1~")[0];
    let due = json!({
        "status_id": "ENTRY 7/PA/20260715T1200/NLRTM", "declaration_id": "ENTRY 7", "status": "hold",
        "hold_type": "customs", "at": "2026-07-15T17:00:00Z", "reason": "PA",
    });
    assert_eq!((&hold["type"], &hold["data"]), (&json!("customs_status"), &due));
    let removed = &b4("HR", "N9*TN*ENTRY 7~")[0]["data"];
    assert_eq!((&removed["status"], &removed["hold_type"]), (&json!("hold_removed"), &json!("customs")));
    assert_eq!(b4("PL", "N9*BM*BL1~")[0]["data"]["hold_type"], "agriculture");
    assert_eq!(b4("PL", "N9*BM*BL1~")[0]["data"]["declaration_id"], "BL1");
    assert_eq!(b4("PA", "")[0]["error_code"], "missing_field");
}

#[test]
fn a_release_is_also_the_carriers_milestone() {
    let outcomes = b4("CT", "N9*TN*ENTRY7~N9*BM*BL1~");
    assert_eq!((&outcomes[0]["type"], &outcomes[0]["data"]["status"]), (&json!("customs_status"), &json!("released")));
    assert_eq!(outcomes[1]["data"]["milestone"], "customs_released");
    assert_eq!(outcomes[1]["data"]["ref"], json!({"type":"bol","value":"BL1"}));
    let outcomes = b4("CT", "");
    assert_eq!(outcomes.len(), 1);
    assert_eq!(outcomes[0]["data"]["ref"], json!({"type":"container","value":"MSKU1234565"}));
}

#[test]
fn a_profile_says_what_customs_codes_mean() {
    let profile = r#"{"source":"x","time_zone":"UTC","codes":{"customs_statuses":{"7H":"hold:exam","PA":"ignore"}},
        "options":{"declaration_reference":"CE,XY"}}"#;
    let of = |status: &str| said(profile, "315", &format!("B4***{status}*20260715*1200~N9*XY*E1~"));
    assert_eq!(of("7H")[0]["data"]["hold_type"], "exam");
    assert_eq!(of("PA"), Vec::<Value>::new());
}

#[test]
fn a_call_at_a_port_of_transhipment_is_no_arrival() {
    let ports = "R4*L*UN*BRSSZ~DTM*140*20260701*0800*UT~R4*T*UN*NLRTM~DTM*140*20260715*1200*UT~R4*D*UN*SEGOT~DTM*139*20260720*0600*UT~";
    let said_of = |outcomes: Vec<Value>| -> Vec<String> {
        let shown = |outcome: &Value| {
            let data = &outcome["data"];
            format!("{} {} {}", data["milestone"], data["classifier"], data["at"]).replace('"', "")
        };
        outcomes.iter().map(shown).collect()
    };
    let known = ["departed actual 2026-07-01T08:00:00Z", "arrived estimated 2026-07-20T06:00:00Z"];
    assert_eq!(said_of(b4("VA", &format!("N9*BM*BL1~{ports}"))), known);
    let there = said_of(b4("VA", &format!("N9*BM*BL1~{}", ports.replace("R4*T", "R4*D"))));
    assert_eq!(there[0], "arrived actual 2026-07-15T17:00:00Z");
    let ours = r#"{"source":"x","time_zone":"UTC","codes":{"milestones":{"VA":"arrived"}}}"#;
    let body = format!("B4***VA*20260715*1200**MSKU*123456*L*45G1*NLRTM*UN*5~N9*BM*BL1~{ports}");
    assert_eq!(said_of(said(ours, "315", &body))[0], "arrived actual 2026-07-15T12:00:00Z");
}
