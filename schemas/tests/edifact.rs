//! EDIFACT: statuses, invoices, envelopes, acknowledgements.

mod edi;

use edi::{edifact, outcomes, read, unb};
use serde_json::{Value, json};

const PROFILE: &str = r#"{"source":"carrier:MAEU","time_zone":"Europe/Copenhagen"}"#;

fn said(profile: &str, kind: &str, body: &str) -> Vec<Value> {
    read(&edifact(profile), &unb(&[(kind, body)]))
}

fn brief(outcome: &Value) -> String {
    match outcome["type"].as_str() {
        Some(name) => name.to_owned(),
        None => format!("{} {}", outcome["error_code"], outcome["field"]).replace('"', ""),
    }
}

fn told(text: &str) -> Vec<String> {
    read(&edifact(PROFILE), text).iter().map(brief).collect()
}

const STATUS: &str =
    "BGM+23+D1+9'RFF+BM:HEAD'CNI+1+CONS'STS+1+21::6'RFF+BM:INNER'DTM+334:202607151200:203'LOC+175+DKCPH'";

#[test]
fn a_status_is_a_milestone() {
    let outcome = &said(PROFILE, "IFTSTA", STATUS)[0];
    let due = json!({
        "milestone_id": "INNER/21/20260715T1200/DKCPH", "ref": {"type":"bol","value":"INNER"},
        "milestone": "delivered", "classifier": "actual", "at": "2026-07-15T10:00:00Z", "location": "DKCPH",
    });
    assert_eq!(outcome["data"], due);
    assert_eq!(outcome["recorded_at"], "2026-03-01T09:15:00Z");
}

#[test]
fn the_inner_reference_rules_over_the_outer() {
    let value = |body: &str| said(PROFILE, "IFTSTA", body)[0]["data"]["ref"]["value"].clone();
    assert_eq!(value(STATUS), "INNER");
    assert_eq!(value(&STATUS.replace("RFF+BM:INNER'", "")), "CONS");
    assert_eq!(value(&STATUS.replace("RFF+BM:INNER'", "").replace("CNI+1+CONS", "CNI+1")), "HEAD");
    // A container may carry several shipments; it does not rule over the one that is named.
    assert_eq!(value(&STATUS.replace("RFF+BM:INNER'", "EQD+CN+MSKU1234565'")), "CONS");
    let nothing = STATUS.replace("RFF+BM:INNER'", "").replace("CNI+1+CONS", "CNI+1").replace("RFF+BM:HEAD'", "");
    assert_eq!(brief(&said(PROFILE, "IFTSTA", &nothing)[0]), "missing_field UNH 1");
}

#[test]
fn a_time_without_a_zone_needs_the_partners() {
    let no_zone = r#"{"source":"x"}"#;
    assert_eq!(brief(&said(no_zone, "IFTSTA", STATUS)[0]), "bad_time UNH 1 / DTM[1].1:2");
    let zoned = STATUS.replace("202607151200:203", "202607151200?+0200:205");
    assert_eq!(said(no_zone, "IFTSTA", &zoned)[0]["data"]["at"], "2026-07-15T10:00:00Z");
    let timeless = STATUS.replace("DTM+334:202607151200:203'", "");
    assert_eq!(brief(&said(PROFILE, "IFTSTA", &timeless)[0]), "missing_field UNH 1 / STS[1].2:1");
}

#[test]
fn an_expected_time_makes_an_expected_milestone() {
    let outcome = &said(PROFILE, "IFTSTA", &STATUS.replace("DTM+334", "DTM+17"))[0];
    assert_eq!(outcome["data"]["classifier"], "estimated");
    // How sure the qualifier is; what has happened goes before what is expected.
    for (qualifier, classifier) in [("78", "actual"), ("145", "actual"), ("191", "estimated"), ("189", "planned")] {
        let outcome = &said(PROFILE, "IFTSTA", &STATUS.replace("DTM+334", &format!("DTM+{qualifier}")))[0];
        assert_eq!(outcome["data"]["classifier"], classifier, "{qualifier}");
    }
    let both = STATUS.replace("DTM+334", "DTM+76:202607010000:203'DTM+78");
    assert_eq!(said(PROFILE, "IFTSTA", &both)[0]["data"]["at"], "2026-07-15T10:00:00Z");
}

#[test]
fn an_unknown_status_is_shown_unless_the_profile_knows_it() {
    let unknown = &said(PROFILE, "IFTSTA", &STATUS.replace("21::6", "999"))[0];
    assert_eq!(brief(unknown), "bad_value UNH 1 / STS[1].2:1");
    let known = r#"{"source":"x","time_zone":"UTC","codes":{"milestones":{"999":"pod_received"}}}"#;
    assert_eq!(said(known, "IFTSTA", &STATUS.replace("21::6", "999"))[0]["data"]["milestone"], "pod_received");
    let ignored = r#"{"source":"x","codes":{"milestones":{"21":"ignore"}}}"#;
    assert_eq!(said(ignored, "IFTSTA", STATUS), Vec::<Value>::new());
    assert_eq!(brief(&said(PROFILE, "IFTSTA", "BGM+23+D1+9'")[0]), "missing_field UNH 1");
}

#[test]
fn ports_say_milestones_too() {
    let ports = "TDT+20+1'LOC+9+CNSHA'DTM+186:202607010800:203'LOC+11+NLRTM'DTM+132:202607200600:203'";
    let outcomes = said(PROFILE, "IFTSTA", &format!("{STATUS}{ports}"));
    let shown = |outcome: &Value| format!("{} {}", outcome["data"]["milestone"], outcome["data"]["classifier"]);
    let shown: Vec<String> = outcomes.iter().map(|outcome| shown(outcome).replace('"', "")).collect();
    assert_eq!(shown, ["delivered actual", "departed actual", "arrived estimated"]);
    let call = STATUS.replace("21::6", "VA").replace("LOC+175", "LOC+13");
    assert_eq!(said(PROFILE, "IFTSTA", &call), Vec::<Value>::new());
}

#[test]
fn a_cancelled_status_is_withdrawn() {
    let outcome = &said(PROFILE, "IFTSTA", &STATUS.replace("D1+9", "D1+1"))[0];
    assert_eq!((&outcome["retracted"], &outcome["revision"]), (&json!(true), &json!(1)));
    assert_eq!(outcome["data"], json!({"milestone_id": "INNER/21/20260715T1200/DKCPH"}));
}

#[test]
fn customs_statuses_name_their_declaration() {
    let hold = STATUS.replace("21::6", "PA").replace("RFF+BM:INNER'", "RFF+ABT:26DK7'");
    let outcome = &said(PROFILE, "IFTSTA", &hold)[0];
    assert_eq!((&outcome["type"], &outcome["data"]["declaration_id"]), (&json!("customs_status"), &json!("26DK7")));
    let released = said(PROFILE, "IFTSTA", &STATUS.replace("21::6", "CT"));
    assert_eq!(released[1]["data"]["milestone"], "customs_released");
}

const INVOICE: &str = "BGM+380+I1+9'DTM+137:20260301:102'RFF+BM:BL?'1'NAD+SU+MAEU::92++A?+B'CUX+2:EUR:4'ALC+C++++FUE'MOA+8:10,50'\
                       ALC+A++++DIS'MOA+8:1.00'LIN+1++BAS:SA'MOA+203:100.00'RFF+BN:BK1'LIN+2++DOC'MOA+203:25'UNS+S'\
                       MOA+77:160.05:EUR'TAX+7+VAT+++:::19'MOA+124:25.55'";

#[test]
fn an_invoice_is_read() {
    let due = json!({
        "issuer": "MAEU", "invoice_no": "I1", "kind": "invoice", "currency": "EUR", "issued_on": "2026-03-01",
        "refs": [{"type":"bol","value":"BL'1"}], "total": "160.05", "lines": [
            {"line_no": 1, "code": "FSC", "amount": "10.50"}, {"line_no": 2, "code": "DIS", "amount": "-1.00"},
            {"line_no": 3, "code": "FRT", "amount": "100.00", "refs": [{"type":"booking","value":"BK1"}]},
            {"line_no": 4, "code": "DOC", "amount": "25.00"}, {"line_no": 5, "code": "VAT", "amount": "25.55"},
        ],
    });
    assert_eq!(said(PROFILE, "INVOIC", INVOICE)[0]["data"], due);
    assert_eq!(
        brief(&said(PROFILE, "INVOIC", &INVOICE.replace("160.05", "160.06"))[0]),
        "total_mismatch UNH 1 / MOA[5].1:2"
    );
    let mixed = INVOICE.replace("203:100.00", "203:100.00:USD");
    assert_eq!(brief(&said(PROFILE, "INVOIC", &mixed)[0]), "bad_value UNH 1 / MOA[3].1:3");
    assert_eq!(brief(&said(PROFILE, "INVOIC", "BGM+380+I1+9'")[0]), "missing_field UNH 1");
}

#[test]
fn credits_corrections_and_cancellations_of_invoices() {
    let credit = INVOICE.replace("BGM+380", "BGM+381");
    let data = &said(PROFILE, "INVOIC", &credit)[0]["data"];
    assert_eq!(
        (&data["kind"], &data["total"], &data["lines"][1]["amount"]),
        (&json!("credit"), &json!("-160.05"), &json!("1.00"))
    );
    let written = r#"{"source":"x","options":{"credit_sign":"written"}}"#;
    assert_eq!(said(written, "INVOIC", &credit)[0]["data"]["total"], "160.05");
    let corrected = INVOICE.replace("BGM+380+I1+9", "BGM+384+I2+9").replace("RFF+BM", "RFF+OI:I1'RFF+BM");
    assert_eq!(said(PROFILE, "INVOIC", &corrected)[0]["data"]["replaces"], "I1");
    let altered = r#"{"source":"x","options":{"base_invoice":"^(.+)/[0-9]$"}}"#;
    assert_eq!(said(altered, "INVOIC", &INVOICE.replace("+I1+", "+I1/2+"))[0]["data"]["replaces"], "I1");
    let cancelled = &said(PROFILE, "INVOIC", &INVOICE.replace("+I1+9", "+I1+1"))[0];
    assert_eq!((&cancelled["retracted"], &cancelled["revision"]), (&json!(true), &json!(1)));
    assert_eq!(said(PROFILE, "INVOIC", &INVOICE.replace("+I1+9", "+I1+5"))[0]["revision"], 1);
}

#[test]
fn una_and_line_ends_and_small_letters() {
    let text = unb(&[("IFTSTA", STATUS)]);
    let announced = format!("UNA|*.! ~\r\n{}", text.replace(':', "|").replace('+', "*").replace('\'', "~\r\n"));
    assert_eq!(told(&announced), ["milestone"]);
    assert_eq!(told(&format!("UNA:+.? '{text}")), ["milestone"]);
    assert_eq!(told(&text.replace("STS", "sts").replace("DTM", "dtm")), ["milestone"]);
    assert_eq!(told(&format!("{text}\n{text}")), ["milestone"; 2]);
    let repeats = read(&edifact(PROFILE), &format!("{text}{text}"));
    assert_eq!(repeats[0], repeats[1], "a repeat says the same");
}

#[test]
fn what_an_envelope_does_not_hold_is_told() {
    let text = unb(&[("IFTSTA", STATUS)]);
    assert_eq!(told(&text.replace("UNT+9+1", "UNT+8+1")), ["bad_value UNB 7 / UNH 1 / UNT[1].1", "milestone"]);
    assert_eq!(told(&text.replace("UNT+9+1", "UNT+9+2")), ["bad_value UNB 7 / UNH 1 / UNT[1].2", "milestone"]);
    assert_eq!(told(&text.replace("UNZ+1", "UNZ+2")), ["milestone", "bad_value UNB 7 / UNZ[1].1"]);
    assert_eq!(told(&text.replace("UNZ+1+7", "UNZ+1+8")), ["milestone", "bad_value UNB 7 / UNZ[1].2"]);
    assert_eq!(told(&text.replace("UNZ+1+7'", "")), ["milestone", "missing_field UNB 7 / UNZ"]);
    assert_eq!(told(&text.replace("UNT+9+1'", "")), ["missing_field UNB 7 / UNH 1 / UNT"]);
    assert_eq!(told(""), ["missing_field UNB"]);
    assert_eq!(told("ISA*00*"), ["bad_value UNB"]);
    assert_eq!(told(&format!("rubbish {text}")), ["bad_value UNB", "milestone"]);
    let strict = r#"{"source":"x","time_zone":"UTC","options":{"segment_count":"refuse"}}"#;
    assert_eq!(read(&edifact(strict), &text.replace("UNT+9+1", "UNT+8+1")).len(), 1);
}

#[test]
fn letters_outside_ascii_are_of_the_announced_set() {
    let bytes = |level: &str| {
        let text = unb(&[("IFTSTA", STATUS)]).replace("UNOC", level).replace("INNER", "B_L");
        text.bytes().map(|byte| if byte == b'_' { 0xe9 } else { byte }).collect::<Vec<u8>>()
    };
    let latin = outcomes(&edifact(PROFILE), &bytes("UNOC"));
    assert_eq!(edi::shown(&latin[0])["data"]["ref"]["value"], "BéL");
    assert_eq!(brief(&edi::shown(&outcomes(&edifact(PROFILE), &bytes("UNOA"))[0])), "not_utf8 ");
}

#[test]
fn what_a_partner_refuses_is_an_error_of_ours() {
    let control = |action: &str| format!("UCI+77+US+THEM+7'UCM+1+INVOIC:D:96A:UN+{action}+12'UCS+5'UCD+21+2'");
    assert_eq!(said(PROFILE, "CONTRL", &control("7")), Vec::<Value>::new());
    let refused = &said(PROFILE, "CONTRL", &control("4"))[0];
    assert_eq!(brief(refused), "bad_value UNH 1 / UCM[1].3:1");
    assert_eq!(refused["message"], "the partner refused message 1: UCM+1+INVOIC:D:96A:UN+4+12; UCS+5; UCD+21+2");
    assert_eq!(brief(&said(PROFILE, "CONTRL", "UCI+77+US+THEM+4+2'")[0]), "bad_value UNH 1 / UCI[1].4:1");
    assert_eq!(brief(&said(PROFILE, "IFTMIN", "BGM+610'")[0]), "unknown_type UNH 1 / UNH[1].2:1");
    let ignoring = r#"{"source":"x","options":{"ignore_messages":"iftmin"}}"#;
    assert_eq!(said(ignoring, "IFTMIN", "BGM+610'"), Vec::<Value>::new());
}
