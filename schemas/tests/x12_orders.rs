//! 850 and 856: orders, ship notices, and the links that these make.

mod edi;

use edi::{interchange, read, x12};
use serde_json::{Value, json};

const PROFILE: &str = r#"{"source":"erp:na","region":"NA","time_zone":"UTC"}"#;

fn said(profile: &str, id: &str, body: &str) -> Vec<Value> {
    read(&x12(profile), &interchange(&[(id, body)]))
}

const ORDER: &str = "BEG*00*SA*PO1**20260301~CUR*BY*USD~N1*BY*BUYER INC*92*B1~N1*SU*SUPPLIER*92*S1~FOB*CC***01*FCA~\
                     PO1*10*5*EA*2.5**BP*SKU1*CH*CN~PID*F****WIDGET~PO1*20*7*CT*3**VP*V2~";

#[test]
fn an_order_is_read() {
    let profile = r#"{"source":"erp:na","region":"NA","codes":{"units":{"CT":"CTN"}}}"#;
    let data = &said(profile, "850", ORDER)[0]["data"];
    let due = json!({
        "order_id": "PO1", "buyer": "B1", "supplier": "S1", "incoterm": "FCA", "currency": "USD",
        "ordered_on": "2026-03-01", "region": "NA", "status": "open", "lines": [
            {"line_no": 10, "sku": "SKU1", "description": "WIDGET", "origin_country": "CN", "quantity": "5",
             "unit": "EA", "unit_price": "2.5"},
            {"line_no": 20, "sku": "V2", "quantity": "7", "unit": "CTN", "unit_price": "3"},
        ],
    });
    assert_eq!(data, &due);
}

#[test]
fn the_supplier_is_the_orders_else_the_profiles() {
    let profile = r#"{"source":"erp:na","region":"NA","partner":"S9"}"#;
    assert_eq!(said(profile, "850", ORDER)[0]["data"]["supplier"], "S1");
    assert_eq!(said(profile, "850", &ORDER.replace("N1*SU", "N1*ZZ"))[0]["data"]["supplier"], "S9");
}

#[test]
fn purposes_and_releases_of_orders() {
    let cancelled = &said(PROFILE, "850", &ORDER.replace("BEG*00", "BEG*01"))[0];
    assert_eq!((&cancelled["revision"], &cancelled["data"]["status"]), (&json!(1), &json!("cancelled")));
    assert_eq!(said(PROFILE, "850", &ORDER.replace("BEG*00", "BEG*05"))[0]["revision"], 1);
    let release = &said(PROFILE, "850", &ORDER.replace("PO1**2026", "PO1*7*2026"))[0];
    assert_eq!(release["data"]["order_id"], "PO1-7");
}

#[test]
fn a_price_of_a_hundred_is_a_hundredth_each() {
    let price = |po1: &str| {
        let order = ORDER.replace("PO1*10*5*EA*2.5**", &format!("PO1*10*5*{po1}*"));
        said(PROFILE, "850", &order)[0]["data"]["lines"][0]["unit_price"].as_str().map(str::to_owned)
    };
    for (po1, unit_price) in [
        ("EA*2.5*PE", "2.5"),
        ("EA*2.5*HP", "0.025"),
        ("EA*2.5*hp", "0.025"),
        ("EA*2.5*TP", "0.0025"),
        ("EA*2.5*PD", "0.2083333333"),
        ("DZ*2.5*PD", "2.5"),
        ("HU*2.5*HP", "2.5"),
        ("EA*2.5*CA", "2.5"),
    ] {
        assert_eq!(price(po1).as_deref(), Some(unit_price), "{po1}");
    }
    let wrong = &said(PROFILE, "850", &ORDER.replace("EA*2.5*", "EA*dear*HP"))[0];
    assert_eq!((&wrong["error_code"], &wrong["field"]), (&json!("bad_value"), &json!("ST 0001 / PO1[1].4")));
}

#[test]
fn faults_of_orders_are_told_at_their_place() {
    let error = |body: &str| {
        let outcome = said(PROFILE, "850", body)[0].clone();
        format!("{} {}", outcome["error_code"], outcome["field"]).replace('"', "")
    };
    assert_eq!(error(&ORDER.replace("PO1*20*7", "PO1*20*-7")), "bad_value ST 0001 / PO1[2].2");
    assert_eq!(error(&ORDER.replace("PO1*20*7", "PO1*X*7")), "bad_value ST 0001 / PO1[2].1");
    assert_eq!(error(&ORDER.replace("PO1*20*7", "PO1*10*7")), "duplicate_line ST 0001 / PO1[2].1");
    assert_eq!(error(&ORDER.replace("USD", "USX")), "bad_value ST 0001 / CUR[1].2");
    assert_eq!(error("BEG*00*SA*PO1**20260301~CUR*BY*USD~"), "missing_field ST 0001");
}

const NOTICE: &str = "BSN*00*SHIP1*20260301*1200~HL*1**S~TD5**2*ABCD*M~REF*BM*BL1~REF*CN*PRO1~REF*PO*PO1~\
                      N1*SF*JOHN SMITH~N3*1 STREET~N4*DALLAS*TX*75001*US~N1*ST*PLANT~N4*RENO*NV~\
                      HL*2*1*O~PRF*PO1~HL*3*2*P~MAN*CP*1Z1808WW0473048017~HL*4*3*I~LIN*1*BP*SKU1~SN1**3*EA~\
                      HL*5*1*O~PRF*PO2*7~HL*6*5*I~LIN**BP*SKU2*PL*20~SN1**4*EA~";

#[test]
fn a_ship_notice_is_a_shipment_and_links() {
    let outcomes = said(PROFILE, "856", NOTICE);
    let asn = json!({"type":"asn","value":"SHIP1"});
    let names = json!([asn, {"type":"bol","value":"BL1"}, {"type":"pro","value":"PRO1"},
                       {"type":"tracking","value":"1Z1808WW0473048017"}]);
    let due = json!({
        "shipment_id": "SHIP1", "carrier": "ABCD", "mode": "road", "origin": "DALLAS, TX, US", "destination": "RENO, NV",
        "region": "NA", "status": "active", "identifiers": names, "contents": [
            {"order_id": "PO1", "line_no": 1, "quantity": "3"}, {"order_id": "PO2-7", "line_no": 20, "quantity": "4"},
        ],
    });
    assert_eq!(outcomes[0]["data"], due);
    let links: Vec<_> = outcomes[1..].iter().map(|link| (&link["data"]["a"], &link["data"]["b"]["value"])).collect();
    assert_eq!(links, [(&asn, &json!("BL1")), (&asn, &json!("PRO1")), (&asn, &json!("1Z1808WW0473048017"))]);
    assert_eq!(outcomes[1]["data"]["link_id"], "SHIP1/bol:BL1");
}

#[test]
fn names_and_streets_are_not_carried() {
    let all = said(PROFILE, "856", NOTICE).iter().map(Value::to_string).collect::<String>();
    for private in ["SMITH", "STREET", "75001"] {
        assert!(!all.contains(private), "{private}");
    }
}

#[test]
fn a_cancelled_notice_withdraws_what_it_said() {
    let outcomes = said(PROFILE, "856", &NOTICE.replace("BSN*00", "BSN*01"));
    assert_eq!(outcomes.len(), 4);
    assert!(outcomes.iter().all(|outcome| outcome["retracted"] == true && outcome["revision"] == 1), "{outcomes:?}");
    let links = r#"{"source":"erp:na","options":{"ship_notice":"links"}}"#;
    assert!(said(links, "856", NOTICE).iter().all(|outcome| outcome["type"] == "link"));
}

#[test]
fn an_item_needs_the_number_of_its_order_line() {
    let body = NOTICE.replace("LIN*1*BP", "LIN**BP");
    let outcome = &said(PROFILE, "856", &body)[0];
    assert_eq!((&outcome["error_code"], &outcome["field"]), (&json!("missing_field"), &json!("ST 0001 / LIN[1].1")));
    let counted = r#"{"source":"erp:na","region":"NA","options":{"item_numbers":"counted"}}"#;
    assert_eq!(said(counted, "856", &body)[0]["data"]["contents"][0]["line_no"], 1);
}
