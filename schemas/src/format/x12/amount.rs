//! Amounts (type N2: two implied decimals) and weights.

use std::borrow::Cow;

use super::X12;
use crate::Decimal;
use crate::number::scaled;

/// A kilogram has this many hundred-millionths in one pound (exact, by definition).
const KILOGRAMS_PER_POUND: i128 = 45_359_237;

impl X12 {
    /// An amount as decimal text: the last digits of one without a point are its decimals. A point that is written
    /// stands where it is, whatever the type of the element says.
    pub(super) fn amount<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) => ("-", digits),
            None => ("", text),
        };
        if self.implied_decimals == 0 || digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Cow::Borrowed(text);
        }
        let decimals = self.implied_decimals;
        let digits = format!("{digits:0>width$}", width = decimals + 1);
        let (whole, fraction) = digits.split_at(digits.len() - decimals);
        Cow::Owned(format!("{sign}{whole}.{fraction}"))
    }

    /// Whether two amounts are the same number.
    pub(super) fn same_amount(&self, one: &str, other: &str) -> bool {
        let number = |text: &str| scaled(&self.amount(text), 10).ok();
        number(one) == number(other)
    }
}

/// A weight in kilograms, by its unit of measure (data element 188); none for other units.
pub(super) fn kilograms(weight: &str, unit: &str) -> Option<String> {
    let weight: Decimal = weight.parse().ok()?;
    match unit.to_ascii_uppercase().as_str() {
        "K" | "KG" => Some(weight.to_string()),
        "L" | "LB" => {
            let scaled = weight.units() * KILOGRAMS_PER_POUND;
            let half = 50_000_000 * scaled.signum();
            Some(Decimal::from_units((scaled + half) / 100_000_000).to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::Profile;

    fn amounts(option: &str) -> [String; 6] {
        let mut profile = Profile { source: "x".into(), ..Profile::default() };
        profile.options.insert("implied_decimals".into(), option.into());
        let x12 = X12::new(profile).expect("a profile");
        ["316100", "-5", "00", "31.61", "1e2", ""].map(|text| x12.amount(text).into_owned())
    }

    #[test]
    fn decimals_are_implied_unless_a_point_is_written() {
        assert_eq!(amounts("2"), ["3161.00", "-0.05", "0.00", "31.61", "1e2", ""]);
        assert_eq!(amounts("true"), amounts("2"));
        assert_eq!(amounts("3"), ["316.100", "-0.005", "0.000", "31.61", "1e2", ""]);
        assert_eq!(amounts("false"), ["316100", "-5", "00", "31.61", "1e2", ""]);
    }

    #[test]
    fn weights_are_in_kilograms() {
        assert_eq!(kilograms("17007", "K").as_deref(), Some("17007"));
        assert_eq!(kilograms("100", "L").as_deref(), Some("45.359237"));
        assert_eq!(kilograms("1.00000001", "lb").as_deref(), Some("0.4535923745"));
        assert_eq!(kilograms("100", "X"), None);
        assert_eq!(kilograms("heavy", "K"), None);
    }
}
