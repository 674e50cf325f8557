//! Values that a person writes.

use landfall::cli::values::{days, decimal, hours, time};
use landfall_schemas::Decimal;

#[test]
fn times_have_a_zone_or_are_dates() {
    let shown = |text| time(text).map(|at| at.to_string());
    assert_eq!(shown("2026-03-20").unwrap(), "2026-03-20T00:00:00Z");
    assert_eq!(shown("2026-03-20T01:00:00+02:00").unwrap(), "2026-03-19T23:00:00Z");
    assert_eq!(shown("2026-03-20T00:00:00.1239Z").unwrap(), "2026-03-20T00:00:00.123Z");
    for wrong in ["", "2026-03-20T00:00:00", "2026-02-30", "20.3.2026", "tomorrow", "1969-12-31", "9999-01-01"] {
        assert!(time(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn numbers_are_read_exactly() {
    let shown = |text| decimal(text).map(|number| number.to_string());
    assert_eq!(shown("30").unwrap(), "30");
    assert_eq!(shown("0.0000000001").unwrap(), "0.0000000001");
    assert_eq!(shown("2.50").unwrap(), "2.5");
    for wrong in ["", "-1", "1.", ".5", "1e3", "0.00000000001", "1000000000000.", "9999999999999", "1,5"] {
        assert!(decimal(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn spans_may_have_a_unit() {
    assert_eq!(hours("24").unwrap(), Decimal::whole(24));
    assert_eq!(hours("24h").unwrap(), Decimal::whole(24));
    assert_eq!(hours("1.5d").unwrap(), Decimal::whole(36));
    assert_eq!(days("30d").unwrap(), days("30").unwrap());
    assert!(days("48h").is_err());
    assert!(hours("d").is_err());
}
