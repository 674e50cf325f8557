//! X12 envelopes: headers, counts, several interchanges, acknowledgements, limits.

mod edi;

use edi::{interchange, outcomes, profile, read, x12};
use landfall_schemas::format::x12::X12;
use serde_json::Value;

const PROFILE: &str = r#"{"source":"carrier:ABCD","time_zone":"UTC"}"#;
const STATUS: &str = "B10*PRO1*BL1*ABCD~AT7*D1*NS***20260715*1630~";

fn said(text: &str) -> Vec<String> {
    read(&x12(PROFILE), text).iter().map(brief).collect()
}

/// The type of an event, or code and field of an error.
fn brief(outcome: &Value) -> String {
    match outcome["type"].as_str() {
        Some(name) => name.to_owned(),
        None => format!("{} {}", outcome["error_code"], outcome["field"]).replace('"', ""),
    }
}

fn one() -> String {
    interchange(&[("214", STATUS)])
}

#[test]
fn line_ends_between_segments_do_not_matter() {
    for text in
        [one(), one().replace('~', "~\r\n"), one().replace('~', "~\n"), one().replace('~', "\n"), one() + "\n\n"]
    {
        assert_eq!(said(&text), ["milestone"], "{text}");
    }
    assert_eq!(said(&one().replace('~', "\r\n")), ["milestone"]);
    assert_eq!(said(&format!("\0{}\r\n\u{1a}{}\u{1a}", one(), one())), ["milestone"; 2]);
    assert_eq!(said(&format!("\u{feff}\n{}", one().to_lowercase())), ["milestone"]);
    assert_eq!(said(&one().replace('*', "|").replace('>', "^")), ["milestone"]);
}

#[test]
fn a_record_may_hold_several_interchanges() {
    assert_eq!(said(&(one() + &one())), ["milestone"; 2]);
    let twice = read(&x12(PROFILE), &(one() + "\r\n" + &one()));
    assert_eq!(twice[0], twice[1], "a repeat says the same");
    let broken = one().replacen("SENDER ", "SENDER", 1);
    assert_eq!(said(&(broken.clone() + &one())), ["bad_value ISA[1].6", "milestone"]);
    assert_eq!(said(&(one() + &broken)), ["milestone", "bad_value ISA[1].6"]);
    assert_eq!(said(&(one() + "rubbish")), ["milestone", "bad_value ISA"]);
}

#[test]
fn what_is_no_interchange_is_refused() {
    assert_eq!(said(""), ["missing_field ISA"]);
    assert_eq!(said(" \r\n"), ["missing_field ISA"]);
    assert_eq!(said("{}"), ["bad_value ISA"]);
    assert_eq!(said("ISA*00*          *00*"), ["bad_value ISA[1].4"]);
    let latin = outcomes(&x12(PROFILE), b"ISA*\xe9");
    assert_eq!(brief(&edi::shown(&latin[0])), "not_utf8 ");
    let large = outcomes(&x12(PROFILE), &vec![b'A'; (1 << 20) + 1]);
    assert_eq!(brief(&edi::shown(&large[0])), "too_large ");
}

#[test]
fn what_an_envelope_does_not_hold_is_told() {
    let with = |from: &str, to: &str| said(&one().replace(from, to));
    let set = "ISA 000000007 / GS 7 / ST 0001";
    assert_eq!(with("SE*4*", "SE*5*"), [format!("bad_value {set} / SE[1].1"), "milestone".into()]);
    assert_eq!(with("SE*4*0001", "SE*4*0002"), [format!("bad_value {set} / SE[1].2"), "milestone".into()]);
    assert_eq!(with("SE*4*0001", "SE*04*1"), ["milestone"]);
    assert_eq!(with("GE*1*7", "GE*2*7"), ["milestone", "bad_value ISA 000000007 / GS 7 / GE[1].1"]);
    assert_eq!(with("GE*1*7", "GE*1*8"), ["milestone", "bad_value ISA 000000007 / GS 7 / GE[1].2"]);
    assert_eq!(with("IEA*1*", "IEA*2*"), ["milestone", "bad_value ISA 000000007 / IEA[1].1"]);
    assert_eq!(with("IEA*1*000000007", "IEA*1*000000008"), ["milestone", "bad_value ISA 000000007 / IEA[1].2"]);
    assert_eq!(with("IEA*1*000000007~", ""), ["milestone", "missing_field ISA 000000007 / IEA"]);
    assert_eq!(with("SE*4*0001~", ""), [format!("missing_field {set} / SE"),]);
}

#[test]
fn a_partner_may_have_its_envelopes_read_strictly_or_not() {
    let strict = r#"{"source":"x","time_zone":"UTC","options":{"segment_count":"refuse"}}"#;
    assert_eq!(read(&x12(strict), &one().replace("SE*4*", "SE*5*")).len(), 1);
    assert_eq!(read(&x12(strict), &one()).len(), 1);
    let lax = r#"{"source":"x","time_zone":"UTC","options":{"control_numbers":"ignore"}}"#;
    let outcomes = read(&x12(lax), &one().replace("SE*4*0001", "SE*4*0002").replace("GE*1*7", "GE*1*8"));
    assert_eq!(outcomes.iter().map(brief).collect::<Vec<_>>(), ["milestone"]);
}

#[test]
fn a_broken_set_leaves_the_others_unharmed() {
    let text = interchange(&[
        ("214", STATUS),
        ("214", "B10*PRO2~AT7*QQ*NS***20260715*1630~"),
        ("322", "Q5*A~"),
        ("214", STATUS),
    ]);
    let due = ["milestone", "bad_value ST 0002 / AT7[1].1", "unknown_type ST 0003 / ST[1].1", "milestone"];
    assert_eq!(said(&text), due);
    let ignoring = r#"{"source":"x","time_zone":"UTC","options":{"ignore_sets":"301, 322"}}"#;
    assert_eq!(read(&x12(ignoring), &interchange(&[("322", "Q5*A~")])), Vec::<Value>::new());
}

#[test]
fn what_a_partner_refuses_is_an_error_of_ours() {
    let accepts = "AK1*PO*7~AK2*850*0001~AK5*A~AK2*850*0002~AK5*E~AK9*A*2*2*2~";
    assert_eq!(said(&interchange(&[("997", accepts)])), Vec::<String>::new());
    let refuses = "AK1*PO*7~AK2*850*0001~AK3*PO1*8**8~AK4*2*330*1~AK5*R*5~AK2*850*0002~AK5*A~AK9*P*2*2*1~";
    let outcomes = read(&x12(PROFILE), &interchange(&[("997", refuses)]));
    assert_eq!(outcomes.iter().map(brief).collect::<Vec<_>>(), ["bad_value ST 0001 / AK5[1].1"]);
    let message = outcomes[0]["message"].as_str().unwrap_or_default();
    assert_eq!(message, "the partner refused set 850 0001 of group PO 7: AK3*PO1*8**8; AK4*2*330*1; AK5*R*5");
    assert_eq!(
        said(&interchange(&[("999", "AK1*PO*7~AK2*850*1~IK5*R*5~AK9*R*1*1*0~")])),
        ["bad_value ST 0001 / IK5[1].1"]
    );
    assert_eq!(said(&interchange(&[("997", "AK1*PO*7~AK9*R*1*1*0*2~")])), ["bad_value ST 0001 / AK9[1].1"]);
    let ta1 = |code: &str| one().replace("GS*IM", &format!("TA1*000000009*260301*1015*{code}*006~GS*IM"));
    assert_eq!(said(&ta1("A")), ["milestone"]);
    assert_eq!(said(&ta1("R")), ["bad_value TA1[1].4", "milestone"]);
}

#[test]
fn an_element_of_no_sensible_length_is_refused() {
    let text = interchange(&[("214", &STATUS.replace("PRO1", &"9".repeat(1001)))]);
    assert_eq!(said(&text), ["too_large ST 0001 / B10[1].1"]);
}

#[test]
fn what_is_wrong_with_a_profile_is_told() {
    let error = |text: &str| X12::new(profile(text)).map(|_| ()).expect_err(text).to_string();
    assert!(error(r#"{"source":"x","options":{"implied_decimals":"many"}}"#).contains("options.implied_decimals"));
    assert!(error(r#"{"source":"x","options":{"base_invoice":"("}}"#).contains("no regular expression"));
    assert!(error(r#"{"source":"x","options":{"base_invoice":"R$"}}"#).contains("no group"));
    assert!(error(r#"{"source":"x","options":{"decimals":"2"}}"#).contains("is not known"));
}
