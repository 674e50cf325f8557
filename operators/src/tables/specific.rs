//! Which of several rules is the most specific one.

use hashbrown::HashMap;
use landfall_schemas::Text;
use landfall_schemas::event::{ChargeCode, Tolerance};

use crate::document::Doc;

const ANY: Text = Text::from_static_str("*");

type ByKey<T> = HashMap<(Text, Text), Doc<T>>;

/// (issuer, code) > (issuer, *) > (*, code) > (*, *).
pub(super) fn tolerance<'a>(rules: &'a ByKey<Tolerance>, issuer: &Text, code: &Text) -> Option<&'a Doc<Tolerance>> {
    [(issuer, code), (issuer, &ANY), (&ANY, code), (&ANY, &ANY)]
        .into_iter()
        .find_map(|(issuer, code)| rules.get(&(issuer.clone(), code.clone())))
}

/// Exactly (*, code).
pub(super) fn general_tolerance<'a>(rules: &'a ByKey<Tolerance>, code: &str) -> Option<&'a Doc<Tolerance>> {
    rules.get(&(ANY, Text::from(code)))
}

/// (issuer, partner code), else (*, partner code).
pub(super) fn charge_code<'a>(
    codes: &'a ByKey<ChargeCode>,
    issuer: &Text,
    partner_code: &Text,
) -> Option<&'a Doc<ChargeCode>> {
    [issuer, &ANY].into_iter().find_map(|issuer| codes.get(&(issuer.clone(), partner_code.clone())))
}
