//! Functions of the tick's clock: `landfall_now()`, `landfall_tick()`, `landfall_age_days(since)` and
//! `landfall_age_bucket(since)`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Array, StringArray};
use datafusion::arrow::datatypes::{DataType, TimestampMicrosecondType};
use datafusion::common::config::ConfigOptions;
use datafusion::common::internal_err;
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};
use datafusion::scalar::ScalarValue;

use super::pin::PinnedTick;
use super::types::{UTC, time_type};

const DAY_MICROS: i64 = 86_400_000_000;

/// The functions.
pub(super) fn all(bucket_ends: &[u32]) -> Vec<ScalarUDF> {
    let of = |kind| ScalarUDF::from(Function::new(kind));
    vec![of(Kind::Now), of(Kind::Tick), of(Kind::AgeDays), of(Kind::AgeBucket(bucket_ends.into()))]
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Now,
    Tick,
    AgeDays,
    AgeBucket(Arc<[u32]>),
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    kind: Kind,
    signature: Signature,
}

impl Function {
    fn new(kind: Kind) -> Function {
        // Stable and not immutable: a statement's plan is made once and run at many ticks.
        let signature = match kind {
            Kind::Now | Kind::Tick => Signature::nullary(Volatility::Stable),
            Kind::AgeDays | Kind::AgeBucket(_) => Signature::exact(vec![time_type()], Volatility::Stable),
        };
        Function { kind, signature }
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.kind {
            Kind::Now => "landfall_now",
            Kind::Tick => "landfall_tick",
            Kind::AgeDays => "landfall_age_days",
            Kind::AgeBucket(_) => "landfall_age_bucket",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(match self.kind {
            Kind::Now => time_type(),
            Kind::Tick | Kind::AgeDays => DataType::Int64,
            Kind::AgeBucket(_) => DataType::Utf8,
        })
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let pinned = pinned(&arguments.config_options)?;
        let value = match &self.kind {
            Kind::Now => ScalarValue::TimestampMicrosecond(pinned.clock_micros, Some(UTC.into())),
            Kind::Tick => ScalarValue::Int64(i64::try_from(pinned.tick).ok()),
            Kind::AgeDays | Kind::AgeBucket(_) => return self.ages(pinned.clock_micros, &arguments),
        };
        Ok(ColumnarValue::Scalar(value))
    }
}

impl Function {
    fn ages(&self, clock_micros: Option<i64>, arguments: &ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [since] = arguments.args.as_slice() else { return internal_err!("{} takes one time", self.name()) };
        let since = since.to_array(arguments.number_rows)?;
        let days = since.as_primitive::<TimestampMicrosecondType>().iter().map(|since| {
            let age = clock_micros?.checked_sub(since?)?;
            Some(age.div_euclid(DAY_MICROS))
        });
        let ages: ArrayRef = match &self.kind {
            Kind::AgeBucket(ends) => {
                Arc::new(days.map(|days| days.map(|days| bucket(ends, days))).collect::<StringArray>())
            }
            _ => Arc::new(days.collect::<Int64Array>()),
        };
        Ok(ColumnarValue::Array(ages))
    }
}

fn pinned(options: &ConfigOptions) -> Result<&PinnedTick> {
    match options.extensions.get::<PinnedTick>() {
        Some(pinned) => Ok(pinned),
        None => internal_err!("a statement without a tick"),
    }
}

/// `0-30`, `31-60`, `61-90`, `>90`; what is to come is as young as can be.
fn bucket(ends: &[u32], days: i64) -> String {
    match ends.iter().position(|end| days <= i64::from(*end)) {
        Some(0) => format!("0-{}", ends[0]),
        Some(at) => format!("{}-{}", ends[at - 1] + 1, ends[at]),
        None => format!(">{}", ends.last().copied().unwrap_or(0)),
    }
}
