//! Settings by name.

use landfall::cli::settings::{SETTINGS, SettingError, set};
use landfall_operators::settings::Settings;
use landfall_schemas::Decimal;

fn with(pairs: &[(&str, &str)]) -> Settings {
    let mut settings = Settings::default();
    for (name, value) in pairs {
        set(&mut settings, name, value).unwrap();
    }
    settings
}

#[test]
fn documented_defaults_are_the_defaults() {
    let pairs: Vec<_> = SETTINGS.iter().map(|setting| (setting.name, setting.default)).collect();
    assert_eq!(with(&pairs), Settings::default());
}

#[test]
fn every_setting_sets_something_of_its_own() {
    let values = ["USD", "true", "7", "8", "9", "GBP", "10", "11", "12h", "2d"];
    let pairs: Vec<_> = SETTINGS.iter().map(|setting| setting.name).zip(values).collect();
    let expected = Settings {
        base_currency: "USD".parse().unwrap(),
        include_tax: true,
        max_component: 7,
        max_group: 8,
        fx_max_age_days: 9,
        fx_pivot: "GBP".parse().unwrap(),
        unbilled_after_days: Decimal::whole(10),
        receipt_after_hours: Decimal::whole(11),
        duty_post_after_hours: Decimal::whole(12),
        max_future_skew_hours: Decimal::whole(48),
    };
    assert_eq!(with(&pairs), expected);
}

#[test]
fn an_unknown_name_gets_the_nearest_known_one() {
    for (name, expected) in
        [("include_taxes", "include_tax"), ("Fx_Pivot", "fx_pivot"), ("max_future_skew_hours", "max_future_skew")]
    {
        let error = set(&mut Settings::default(), name, "1").unwrap_err();
        assert_eq!(error, SettingError::Unknown { name: name.to_owned(), nearest: expected });
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    for (name, value) in [
        ("base_currency", "EURO"),
        ("include_tax", "yes"),
        ("max_group", "0"),
        ("max_component", "many"),
        ("fx_max_age_days", "-1"),
        ("receipt_after_hours", "-2h"),
    ] {
        assert!(matches!(set(&mut Settings::default(), name, value), Err(SettingError::Value { .. })), "{name}");
    }
}
