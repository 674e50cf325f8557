//! Figures for people.

use landfall::cli::figures::{Table, grouped, rendered};

#[test]
fn thousands_are_separated() {
    for (number, shown) in [
        ("0", "0"),
        ("999", "999"),
        ("1000", "1,000"),
        ("-999.50", "-999.50"),
        ("-1234567.050", "-1,234,567.050"),
        ("123456", "123,456"),
    ] {
        assert_eq!(grouped(number), shown);
    }
}

#[test]
fn figures_are_aligned_to_the_right() {
    let mut table = Table::new("Charges", ["lines", "EUR"]);
    table.row("matched", vec!["9".into(), "1,000.00".into()]);
    table.row("no rate", vec!["12,345".into(), String::new()]);
    let expected = "\
Charges     lines       EUR
  matched       9  1,000.00
  no rate  12,345
";
    assert_eq!(rendered(&[table]), expected);
}
