//! In which proportions costs are split over goods (§5).

use dashu_int::UBig;
use dashu_ratio::RBig;
use landfall_schemas::Decimal;
use landfall_schemas::event::Basis;
use landfall_schemas::exact::{FEW, FewWeights, common_weights, split};
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::cargo::{Cargo, CargoRow};

/// An exact value, in units of which all goods have the same: an unreduced fraction, for only the proportions count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(Box<(UBig, UBig)>);

impl Value {
    /// A quantity times a price times a rate. Quantities and prices count units of 10^-10; few have so many decimals that
    /// their product needs the last twelve of its twenty, and without those the number is a machine word.
    pub(super) fn new(quantity: i128, price: i128, rate: &RBig) -> Value {
        const SPARE: u64 = 1_000_000_000_000;
        let positive = |number: i128| UBig::from(number.max(0).unsigned_abs());
        let rate_numerator = UBig::try_from(rate.numerator().clone()).unwrap_or_default();
        let denominator = rate.denominator();
        let small = u128::try_from(quantity.max(0)).ok().zip(u128::try_from(price.max(0)).ok());
        let product = small.and_then(|(quantity, price)| quantity.checked_mul(price));
        let value = match product.filter(|product| product % u128::from(SPARE) == 0) {
            Some(product) => (UBig::from(product / u128::from(SPARE)) * rate_numerator, denominator.clone()),
            None => (positive(quantity) * positive(price) * rate_numerator, denominator * UBig::from(SPARE)),
        };
        Value(Box::new(value))
    }

    pub(super) fn plus(self, other: Value) -> Value {
        let ((a, b), (c, d)) = (*self.0, *other.0);
        if b == d {
            return Value(Box::new((a + c, b)));
        }
        let (numerator, denominator) = (RBig::from_parts(a.into(), b) + RBig::from_parts(c.into(), d)).into_parts();
        Value(Box::new((numerator.into_parts().1, denominator)))
    }
}

/// A weight that goods have: a fraction, seldom reduced.
type Weight = (UBig, UBig);

/// Brings weights to one denominator.
fn common(weights: Vec<Weight>) -> Vec<UBig> {
    let Some((_, first)) = weights.first() else { return Vec::new() };
    if weights.iter().all(|(_, denominator)| denominator == first) {
        return weights.into_iter().map(|(numerator, _)| numerator).collect();
    }
    let fractions: Vec<RBig> = weights.into_iter().map(|(a, b)| RBig::from_parts(a.into(), b)).collect();
    common_weights(&fractions)
}

impl Serialize for Value {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.0.0.to_string(), self.0.1.to_string()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (numerator, denominator) = <(String, String)>::deserialize(deserializer)?;
        let parts = numerator.parse().and_then(|numerator| Ok((numerator, denominator.parse()?)));
        parts.map(|parts| Value(Box::new(parts))).map_err(serde::de::Error::custom)
    }
}

/// A basis and those that stand in for it, in turn.
fn fallbacks(basis: Basis) -> &'static [Basis] {
    match basis {
        Basis::Weight => &[Basis::Weight, Basis::Value, Basis::Quantity, Basis::Equal],
        Basis::Volume => &[Basis::Volume, Basis::Value, Basis::Quantity, Basis::Equal],
        Basis::Value => &[Basis::Value, Basis::Quantity, Basis::Equal],
        Basis::Quantity => &[Basis::Quantity, Basis::Equal],
        Basis::Equal => &[Basis::Equal],
    }
}

impl CargoRow {
    /// The weight by a basis; `None` where it has none above 0.
    fn weight(&self, basis: Basis) -> Option<Weight> {
        let units = |number: Decimal| (UBig::from(number.units().max(0).unsigned_abs()), UBig::ONE);
        let weight = match basis {
            Basis::Weight => units(self.weight_kg),
            Basis::Volume => units(self.volume_m3),
            Basis::Value => (*self.value.as_ref()?.0).clone(),
            Basis::Quantity => units(self.quantity),
            Basis::Equal => (UBig::ONE, UBig::ONE),
        };
        (!weight.0.is_zero()).then_some(weight)
    }

    /// The same as a machine word, of goods whose values have this denominator; `None` where it is none above 0.
    fn word(&self, basis: Basis, denominator: Option<&UBig>) -> Option<u64> {
        let number = match basis {
            Basis::Weight => self.weight_kg,
            Basis::Volume => self.volume_m3,
            Basis::Quantity => self.quantity,
            Basis::Equal => return Some(1),
            Basis::Value => {
                let (numerator, own) = &*self.value.as_ref()?.0;
                return u64::try_from(numerator).ok().filter(|_| denominator == Some(own));
            }
        };
        u64::try_from(number.units()).ok()
    }
}

/// In which proportions amounts are split over cargo rows: by the first basis that every row has above 0.
pub enum Proportions {
    /// There is one row, which takes all.
    Whole,
    /// A few, weighed by machine words.
    Few(FewWeights),
    /// Any.
    Many(Vec<UBig>),
}

/// The parts of an amount, in the order of the rows.
pub type Parts = SmallVec<[i128; FEW]>;

impl Proportions {
    /// Those of some rows by a basis.
    ///
    /// # Panics
    /// If there are no rows.
    pub fn of(rows: &[CargoRow], basis: Basis) -> Proportions {
        assert!(!rows.is_empty(), "there is something to split over");
        if rows.len() == 1 {
            return Proportions::Whole;
        }
        let denominator = rows[0].value.as_ref().map(|value| &value.0.1);
        // A basis that has a weight beyond machine words may be usable, so only the first is tried in this way.
        if let Some(few) = FewWeights::new(rows.iter().map(|row| row.word(basis, denominator))) {
            return Proportions::Few(few);
        }
        let usable = fallbacks(basis)
            .iter()
            .find_map(|basis| rows.iter().map(|row| row.weight(*basis)).collect::<Option<Vec<Weight>>>());
        let weights = common(usable.expect("every row has the basis `equal`"));
        match FewWeights::new(weights.iter().map(|weight| u64::try_from(weight).ok())) {
            Some(few) => Proportions::Few(few),
            None => Proportions::Many(weights),
        }
    }

    /// Splits an amount.
    pub fn split(&self, amount: i128) -> Parts {
        match self {
            Proportions::Whole => SmallVec::from_slice(&[amount]),
            Proportions::Few(few) => match few.split(amount) {
                Some(parts) => SmallVec::from_buf_and_len(parts, few.len()),
                None => split(amount, &few.weights()).into(),
            },
            Proportions::Many(weights) => split(amount, weights).into(),
        }
    }
}

/// Weights of whole shipments by a basis of their contents: one without contents weighs nothing, unless none has any.
pub fn shipment_weights(cargos: &[&Cargo], basis: Basis) -> Vec<UBig> {
    if cargos.iter().all(|cargo| cargo.rows.is_empty()) {
        return vec![UBig::ONE; cargos.len()];
    }
    let usable = fallbacks(basis)
        .iter()
        .find_map(|basis| cargos.iter().map(|cargo| shipment_weight(cargo, *basis)).collect::<Option<Vec<_>>>());
    common(usable.expect("every shipment with contents has the basis `equal`"))
}

fn shipment_weight(cargo: &Cargo, basis: Basis) -> Option<Weight> {
    if cargo.rows.is_empty() {
        return Some((UBig::ZERO, UBig::ONE));
    }
    if basis == Basis::Equal {
        return Some((UBig::ONE, UBig::ONE));
    }
    let weights = cargo.rows.iter().filter_map(|row| row.weight(basis)).map(|weight| Value(Box::new(weight)));
    weights.reduce(Value::plus).map(|sum| *sum.0)
}

#[cfg(test)]
mod tests {
    use landfall_schemas::Text;

    use super::*;

    fn row(weight_kg: i64, value: Option<(i128, i128)>) -> CargoRow {
        let value =
            value.map(|(quantity, price)| Value::new(quantity, price, &RBig::from_parts(3.into(), 7_u8.into())));
        CargoRow {
            order_id: Text::from_static_str("PO-1"),
            line_no: 1,
            quantity: Decimal::whole(2),
            weight_kg: Decimal::whole(weight_kg),
            volume_m3: Decimal::ZERO,
            value,
        }
    }

    fn parts(rows: &[CargoRow], basis: Basis, amount: i128) -> Vec<i128> {
        Proportions::of(rows, basis).split(amount).to_vec()
    }

    #[test]
    fn one_row_takes_all() {
        assert_eq!(parts(&[row(0, None)], Basis::Volume, -7), [-7]);
    }

    #[test]
    fn a_basis_that_a_row_lacks_gives_way_to_the_next() {
        let rows = [row(1, Some((Decimal::SCALE, Decimal::SCALE))), row(3, Some((Decimal::SCALE, 3 * Decimal::SCALE)))];
        assert_eq!(parts(&rows, Basis::Weight, 100), [25, 75]);
        assert_eq!(parts(&rows, Basis::Volume, 100), [25, 75]);
        let without_value = [row(1, None), row(0, Some((Decimal::SCALE, Decimal::SCALE)))];
        assert_eq!(parts(&without_value, Basis::Weight, 101), [51, 50]);
    }

    #[test]
    fn values_of_many_decimals_and_beyond_machine_words_keep_their_proportions() {
        let odd = Decimal::SCALE + 1;
        let mixed = [row(0, Some((odd, odd))), row(0, Some((Decimal::SCALE, Decimal::SCALE)))];
        assert_eq!(parts(&mixed, Basis::Value, 1_001), [501, 500]);
        let huge = 1_i128 << 70;
        let large = [row(0, Some((huge, huge))), row(0, Some((huge, 3 * huge)))];
        assert_eq!(parts(&large, Basis::Value, -1_000), [-250, -750]);
    }
}
