//! The settings of the semantics by name: one list, from which parsing, help and messages come.

use landfall_operators::settings::Settings;
use landfall_schemas::Currency;

use super::values;

/// A setting that can be given by name.
pub struct Setting {
    /// Its name on the page of semantics.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// How its default is written.
    pub default: &'static str,
    /// Reads a value.
    set: fn(&mut Settings, &str) -> Result<(), String>,
}

/// Why a setting cannot be set.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// There is none with this name.
    #[error("unknown setting `{name}`; did you mean `{nearest}`?")]
    Unknown {
        /// The name as it was given.
        name: String,
        /// The known one that looks most like it.
        nearest: &'static str,
    },
    /// The value does not fit.
    #[error("bad value for the setting `{name}`: {reason}")]
    Value {
        /// The setting.
        name: &'static str,
        /// What is wrong with the value.
        reason: String,
    },
}

/// Every setting.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "base_currency",
        doc: "currency of all base amounts",
        default: "EUR",
        set: |settings, value| put(&mut settings.base_currency, currency(value)),
    },
    Setting {
        name: "include_tax",
        doc: "whether tax counts in the totals of landed cost",
        default: "false",
        set: |settings, value| put(&mut settings.include_tax, truth(value)),
    },
    Setting {
        name: "max_component",
        doc: "more linked identifiers than this are no name any more",
        default: "1000",
        set: |settings, value| put(&mut settings.max_component, count(value)),
    },
    Setting {
        name: "max_group",
        doc: "a group reference to more shipments than this is ambiguous",
        default: "500",
        set: |settings, value| put(&mut settings.max_group, count(value)),
    },
    Setting {
        name: "fx_max_age_days",
        doc: "an exchange rate older than this is no rate",
        default: "7",
        set: |settings, value| put(&mut settings.fx_max_age_days, whole_days(value)),
    },
    Setting {
        name: "fx_pivot",
        doc: "currency across which missing rates are computed",
        default: "EUR",
        set: |settings, value| put(&mut settings.fx_pivot, currency(value)),
    },
    Setting {
        name: "unbilled_after_days",
        doc: "days after delivery until a charge nobody billed is an exception",
        default: "30",
        set: |settings, value| put(&mut settings.unbilled_after_days, values::days(value)),
    },
    Setting {
        name: "receipt_after_hours",
        doc: "hours after delivery until a missing receipt is an exception",
        default: "48",
        set: |settings, value| put(&mut settings.receipt_after_hours, values::hours(value)),
    },
    Setting {
        name: "duty_post_after_hours",
        doc: "hours after the declaration date until a missing duty posting is an exception",
        default: "120",
        set: |settings, value| put(&mut settings.duty_post_after_hours, values::hours(value)),
    },
    Setting {
        name: "max_future_skew",
        doc: "how far ahead of the clock a record may be before it is held",
        default: "24h",
        set: |settings, value| put(&mut settings.max_future_skew_hours, values::hours(value)),
    },
];

/// Sets one setting by name.
///
/// # Errors
/// When there is no such setting or the value does not fit; then nothing is set.
pub fn set(settings: &mut Settings, name: &str, value: &str) -> Result<(), SettingError> {
    let Some(setting) = SETTINGS.iter().find(|setting| setting.name == name) else {
        return Err(SettingError::Unknown { name: name.to_owned(), nearest: nearest(name) });
    };
    (setting.set)(settings, value.trim()).map_err(|reason| SettingError::Value { name: setting.name, reason })
}

fn put<T>(setting: &mut T, value: Result<T, String>) -> Result<(), String> {
    *setting = value?;
    Ok(())
}

fn nearest(name: &str) -> &'static str {
    let distance = |known: &str| strsim::damerau_levenshtein(&name.to_ascii_lowercase(), known);
    let nearest = SETTINGS.iter().min_by_key(|setting| distance(setting.name));
    nearest.expect("there are settings").name
}

fn currency(text: &str) -> Result<Currency, String> {
    text.parse().map_err(|_| format!("`{text}` is no currency of ISO 4217: write EUR, USD, JPY"))
}

fn truth(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| format!("`{text}` is neither true nor false"))
}

fn count(text: &str) -> Result<usize, String> {
    let wrong = || format!("`{text}` is not a whole number from 1 up");
    text.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)
}

fn whole_days(text: &str) -> Result<i32, String> {
    let number = text.strip_suffix('d').unwrap_or(text);
    let wrong = || format!("`{text}` is not a whole number of days from 0 up");
    number.parse().ok().filter(|days| *days >= 0).ok_or_else(wrong)
}
