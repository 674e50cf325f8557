//! Keeps functions that make much of little from making too much: what they return is memory that no pool counts.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, FieldRef, Int64Type};
use datafusion::common::DFSchema;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::Transformed;
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::FunctionRewrite;
use datafusion::logical_expr::{
    BinaryExpr, ColumnarValue, Expr, Operator, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl,
    Signature, Volatility,
};

use super::fault::Fault;

/// Most bytes that one call may take or return, over all rows of a batch.
const BYTES_MAX: usize = 64 << 20;

/// How many bytes a call will return, from its arguments.
type Estimate = fn(&[ArrayRef]) -> Result<usize>;

const FUNCTIONS: &[(&str, Estimate)] = &[
    ("repeat", |args| products(&args[0], &args[1])),
    ("lpad", |args| lengths(&args[1])),
    ("rpad", |args| lengths(&args[1])),
    ("replace", replaced),
    ("regexp_replace", replaced),
    ("translate", taken),
    ("concat", taken),
    ("concat_ws", taken),
    ("array_repeat", |args| lengths(&args[1])),
    ("array_resize", |args| lengths(&args[1])),
    ("array_concat", taken),
    ("array_to_string", taken),
    ("format", formatted),
    ("quote_literal", |args| Ok(total(args).saturating_mul(2))),
    ("quote_nullable", |args| Ok(total(args).saturating_mul(2))),
    ("range", steps),
    ("generate_series", steps),
];

/// Bounds the functions of a registry.
///
/// # Errors
/// When the registry takes none.
pub(super) fn register(registry: &mut dyn FunctionRegistry) -> Result<()> {
    for (at, (name, _)) in FUNCTIONS.iter().enumerate() {
        if let Ok(inner) = registry.udf(name) {
            registry.register_udf(Arc::new(ScalarUDF::from(Bounded { inner, at })))?;
        }
    }
    registry.register_function_rewrite(Arc::new(BoundedConcatenation))
}

fn total(arrays: &[ArrayRef]) -> usize {
    arrays
        .iter()
        .map(|array| array.to_data().get_slice_memory_size().unwrap_or(usize::MAX))
        .fold(0, usize::saturating_add)
}

fn taken(args: &[ArrayRef]) -> Result<usize> {
    Ok(total(args))
}

fn counts(counts: &ArrayRef) -> Result<Vec<usize>> {
    let counts = cast(counts, &DataType::Int64)?;
    let counts = counts.as_primitive::<Int64Type>().iter();
    Ok(counts.map(|count| usize::try_from(count.unwrap_or(0)).unwrap_or(0)).collect())
}

fn lengths(lengths: &ArrayRef) -> Result<usize> {
    Ok(counts(lengths)?.into_iter().fold(0, usize::saturating_add).saturating_mul(8))
}

fn products(texts: &ArrayRef, times: &ArrayRef) -> Result<usize> {
    let texts = cast(texts, &DataType::LargeUtf8)?;
    let sizes = texts.as_string::<i64>().iter().map(|text| text.map_or(0, str::len));
    let products = sizes.zip(counts(times)?).map(|(size, times)| size.saturating_mul(times));
    Ok(products.fold(0, usize::saturating_add))
}

/// At worst every byte of the text is replaced.
fn replaced(args: &[ArrayRef]) -> Result<usize> {
    let replacement =
        args.get(2).map_or(1, |replacement| total(std::slice::from_ref(replacement)) / replacement.len().max(1));
    Ok(total(&args[..1]).saturating_mul(replacement.max(1)))
}

/// At worst every place takes the whole argument, quoted, or is as wide as it says.
fn formatted(args: &[ArrayRef]) -> Result<usize> {
    let texts = cast(&args[0], &DataType::LargeUtf8)?;
    let (mut places_max, mut widths) = (0, 0_usize);
    for text in texts.as_string::<i64>().iter().flatten() {
        places_max = places_max.max(text.matches('%').count());
        let numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty());
        let width: usize = numbers.map(|digits| digits.parse().unwrap_or(usize::MAX)).fold(0, usize::saturating_add);
        widths = widths.saturating_add(width);
        if text.contains('*') {
            return Err(Fault::unsupported("a width that an argument of format() gives")
                .hint("write the width as a number")
                .into());
        }
    }
    Ok(total(&args[1..]).saturating_mul(2).saturating_mul(places_max).saturating_add(widths))
}

/// Of whole numbers; lists of times have no place in a result, and `FROM generate_series` makes rows of them.
fn steps(args: &[ArrayRef]) -> Result<usize> {
    if args.iter().any(|arg| !arg.data_type().is_integer() && !arg.data_type().is_null()) {
        return Err(Fault::unsupported("a list of times").hint("FROM generate_series(…) makes rows of them").into());
    }
    let numbers = args.iter().map(|arg| Ok(cast(arg, &DataType::Int64)?)).collect::<Result<Vec<_>>>()?;
    let number = |arg: usize, row: usize, default: i64| {
        numbers.get(arg).map_or(default, |numbers| numbers.as_primitive::<Int64Type>().value(row))
    };
    let rows = numbers.first().map_or(0, |numbers| numbers.len());
    let lists = (0..rows).map(|row| {
        let (from, to) =
            if numbers.len() == 1 { (0, number(0, row, 0)) } else { (number(0, row, 0), number(1, row, 0)) };
        let step = number(2, row, 1).unsigned_abs().max(1);
        usize::try_from(from.abs_diff(to) / step).unwrap_or(usize::MAX)
    });
    Ok(lists.fold(0, usize::saturating_add).saturating_mul(8))
}

fn bounded(name: &str, bytes: usize) -> Result<()> {
    if bytes > BYTES_MAX {
        return Err(Fault::new("54000", format!("{name} would make {bytes} bytes, {BYTES_MAX} at most")).into());
    }
    Ok(())
}

/// A function with a bound.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Bounded {
    inner: Arc<ScalarUDF>,
    /// Its place in the list of functions.
    at: usize,
}

impl ScalarUDFImpl for Bounded {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        self.inner.aliases()
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        self.inner.return_type(arguments)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        self.inner.return_field_from_args(arguments)
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        self.inner.coerce_types(arguments)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&arguments.args)?;
        bounded(self.name(), total(&arrays))?;
        bounded(self.name(), (FUNCTIONS[self.at].1)(&arrays)?)?;
        self.inner.invoke_with_args(arguments)
    }
}

/// Returns its argument if it is not too much.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Within {
    signature: Signature,
}

const WITHIN: &str = "landfall_within_bounds";

impl ScalarUDFImpl for Within {
    fn name(&self) -> &'static str {
        WITHIN
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, arguments: &[DataType]) -> Result<DataType> {
        Ok(arguments[0].clone())
    }

    fn invoke_with_args(&self, mut arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let value = arguments.args.swap_remove(0);
        let bytes = match &value {
            ColumnarValue::Array(array) => total(std::slice::from_ref(array)),
            ColumnarValue::Scalar(scalar) => scalar.size(),
        };
        bounded("||", bytes.saturating_mul(2))?;
        Ok(value)
    }
}

/// `a || b` doubles what it is given: `a || a` of `a || a` … has to end somewhere.
#[derive(Debug)]
struct BoundedConcatenation;

impl FunctionRewrite for BoundedConcatenation {
    fn name(&self) -> &'static str {
        "bounded_concatenation"
    }

    fn rewrite(&self, expr: Expr, _schema: &DFSchema, _config: &ConfigOptions) -> Result<Transformed<Expr>> {
        let Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right }) = expr else {
            return Ok(Transformed::no(expr));
        };
        let within = |side: Expr| match side {
            Expr::ScalarFunction(call) if call.name() == WITHIN => Expr::ScalarFunction(call),
            Expr::Literal(..) => side,
            side => {
                let function = Within { signature: Signature::any(1, Volatility::Immutable) };
                Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(function)), vec![side]))
            }
        };
        let (left, right) = (Box::new(within(*left)), Box::new(within(*right)));
        Ok(Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op: Operator::StringConcat, right })))
    }
}
